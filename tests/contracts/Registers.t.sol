// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMeterRegistry, Registers, SignedRegisters} from "../../contracts/interfaces/IMeterRegistry.sol";
import {Stage} from "./support/Stage.sol";

/// @title A meter's registers: posted in their window, once, as signed; and what two that differ do to it.
contract RegistersTest is Stage {
    uint32 private constant AT = 20;
    uint256 private constant KEY = 1001;
    bytes32 private constant SCHEDULE = keccak256("two rates");

    uint32 private meter;

    function setUp() public {
        _stage();
        meter = _meter(1);
        VM.warp(registry.startOf(AT));
    }

    function test_NetImportOfEachRegister() public {
        Registers memory registers = _at(AT);
        registers.imported = [uint64(1 << 60) - 1, 0, 500, 7];
        registers.exported = [uint64(0), (1 << 60) - 1, 700, 7];
        SignedRegisters memory signed = _signed(registers);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.RegistersPosted(meter, AT, SCHEDULE, registers.imported, registers.exported);
        VM.prank(address(0x57A6E));
        registry.postRegisters(signed);
        (bool isFinal, bool posted, int64[4] memory net) = registry.registersAt(meter, AT, SCHEDULE);
        _true(isFinal && posted, "posted is final");
        _true(net[0] == int64(1 << 60) - 1 && net[1] == 1 - int64(1 << 60) && net[2] == -200 && net[3] == 0, "net");
        (isFinal, posted, net) = registry.registersAt(meter, AT, keccak256("others"));
        _true(!isFinal && !posted && net[0] == 0, "another schedule's are others");
        VM.warp(registry.startOf(AT) + WINDOW - 1);
        (isFinal,,) = registry.registersAt(meter, AT, keccak256("others"));
        _true(!isFinal, "until the window ends");
        VM.warp(registry.startOf(AT) + WINDOW);
        (isFinal, posted,) = registry.registersAt(meter, AT, keccak256("others"));
        _true(isFinal && !posted, "silence");
    }

    function testFuzz_WhatIsPostedIsWhatStands(uint64[4] memory imported, uint64[4] memory exported) public {
        Registers memory registers = _at(AT);
        for (uint256 i = 0; i < 4; ++i) {
            registers.imported[i] = imported[i] >> 4;
            registers.exported[i] = exported[i] >> 4;
        }
        registry.postRegisters(_signed(registers));
        (,, int64[4] memory net) = registry.registersAt(meter, AT, SCHEDULE);
        for (uint256 i = 0; i < 4; ++i) {
            _true(net[i] == int64(registers.imported[i]) - int64(registers.exported[i]), "net");
        }
    }

    /// @dev Each fault hides those behind it.
    function test_RefusalsInTheirOrder() public {
        Registers memory registers = _at(AT);
        registers.meter = 9;
        _refused(registers, abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registers.meter = meter;
        uint256 start = registry.startOf(AT);
        VM.warp(start - 1);
        _refused(
            registers, abi.encodeWithSelector(IMeterRegistry.ReadingTooEarly.selector, meter, AT, start - 1, start)
        );
        VM.warp(start + WINDOW);
        _refused(
            registers,
            abi.encodeWithSelector(IMeterRegistry.ReadingTooLate.selector, meter, AT, start + WINDOW, start + WINDOW)
        );
        VM.warp(start + WINDOW - 1);
        registry.postRegisters(_signed(registers));
        registers.imported[3] = 1 << 60;
        _refused(registers, abi.encodeWithSelector(IMeterRegistry.RegistersExist.selector, meter, AT, SCHEDULE));
        registers.schedule = 0;
        _refused(registers, abi.encodeWithSelector(IMeterRegistry.RegisterOverflow.selector, meter, AT));
        (registers.imported[3], registers.exported[0]) = (0, 1 << 60);
        _refused(registers, abi.encodeWithSelector(IMeterRegistry.RegisterOverflow.selector, meter, AT));
        registers.exported[0] = 0;
        SignedRegisters memory signed = _signed(registers);
        (signed.r, signed.vs) = VM.signCompact(7, registry.registersDigest(registers));
        _expect(abi.encodeWithSelector(IMeterRegistry.BadMeterSignature.selector, meter, VM.addr(7), VM.addr(KEY)));
        registry.postRegisters(signed);
        registry.postRegisters(_signed(registers));
    }

    function test_AnAttesterSignsToo() public {
        uint32 attested = _meter(2, 1002, VM.addr(2002), ELECTRICITY, RATING);
        Registers memory registers = _at(AT);
        registers.meter = attested;
        SignedRegisters memory signed;
        signed.registers = registers;
        (signed.r, signed.vs) = VM.signCompact(1002, registry.registersDigest(registers));
        _expect(abi.encodeWithSelector(IMeterRegistry.BadMeterSignature.selector, attested, address(0), VM.addr(2002)));
        registry.postRegisters(signed);
        (signed.attesterR, signed.attesterVs) = VM.signCompact(2002, registry.registersDigest(registers));
        registry.postRegisters(signed);
    }

    /// @dev What fails is skipped and said; what stands behind it is posted.
    function test_ABatchSkipsWhatFails() public {
        SignedRegisters[] memory items = new SignedRegisters[](4);
        items[0] = _signed(_at(AT));
        items[1] = _signed(_at(AT + 1));
        items[2] = items[0];
        items[3] = _signed(_at(AT - 1));
        VM.recordLogs();
        _equal(registry.postRegistersBatch(items), 2, "two stand");
        _equal(VM.getRecordedLogs().length, 4, "each is told");
        (, bool posted,) = registry.registersAt(meter, AT + 1, SCHEDULE);
        _true(!posted, "what is too early is not there");
        VM.expectEmit(address(registry));
        emit IMeterRegistry.RegistersSkipped(
            meter, AT, abi.encodeWithSelector(IMeterRegistry.RegistersExist.selector, meter, AT, SCHEDULE)
        );
        items = new SignedRegisters[](1);
        items[0] = _signed(_at(AT));
        _equal(registry.postRegistersBatch(items), 0, "none");
    }

    /// @dev With too little gas the batch reverts whole; it never skips for want of gas.
    function testFuzz_ABatchWithTooLittleGas(uint256 gasLimit) public {
        SignedRegisters[] memory items = new SignedRegisters[](2);
        items[0] = _signed(_at(AT));
        items[1] = _signed(_at(AT - 1));
        gasLimit = _bound(gasLimit, 1_000, 150_000);
        (bool success, bytes memory answer) =
            address(registry).call{gas: gasLimit}(abi.encodeCall(IMeterRegistry.postRegistersBatch, (items)));
        (, bool first,) = registry.registersAt(meter, AT, SCHEDULE);
        (, bool second,) = registry.registersAt(meter, AT - 1, SCHEDULE);
        if (success) _equal(abi.decode(answer, (uint256)), 2, "all or nothing");
        _true(first == success && second == success, "nothing stands of a batch that failed");
    }

    function test_TwoThatDifferFreezeTheMeter() public {
        Registers memory a = _at(AT);
        Registers memory b = _at(AT);
        b.imported[1] = 1;
        registry.postRegisters(_signed(a));
        _conflict(a, _at(AT), abi.encodeWithSelector(IMeterRegistry.NoConflict.selector, meter, AT));
        b.schedule = 0;
        _conflict(a, b, abi.encodeWithSelector(IMeterRegistry.NoConflict.selector, meter, AT));
        (b.schedule, b.at) = (SCHEDULE, AT - 1);
        _conflict(a, b, abi.encodeWithSelector(IMeterRegistry.NoConflict.selector, meter, AT));
        b.at = AT;
        Registers memory unknown = _at(AT);
        unknown.meter = 9;
        _conflict(unknown, b, abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        (bytes32 aR, bytes32 aVs) = VM.signCompact(KEY, registry.registersDigest(a));
        (bytes32 bR, bytes32 bVs) = VM.signCompact(7, registry.registersDigest(b));
        _expect(abi.encodeWithSelector(IMeterRegistry.BadMeterSignature.selector, meter, VM.addr(7), VM.addr(KEY)));
        registry.proveRegisterConflict(a, aR, aVs, b, bR, bVs);
        (bR, bVs) = VM.signCompact(KEY, registry.registersDigest(b));
        VM.expectEmit(address(registry));
        emit IMeterRegistry.MeterFrozen(meter, AT);
        registry.proveRegisterConflict(a, aR, aVs, b, bR, bVs);
        _true(registry.meters(meter).frozen, "frozen");
        _expect(abi.encodeWithSelector(IMeterRegistry.FrozenMeter.selector, meter));
        registry.proveRegisterConflict(a, aR, aVs, b, bR, bVs);
        (, bool posted, int64[4] memory net) = registry.registersAt(meter, AT, SCHEDULE);
        _true(posted && net[1] == 0, "the posted ones stand");
    }

    /// @dev The digest, written out from EIP-712, on any chain.
    function testFuzz_Digest(Registers calldata registers, uint64 chain) public {
        VM.chainId(_bound(chain, 1, type(uint64).max));
        bytes32 structHash = keccak256(
            abi.encodePacked(
                keccak256("Registers(uint32 meter,uint32 at,bytes32 schedule,uint64[4] imported,uint64[4] exported)"),
                uint256(registers.meter),
                uint256(registers.at),
                registers.schedule,
                keccak256(abi.encodePacked(registers.imported)),
                keccak256(abi.encodePacked(registers.exported))
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Wattpact"),
                keccak256("1"),
                chain == 0 ? 1 : chain,
                address(registry)
            )
        );
        bytes32 expected = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        VM.assertEq(registry.registersDigest(registers), expected, "digest");
    }

    function _at(uint32 time) private view returns (Registers memory registers) {
        (registers.meter, registers.at, registers.schedule) = (meter, time, SCHEDULE);
    }

    function _signed(Registers memory registers) private view returns (SignedRegisters memory signed) {
        signed.registers = registers;
        (signed.r, signed.vs) = VM.signCompact(KEY, registry.registersDigest(registers));
    }

    function _refused(Registers memory registers, bytes memory reason) private {
        SignedRegisters memory signed = _signed(registers);
        _expect(reason);
        registry.postRegisters(signed);
    }

    function _conflict(Registers memory a, Registers memory b, bytes memory reason) private {
        (bytes32 aR, bytes32 aVs) = VM.signCompact(KEY, registry.registersDigest(a));
        (bytes32 bR, bytes32 bVs) = VM.signCompact(KEY, registry.registersDigest(b));
        _expect(reason);
        registry.proveRegisterConflict(a, aR, aVs, b, bR, bVs);
    }
}
