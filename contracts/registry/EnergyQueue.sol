// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, MeterSlot} from "../interfaces/IMeterRegistry.sol";
import {MeterRecord, QueueSlot} from "../libraries/RegistrySlots.sol";
import {SupplyBook} from "./SupplyBook.sol";

/// @title The queue of energy that each meter has promised for each interval.
abstract contract EnergyQueue is SupplyBook {
    /// @dev One slot; boxed so that its place is computed once.
    struct QueueBox {
        QueueSlot slot;
    }

    mapping(uint32 meter => mapping(uint32 interval => QueueBox)) internal _slots;

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
        MeterRecord record = _requireSelling(meter, owner, utility, interval);
        if (record.frozen()) revert FrozenMeter(meter);
        uint16 market = _allowed[meter][msg.sender];
        if (market == 0) revert MarketNotAllowed(meter, msg.sender);
        if (buyerMeter != 0) {
            if (buyerMeter == meter) revert SameMeter(meter);
            _requireBuying(buyerMeter, buyer, utility, interval);
        }
        QueueBox storage box = _slots[meter][interval];
        QueueSlot slot = box.slot;
        position = slot.committed();
        if (position > maxAhead) revert QueueTooLong(meter, interval, position, maxAhead);
        uint256 end = uint256(position) + quantity;
        if (end > record.rating()) revert RatingExceeded(meter, interval, end, record.rating());

        // Effect
        uint256 from = slot.tailMarket() == market ? slot.tailFrom() : position;
        box.slot = slot.withQueue(end, market, from);

        emit Committed(meter, interval, msg.sender, position, quantity);
    }

    /// @inheritdoc IMeterRegistry
    function uncommit(uint32 meter, uint32 interval, uint64 position, uint64 quantity) external {
        // Check
        if (quantity == 0) revert ZeroQuantity();
        uint16 market = _marketNumber[msg.sender];
        if (market == 0) revert MarketNotListed(msg.sender);
        _requireGateOpen(interval);
        QueueBox storage box = _slots[meter][interval];
        QueueSlot slot = box.slot;
        uint32 from = slot.tailFrom();
        if (slot.tailMarket() != market || position < from) revert NotPlaceHolder(meter, interval, msg.sender);
        uint256 end = uint256(position) + quantity;
        if (end != slot.committed()) revert NotQueueTail(meter, interval, end, slot.committed());

        // Effect; whose the place before the run is, nobody knows any more
        bool emptied = position == from;
        box.slot = slot.withQueue(position, emptied ? 0 : market, emptied ? 0 : from);

        emit Uncommitted(meter, interval, msg.sender, quantity);
    }

    /// @inheritdoc IMeterRegistry
    function checkBuyer(uint32 buyerMeter, address buyer, uint8 utility, uint32 interval) external view {
        _requireBuying(buyerMeter, buyer, utility, interval);
    }

    /// @inheritdoc IMeterRegistry
    function slots(uint32 meter, uint32 interval) external view returns (MeterSlot memory) {
        QueueSlot slot = _slots[meter][interval].slot;
        return MeterSlot({
            exported: slot.exported(), imported: slot.imported(), committed: slot.committed(), recorded: slot.recorded()
        });
    }
}
