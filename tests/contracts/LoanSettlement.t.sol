// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IEnergyLoans, Loan, LoanOffer, LoanStatus} from "../../contracts/interfaces/IEnergyLoans.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {SessionTerms} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {RivalMarket} from "./support/Hostile.sol";
import {LoanStage} from "./support/LoanStage.sol";

/// @title How loans end: compensation + refund = collateral; nothing lent, all back; final is final.
contract LoanSettlementTest is LoanStage {
    uint32 private constant AT = 20;
    uint32 private constant BACK = AT + RETURN_AFTER;

    function setUp() public {
        _openDesk();
    }

    // Settling

    function testFuzz_CompensationAndRefundMakeTheCollateral(
        uint64 ahead,
        uint64 quantity,
        uint64 given,
        uint64 returned,
        uint64 price,
        uint64 cover
    ) public {
        ahead = uint64(_bound(ahead, 1, 40_000));
        quantity = uint64(_bound(quantity, 1, 40_000));
        given = uint64(_bound(given, ahead + 1, RATING));
        returned = uint64(_bound(returned, 0, RATING));
        price = uint64(_bound(price, 0, 1_000));
        cover = uint64(_bound(cover, price, 2_000));
        _loan(1, AT, int64(ahead), RETURN_AFTER); // the same length in both queues
        Loan memory loan = _loanAt(price, cover, int64(quantity));
        _exports(1, sellerMeter, AT, given);
        _exports(2, buyerMeter, BACK, returned);

        // Written with signs and a clamp, where the contract compares unsigned numbers
        int256 principal = _clamp(int256(uint256(given)) - int256(uint256(ahead)), int256(uint256(quantity)));
        int256 back = _clamp(int256(uint256(returned)) - int256(uint256(ahead)), int256(uint256(quantity)));
        int256 shortfall = _clamp(principal - back, principal);
        uint256 compensation = uint256(price) * uint256(shortfall);
        uint256 refunded = uint256(cover) * quantity - compensation;
        uint256 lender = desk.balanceOf(_person(1));
        uint256 borrower = desk.balanceOf(_person(2));
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanSettled(
            desk.loanKey(_person(1), _person(2), 2),
            uint64(uint256(principal)),
            uint64(uint256(back)),
            compensation,
            refunded
        );
        desk.settleLoan(loan);
        _equal(desk.balanceOf(_person(1)) - lender, compensation, "compensated");
        _equal(desk.balanceOf(_person(2)) - borrower, refunded, "refunded");
        _is(2, LoanStatus.Settled);
    }

    function test_WhatWasReturnedInFullCostsNothing() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1500);
        _exports(2, buyerMeter, BACK, 1500);
        desk.settleLoan(loan);
        _equal(desk.balanceOf(_person(1)), STAKE, "lender");
        _equal(desk.balanceOf(_person(2)), STAKE, "borrower");
    }

    /// @dev 1000 of 1500 arrive, 1200 come back: the lender has no claim, and 200 were given for nothing.
    function test_OnlyWhatWasLentIsOwed() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1000);
        _exports(2, buyerMeter, BACK, 1200);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanSettled(desk.loanKey(_person(1), _person(2), 1), 1000, 1200, 0, 350 * 1500);
        desk.settleLoan(loan);
    }

    function test_ABorrowerWhoseMeterIsSilentPaysForAll() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1000);
        _warpToSilence(BACK);
        VM.prank(address(0xbeef)); // anyone
        desk.settleLoan(loan);
        _equal(desk.balanceOf(_person(1)), STAKE + 300_000, "300 for each of the 1000");
        _equal(desk.balanceOf(_person(2)), STAKE - 300_000, "of the collateral, no more");
    }

    function test_NotBeforeBothLegsAreFinal() public {
        Loan memory loan = _loan(1, AT, 1500, 1);
        _warpToEnd(AT);
        uint256 finalAt = registry.startOf(AT + 1) + WINDOW;
        bytes memory early =
            abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT, finalAt, block.timestamp);
        _expect(early);
        desk.settleLoan(loan);
        _expect(early);
        desk.voidLoan(loan);
        // The return is known before what was given
        _exports(2, buyerMeter, AT + 1, 1500);
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT, finalAt, block.timestamp));
        desk.settleLoan(loan);
        registry.post(_reading(1001, sellerMeter, AT, 1));
        desk.settleLoan(loan);
    }

    function test_NotBeforeTheReturnIsFinal() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1);
        uint256 finalAt = registry.startOf(BACK + 1) + WINDOW;
        bytes32 key = desk.loanKey(_person(1), _person(2), 1);
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, buyerMeter, BACK, finalAt, block.timestamp));
        desk.settleLoan(loan);
        _expect(abi.encodeWithSelector(IEnergyLoans.PrincipalDelivered.selector, key, uint64(1)));
        desk.voidLoan(loan);
        VM.warp(finalAt - 1);
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, buyerMeter, BACK, finalAt, finalAt - 1));
        desk.settleLoan(loan);
        VM.warp(finalAt);
        desk.settleLoan(loan);
    }

    function test_FinalIsFinal() public {
        Loan memory settled = _loan(1, AT, 100, RETURN_AFTER);
        Loan memory voided = _loan(2, AT, 100, RETURN_AFTER);
        Loan memory released = _loan(3, AT, 100, RETURN_AFTER);
        _release(released);
        _exports(1, sellerMeter, AT, 100);
        desk.voidLoan(voided);
        _exports(2, buyerMeter, BACK, 100);
        desk.settleLoan(settled);
        uint256 held = desk.balanceOf(_person(1)) + desk.balanceOf(_person(2));
        _ended(settled, LoanStatus.Settled);
        _ended(voided, LoanStatus.Voided);
        _ended(released, LoanStatus.Released);
        _equal(desk.balanceOf(_person(1)) + desk.balanceOf(_person(2)), held, "nothing moved");
        _equal(held, 2 * STAKE, "and nothing is left in escrow");
    }

    function testFuzz_OnlyTheRecordedTermsSettle(uint8 field, uint64 by) public {
        Loan memory loan = _loan(1, AT, 100, RETURN_AFTER);
        Loan memory altered = _loanCopy(loan);
        by = uint64(_bound(by, 1, 1_000_000));
        uint256 which = field % 7;
        if (which == 0) altered.lenderMeter += uint32(by);
        if (which == 1) altered.borrowerMeter += uint32(by);
        if (which == 2) altered.interval += uint32(by);
        if (which == 3) altered.returnAfter += uint32(by);
        if (which == 4) altered.quantity += by;
        if (which == 5) altered.price += by;
        if (which == 6) altered.collateral += by;
        _exports(1, sellerMeter, AT, 100);
        _exports(2, buyerMeter, BACK, 100);
        _expectMismatch();
        desk.settleLoan(altered);
        (altered.lender, altered.borrower) = (altered.borrower, altered.lender); // the same key
        _expectMismatch();
        desk.voidLoan(altered);
        desk.settleLoan(loan);
    }

    function test_ABatchSkipsWhatIsNotDue() public {
        Loan[] memory loans = new Loan[](4);
        loans[0] = _loan(1, AT, 100, RETURN_AFTER);
        loans[1] = _loan(2, AT + 1, 100, 30); // its return is far off
        loans[2] = _loan(3, AT, 100, RETURN_AFTER); // nothing lent
        loans[3] = _loanCopy(loans[0]);
        _exports(1, sellerMeter, AT, 100);
        _exports(1, sellerMeter, AT + 1, 100);
        _exports(2, buyerMeter, BACK, 100);
        bytes32 open = desk.loanKey(_person(1), _person(2), 2);
        bytes32 done = desk.loanKey(_person(1), _person(2), 1);
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(
            1,
            open,
            abi.encodeWithSelector(
                IMarketTime.NotFinal.selector, buyerMeter, AT + 31, registry.startOf(AT + 32) + WINDOW, block.timestamp
            )
        );
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(
            3,
            done,
            abi.encodeWithSelector(IEnergyLoans.WrongLoanStatus.selector, done, LoanStatus.Settled, LoanStatus.Recorded)
        );
        _equal(desk.settleLoanBatch(loans), 2, "one settled, one voided");
        _is(1, LoanStatus.Settled);
        _is(2, LoanStatus.Recorded);
        _is(3, LoanStatus.Voided);
    }

    // Voiding

    function test_NothingLentGivesAllBackAtOnce() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 0);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Uncommitted(buyerMeter, BACK, address(desk), 1500);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanVoided(desk.loanKey(_person(1), _person(2), 1), 350 * 1500, true);
        VM.prank(address(0xbeef)); // anyone
        desk.voidLoan(loan);
        _is(1, LoanStatus.Voided);
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
        _equal(_committed(buyerMeter, BACK), 0, "the borrower may promise it anew");
        _equal(_committed(sellerMeter, AT), 1500, "what is past stays");
    }

    function test_SettlingVoidsToo() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _warpToSilence(AT);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanVoided(desk.loanKey(_person(1), _person(2), 1), 350 * 1500, true);
        desk.settleLoan(loan);
        _is(1, LoanStatus.Voided);
    }

    /// @dev What stood ahead of the loan was served first, and nothing was left.
    function test_SoldBeforeLent() public {
        _deal(1, AT, 1000);
        Loan memory loan = _loan(1, AT, 500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1000);
        desk.voidLoan(loan);
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
    }

    function test_AfterTheReturnsGateThePlaceStays() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 0);
        VM.warp(registry.gateOf(BACK) + 1);
        _voidedWithoutFreeing(loan);
    }

    function test_AtTheReturnsGateThePlaceGoesBack() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 0);
        VM.warp(registry.gateOf(BACK));
        desk.voidLoan(loan);
        _equal(_committed(buyerMeter, BACK), 0, "given back");
    }

    function test_WhereOthersStandBehindThePlaceStays() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _loan(2, AT + 1, 100, RETURN_AFTER - 1); // returned in the same interval
        _exports(1, sellerMeter, AT, 0);
        _voidedWithoutFreeing(loan);
    }

    function test_WhereADealStandsBehindThePlaceStays() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _sale(2, BACK, 100); // the borrower sells more of that interval on the market of deals
        _exports(1, sellerMeter, AT, 0);
        _voidedWithoutFreeing(loan);
    }

    function test_WhereAnotherMarketCameAndWentThePlaceStays() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        RivalMarket rival = new RivalMarket(registry);
        VM.prank(REGISTRAR);
        registry.listMarket(address(rival));
        _allow(2, buyerMeter, address(rival));
        rival.uncommit(buyerMeter, BACK, rival.commit(buyerMeter, _person(2), BACK, 10), 10);
        _exports(1, sellerMeter, AT, 0);
        _voidedWithoutFreeing(loan); // the registry no longer knows whose the tail is
    }

    /// @dev Retirement and a frozen meter stop new promises, and nothing that was promised.
    function test_ARetiredMetersLoanEnds() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        VM.prank(_person(2));
        registry.retire(buyerMeter, BACK);
        VM.prank(_person(1));
        registry.retire(sellerMeter, AT);
        _exports(1, sellerMeter, AT, 0);
        desk.voidLoan(loan);
        _equal(_committed(buyerMeter, BACK), 0, "given back");
    }

    function test_WithoutTheOwnersLeaveALoanStillEnds() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        VM.prank(_person(2));
        registry.allowMarket(buyerMeter, address(desk), false);
        _exports(1, sellerMeter, AT, 0);
        desk.voidLoan(loan);
        _equal(_committed(buyerMeter, BACK), 0, "given back");
    }

    // Release

    function test_BothReleaseTails() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        bytes32 key = desk.loanKey(_person(1), _person(2), 1);
        bytes32 digest = desk.loanReleaseDigest(key);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(1)));
        desk.releaseLoan(loan, b, b);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(2)));
        desk.releaseLoan(loan, a, a);
        loan.price += 1;
        _expectMismatch();
        desk.releaseLoan(loan, a, b);
        loan.price -= 1;
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanReleased(key, 350 * 1500);
        desk.releaseLoan(loan, a, b);
        _is(1, LoanStatus.Released);
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
        _equal(_committed(sellerMeter, AT) + _committed(buyerMeter, BACK), 0, "both queues");
    }

    function test_WhatWasNeverRecordedIsNotReleased() public {
        Loan memory loan = _loanOf(_loanHead(_loanTerms(1, AT), 100, RETURN_AFTER));
        bytes32 key = desk.loanKey(_person(1), _person(2), 1);
        bytes32 digest = desk.loanReleaseDigest(key);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(
            abi.encodeWithSelector(IEnergyLoans.WrongLoanStatus.selector, key, LoanStatus.None, LoanStatus.Recorded)
        );
        desk.releaseLoan(loan, a, b);
    }

    function test_BothPlacesMustBeTails() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _loan(2, AT + 1, 100, RETURN_AFTER - 1); // behind its return only
        bytes32 digest = desk.loanReleaseDigest(desk.loanKey(_person(1), _person(2), 1));
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(
            abi.encodeWithSelector(IMeterRegistry.NotQueueTail.selector, buyerMeter, BACK, uint256(1500), uint64(1600))
        );
        desk.releaseLoan(loan, a, b);
        _equal(_committed(sellerMeter, AT), 1500, "nothing was given back");
        _is(1, LoanStatus.Recorded);
        _deal(1, AT, 10);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, sellerMeter, AT, address(desk)));
        desk.releaseLoan(loan, a, b);
    }

    function test_NotAfterTheFirstGate() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        bytes32 digest = desk.loanReleaseDigest(desk.loanKey(_person(1), _person(2), 1));
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        uint256 gate = registry.gateOf(AT);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
        desk.releaseLoan(loan, a, b);
        VM.warp(gate);
        desk.releaseLoan(loan, a, b);
    }

    function test_ALoanSettlesAfterTheChainWasRenumbered() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _warpToSilence(AT);
        VM.chainId(424_242);
        desk.settleLoan(loan);
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
    }

    // Help

    function _clamp(int256 value, int256 most) private pure returns (int256) {
        if (value < 0) return 0;
        return value > most ? most : value;
    }

    function _loanAt(uint64 price, uint64 cover, int64 quantity) private returns (Loan memory) {
        LoanOffer memory head = _loanHead(_loanTerms(2, AT), quantity, RETURN_AFTER);
        (head.terms.price, head.terms.cover) = (price, cover);
        _lend(head, 1, 2);
        return _loanOf(head);
    }

    /// @dev The borrower sells on the market of deals, from the meter that is to return.
    function _sale(uint64 nonce, uint32 interval, uint64 energy) private {
        SessionTerms memory terms = _terms(nonce, interval);
        (terms.seller, terms.buyer) = (terms.buyer, terms.seller);
        (terms.sellerMeter, terms.buyerMeter) = (terms.buyerMeter, terms.sellerMeter);
        _record(_head(terms, 250, energy), 2, 1);
    }

    function _loanCopy(Loan memory loan) private pure returns (Loan memory) {
        return abi.decode(abi.encode(loan), (Loan));
    }

    function _voidedWithoutFreeing(Loan memory loan) private {
        uint64 before = _committed(buyerMeter, BACK);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanVoided(desk.loanKey(_person(1), _person(2), 1), 350 * 1500, false);
        desk.voidLoan(loan);
        _equal(_committed(buyerMeter, BACK), before, "the place stays");
        _is(1, LoanStatus.Voided);
    }

    function _is(uint64 nonce, LoanStatus expected) private view {
        (LoanStatus status,,,) = desk.loanSlot(desk.loanKey(_person(1), _person(2), nonce));
        _equal(uint256(status), uint256(expected), "status");
    }

    function _ended(Loan memory loan, LoanStatus status) private {
        bytes32 key = desk.loanKey(loan.lender, loan.borrower, loan.nonce);
        bytes memory ended =
            abi.encodeWithSelector(IEnergyLoans.WrongLoanStatus.selector, key, status, LoanStatus.Recorded);
        _expect(ended);
        desk.settleLoan(loan);
        _expect(ended);
        desk.voidLoan(loan);
    }

    function _expectMismatch() private {
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, desk.loanKey(_person(1), _person(2), 1)));
    }
}
// forge-lint: disable-end(unsafe-typecast)
