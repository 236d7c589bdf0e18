// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, Meter, MeterSlot} from "../interfaces/IMeterRegistry.sol";
import {MeterBook} from "./MeterBook.sol";

/// @title The queue of energy that each meter has promised for each interval.
abstract contract EnergyQueue is MeterBook {
    /// @dev One storage slot. Ratings are 32-bit, so the queue's length and places are too. The last two fields name
    /// the market that took the places at the tail, and where its run of places begins.
    struct QueueSlot {
        uint64 exported; // bits 0..63
        uint64 imported; // bits 64..127
        uint64 committed; // bits 128..191
        bool recorded; // bits 192..199
        uint16 tailMarket; // bits 200..215: its number in the list; zero if unknown or none
        uint32 tailFrom; // bits 216..247
    }

    mapping(uint32 meter => mapping(uint32 interval => QueueSlot)) internal _slots;

    /// @inheritdoc IMeterRegistry
    function commit(
        uint32 meter,
        address owner,
        uint32 buyerMeter,
        address buyer,
        uint8 utility,
        uint32 interval,
        uint64 quantity,
        uint64 maxAhead
    ) external returns (uint64 position) {
        // Check
        if (quantity == 0) revert ZeroQuantity();
        _requireGateOpen(interval);
        _requireWithinHorizon(interval);
        _requireServing(meter, owner, utility, interval);
        if (_meters[meter].frozen) revert FrozenMeter(meter);
        uint16 market = _allowed[meter][msg.sender];
        if (market == 0) revert MarketNotAllowed(meter, msg.sender);
        if (buyerMeter != 0) {
            if (buyerMeter == meter) revert SameMeter(meter);
            _requireServing(buyerMeter, buyer, utility, interval);
        }
        QueueSlot memory slot = _slots[meter][interval];
        position = slot.committed;
        if (position > maxAhead) revert QueueTooLong(meter, interval, position, maxAhead);
        uint256 end = uint256(position) + quantity;
        if (end > _meters[meter].rating) revert RatingExceeded(meter, interval, end, _meters[meter].rating);

        // Effect; `end` is at most a 32-bit rating
        if (slot.tailMarket != market) {
            slot.tailMarket = market;
            // forge-lint: disable-next-line(unsafe-typecast)
            slot.tailFrom = uint32(position);
        }
        // forge-lint: disable-next-line(unsafe-typecast)
        slot.committed = uint64(end);
        _slots[meter][interval] = slot;

        emit Committed(meter, interval, msg.sender, position, quantity);
    }

    /// @inheritdoc IMeterRegistry
    function uncommit(uint32 meter, uint32 interval, uint64 position, uint64 quantity) external {
        // Check
        if (quantity == 0) revert ZeroQuantity();
        uint16 market = _marketNumber[msg.sender];
        if (market == 0) revert MarketNotListed(msg.sender);
        _requireGateOpen(interval);
        QueueSlot memory slot = _slots[meter][interval];
        if (slot.tailMarket != market || position < slot.tailFrom) {
            revert NotPlaceHolder(meter, interval, msg.sender);
        }
        uint64 end = position + quantity;
        if (end != slot.committed) revert NotQueueTail(meter, interval, end, slot.committed);

        // Effect; whose the place before the run is, nobody knows any more
        if (position == slot.tailFrom) {
            slot.tailMarket = 0;
            slot.tailFrom = 0;
        }
        slot.committed = position;
        _slots[meter][interval] = slot;

        emit Uncommitted(meter, interval, msg.sender, quantity);
    }

    /// @inheritdoc IMeterRegistry
    function checkBuyer(uint32 buyerMeter, address buyer, uint8 utility, uint32 interval) external view {
        _requireServing(buyerMeter, buyer, utility, interval);
    }

    /// @inheritdoc IMeterRegistry
    function slots(uint32 meter, uint32 interval) external view returns (MeterSlot memory) {
        QueueSlot storage slot = _slots[meter][interval];
        return MeterSlot({
            exported: slot.exported, imported: slot.imported, committed: slot.committed, recorded: slot.recorded
        });
    }
}
