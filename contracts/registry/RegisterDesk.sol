// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, Registers, SignedRegisters} from "../interfaces/IMeterRegistry.sol";
import {MeterRecord, RegisterSlot, RegisterSlotLib} from "../libraries/RegistrySlots.sol";
import {ReadingDesk} from "./ReadingDesk.sol";

/// @title What the meters' registers say at the ends of periods, once and for all.
abstract contract RegisterDesk is ReadingDesk {
    /// @dev One slot; boxed so that its place is computed once.
    struct RegisterBox {
        RegisterSlot slot;
    }

    bytes32 private constant REGISTERS_TYPEHASH =
        keccak256("Registers(uint32 meter,uint32 at,bytes32 schedule,uint64[4] imported,uint64[4] exported)");
    /// @dev Registers from here on do not fit.
    uint256 private constant REGISTER_END = 1 << 60;
    /// @dev Most gas that one item of a batch can take: a fresh slot, three cold reads, two recoveries, the event.
    uint256 private constant ITEM_GAS = 80_000;

    mapping(uint32 meter => mapping(uint32 at => mapping(bytes32 schedule => RegisterBox))) private _registers;

    /// @inheritdoc IMeterRegistry
    function postRegisters(SignedRegisters calldata signed) public {
        Registers calldata registers = signed.registers;
        uint32 id = registers.meter;
        uint32 at = registers.at;

        // Check
        MeterSlots storage meter = _meters[id];
        address key = meter.key;
        if (key == address(0)) revert UnknownMeter(id);
        uint256 start = startOf(at);
        uint256 closed = start + WINDOW;
        if (block.timestamp < start) revert ReadingTooEarly(id, at, block.timestamp, start);
        if (block.timestamp >= closed) revert ReadingTooLate(id, at, block.timestamp, closed);
        RegisterBox storage box = _registers[id][at][registers.schedule];
        if (box.slot.recorded()) revert RegistersExist(id, at, registers.schedule);
        for (uint256 i = 0; i < 4; ++i) {
            if (registers.imported[i] >= REGISTER_END || registers.exported[i] >= REGISTER_END) {
                revert RegisterOverflow(id, at);
            }
        }
        bytes32 digest = registersDigest(registers);
        _requireSignature(id, key, digest, signed.r, signed.vs);
        address attester = meter.attester;
        if (attester != address(0)) _requireSignature(id, attester, digest, signed.attesterR, signed.attesterVs);

        // Effect
        box.slot = RegisterSlotLib.pack(registers.imported, registers.exported);

        emit RegistersPosted(id, at, registers.schedule, registers.imported, registers.exported);
    }

    /// @inheritdoc IMeterRegistry
    function postRegistersBatch(SignedRegisters[] calldata signed) external returns (uint256 posted) {
        for (uint256 i = 0; i < signed.length; ++i) {
            // Check: whatever fails below does not fail for want of gas
            if (gasleft() < ITEM_GAS) revert ItemGasTooLow(i, gasleft(), ITEM_GAS);

            // Interaction with itself, so that an item that fails changes nothing
            try this.postRegisters(signed[i]) {
                ++posted;
            } catch (bytes memory reason) {
                emit RegistersSkipped(signed[i].registers.meter, signed[i].registers.at, reason);
            }
        }
    }

    /// @inheritdoc IMeterRegistry
    function proveRegisterConflict(
        Registers calldata a,
        bytes32 aR,
        bytes32 aVs,
        Registers calldata b,
        bytes32 bR,
        bytes32 bVs
    ) external {
        // Check
        MeterSlots storage meter = _meters[a.meter];
        address key = meter.key;
        if (key == address(0)) revert UnknownMeter(a.meter);
        MeterRecord record = meter.record;
        if (record.frozen()) revert FrozenMeter(a.meter);
        bool samePlace = a.meter == b.meter && a.at == b.at && a.schedule == b.schedule;
        (bytes32 first, bytes32 second) = (registersDigest(a), registersDigest(b));
        if (!samePlace || first == second) revert NoConflict(a.meter, a.at);
        _requireSignature(a.meter, key, first, aR, aVs);
        _requireSignature(b.meter, key, second, bR, bVs);

        // Effect
        meter.record = record.withFrozen();

        emit MeterFrozen(a.meter, a.at);
    }

    /// @inheritdoc IMeterRegistry
    function registersAt(uint32 meter, uint32 at, bytes32 schedule)
        external
        view
        returns (bool isFinal, bool posted, int64[4] memory net)
    {
        RegisterSlot slot = _registers[meter][at][schedule].slot;
        if (slot.recorded()) return (true, true, slot.net());
        return (block.timestamp >= startOf(at) + WINDOW, false, net);
    }

    /// @inheritdoc IMeterRegistry
    function registersDigest(Registers calldata registers) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REGISTERS_TYPEHASH,
                    registers.meter,
                    registers.at,
                    registers.schedule,
                    keccak256(abi.encode(registers.imported)),
                    keccak256(abi.encode(registers.exported))
                )
            )
        );
    }
}
