// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, Supply} from "../interfaces/IMeterRegistry.sol";
import {AggregateSlot, AggregateSlotLib, MeterRecord, SupplySlot, SupplySlotLib} from "../libraries/RegistrySlots.sol";
import {MeterBook} from "./MeterBook.sol";

/// @title What keeps a meter from trading: a market that supplies it, or another meter that it is behind.
/// @notice Both begin only beyond the horizon, where no deal can stand yet. A bit in the meter's record tells whether
/// there is anything to read here, so that all other meters' commitments read nothing more.
abstract contract SupplyBook is MeterBook {
    /// @dev Two slots, in the order of their times; the second is empty where the first is.
    struct SupplyBox {
        SupplySlot first;
        SupplySlot second;
    }

    /// @dev One slot; boxed so that its place is computed once.
    struct AggregateBox {
        AggregateSlot slot;
    }

    mapping(uint32 meter => SupplyBox) private _supplies;
    mapping(uint32 meter => AggregateBox) private _aggregates;

    /// @inheritdoc IMeterRegistry
    function supply(uint32 meter, address owner, uint8 utility, uint32 from, uint32 to) external {
        // Check
        MeterRecord record = _requireServing(meter, owner, utility, from);
        if (_allowed[meter][msg.sender] == 0) revert MarketNotAllowed(meter, msg.sender);
        if (from >= to) revert EmptySupply(meter, from, to);
        uint256 horizon = _horizon();
        if (startOf(from) <= horizon) revert SupplyTooSoon(meter, from, horizon);
        _requireNotAggregated(meter, record);
        SupplyBox storage box = _supplies[meter];
        (SupplySlot first, SupplySlot second) = _standing(box);
        _requireBefore(meter, first, from);
        _requireBefore(meter, second, from);
        if (!second.isNone()) revert SuppliedMeter(meter, from, second.market());

        // Effect
        if (!record.supplied()) _meters[meter].record = record.withSupplied();
        SupplySlot added = SupplySlotLib.pack(msg.sender, from, to);
        (box.first, box.second) = first.isNone() ? (added, SupplySlotLib.NONE) : (first, added);

        emit Supplied(meter, msg.sender, from, to);
    }

    /// @inheritdoc IMeterRegistry
    function endSupply(uint32 meter, uint32 from, uint32 to) external {
        // Check
        SupplyBox storage box = _supplies[meter];
        (SupplySlot first, SupplySlot second) = (box.first, box.second);
        bool isFirst = first.from() == from;
        SupplySlot ended = isFirst ? first : second.from() == from ? second : SupplySlotLib.NONE;
        if (ended.market() != msg.sender) revert NotSupplier(meter, msg.sender, ended.market());
        if (to > ended.to()) revert EmptySupply(meter, ended.to(), to);

        // Effect
        SupplySlot left = to > from ? SupplySlotLib.pack(msg.sender, from, to) : SupplySlotLib.NONE;
        if (!isFirst) box.second = left;
        else if (left.isNone()) (box.first, box.second) = (second, SupplySlotLib.NONE);
        else box.first = left;

        emit SupplyEnded(meter, msg.sender, from, to);
    }

    /// @inheritdoc IMeterRegistry
    function aggregate(uint32 meter, uint32 into) external {
        // Check
        MeterRecord record = _requireOwner(meter, msg.sender);
        if (meter == into) revert SameMeter(meter);
        MeterRecord parent = _meters[into].record;
        if (parent.owner() == address(0)) revert UnknownMeter(into);
        if (parent.utility() != record.utility()) revert WrongUtility(into, parent.utility(), record.utility());
        _requireNotAggregated(meter, record);
        _requireNotAggregated(into, parent);
        if (record.parent()) revert HasSubmeters(meter);
        uint32 from = _beyondHorizon();
        SupplyBox storage box = _supplies[meter];
        _requireBefore(meter, box.first, from);
        _requireBefore(meter, box.second, from);

        // Effect
        _meters[meter].record = record.withAggregated();
        if (!parent.parent()) _meters[into].record = parent.withParent();
        _aggregates[meter].slot = AggregateSlotLib.pack(into, from);

        emit Aggregated(meter, into, from);
    }

    /// @inheritdoc IMeterRegistry
    function suppliesOf(uint32 meter) external view returns (Supply[2] memory) {
        SupplyBox storage box = _supplies[meter];
        return [_shown(box.first), _shown(box.second)];
    }

    /// @inheritdoc IMeterRegistry
    function aggregateOf(uint32 meter) external view returns (uint32 into, uint32 from) {
        AggregateSlot slot = _aggregates[meter].slot;
        return (slot.into(), slot.from());
    }

    /// @dev As `_requireServing`, and nothing may keep the meter from selling.
    function _requireSelling(uint32 meter, address owner, uint8 utility, uint32 interval)
        internal
        view
        returns (MeterRecord record)
    {
        record = _requireServing(meter, owner, utility, interval);
        if (record.bound()) {
            if (record.aggregated()) {
                AggregateSlot slot = _aggregates[meter].slot;
                if (interval >= slot.from()) revert AggregatedMeter(meter, slot.into(), slot.from());
            }
            _requireUnsupplied(meter, record, interval);
        }
    }

    /// @dev As `_requireServing`, and no market may supply the meter.
    function _requireBuying(uint32 meter, address buyer, uint8 utility, uint32 interval) internal view {
        _requireUnsupplied(meter, _requireServing(meter, buyer, utility, interval), interval);
    }

    function _requireUnsupplied(uint32 meter, MeterRecord record, uint32 interval) private view {
        if (!record.supplied()) return;
        SupplyBox storage box = _supplies[meter];
        SupplySlot first = box.first;
        if (first.covers(interval)) revert SuppliedMeter(meter, interval, first.market());
        SupplySlot second = box.second;
        if (second.covers(interval)) revert SuppliedMeter(meter, interval, second.market());
    }

    function _requireNotAggregated(uint32 meter, MeterRecord record) private view {
        if (!record.aggregated()) return;
        AggregateSlot slot = _aggregates[meter].slot;
        revert AggregatedMeter(meter, slot.into(), slot.from());
    }

    /// @dev The supply must end at or before `from`; an empty slot does.
    function _requireBefore(uint32 meter, SupplySlot slot, uint32 from) private pure {
        if (slot.to() > from) revert SuppliedMeter(meter, from, slot.market());
    }

    /// @dev The supplies that are not over: of an interval that has begun nothing is recorded any more.
    function _standing(SupplyBox storage box) private view returns (SupplySlot first, SupplySlot second) {
        (first, second) = (box.first, box.second);
        if (!first.isNone() && startOf(first.to()) <= block.timestamp) (first, second) = (second, SupplySlotLib.NONE);
        if (!first.isNone() && startOf(first.to()) <= block.timestamp) first = SupplySlotLib.NONE;
    }

    /// @dev First interval that nothing can have been recorded for.
    function _beyondHorizon() private view returns (uint32) {
        uint256 horizon = _horizon();
        if (horizon < EPOCH) return 0;
        uint256 interval = (horizon - EPOCH) / INTERVAL + 1;
        // Beyond the last interval that there is, nothing is ever recorded
        // forge-lint: disable-next-line(unsafe-typecast)
        return interval < NEVER ? uint32(interval) : NEVER;
    }

    function _shown(SupplySlot slot) private pure returns (Supply memory) {
        return Supply({market: slot.market(), from: slot.from(), to: slot.to()});
    }
}
