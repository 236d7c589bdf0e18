// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {
    Loan,
    LoanMove,
    LoanOffer,
    LoanStatus,
    LoanTerms,
    SignedLoan
} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {LoanModel} from "./LoanModel.sol";
import {MeterMoves} from "./MeterMoves.sol";

// The desk may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Loans recorded, cancelled, released, delivered, returned, voided and settled, in and out of turn.
abstract contract LoanMoves is LoanModel, MeterMoves {
    uint64 private constant NUMBERS = 12;

    function lend(uint256 seed) external {
        (LoanOffer memory head, uint256 proposer, uint256 acceptor) = _borrowed(seed);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory first = _signature(proposer, digest);
        bytes memory second = _signature(acceptor, digest);
        VM.prank(STRANGER);
        try desk.recordLoan(head, new LoanMove[](0), first, second) returns (bytes32 key) {
            _lent(key, _loanOf(head), head.terms.maxAheadGiven, head.terms.maxAheadReturned);
            ++done["lend"];
        } catch {}
    }

    /// @dev Numbers that follow each other, so that no two items are the same session; one in three is badly signed.
    function lendBatch(uint256 seed) external {
        SignedLoan[] memory items = new SignedLoan[](3);
        bool[] memory forged = new bool[](3);
        for (uint64 i = 0; i < 3; ++i) {
            uint256 own = uint256(keccak256(abi.encode(seed, i)));
            (LoanOffer memory head, uint256 proposer, uint256 acceptor) = _borrowed(own);
            head.terms.nonce = NUMBERS + i;
            forged[i] = _chance(own, "forged", 3);
            items[i] = _signedLoan(head, proposer, forged[i] ? 77 : acceptor);
        }
        VM.prank(STRANGER);
        try desk.recordLoanBatch(items) returns (uint256 count) {
            uint256 found = 0;
            for (uint256 i = 0; i < 3; ++i) {
                LoanTerms memory terms = items[i].head.terms;
                bytes32 key = desk.loanKey(terms.opener, terms.responder, terms.nonce);
                (LoanStatus status,,, bytes23 hash) = desk.loanSlot(key);
                if (loanRowAt[key] != 0 || status != LoanStatus.Recorded) continue;
                Loan memory loan = _loanOf(items[i].head);
                if (hash != bytes23(keccak256(abi.encode(loan)))) continue;
                _demand(!forged[i], "11: a forged loan was recorded");
                _lent(key, loan, terms.maxAheadGiven, terms.maxAheadReturned);
                ++found;
            }
            _demand(found == count, "11: the batch counts what it did not record");
            if (found != 0) ++done["lendBatch"];
        } catch {}
    }

    function cancelLoan(uint256 seed) external {
        uint256 person = _somebody(seed);
        address other = _person(_other(seed, person));
        uint64 nonce = _number(seed);
        bytes32 key = desk.loanKey(_person(person), other, nonce);
        VM.prank(_person(person));
        try desk.cancelLoan(other, nonce) {
            _burned(key);
            ++done["cancelLoan"];
        } catch {}
    }

    /// @dev Of any of the last loans, in any state; one in five without the borrower's consent.
    function releaseLoan(uint256 seed) external {
        if (loanRows.length == 0) return;
        LoanRow storage row = loanRows[_late(seed, loanRows.length)];
        if (row.status == LoanStatus.Cancelled) return;
        Loan memory loan = row.loan;
        bytes32 digest = desk.loanReleaseDigest(row.key);
        bool forged = _chance(seed, "forged", 5);
        bytes memory lenders = _signature(numberOf[loan.lender], digest);
        bytes memory borrowers = _signature(numberOf[forged ? loan.lender : loan.borrower], digest);
        VM.prank(STRANGER);
        try desk.releaseLoan(loan, lenders, borrowers) {
            _demand(!forged, "6: released without consent");
            _undone(row);
            ++done["releaseLoan"];
        } catch {}
    }

    /// @dev Of any loan, in any state; one in five with other terms.
    function settleLoan(uint256 seed) external {
        if (loanRows.length == 0) return;
        _settleLoan(loanRows[_late(seed, loanRows.length)], _chance(seed, "altered", 5));
    }

    function voidLoan(uint256 seed) external {
        if (loanRows.length == 0) return;
        _voidLoan(loanRows[_late(seed, loanRows.length)]);
    }

    function settleLoanBatch(uint256 seed) external {
        if (loanRows.length == 0) return;
        Loan[] memory loans = new Loan[](4);
        uint256[] memory at = new uint256[](4);
        for (uint256 i = 0; i < 4; ++i) {
            at[i] = _late(uint256(keccak256(abi.encode(seed, i))), loanRows.length);
            loans[i] = loanRows[at[i]].loan;
        }
        VM.prank(STRANGER);
        uint256 count = desk.settleLoanBatch(loans);
        uint256 found = 0;
        for (uint256 i = 0; i < 4; ++i) {
            LoanRow storage row = loanRows[at[i]];
            (LoanStatus status,,,) = desk.loanSlot(row.key);
            bool ended = status == LoanStatus.Settled || status == LoanStatus.Voided;
            if (row.status != LoanStatus.Recorded || !ended) continue;
            _ended(row);
            ++found;
        }
        _demand(found == count, "11: the batch counts what it did not end");
        if (found != 0) ++done["settleLoanBatch"];
    }

    /// @dev What seldom comes about by chance: the lender's meter reports, within its place, behind it or nothing.
    function giveLoan(uint256 seed) external {
        if (loanRows.length == 0) return;
        LoanRow storage row = loanRows[_late(seed, loanRows.length)];
        if (row.status != LoanStatus.Recorded) return;
        _report(seed, row.loan.lenderMeter, row.loan.interval, row.given, row.loan.quantity);
        if (_chance(seed, "at once", 2)) _voidLoan(row);
    }

    /// @dev And the borrower's, after the lender's.
    function returnLoan(uint256 seed) external {
        if (loanRows.length == 0) return;
        LoanRow storage row = loanRows[_late(seed, loanRows.length)];
        if (row.status != LoanStatus.Recorded) return;
        _report(seed, row.loan.lenderMeter, row.loan.interval, row.given, row.loan.quantity);
        _report(seed / 2, row.loan.borrowerMeter, _returnOf(row.loan), row.returned, row.loan.quantity);
        _settleLoan(row, false);
    }

    function depositAtDesk(uint256 seed) external {
        uint256 person = _somebody(seed);
        uint256 amount = _pick(seed, "amount", 1, STAKE / 10);
        _stake(person, amount);
        freeAtDesk[_person(person)] += amount;
        ++done["depositAtDesk"];
    }

    /// @dev Up to twice what is there, paused or not.
    function withdrawFromDesk(uint256 seed) external {
        address person = _person(_somebody(seed));
        uint256 free = freeAtDesk[person];
        uint256 amount = _pick(seed, "amount", 0, free * (_chance(seed, "all", 4) ? 2 : 1) / 2);
        VM.prank(person);
        try desk.withdraw(amount) {
            _demand(amount <= free, "13: withdrew more than was free");
            freeAtDesk[person] -= amount;
            ++done["withdrawFromDesk"];
        } catch {
            _demand(amount > free, "8: a free balance was not paid out");
        }
    }

    function donateToDesk(uint256 seed) external {
        uint256 person = _somebody(seed);
        uint256 amount = _pick(seed, "amount", 1, 1_000);
        _fund(person, amount);
        VM.prank(_person(person));
        _demand(token.transfer(address(desk), amount), "13: a gift was refused");
        donatedToDesk += amount;
        ++done["donateToDesk"];
    }

    function pauseDesk(uint256 seed) external {
        if (!_chance(seed, "alarm", 6)) return;
        VM.prank(GUARDIAN);
        try desk.pause() {
            _demand(deskPauseEnd == 0 || _now() >= deskPauseEnd + PAUSE_COOLDOWN, "8: paused again too soon");
            deskPauseEnd = _now() + PAUSE_LENGTH;
            ++done["pauseDesk"];
        } catch {}
    }

    /// @dev Until the desk takes loans again: a pause is long beside an interval.
    function waitForDesk() external {
        if (_now() < deskPauseEnd) VM.warp(deskPauseEnd);
    }

    function allowDesk(uint256 seed) external {
        uint256 person = _somebody(seed);
        bool yes = !_chance(seed, "no", 4);
        VM.prank(_person(person));
        registry.allowMarket(_meterOf(person), address(desk), yes);
        allowed[_meterOf(person)][address(desk)] = yes;
    }

    function _settleLoan(LoanRow storage row, bool altered) internal {
        Loan memory loan = row.loan;
        if (altered) ++loan.price;
        uint256 lenders = desk.balanceOf(loan.lender);
        uint256 borrowers = desk.balanceOf(loan.borrower);
        VM.prank(STRANGER);
        try desk.settleLoan(loan) {
            _demand(!altered, "13: settled on other terms");
            uint256 paid = desk.balanceOf(loan.lender) - lenders;
            uint256 refunded = desk.balanceOf(loan.borrower) - borrowers;
            _demand(paid == _compensation(row), "13: paid other than price times shortfall");
            _demand(paid + refunded == loan.collateral, "13: compensation + refund is not the collateral");
            _ended(row);
            ++done[row.status == LoanStatus.Voided ? "settledAsVoid" : "settleLoan"];
            if (paid != 0) ++done["compensated"];
        } catch {
            (bool isFinal,,) = _ending(row);
            _demand(altered || row.status != LoanStatus.Recorded || !isFinal, "8: a final loan was not settled");
        }
    }

    function _voidLoan(LoanRow storage row) private {
        VM.prank(STRANGER);
        try desk.voidLoan(row.loan) {
            _ended(row);
            _demand(row.status == LoanStatus.Voided, "13: voided though something was lent");
            ++done["voidLoan"];
        } catch {
            (bool isFinal, uint64 principal,) = _ending(row);
            bool due = row.status == LoanStatus.Recorded && isFinal && principal == 0;
            _demand(!due, "8: a loan of nothing was not voided");
        }
    }

    /// @dev A reading at the interval's end, or as soon as it can be.
    function _report(uint256 seed, uint32 meter, uint32 interval, uint64 position, uint64 quantity) private {
        if (_now() < _end(interval)) VM.warp(_end(interval));
        uint256 most = _chance(seed, "nothing", 3) ? position : position + uint256(quantity) * 5 / 4;
        uint256 exported = _pick(seed, "exported", _chance(seed, "short", 4) ? 0 : position, most);
        if (exported > _rating(meter)) exported = _rating(meter);
        // forge-lint: disable-next-line(unsafe-typecast)
        _post(_signedReading(meter, interval, uint64(exported)));
    }

    function _number(uint256 seed) private pure returns (uint64) {
        // Few numbers, so that the same one is tried again
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(_pick(seed, "number", 0, NUMBERS - 1));
    }

    function _borrowed(uint256 seed) private view returns (LoanOffer memory head, uint256 proposer, uint256 acceptor) {
        // Half of them are opened by one person for one interval, so that queues grow
        bool crowded = _chance(seed, "crowded", 2);
        proposer = crowded ? 1 : _somebody(seed);
        acceptor = _other(seed, proposer);
        bool small = proposer == PEOPLE || acceptor == PEOPLE;
        uint64 price = _price(seed);
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 cover = price + uint64(_pick(seed, "over", 0, 100)) - (_chance(seed, "under", 20) ? 1 : 0);
        LoanTerms memory terms = LoanTerms({
            opener: _person(proposer),
            responder: _person(acceptor),
            nonce: _number(seed),
            openerMeter: _meterOf(proposer),
            responderMeter: _meterOf(acceptor),
            interval: crowded ? _present() + 2 : _soon(seed),
            price: price,
            cover: cover,
            maxAheadGiven: _maxAhead(seed),
            maxAheadReturned: _maxAhead(seed / 2)
        });
        // forge-lint: disable-next-line(unsafe-typecast)
        int64 quantity = int64(_energy(seed, small ? 2_000 : 20_000));
        // forge-lint: disable-next-line(unsafe-typecast)
        uint32 returnAfter = uint32(_pick(seed, "return", 0, 6));
        head = _loanHead(terms, _chance(seed, "responder lends", 2) ? -quantity : quantity, returnAfter);
    }
}
