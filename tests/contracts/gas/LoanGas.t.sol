// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Loan, LoanMove, LoanOffer, LoanTerms, SignedLoan} from "../../../contracts/interfaces/IEnergyLoans.sol";
import {LoanStage} from "../support/LoanStage.sol";

/// @title The gas of loans, whole transactions.
/// @notice In isolation each call pays 21,000, its calldata and cold slots, as a transaction does.
contract LoanGas is LoanStage {
    uint256 private constant PAIRS = 100;
    uint32 private constant AT = 10;
    uint32 private constant BACK = AT + RETURN_AFTER;

    function setUp() public {
        _openDesk();
    }

    /// forge-config: default.isolate = true
    function test_GasOfOneLoan() public {
        LoanOffer memory head = _loanHead(_loanTerms(1, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory proposer = _signature(1, digest);
        bytes memory acceptor = _signature(2, digest);
        desk.recordLoan(head, new LoanMove[](0), proposer, acceptor);
        VM.snapshotValue("loans", "record", _spent());
        Loan memory loan = _loanOf(head);

        uint256 before = VM.snapshotState();
        _exports(1, sellerMeter, AT, 1500);
        _exports(2, buyerMeter, BACK, 1500);
        desk.settleLoan(loan);
        VM.snapshotValue("loans", "settle_returned", _spent());

        VM.revertToState(before);
        before = VM.snapshotState();
        _exports(1, sellerMeter, AT, 1500);
        _exports(2, buyerMeter, BACK, 500);
        desk.settleLoan(loan);
        VM.snapshotValue("loans", "settle_with_compensation", _spent());

        VM.revertToState(before);
        before = VM.snapshotState();
        _exports(1, sellerMeter, AT, 0);
        desk.voidLoan(loan);
        VM.snapshotValue("loans", "void_and_free", _spent());

        VM.revertToState(before);
        _warpToEnd(BACK);
        desk.voidLoan(loan);
        VM.snapshotValue("loans", "void_after_the_gate", _spent());
    }

    /// forge-config: default.isolate = true
    function test_GasOfCancellingAndReleasing() public {
        VM.prank(_person(1));
        desk.cancelLoan(_person(2), 1);
        VM.snapshotValue("loans", "cancel", _spent());
        Loan memory loan = _loan(2, AT, 1500, RETURN_AFTER);
        bytes32 digest = desk.loanReleaseDigest(desk.loanKey(_person(1), _person(2), 2));
        bytes memory lenders = _signature(1, digest);
        bytes memory borrowers = _signature(2, digest);
        desk.releaseLoan(loan, lenders, borrowers);
        VM.snapshotValue("loans", "release", _spent());
    }

    /// forge-config: default.isolate = true
    function test_GasOfABatchOfAHundred() public {
        SignedLoan[] memory items = new SignedLoan[](PAIRS);
        Loan[] memory loans = new Loan[](PAIRS);
        for (uint256 i = 0; i < PAIRS; ++i) {
            (uint256 lender, uint256 borrower) = (10 + 2 * i, 11 + 2 * i);
            LoanTerms memory terms = _loanTerms(1, AT);
            (terms.opener, terms.responder) = (_person(lender), _person(borrower));
            (terms.openerMeter, terms.responderMeter) = (_meter(lender), _meter(borrower));
            _join(lender, terms.openerMeter);
            _join(borrower, terms.responderMeter);
            LoanOffer memory head = _loanHead(terms, 1500, RETURN_AFTER);
            // Most sessions take some rounds: a head that names an offer before it
            (head.round, head.previous) = (6, keccak256(abi.encode(i)));
            items[i] = _signedLoan(head, lender, borrower);
            loans[i] = _loanOf(head);
        }
        _equal(desk.recordLoanBatch(items), PAIRS, "all recorded");
        uint256 recorded = _spent() / PAIRS;
        uint256 before = VM.snapshotState();
        _warpToEnd(AT);
        for (uint256 i = 0; i < PAIRS; ++i) {
            registry.post(_reading(1010 + 2 * i, loans[i].lenderMeter, AT, 1500));
        }
        _warpToEnd(BACK);
        for (uint256 i = 0; i < PAIRS; ++i) {
            registry.post(_reading(1011 + 2 * i, loans[i].borrowerMeter, BACK, 1000));
        }
        _equal(desk.settleLoanBatch(loans), PAIRS, "all settled");
        VM.snapshotValue("loans", "batch_settle_per_loan", _spent() / PAIRS);

        VM.revertToState(before);
        _warpToSilence(AT);
        _equal(desk.settleLoanBatch(loans), PAIRS, "all voided");
        VM.snapshotValue("loans", "batch_void_per_loan", _spent() / PAIRS);
        VM.snapshotValue("loans", "batch_record_per_loan", recorded);
    }

    function _spent() private view returns (uint256) {
        return VM.lastCallGas().gasTotalUsed;
    }
}
