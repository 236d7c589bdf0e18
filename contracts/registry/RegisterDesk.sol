// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

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
    /// @dev Where the plain members, the imports and the exports end in abi.encode(Registers).
    uint256 private constant PLAIN_END = 3 * 32;
    uint256 private constant IMPORTS_END = PLAIN_END + 4 * 32;
    /// @dev Length of abi.encode(Registers): eleven words. A number of its own, since assembly takes no other.
    uint256 private constant REGISTERS_BYTES = 352;

    mapping(uint32 meter => mapping(uint32 at => mapping(bytes32 schedule => RegisterBox))) private _registers;

    /// @inheritdoc IMeterRegistry
    function postRegisters(SignedRegisters calldata signed) external {
        bytes memory fault = _post(signed);
        if (fault.length != 0) LowLevelCall.bubbleRevert(fault);
    }

    /// @inheritdoc IMeterRegistry
    function postRegistersBatch(SignedRegisters[] calldata signed) external returns (uint256 posted) {
        for (uint256 i = 0; i < signed.length; ++i) {
            bytes memory fault = _post(signed[i]);
            if (fault.length == 0) ++posted;
            else emit RegistersSkipped(signed[i].registers.meter, signed[i].registers.at, fault);
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
        // EIP-712 encodes arrays of fixed length as the ABI does, and they stand inline: the calldata is the encoding.
        // A field with bits beyond its type makes another hash than any registers'.
        bytes calldata encoded;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            encoded.offset := registers
            encoded.length := REGISTERS_BYTES
        }
        bytes32 imports = keccak256(encoded[PLAIN_END:IMPORTS_END]);
        bytes32 exports = keccak256(encoded[IMPORTS_END:]);
        return _hashTypedDataV4(keccak256(bytes.concat(REGISTERS_TYPEHASH, encoded[:PLAIN_END], imports, exports)));
    }

    /// @dev Posts registers, or changes nothing and returns the error: so a batch skips an item without a call to
    /// itself. What runs out of gas here does so as a whole.
    function _post(SignedRegisters calldata signed) private returns (bytes memory) {
        Registers calldata registers = signed.registers;
        uint32 id = registers.meter;
        uint32 at = registers.at;

        // Check
        MeterSlots storage meter = _meters[id];
        address key = meter.key;
        if (key == address(0)) return abi.encodeWithSelector(UnknownMeter.selector, id);
        uint256 start = startOf(at);
        uint256 closed = start + WINDOW;
        if (block.timestamp < start) {
            return abi.encodeWithSelector(ReadingTooEarly.selector, id, at, block.timestamp, start);
        }
        if (block.timestamp >= closed) {
            return abi.encodeWithSelector(ReadingTooLate.selector, id, at, block.timestamp, closed);
        }
        RegisterBox storage box = _registers[id][at][registers.schedule];
        if (box.slot.recorded()) {
            return abi.encodeWithSelector(RegistersExist.selector, id, at, registers.schedule);
        }
        RegisterSlot slot = RegisterSlotLib.pack(registers.imported, registers.exported);
        if (!slot.recorded()) return abi.encodeWithSelector(RegisterOverflow.selector, id, at);
        bytes32 digest = registersDigest(registers);
        bytes memory fault = _signatureFault(id, key, digest, signed.r, signed.vs);
        if (fault.length != 0) return fault;
        address attester = meter.attester;
        if (attester != address(0)) {
            fault = _signatureFault(id, attester, digest, signed.attesterR, signed.attesterVs);
            if (fault.length != 0) return fault;
        }

        // Effect
        box.slot = slot;

        emit RegistersPosted(id, at, registers.schedule, registers.imported, registers.exported);
        return "";
    }

    /// @dev The error of a signature that is not `signer`'s; empty where it is.
    function _signatureFault(uint32 meter, address signer, bytes32 digest, bytes32 r, bytes32 vs)
        private
        pure
        returns (bytes memory)
    {
        address recovered = _signerOf(digest, r, vs);
        if (recovered == signer) return "";
        return abi.encodeWithSelector(BadMeterSignature.selector, meter, recovered, signer);
    }
}
