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
    LoanTerms,
    SignedLoan
} from "../../contracts/interfaces/IEnergyLoans.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {Deal, IUtilityNegotiator, Move, Offer} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {Donor, Wallet} from "./support/Hostile.sol";
import {LoanStage} from "./support/LoanStage.sol";

/// @title What hostile parties, relayers and wallets try on loans.
contract LoanAttacksTest is LoanStage {
    uint32 private constant AT = 20;
    uint32 private constant BACK = AT + RETURN_AFTER;
    uint256 private constant GAS_OF_A_WALLET = 200_000;
    uint256 private constant PURSE = 1_000_000;

    Wallet private wallet;
    uint32 private walletMeter;

    function setUp() public {
        _openDesk();
        // The desk takes deposits and pays them out by the same functions as the market
        wallet = new Wallet(IUtilityNegotiator(address(desk)));
        (bytes32 r, bytes32 vs) = VM.signCompact(
            1777, _registrationDigest(address(registry), address(wallet), address(0), ELECTRICITY, RATING)
        );
        VM.prank(REGISTRAR);
        walletMeter = registry.register(address(wallet), VM.addr(1777), address(0), ELECTRICITY, RATING, r, vs);
        VM.deal(address(this), PURSE * WEI_PER_UNIT);
        wallet.enter{value: PURSE * WEI_PER_UNIT}(walletMeter, registry, token);
    }

    // Contracts as parties

    function test_AWalletBorrowsByErc1271() public {
        wallet.setMood(Wallet.Mood.Agrees);
        _lendToWallet();
        _equal(desk.balanceOf(address(wallet)), PURSE - 35_000, "it gives collateral as others do");
    }

    function test_AWalletThatDoesNotAgreeDoesNotSign() public {
        wallet.setMood(Wallet.Mood.Refuses);
        _refusedForWallet();
        wallet.setMood(Wallet.Mood.Short); // four bytes are no answer
        _refusedForWallet();
        wallet.setMood(Wallet.Mood.Reenters); // a static call lets it change nothing
        _refusedForWallet();
        _equal(desk.balanceOf(address(wallet)), PURSE, "untouched");
    }

    function test_AWalletThatReentersWhileReleasingDoesNot() public {
        wallet.setMood(Wallet.Mood.Agrees);
        Loan memory loan = _lendToWallet();
        wallet.setMood(Wallet.Mood.Reenters);
        bytes32 key = desk.loanKey(_person(1), address(wallet), 1);
        bytes memory lenders = _signature(1, desk.loanReleaseDigest(key));
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, address(wallet)));
        desk.releaseLoan(loan, lenders, hex"01");
        wallet.setMood(Wallet.Mood.Agrees);
        desk.releaseLoan(loan, lenders, hex"01");
        _equal(desk.balanceOf(address(wallet)), PURSE, "once");
    }

    function test_AWalletThatBurnsGasBurnsItsAllowanceOnly() public {
        wallet.setMood(Wallet.Mood.Burns);
        uint256 before = gasleft();
        _refusedForWallet();
        _true(before - gasleft() < GAS_OF_A_WALLET + 150_000, "bounded");
    }

    function test_AWalletThatFloodsIsNotCopied() public {
        wallet.setMood(Wallet.Mood.Floods);
        uint256 before = gasleft();
        _lendToWallet(); // its first word agrees; the other 29,968 bytes are not looked at
        _true(before - gasleft() < 400_000, "bounded");
    }

    function test_ADelegatedAccountSignsWithItsKey() public {
        // EIP-7702: person 2's account has code, and that code agrees to nothing
        VM.etch(_person(2), hex"60006000fd");
        _loan(1, AT, 100, RETURN_AFTER);
    }

    function test_WalletsAreNotAskedInBatches() public {
        wallet.setMood(Wallet.Mood.Agrees);
        SignedLoan[] memory items = new SignedLoan[](1);
        items[0] = _signedLoan(_walletHead(), 1, 2);
        _equal(desk.recordLoanBatch(items), 0, "skipped");
    }

    // Relayers

    function testFuzz_TooLittleGasSkipsNobody(uint256 gas, uint8 rounds) public {
        SignedLoan[] memory items = new SignedLoan[](3);
        for (uint64 i = 0; i < 3; ++i) {
            LoanOffer memory head = _loanHead(_loanTerms(i, AT), 100, RETURN_AFTER);
            LoanMove[] memory earlier = new LoanMove[](_bound(rounds, 0, 6) * 2);
            for (uint16 j = 0; j < earlier.length; ++j) {
                earlier[j] = head.move;
                head.previous = _loanOfferHash(LoanOffer(head.terms, head.move, j, head.previous));
            }
            head.round = uint16(earlier.length);
            items[i] = _signedLoan(head, 1, 2);
            items[i].earlier = earlier;
        }
        gas = _bound(gas, 30_000, 1_500_000);
        (bool done, bytes memory answer) = address(desk).call{gas: gas}(abi.encodeCall(desk.recordLoanBatch, (items)));
        if (done) {
            _equal(abi.decode(answer, (uint256)), 3, "all, if it ends at all");
        } else {
            bool named = bytes4(answer) == ISigned.ItemGasTooLow.selector;
            _true(named || answer.length == 0, "named, or no gas left to say anything");
            _equal(_committed(sellerMeter, AT) + _committed(buyerMeter, BACK), 0, "nothing recorded");
        }
    }

    function testFuzz_TooLittleGasSkipsNoSettlement(uint256 gas) public {
        Loan[] memory loans = new Loan[](4);
        for (uint64 i = 0; i < 4; ++i) {
            // The first is returned in part, the others not at all; of the last nothing is lent
            loans[i] = _loan(i, AT, 100, RETURN_AFTER);
        }
        VM.prank(_person(1));
        desk.withdraw(STAKE);
        VM.startPrank(_person(2));
        desk.withdraw(desk.balanceOf(_person(2)));
        VM.stopPrank();
        _exports(1, sellerMeter, AT, 250);
        _exports(2, buyerMeter, BACK, 50);
        gas = _bound(gas, 30_000, 900_000);
        (bool done, bytes memory answer) = address(desk).call{gas: gas}(abi.encodeCall(desk.settleLoanBatch, (loans)));
        if (done) _equal(abi.decode(answer, (uint256)), 4, "all, if it ends at all");
        else _equal(desk.balanceOf(_person(1)), 0, "or none");
    }

    /// @dev Whoever voids a loan cannot keep the place from being given back by bringing too little gas for that.
    function testFuzz_TooLittleGasKeepsNoPlace(uint256 gas, bool settles, bool inABatch) public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _withdrawAll(2);
        _exports(1, sellerMeter, AT, 0);
        Loan[] memory loans = new Loan[](1);
        loans[0] = loan;
        bytes memory call = inABatch
            ? abi.encodeCall(desk.settleLoanBatch, (loans))
            : settles ? abi.encodeCall(desk.settleLoan, (loan)) : abi.encodeCall(desk.voidLoan, (loan));
        gas = _bound(gas, 20_000, 250_000);
        (bool done,) = address(desk).call{gas: gas}(call);
        _equal(_committed(buyerMeter, BACK), done ? 0 : 1500, "given back, or nothing happened");
        _equal(desk.balanceOf(_person(2)), done ? 350 * 1500 : 0, "and so is the collateral");
    }

    function test_TheGasThatIsMissingIsNamed() public {
        Loan memory loan = _loan(1, AT, 1500, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 0);
        (bool done, bytes memory answer) = address(desk).call{gas: 45_000}(abi.encodeCall(desk.voidLoan, (loan)));
        _true(!done && bytes4(answer) == ISigned.ItemGasTooLow.selector, "named");
    }

    // Parties

    function test_TheSameEnergyIsNotSoldAndLent() public {
        Deal memory sold = _deal(1, AT, 1000);
        Loan memory loan = _loan(1, AT, 1000, RETURN_AFTER);
        Deal memory again = _deal(2, AT, 1000);
        _exports(1, sellerMeter, AT, 1400);
        _exports(2, buyerMeter, BACK, 100);
        market.settle(again, 0);
        desk.settleLoan(loan);
        market.settle(sold, 0);
        _equal(market.balanceOf(_person(1)), STAKE + 250_000, "the first sale in full, the second not at all");
        _equal(desk.balanceOf(_person(1)), STAKE + 300 * 300, "400 lent, 100 returned");
    }

    /// @dev What is to be returned cannot be sold as well: what was promised first comes first.
    function test_TheSameEnergyIsNotReturnedTwice() public {
        Loan memory first = _loan(1, AT, 1000, RETURN_AFTER);
        Loan memory second = _loan(2, AT + 1, 1000, RETURN_AFTER - 1);
        _exports(1, sellerMeter, AT, 1000);
        _exports(1, sellerMeter, AT + 1, 1000);
        _exports(2, buyerMeter, BACK, 1000);
        desk.settleLoan(second);
        desk.settleLoan(first);
        _equal(desk.balanceOf(_person(1)), STAKE + 300_000, "compensated for the second");
    }

    /// @dev Two who lend to each other at the same time owe each other; neither debt is the other's payment.
    function test_LoansBothWaysStandApart() public {
        Loan memory there = _loan(1, AT, 1000, RETURN_AFTER);
        Loan memory back = _loan(2, AT, -1000, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 1000);
        registry.post(_reading(1002, buyerMeter, AT, 0));
        _exports(1, sellerMeter, BACK, 0);
        registry.post(_reading(1002, buyerMeter, BACK, 400));
        desk.settleLoan(there);
        desk.settleLoan(back); // nothing was lent
        _equal(desk.balanceOf(_person(1)), STAKE + 600 * 300, "600 were not returned");
        _equal(desk.balanceOf(_person(2)), STAKE - 600 * 300, "to the unit");
    }

    function test_ReadingsAfterTheFactChangeNothing() public {
        Loan memory loan = _loan(1, AT, 100, RETURN_AFTER);
        _exports(1, sellerMeter, AT, 100);
        _warpToSilence(BACK);
        desk.settleLoan(loan);
        (bool posted,) = address(registry).call(abi.encodeCall(registry.post, (_reading(1002, buyerMeter, BACK, 100))));
        _true(!posted, "too late");
        _equal(desk.balanceOf(_person(1)), STAKE + 30_000, "compensated");
    }

    /// @dev Whoever sees a cancellation coming may record first: then the number is used, and the loan stands.
    function test_RecordedBeforeItIsCancelled() public {
        Loan memory loan = _loan(1, AT, 100, RETURN_AFTER);
        VM.prank(_person(2));
        VM.expectPartialRevert(IEnergyLoans.LoanKeyUsed.selector);
        desk.cancelLoan(_person(1), 1);
        _warpToSilence(BACK);
        desk.settleLoan(loan);
    }

    function test_ADealsSignaturesMakeNoLoan() public {
        // A deal between the same two, of the same number: another type, another contract
        Offer memory head = _head(_terms(1, AT), PRICE, 100);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        LoanOffer memory loan = _loanHead(_loanTerms(1, AT), 100, RETURN_AFTER);
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        desk.recordLoan(loan, new LoanMove[](0), a, b);
        digest = desk.loanOfferDigest(loan);
        a = _signature(1, digest);
        b = _signature(2, digest);
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        market.recordSigned(head, new Move[](0), a, b);
    }

    /// @dev The desk gives back its own places only, though both markets stand in one queue.
    function test_ReleasingALoanLeavesDealsAlone() public {
        _deal(1, AT, 500);
        _release(_loan(1, AT, 1000, RETURN_AFTER));
        _equal(_committed(sellerMeter, AT), 500, "the deal's place");
        (LoanStatus status,,,) = desk.loanSlot(desk.loanKey(_person(1), _person(2), 1));
        _true(status == LoanStatus.Released, "released");
    }

    function test_DonationsAreNobodys() public {
        Loan memory loan = _loan(1, AT, 100, RETURN_AFTER);
        _fund(5, 1000);
        VM.prank(_person(5));
        _true(token.transfer(address(desk), 1000), "donated");
        VM.deal(address(this), 1 ether);
        new Donor{value: 1 ether}(payable(address(desk)));
        uint256 inside = desk.balanceOf(_person(1)) + desk.balanceOf(_person(2)) + desk.balanceOf(address(wallet));
        _equal(token.balanceOf(address(desk)), inside + loan.collateral + 1000, "a donation is in no balance");
    }

    function _walletHead() private view returns (LoanOffer memory) {
        LoanTerms memory terms = _loanTerms(1, AT);
        (terms.responder, terms.responderMeter) = (address(wallet), walletMeter);
        return _loanHead(terms, 100, RETURN_AFTER);
    }

    function _lendToWallet() private returns (Loan memory) {
        LoanOffer memory head = _walletHead();
        desk.recordLoan(head, new LoanMove[](0), _signature(1, desk.loanOfferDigest(head)), hex"01");
        return _loanOf(head);
    }

    function _refusedForWallet() private {
        LoanOffer memory head = _walletHead();
        bytes memory lender = _signature(1, desk.loanOfferDigest(head));
        bytes32 key = desk.loanKey(_person(1), address(wallet), 1);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, address(wallet)));
        desk.recordLoan(head, new LoanMove[](0), lender, hex"01");
    }

    function _withdrawAll(uint256 n) private {
        VM.startPrank(_person(n));
        desk.withdraw(desk.balanceOf(_person(n)));
        VM.stopPrank();
    }
}
// forge-lint: disable-end(unsafe-typecast)
