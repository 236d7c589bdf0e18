// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LoanStatus} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {LoanMoves} from "./LoanMoves.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @title All moves on deals and loans in one market, and what must hold after each. The numbers are the README's.
contract LoanHandler is MarketHandler, LoanMoves {
    constructor() {
        _addDesk();
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            _join(n, _meterOf(n));
            allowed[_meterOf(n)][address(desk)] = true;
            freeAtDesk[_person(n)] = STAKE;
        }
    }

    /// @notice 2, 6, 13: the desk's balances and slots.
    function checkLoans() external view {
        uint256 owed = donatedToDesk;
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            address person = _person(n);
            _equal(desk.balanceOf(person), freeAtDesk[person], "13: a balance is not what its loans make it");
            owed += desk.balanceOf(person);
        }
        _equal(desk.balanceOf(STRANGER), 0, "13: a stranger's balance");
        for (uint256 i = 0; i < loanRows.length; ++i) {
            LoanRow storage row = loanRows[i];
            (LoanStatus status, uint32 given, uint32 returned, bytes23 terms) = desk.loanSlot(row.key);
            _equal(uint8(status), uint8(row.status), "6: a status moved");
            _equal(given, row.given, "6: the place of a given leg moved");
            _equal(returned, row.returned, "6: the place of a returned leg moved");
            bool cancelled = row.status == LoanStatus.Cancelled;
            bytes23 expected = cancelled ? bytes23(0) : bytes23(keccak256(abi.encode(row.loan)));
            VM.assertEq(bytes32(terms), bytes32(expected), "6: terms changed");
            if (row.status == LoanStatus.Recorded) owed += row.loan.collateral;
        }
        _equal(token.balanceOf(address(desk)), owed, "2: the desk holds what it owes and was given");
    }

    /// @dev The desk pauses too; a stranger ends what is left, and everybody leaves.
    function _finish() internal override {
        uint256 time = _now();
        for (uint256 i = 0; i < loanRows.length; ++i) {
            uint256 silence = _end(_returnOf(loanRows[i].loan)) + WINDOW;
            if (loanRows[i].status == LoanStatus.Recorded && silence > time) time = silence;
        }
        if (deskPauseEnd != 0 && deskPauseEnd + PAUSE_COOLDOWN > time) time = deskPauseEnd + PAUSE_COOLDOWN;
        VM.warp(time);
        VM.prank(GUARDIAN);
        desk.pause();
        for (uint256 i = loanRows.length; i > 0; --i) {
            LoanRow storage row = loanRows[i - 1];
            if (row.status != LoanStatus.Recorded) continue;
            VM.prank(STRANGER);
            desk.settleLoan(row.loan);
            _ended(row);
        }
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            uint256 amount = desk.balanceOf(_person(n));
            _equal(amount, freeAtDesk[_person(n)], "8: a final balance at the desk");
            VM.prank(_person(n));
            desk.withdraw(amount);
            freeAtDesk[_person(n)] = 0;
        }
        _equal(token.balanceOf(address(desk)), donatedToDesk, "8: tokens are locked in at the desk");
        super._finish();
    }

    function _gifts() internal view override returns (uint256) {
        return super._gifts() + donatedToDesk;
    }
}
