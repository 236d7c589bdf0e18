// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, Reading, SignedReading} from "../interfaces/IMeterRegistry.sol";
import {MeterRecord, QueueSlot} from "../libraries/RegistrySlots.sol";
import {EnergyQueue} from "./EnergyQueue.sol";

/// @title What the meters say, once and for all.
abstract contract ReadingDesk is EnergyQueue {
    bytes32 private constant READING_TYPEHASH =
        keccak256("Reading(uint32 meter,uint32 interval,uint64 exported,uint64 imported)");
    /// @dev Most gas that one reading of a batch can take: a fresh slot, four cold reads, two recoveries, the event.
    uint256 private constant ITEM_GAS = 80_000;

    /// @inheritdoc IMeterRegistry
    function post(SignedReading calldata signed) public {
        Reading calldata reading = signed.reading;
        uint32 id = reading.meter;
        uint32 interval = reading.interval;

        // Check
        MeterSlots storage meter = _meters[id];
        address key = meter.key;
        if (key == address(0)) revert UnknownMeter(id);
        uint256 end = _endOf(interval);
        uint256 closed = end + WINDOW;
        if (block.timestamp < end) revert ReadingTooEarly(id, interval, block.timestamp, end);
        if (block.timestamp >= closed) revert ReadingTooLate(id, interval, block.timestamp, closed);
        QueueBox storage box = _slots[id][interval];
        QueueSlot slot = box.slot;
        if (slot.recorded()) revert ReadingExists(id, interval);
        uint64 most = reading.exported > reading.imported ? reading.exported : reading.imported;
        uint32 rating = meter.record.rating();
        if (most > rating) revert RatingExceeded(id, interval, most, rating);
        bytes32 digest = readingDigest(reading);
        _requireSignature(id, key, digest, signed.r, signed.vs);
        address attester = meter.attester;
        if (attester != address(0)) _requireSignature(id, attester, digest, signed.attesterR, signed.attesterVs);

        // Effect
        box.slot = slot.withReading(reading.exported, reading.imported);

        emit ReadingPosted(id, interval, reading.exported, reading.imported);
    }

    /// @inheritdoc IMeterRegistry
    function postBatch(SignedReading[] calldata signed) external returns (uint256 posted) {
        for (uint256 i = 0; i < signed.length; ++i) {
            // Check: whatever fails below does not fail for want of gas
            if (gasleft() < ITEM_GAS) revert ItemGasTooLow(i, gasleft(), ITEM_GAS);

            // Interaction with itself, so that an item that fails changes nothing
            try this.post(signed[i]) {
                ++posted;
            } catch (bytes memory reason) {
                emit ReadingSkipped(signed[i].reading.meter, signed[i].reading.interval, reason);
            }
        }
    }

    /// @inheritdoc IMeterRegistry
    function proveConflict(Reading calldata a, bytes32 aR, bytes32 aVs, Reading calldata b, bytes32 bR, bytes32 bVs)
        external
    {
        // Check
        MeterSlots storage meter = _meters[a.meter];
        address key = meter.key;
        if (key == address(0)) revert UnknownMeter(a.meter);
        MeterRecord record = meter.record;
        if (record.frozen()) revert FrozenMeter(a.meter);
        bool samePlace = a.meter == b.meter && a.interval == b.interval;
        if (!samePlace || (a.exported == b.exported && a.imported == b.imported)) {
            revert NoConflict(a.meter, a.interval);
        }
        _requireSignature(a.meter, key, readingDigest(a), aR, aVs);
        _requireSignature(b.meter, key, readingDigest(b), bR, bVs);

        // Effect
        meter.record = record.withFrozen();

        emit MeterFrozen(a.meter, a.interval);
    }

    /// @inheritdoc IMeterRegistry
    function finalExport(uint32 meter, uint32 interval) external view returns (bool isFinal, uint64 exported) {
        QueueSlot slot = _slots[meter][interval].slot;
        if (slot.recorded()) return (true, slot.exported());
        return (block.timestamp >= _endOf(interval) + WINDOW, 0);
    }

    /// @inheritdoc IMeterRegistry
    function readingDigest(Reading calldata reading) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(READING_TYPEHASH, reading.meter, reading.interval, reading.exported, reading.imported))
        );
    }
}
