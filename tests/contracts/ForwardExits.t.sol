// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Numbers here are small, and words short.
// forge-lint: disable-start(unsafe-typecast)

import {Bill, ForwardTerms, IForwardContracts} from "../../contracts/interfaces/IForwardContracts.sol";
import {IMeterRegistry, Supply} from "../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {ForwardStage} from "./support/ForwardStage.sol";

/// @title Members leave: before the start, within a period, in the last one; what they pay, and what their meters may do.
contract ForwardExitsTest is ForwardStage {
    ForwardTerms private _terms;
    bytes32 private _key;

    function setUp() public {
        _openDesk();
        _settle(2);
        (_terms, _key) = _running(1);
    }

    function test_BeforeTheStart() public {
        _warpTo(0);
        VM.warp(block.timestamp - 1);
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberExited(_key, meterOf[1], 0, EXIT_FEE);
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberClosed(_key, meterOf[1], MOST - EXIT_FEE);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.SupplyEnded(meterOf[1], address(desk), FIRST, FIRST);
        _exit(1);
        _equal(_balance(1), STAKE - EXIT_FEE, "the fee and no more");
        _equal(_balance(RETAILER), STAKE - RETAILER_DEPOSIT + EXIT_FEE, "to the retailer");
        _equal(_state(_key, 1).last, 0, "nothing is billed");
        _true(_state(_key, 1).exited, "left");
        (, uint32 open,,) = desk.forwardSlot(_key);
        _equal(open, 1, "one is left");
        _true(registry.suppliesOf(meterOf[1])[0].market == address(0), "its meter is free");
        Bill memory bill = _billOf(1, 0, true);
        _expect(abi.encodeWithSelector(IForwardContracts.WrongPeriod.selector, _key, meterOf[1], uint16(0), uint16(0)));
        desk.billMember(_terms, bill);
    }

    /// @dev It ends with the period that is running, which is still billed.
    function test_WithinAPeriod() public {
        _post(1, 0, 0, 0);
        _post(1, 1, 1_000, 0);
        _bill(_terms, 1, 0);
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberExited(_key, meterOf[1], 2, EXIT_FEE);
        _exit(1);
        _equal(_state(_key, 1).deposit, MOST - 300_000 - EXIT_FEE, "the fee at once");
        Supply memory supplied = registry.suppliesOf(meterOf[1])[0];
        _true(supplied.from == FIRST && supplied.to == _boundary(2), "supplied until then");
        _post(1, 2, 1_500, 0);
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberClosed(_key, meterOf[1], MOST - 450_000 - EXIT_FEE);
        _bill(_terms, 1, 1);
        _equal(_balance(1), STAKE - 450_000 - EXIT_FEE, "what it took and the fee");
        Bill memory bill = _billOf(1, 2, true);
        _expect(abi.encodeWithSelector(IForwardContracts.WrongPeriod.selector, _key, meterOf[1], uint16(2), uint16(2)));
        desk.billMember(_terms, bill);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IForwardContracts.AlreadyExited.selector, _key, meterOf[1], uint16(2)));
        desk.exitForward(_terms, 1);
        (, uint32 open,,) = desk.forwardSlot(_key);
        _equal(open, 1, "the other stays");
    }

    /// @dev At the very start of a period that period is running.
    function test_AtTheStart() public {
        _warpTo(0);
        _exit(1);
        _equal(_state(_key, 1).last, 1, "the first is billed");
        _warpTo(1);
        _exit(2);
        _equal(_state(_key, 2).last, 2, "two are billed");
    }

    function test_InTheLastPeriod() public {
        _warpTo(PERIODS);
        VM.warp(block.timestamp - 1);
        _exit(1);
        _equal(_state(_key, 1).last, PERIODS, "as many as without");
        _equal(registry.suppliesOf(meterOf[1])[0].to, _boundary(PERIODS), "supplied to the end");
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IForwardContracts.AlreadyExited.selector, _key, meterOf[1], uint16(PERIODS)));
        desk.exitForward(_terms, 1);
        _warpTo(PERIODS);
        VM.prank(_person(2));
        _expect(
            abi.encodeWithSelector(
                IForwardContracts.ExitTooLate.selector, _key, meterOf[2], block.timestamp, block.timestamp
            )
        );
        desk.exitForward(_terms, 2);
    }

    function test_RefusalsInTheirOrder() public {
        ForwardTerms memory other = _terms;
        other.exitFee = 0;
        VM.startPrank(_person(2));
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, _key));
        desk.exitForward(other, 99);
        _expect(abi.encodeWithSelector(IForwardContracts.NotAMember.selector, _key, uint32(99)));
        desk.exitForward(_terms, 99);
        VM.stopPrank();
        _exit(1);
        VM.prank(_person(2));
        _expect(
            abi.encodeWithSelector(IForwardContracts.NotTheMember.selector, _key, meterOf[1], _person(2), _person(1))
        );
        desk.exitForward(_terms, 1);
        _warpTo(PERIODS);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IForwardContracts.AlreadyExited.selector, _key, meterOf[1], uint16(0)));
        desk.exitForward(_terms, 1);
    }

    /// @dev The fee reaches as far as the deposit.
    function test_AFeeBeyondTheDeposit() public {
        _post(1, 0, 0, 0);
        _post(1, 1, 2_900, 0);
        _bill(_terms, 1, 0); // 870,000 of 900,000
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberExited(_key, meterOf[1], 2, 30_000);
        _exit(1);
        _equal(_state(_key, 1).deposit, 0, "nothing is left");
    }

    /// @dev The next contract is joined while this one runs; leaving this one leaves the next as it is.
    function test_ARenewedContractOutlivesAnExit() public {
        ForwardTerms memory next = _forward(2);
        for (uint32 i = 0; i <= PERIODS; ++i) {
            next.boundaries[i] = _boundary(PERIODS) + i * PERIOD;
        }
        bytes32 key = _sign(next);
        _join(next, 1);
        _warpTo(0);
        _exit(1);
        Supply[2] memory supplies = registry.suppliesOf(meterOf[1]);
        _true(supplies[0].from == FIRST && supplies[0].to == _boundary(1), "this one ends early");
        _true(supplies[1].from == _boundary(PERIODS), "the next one stands");
        VM.prank(_person(1));
        desk.exitForward(next, 1);
        _equal(_state(key, 1).last, 0, "and is left before it starts");
        _true(registry.suppliesOf(meterOf[1])[1].market == address(0), "as if it had not been");
    }

    function _exit(uint256 n) private {
        uint32 meter = meterOf[n];
        VM.prank(_person(n));
        desk.exitForward(_terms, meter);
    }
}
