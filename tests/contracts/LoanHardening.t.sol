// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {
    IEnergyLoans,
    Loan,
    LoanMove,
    LoanOffer,
    LoanStatus,
    SignedLoan
} from "../../contracts/interfaces/IEnergyLoans.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry, Reading} from "../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {LoanStage} from "./support/LoanStage.sol";

/// @title What a second look at loans tried: places given back twice, clocks at their end, long transcripts, two desks;
/// and what is the market's rule though it may surprise.
contract LoanHardeningTest is LoanStage {
    uint32 private constant AT = 20;
    uint32 private constant BACK = AT + RETURN_AFTER;
    uint256 private constant ITEM_GAS = 240_000;
    uint256 private constant ITEM_GAS_PER_MOVE = 8_000;

    function setUp() public {
        _openDesk();
    }

    // Places

    /// @dev The place of a voided loan is another's now: nothing that was signed for the first moves it.
    function test_APlaceGivenBackByVoidingIsGivenBackOnce() public {
        Loan memory first = _loan(1, AT, 1500, RETURN_AFTER);
        bytes32 consent = desk.loanReleaseDigest(desk.loanKey(_person(1), _person(2), 1));
        bytes memory a = _signature(1, consent);
        bytes memory b = _signature(2, consent);
        _exports(1, sellerMeter, AT, 0);
        desk.voidLoan(first);
        Loan memory second = _loan(2, AT + 2, 1500, RETURN_AFTER - 2);
        _refusedWhereverEnded(first, LoanStatus.Voided);
        _expect(abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, registry.gateOf(AT), block.timestamp));
        desk.releaseLoan(first, a, b);
        _equal(_committed(buyerMeter, BACK), 1500, "the second's place");
        _exports(1, sellerMeter, AT + 2, 1500);
        _exports(2, buyerMeter, BACK, 1500);
        desk.settleLoan(second);
        _equal(desk.balanceOf(_person(2)), STAKE, "returned in full");
    }

    function test_APlaceGivenBackByReleasingIsGivenBackOnce() public {
        Loan memory first = _loan(1, AT, 1500, RETURN_AFTER);
        bytes32 key = desk.loanKey(_person(1), _person(2), 1);
        bytes32 consent = desk.loanReleaseDigest(key);
        bytes memory a = _signature(1, consent);
        bytes memory b = _signature(2, consent);
        desk.releaseLoan(first, a, b);
        _loan(2, AT, 1500, RETURN_AFTER);
        _refusedWhereverEnded(first, LoanStatus.Released);
        _expect(
            abi.encodeWithSelector(IEnergyLoans.WrongLoanStatus.selector, key, LoanStatus.Released, LoanStatus.Recorded)
        );
        desk.releaseLoan(first, a, b);
        _equal(_committed(sellerMeter, AT), 1500, "the second's places");
        _equal(_committed(buyerMeter, BACK), 1500, "both of them");
    }

    /// @dev The rule, documented: a void gives back a tail only. Whoever voids several loans that are returned in one
    /// interval begins with the last; in the other order only the last place goes back. Tokens are the same.
    function test_ThePlacesOfSeveralGoBackLastFirst() public {
        Loan memory first = _loan(1, AT, 1500, RETURN_AFTER);
        Loan memory second = _loan(2, AT, 100, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 0);
        uint256 before = VM.snapshotState();
        Loan[] memory loans = new Loan[](2);
        (loans[0], loans[1]) = (second, first);
        _equal(desk.settleLoanBatch(loans), 2, "both voided");
        _equal(_committed(buyerMeter, BACK), 0, "both places went back");
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
        VM.revertToState(before);
        (loans[0], loans[1]) = (first, second);
        _equal(desk.settleLoanBatch(loans), 2, "both voided");
        _equal(_committed(buyerMeter, BACK), 1500, "that of the first stays");
        _equal(desk.balanceOf(_person(2)), STAKE, "collateral");
    }

    /// @dev The rule, documented: one base unit lent binds collateral and place until the return is final, and what is
    /// exported within the place is the loan's before it is anybody's behind it.
    function test_OneUnitLentBindsTheWholePlace() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        Loan memory behind = _loan(2, AT + 1, 500, RETURN_AFTER - 1);
        _exports(1, sellerMeter, AT, 1);
        _exports(1, sellerMeter, AT + 1, 500);
        VM.expectPartialRevert(IEnergyLoans.PrincipalDelivered.selector);
        desk.voidLoan(loan);
        _exports(2, buyerMeter, BACK, 1500);
        desk.settleLoan(loan);
        desk.settleLoan(behind);
        _equal(desk.balanceOf(_person(1)), STAKE + 500 * 300, "the first is returned, the second compensated");
    }

    // Meters

    /// @dev A meter frozen between the legs promises no more, and what it promised ends as it would have.
    function test_FrozenMetersLoansEnd() public {
        Loan memory empty = _loan(1, AT, 1500, RETURN_AFTER);
        Loan memory kept = _loan(2, AT + 1, 1500, RETURN_AFTER);
        _freeze(1, sellerMeter);
        _freeze(2, buyerMeter);
        _exports(1, sellerMeter, AT, 0);
        desk.voidLoan(empty);
        _equal(_committed(buyerMeter, BACK), 0, "given back");
        _exports(1, sellerMeter, AT + 1, 1500);
        _exports(2, buyerMeter, BACK + 1, 1000);
        desk.settleLoan(kept);
        _equal(desk.balanceOf(_person(1)), STAKE + 500 * 300, "compensated");
    }

    // Time

    /// @dev A registry whose horizon reaches every number that an interval can have: sums beyond them wrap nowhere.
    function test_NoReturnAfterTheLastInterval() public {
        registry = _newRegistry(EPOCH, 2, 0, type(uint32).max, WINDOW, REGISTRAR);
        VM.warp(registry.startOf(type(uint32).max - 10));
        desk = _newLoans(address(token), address(registry), ELECTRICITY, GUARDIAN, PAUSE_LENGTH, PAUSE_COOLDOWN);
        VM.prank(REGISTRAR);
        registry.listMarket(address(desk));
        (sellerMeter, buyerMeter) = (_meter(1), _meter(2));
        _join(1, sellerMeter);
        _join(2, buyerMeter);
        uint32 last = type(uint32).max - 1;
        LoanOffer memory head = _loanHead(_loanTerms(1, last), 100, 2);
        uint256 horizon = block.timestamp + uint256(type(uint32).max) * 2;
        _refused(head, abi.encodeWithSelector(IMarketTime.BeyondHorizon.selector, 0, horizon, block.timestamp));
        head.move.returnAfter = type(uint32).max;
        _refused(
            head,
            abi.encodeWithSelector(IMarketTime.BeyondHorizon.selector, type(uint32).max - 2, horizon, block.timestamp)
        );
        // The last number stands for never: no meter serves then
        head.move.returnAfter = 1;
        _refused(
            head,
            abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, buyerMeter, type(uint32).max, type(uint32).max)
        );
        Loan memory loan = _loan(1, last - 1, 100, 1);
        VM.warp(registry.startOf(last) + 2 + WINDOW);
        desk.settleLoan(loan);
        _equal(desk.balanceOf(_person(2)), STAKE, "nothing was lent");
    }

    // Relayers

    /// @dev Memory grows with the square of a transcript's length: what an item is promised covers that too, up to
    /// what fits a block of 30 million gas.
    function testFuzz_LongTranscriptsAreNotStarved(uint256 rounds, uint256 spare) public {
        rounds = _bound(rounds, 1, 1800) * 2;
        LoanOffer memory head = _loanHead(_loanTerms(1, AT), 100, RETURN_AFTER);
        LoanMove[] memory earlier = new LoanMove[](rounds);
        for (uint16 i = 0; i < rounds; ++i) {
            earlier[i] = head.move;
            head.previous = _loanOfferHash(LoanOffer(head.terms, head.move, i, head.previous));
        }
        head.round = uint16(rounds);
        SignedLoan[] memory items = new SignedLoan[](1);
        items[0] = _signedLoan(head, 1, 2);
        items[0].earlier = earlier;
        bytes memory call = abi.encodeCall(desk.recordLoanBatch, (items));
        uint256 most = ITEM_GAS + ITEM_GAS_PER_MOVE * rounds;
        uint256 gas = most + most / 32 + _bound(spare, 0, 100_000);
        (bool done, bytes memory answer) = address(desk).call{gas: gas}(call);
        if (done) _equal(abi.decode(answer, (uint256)), 1, "recorded, if it ends at all");
        else _true(bytes4(answer) == ISigned.ItemGasTooLow.selector, "named");
    }

    // Desks

    /// @dev Two desks over one registry stand in the same queues: neither gives back the other's place.
    function test_TwoDesksShareQueuesAndNothingElse() public {
        IEnergyLoans first = desk;
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        bytes32 key = desk.loanKey(_person(1), _person(2), 1);
        bytes32 consent = desk.loanReleaseDigest(key);
        bytes memory a = _signature(1, consent);
        bytes memory b = _signature(2, consent);
        _addDesk();
        _join(1, sellerMeter);
        _join(2, buyerMeter);
        _loan(1, AT, 1500, RETURN_AFTER); // the same terms and the same number
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        desk.releaseLoan(loan, a, b); // it has the same terms, and its parties consented to the first desk's
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, sellerMeter, AT, address(first)));
        first.releaseLoan(loan, a, b);
        _exports(1, sellerMeter, AT, 1600);
        _exports(2, buyerMeter, BACK, 1550);
        desk.settleLoan(loan);
        first.settleLoan(loan);
        _equal(first.balanceOf(_person(1)), STAKE, "what was lent first was returned");
        _equal(desk.balanceOf(_person(1)), STAKE + 50 * 300, "of 100 lent behind it, 50 were");
    }

    // Help

    function _refusedWhereverEnded(Loan memory loan, LoanStatus status) private {
        bytes memory reason = abi.encodeWithSelector(
            IEnergyLoans.WrongLoanStatus.selector,
            desk.loanKey(loan.lender, loan.borrower, loan.nonce),
            status,
            LoanStatus.Recorded
        );
        _expect(reason);
        desk.voidLoan(loan);
        _expect(reason);
        desk.settleLoan(loan);
    }

    function _refused(LoanOffer memory head, bytes memory reason) private {
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(reason);
        desk.recordLoan(head, new LoanMove[](0), a, b);
    }

    function _freeze(uint256 n, uint32 meter) private {
        Reading memory a = _reading(1000 + n, meter, 0, 1).reading;
        Reading memory b = _reading(1000 + n, meter, 0, 2).reading;
        (bytes32 aR, bytes32 aVs) = VM.signCompact(1000 + n, registry.readingDigest(a));
        (bytes32 bR, bytes32 bVs) = VM.signCompact(1000 + n, registry.readingDigest(b));
        registry.proveConflict(a, aR, aVs, b, bR, bVs);
    }
}
// forge-lint: disable-end(unsafe-typecast)
