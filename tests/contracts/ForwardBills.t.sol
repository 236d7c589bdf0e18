// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {Bill, ForwardStatus, ForwardTerms, IForwardContracts} from "../../contracts/interfaces/IForwardContracts.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {ForwardStage} from "./support/ForwardStage.sol";

/// @title What a member is billed, period by period. Rates are 300 by day and 120 by night.
contract ForwardBillsTest is ForwardStage {
    ForwardTerms private _terms;
    bytes32 private _key;

    function setUp() public {
        _openDesk();
        _settle(3);
        (_terms, _key) = _running(1);
    }

    function test_ByDifferenceFromTheFirstBoundaryOn() public {
        _post(1, 0, 5_000, -200);
        _post(1, 1, 6_000, -300);
        // 1,000 by day, 100 fed in by night
        _billed(1, 0, true, [int64(1_000), -100, 0, 0], 300 * 1_000 - 120 * 100, 288_000);
        _equal(_state(_key, 1).deposit, MOST - 288_000, "paid from the deposit");
        _equal(_balance(RETAILER), STAKE - RETAILER_DEPOSIT + 288_000, "to the retailer's balance");
        _post(1, 2, 6_000, 700);
        _billed(1, 1, true, [int64(0), 1_000, 0, 0], 120_000, 120_000);
        _post(1, 3, 6_001, 700);
        _billed(1, 2, true, [int64(1), 0, 0, 0], 300, 300);
        _equal(_state(_key, 1).deposit, 0, "given back after the last bill");
        _equal(_balance(1), STAKE - 408_300, "what was billed and no more");
    }

    /// @dev Without a base the first bill is the contracted one, and its register the base of the next.
    function test_WithoutABase() public {
        _post(1, 1, 6_000, -300);
        _warpPast(1);
        _notBilled(1, 0, false, _error(IForwardContracts.BadVolumes.selector));
        _billedByContract(1, 0, [int64(1_000), -100, 0, 0], 288_000, 288_000);
        _true(_state(_key, 1).based, "based");
        _equal(uint64(_state(_key, 1).accounted[0]), 6_000, "on the register");
        _post(1, 2, 6_500, -300);
        _billed(1, 1, true, [int64(500), 0, 0, 0], 150_000, 150_000);
    }

    /// @dev A missing register is billed by contract, and the next one puts it right.
    function test_AMissingRegisterAndItsTrueUp() public {
        _post(1, 0, 5_000, -200);
        _warpPast(1);
        _billedByContract(1, 0, [int64(1_000), -100, 0, 0], 288_000, 288_000);
        _equal(uint64(_state(_key, 1).accounted[0]), 6_000, "5,000 + 1,000");
        _warpPast(2);
        _billedByContract(1, 1, [int64(1_000), 300, 0, 0], 336_000, 336_000);
        // It took 1,500 by day in all three periods and 50 by night, and is billed that: 2,000 and 200 were too much
        _post(1, 3, 6_500, -150);
        _billed(1, 2, true, [int64(-500), -150, 0, 0], -168_000, 168_000);
        _equal(_balance(1), STAKE - 1_500 * 300 - 50 * 120, "what it took");
    }

    /// @dev Nothing was ever seen: every bill is the contracted one, as far as the deposit reaches.
    function test_NeverARegister() public {
        uint256[3] memory paid = [uint256(288_000), 336_000, 276_000];
        for (uint16 period = 0; period < PERIODS; ++period) {
            _warpPast(period + 1);
            _billedByContract(1, period, _contracted(1, period), _owed(1, period), paid[period]);
            _true(!_state(_key, 1).based && _state(_key, 1).accounted[0] == 0, "no base");
        }
        _equal(_balance(1), STAKE - MOST, "the whole deposit");
    }

    function test_NegativeAmountsReachAsFarAsTheRetailersDeposit() public {
        _post(1, 0, 0, 0);
        _post(1, 1, -1_000, 0);
        _billed(1, 0, true, [int64(-1_000), 0, 0, 0], -300_000, 300_000);
        _equal(_balance(1), STAKE - MOST + 300_000, "fed in, paid");
        _post(1, 2, -2_000, 0);
        _billed(1, 1, true, [int64(-1_000), 0, 0, 0], -300_000, 200_000);
        (,, uint64 deposit,) = desk.forwardSlot(_key);
        _equal(deposit, 0, "used up");
        _post(1, 3, -2_000, -10);
        _billed(1, 2, true, [int64(0), -10, 0, 0], -1_200, 0);
    }

    function test_ABillReachesAsFarAsTheDeposit() public {
        _post(1, 0, 0, 0);
        _post(1, 1, 3_001, 0);
        _billed(1, 0, true, [int64(3_001), 0, 0, 0], 900_300, 900_000);
        _equal(_state(_key, 1).deposit, 0, "used up");
        _post(1, 2, 3_002, 0);
        _billed(1, 1, true, [int64(1), 0, 0, 0], 300, 0);
        _equal(_balance(1), STAKE - MOST, "liability ends there");
    }

    function test_RefusalsInTheirOrder() public {
        ForwardTerms memory other = _terms;
        other.exitFee += 1;
        Bill memory bill = Bill({meter: 99, period: 7, volumes: new int64[](0)});
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, _key));
        desk.billMember(other, bill);
        _expect(abi.encodeWithSelector(IForwardContracts.NotAMember.selector, _key, uint32(99)));
        desk.billMember(_terms, bill);
        bill.meter = meterOf[1];
        _expect(_wrongPeriod(7, 0));
        desk.billMember(_terms, bill);
        bill.period = 0;
        _expect(_notFinal(0));
        desk.billMember(_terms, bill);
        // The register at the end is there, and the base can still come
        _post(1, 0, 0, 0);
        _expect(_notFinal(1));
        desk.billMember(_terms, bill);
        _warpPast(1);
        VM.warp(block.timestamp - 1);
        _expect(_notFinal(1));
        desk.billMember(_terms, bill);
        VM.warp(block.timestamp + 1);
        _expect(_error(IForwardContracts.BadVolumes.selector));
        desk.billMember(_terms, bill);
        bill.volumes = _volumes(2);
        _expect(_error(IForwardContracts.BadVolumes.selector));
        desk.billMember(_terms, bill);
        bill.volumes = _volumes(1);
        desk.billMember(_terms, bill);
        _expect(_wrongPeriod(0, 1));
        desk.billMember(_terms, bill);
        _warpPast(3);
        _billByContract(_terms, 1, 1);
        _billByContract(_terms, 1, 2);
        bill.period = 3;
        _expect(_wrongPeriod(3, 3));
        desk.billMember(_terms, bill);
    }

    /// @dev Where periods are shorter than the window, the base is waited for: nobody gains by billing early.
    function test_TheBaseIsWaitedFor() public {
        ForwardTerms memory terms = _forward(2);
        terms.boundaries[0] = _boundary(PERIODS);
        terms.boundaries[1] = terms.boundaries[0] + 1;
        terms.boundaries[2] = terms.boundaries[0] + 2;
        terms.boundaries[3] = terms.boundaries[0] + 3;
        _sign(terms);
        _join(terms, 1);
        VM.warp(_startOf(terms.boundaries[1]));
        registry.postRegisters(_registers(1, terms.boundaries[1], 70, 0));
        uint256 silence = _startOf(terms.boundaries[0]) + WINDOW;
        _expect(
            abi.encodeWithSelector(
                IForwardContracts.PeriodNotFinal.selector, meterOf[1], terms.boundaries[0], silence, block.timestamp
            )
        );
        _billByContract(terms, 1, 0);
        registry.postRegisters(_registers(1, terms.boundaries[0], 50, 0));
        _bill(terms, 1, 0);
        _equal(_state(desk.forwardKey(terms.retailer, terms.community, 2), 1).deposit, MOST - 20 * 300, "20 taken");
    }

    function test_ABatchSkipsWhatFails() public {
        for (uint256 boundary = 0; boundary <= 1; ++boundary) {
            _post(1, boundary, int64(uint64(100 * boundary)), 0);
            _post(2, boundary, int64(uint64(100 * boundary)), 0);
        }
        Bill[] memory bills = new Bill[](5);
        bills[0] = _billOf(1, 0, false);
        bills[1] = _billOf(1, 0, false);
        bills[2] = _billOf(3, 0, false);
        bills[3] = Bill({meter: 99, period: 0, volumes: new int64[](0)});
        bills[4] = _billOf(2, 0, true);
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(1, _key, _wrongPeriod(0, 1));
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(
            2,
            _key,
            abi.encodeWithSelector(
                IForwardContracts.PeriodNotFinal.selector,
                meterOf[3],
                _boundary(1),
                _startOf(_boundary(1)) + WINDOW,
                block.timestamp
            )
        );
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(
            3, _key, abi.encodeWithSelector(IForwardContracts.NotAMember.selector, _key, uint32(99))
        );
        VM.prank(STRANGER);
        _equal(desk.billBatch(_terms, bills), 2, "two are billed");
        _equal(_state(_key, 1).billed, 1, "once");
        _equal(_state(_key, 2).deposit, MOST - 30_000, "volumes that are not needed are not looked at");
        _equal(_state(_key, 3).billed, 0, "skipped");
        ForwardTerms memory other = _terms;
        other.exitFee += 1;
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, _key));
        desk.billBatch(other, bills);
    }

    /// @dev A batch is either whole or nothing for want of gas; it never skips for it.
    function testFuzz_ABatchWithTooLittleGas(uint256 gasLimit) public {
        Bill[] memory bills = new Bill[](2);
        for (uint256 boundary = 0; boundary <= 1; ++boundary) {
            _post(1, boundary, int64(uint64(100 * boundary)), 0);
            _post(2, boundary, int64(uint64(100 * boundary)), 0);
        }
        (bills[0], bills[1]) = (_billOf(1, 0, false), _billOf(2, 0, false));
        gasLimit = _bound(gasLimit, 10_000, 300_000);
        (bool success, bytes memory answer) =
            address(desk).call{gas: gasLimit}(abi.encodeCall(IForwardContracts.billBatch, (_terms, bills)));
        if (success) _equal(abi.decode(answer, (uint256)), 2, "all");
        _equal(_state(_key, 1).billed, success ? 1 : 0, "the first");
        _equal(_state(_key, 2).billed, success ? 1 : 0, "the second");
    }

    function test_ClosingAfterTheLastBill() public {
        _warpPast(PERIODS - 1);
        uint256 end = _startOf(_boundary(PERIODS));
        _expect(abi.encodeWithSelector(IForwardContracts.ContractRunning.selector, _key, end, block.timestamp));
        desk.closeForward(_terms);
        VM.warp(end);
        _expect(abi.encodeWithSelector(IForwardContracts.MembersOpen.selector, _key, uint32(3)));
        desk.closeForward(_terms);
        _warpPast(PERIODS);
        uint256 owed = 0;
        for (uint256 n = 1; n <= 3; ++n) {
            uint256 deposit = MOST;
            for (uint16 period = 0; period < PERIODS; ++period) {
                if (n == 3 && period == 2) {
                    _expect(abi.encodeWithSelector(IForwardContracts.MembersOpen.selector, _key, uint32(1)));
                    desk.closeForward(_terms);
                }
                uint256 paid = uint256(_owed(n, period));
                if (paid > deposit) paid = deposit;
                deposit -= paid;
                owed += paid;
                _billByContract(_terms, n, period);
            }
            _equal(_balance(n), STAKE - MOST + deposit, "what is left of the deposit");
        }
        VM.expectEmit(address(desk));
        emit IForwardContracts.ForwardClosed(_key, RETAILER_DEPOSIT);
        VM.prank(STRANGER);
        desk.closeForward(_terms);
        _equal(_balance(RETAILER), STAKE + owed, "its deposit and what was billed");
        bytes memory closed = abi.encodeWithSelector(
            IForwardContracts.WrongForwardStatus.selector, _key, ForwardStatus.Closed, ForwardStatus.Signed
        );
        _expect(closed);
        desk.closeForward(_terms);
        Bill memory bill = _billOf(1, 3, true);
        _expect(closed);
        desk.billMember(_terms, bill);
        VM.prank(_person(1));
        _expect(closed);
        desk.exitForward(_terms, 1);
    }

    /// @dev Three periods of any registers, some missing, beside a model that adds up in its own way.
    function testFuzz_BillsBesideAPlainModel(uint256 seed) public {
        int256[2] memory read; // the last register or base, with what was billed by contract since
        bool seen = false;
        int256 deposit = int256(uint256(MOST));
        int256 escrow = int256(uint256(RETAILER_DEPOSIT));
        int256 balance = int256(_balance(1));
        for (uint256 boundary = 0; boundary <= PERIODS; ++boundary) {
            bool posted = _draw(seed, boundary, "posted") % 3 != 0;
            int256[2] memory register;
            for (uint256 i = 0; i < 2; ++i) {
                register[i] = int256(_draw(seed, boundary, i == 0 ? "day" : "night") % 8_000) - 3_000;
            }
            if (posted) _post(1, boundary, int64(register[0]), int64(register[1]));
            _warpPast(boundary);
            if (boundary != 0) {
                int256 owed = 0;
                int64[4] memory contracted = _contracted(1, uint16(boundary - 1));
                for (uint256 i = 0; i < 2; ++i) {
                    int256 volume = posted && seen ? register[i] - read[i] : int256(contracted[i]);
                    owed += volume * (i == 0 ? int256(300) : int256(120));
                    read[i] += volume;
                }
                _billByContract(_terms, 1, uint16(boundary - 1));
                int256 paid = owed > deposit ? deposit : owed < -escrow ? -escrow : owed;
                if (paid > 0) deposit -= paid;
                else (escrow, balance) = (escrow + paid, balance - paid);
            }
            if (posted) (seen, read) = (true, register);
        }
        _equal(_balance(1), uint256(balance + deposit), "the member");
        (,, uint64 left,) = desk.forwardSlot(_key);
        _equal(left, uint256(escrow), "the retailer's deposit");
    }

    /// @dev Amounts at the ends of their types: nothing wraps, and nothing more is paid than there is.
    function testFuzz_GreatAmounts(uint64 rate, int64 base, int64 net) public {
        ForwardTerms memory terms = _forward(2);
        for (uint32 i = 0; i <= PERIODS; ++i) {
            terms.boundaries[i] += uint32(PERIODS) * PERIOD;
        }
        rate = uint64(_bound(rate, 0, (1 << 40) - 1));
        terms.rates[0] = rate;
        int64 most = (int64(1) << 60) - 1;
        base = int64(int256(_bound(uint64(base), 0, uint64(2 * most)))) - most;
        net = int64(int256(_bound(uint64(net), 0, uint64(2 * most)))) - most;
        bytes32 key = _sign(terms);
        _join(terms, 1);
        VM.warp(_startOf(terms.boundaries[0]));
        registry.postRegisters(_registers(1, terms.boundaries[0], base, 0));
        VM.warp(_startOf(terms.boundaries[1]));
        registry.postRegisters(_registers(1, terms.boundaries[1], net, 0));
        int256 amount = (int256(net) - base) * int256(uint256(rate));
        uint256 reach = amount > 0 ? MOST : RETAILER_DEPOSIT;
        uint256 size = uint256(amount > 0 ? amount : -amount);
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberBilled(
            key, meterOf[1], 0, true, [net - base, int64(0), 0, 0], amount, size < reach ? size : reach
        );
        _bill(terms, 1, 0);
    }

    function _draw(uint256 seed, uint256 boundary, string memory what) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, boundary, what)));
    }

    function _contracted(uint256 n, uint16 period) private pure returns (int64[4] memory volumes) {
        int64[] memory all = _volumes(n);
        (volumes[0], volumes[1]) = (all[2 * period], all[2 * period + 1]);
    }

    function _owed(uint256 n, uint16 period) private pure returns (int256) {
        int64[4] memory volumes = _contracted(n, period);
        return int256(volumes[0]) * 300 + int256(volumes[1]) * 120;
    }

    function _billed(uint256 n, uint16 period, bool metered, int64[4] memory volumes, int256 amount, uint256 paid)
        private
    {
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberBilled(_key, meterOf[n], period, metered, volumes, amount, paid);
        VM.prank(STRANGER);
        _bill(_terms, n, period);
    }

    function _billedByContract(uint256 n, uint16 period, int64[4] memory volumes, int256 amount, uint256 paid) private {
        VM.expectEmit(address(desk));
        emit IForwardContracts.MemberBilled(_key, meterOf[n], period, false, volumes, amount, paid);
        _billByContract(_terms, n, period);
    }

    function _notBilled(uint256 n, uint16 period, bool byContract, bytes memory reason) private {
        Bill memory bill = _billOf(n, period, byContract);
        _expect(reason);
        desk.billMember(_terms, bill);
    }

    function _error(bytes4 selector) private view returns (bytes memory) {
        return abi.encodeWithSelector(selector, _key, meterOf[1]);
    }

    function _wrongPeriod(uint16 period, uint16 expected) private view returns (bytes memory) {
        return abi.encodeWithSelector(IForwardContracts.WrongPeriod.selector, _key, meterOf[1], period, expected);
    }

    function _notFinal(uint256 boundary) private view returns (bytes memory) {
        uint32 interval = _boundary(boundary);
        return abi.encodeWithSelector(
            IForwardContracts.PeriodNotFinal.selector,
            meterOf[1],
            interval,
            _startOf(interval) + WINDOW,
            block.timestamp
        );
    }
}
