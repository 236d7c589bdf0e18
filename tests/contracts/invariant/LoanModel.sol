// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Loan, LoanStatus} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {LoanStage} from "../support/LoanStage.sol";
import {Moves} from "./Moves.sol";

/// @title What the desk should hold, kept beside it; the queues are those that deals stand in as well.
abstract contract LoanModel is Moves, LoanStage {
    /// @dev A loan, or a cancelled number (then `loan` is empty).
    struct LoanRow {
        bytes32 key;
        Loan loan;
        LoanStatus status;
        uint64 given;
        uint64 returned;
        uint256 givenPlace;
        uint256 returnedPlace;
    }

    LoanRow[] internal loanRows;
    /// @dev Place in `loanRows`, from 1.
    mapping(bytes32 key => uint256 place) internal loanRowAt;
    mapping(address party => uint256) internal freeAtDesk;
    uint256 internal donatedToDesk;
    uint256 internal deskPauseEnd;

    function _returnOf(Loan memory loan) internal pure returns (uint32) {
        return loan.interval + loan.returnAfter;
    }

    /// @dev The desk says that it recorded this loan.
    function _lent(bytes32 key, Loan memory loan, uint64 maxAheadGiven, uint64 maxAheadReturned) internal {
        uint32 back = _returnOf(loan);
        _demand(_now() >= deskPauseEnd, "8: a loan was recorded while paused");
        _demand(loan.lender != loan.borrower, "13: a loan to oneself");
        _demand(loan.quantity != 0 && loan.returnAfter != 0, "13: a loan of nothing, or returned at once");
        _demand(loan.collateral >= uint256(loan.price) * loan.quantity, "13: collateral below the bond");
        _demand(loan.collateral <= freeAtDesk[loan.borrower], "13: recorded without collateral");
        _demand(loanRowAt[key] == 0, "6: a used number was recorded");
        _demand(loan.interval < retiredFrom[loan.borrowerMeter], "10: a retired meter borrowed");
        _demand(back < retiredFrom[loan.lenderMeter], "10: a retired meter was returned to");
        freeAtDesk[loan.borrower] -= loan.collateral;
        uint64 given = _queued(loan.lenderMeter, loan.interval);
        uint64 returned = _queued(loan.borrowerMeter, back);
        _demand(given <= maxAheadGiven && returned <= maxAheadReturned, "3: recorded further behind than agreed");
        loanRows.push(
            LoanRow({
                key: key,
                loan: loan,
                status: LoanStatus.Recorded,
                given: given,
                returned: returned,
                givenPlace: _took(loan.lenderMeter, loan.interval, given, loan.quantity, address(desk)),
                returnedPlace: _took(loan.borrowerMeter, back, returned, loan.quantity, address(desk))
            })
        );
        loanRowAt[key] = loanRows.length;
    }

    /// @dev Whether what decides a loan is known, and what was lent and returned then.
    function _ending(LoanRow storage row) internal view returns (bool isFinal, uint64 principal, uint64 returned) {
        Loan memory loan = row.loan;
        (isFinal, principal) = _reached(loan.lenderMeter, loan.interval, row.given, loan.quantity);
        if (!isFinal || principal == 0) return (isFinal, 0, 0);
        (isFinal, returned) = _reached(loan.borrowerMeter, _returnOf(loan), row.returned, loan.quantity);
    }

    /// @dev What the lender gets: of what was lent, the part that did not come back.
    function _compensation(LoanRow storage row) internal view returns (uint256) {
        (, uint64 principal, uint64 returned) = _ending(row);
        return principal > returned ? uint256(row.loan.price) * principal - uint256(row.loan.price) * returned : 0;
    }

    /// @dev The desk says that it settled or voided this row.
    function _ended(LoanRow storage row) internal {
        Loan memory loan = row.loan;
        _demand(row.status == LoanStatus.Recorded, "6: a loan ended that was not recorded");
        (bool isFinal, uint64 principal, uint64 returned) = _ending(row);
        _demand(isFinal, "13: ended before the readings are final");
        uint256 compensation = _compensation(row);
        freeAtDesk[loan.lender] += compensation;
        freeAtDesk[loan.borrower] += loan.collateral - compensation;
        delivered[loan.lenderMeter][loan.interval] += principal;
        delivered[loan.borrowerMeter][_returnOf(loan)] += returned;
        row.status = principal == 0 ? LoanStatus.Voided : LoanStatus.Settled;
        // The queue says afterwards whether the place went back, and only then
        if (principal == 0 && _isTail(loan.borrowerMeter, _returnOf(loan), row.returnedPlace, address(desk))) {
            _gaveBack(loan.borrowerMeter, _returnOf(loan), row.returnedPlace, address(desk));
            ++done["freed"];
        }
    }

    /// @dev The desk says that it released this row.
    function _undone(LoanRow storage row) internal {
        Loan memory loan = row.loan;
        _demand(row.status == LoanStatus.Recorded, "6: released what was not recorded");
        _demand(_now() <= _gate(loan.interval), "6: released after the gate");
        row.status = LoanStatus.Released;
        freeAtDesk[loan.borrower] += loan.collateral;
        _gaveBack(loan.lenderMeter, loan.interval, row.givenPlace, address(desk));
        _gaveBack(loan.borrowerMeter, _returnOf(loan), row.returnedPlace, address(desk));
    }

    /// @dev The desk says that it wrote Cancelled here.
    function _burned(bytes32 key) internal {
        _demand(loanRowAt[key] == 0, "6: a used number was cancelled");
        Loan memory none;
        loanRows.push(
            LoanRow({
                key: key,
                loan: none,
                status: LoanStatus.Cancelled,
                given: 0,
                returned: 0,
                givenPlace: 0,
                returnedPlace: 0
            })
        );
        loanRowAt[key] = loanRows.length;
    }
}
