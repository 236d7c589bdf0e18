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
import {IGuardedPause} from "../../contracts/interfaces/IGuardedPause.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {LoanStage} from "./support/LoanStage.sol";

/// @dev What the desk calls of itself, one item of a batch: no part of its interface.
interface IItems {
    function recordLoanItem(SignedLoan calldata item) external;
}

/// @title Loans agreed off chain: what is recorded, by whose signatures, and once.
contract SignedLoansTest is LoanStage {
    uint32 private constant AT = 20;
    uint32 private constant BACK = AT + RETURN_AFTER;
    /// @dev Order of secp256k1.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function setUp() public {
        _openDesk();
    }

    function test_AnyoneRecordsWhatBothSigned() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes32 key = desk.loanKey(_person(2), _person(1), 7);
        Loan memory loan = _loanOf(head);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanAgreed(key, head.terms, head.move, 0, 0, _signature(1, digest), _signature(2, digest));
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Committed(sellerMeter, AT, address(desk), 0, 1500);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Committed(buyerMeter, BACK, address(desk), 0, 1500);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanRecorded(key, _person(1), _person(2), loan, 0, 0);
        VM.assertEq(_lend(head, 1, 2), key, "key");
        _equal(desk.balanceOf(_person(2)), STAKE - 350 * 1500, "collateral taken");
        _equal(desk.balanceOf(_person(1)), STAKE, "nothing of the lender");
        (LoanStatus status, uint32 given, uint32 returned, bytes23 terms) = desk.loanSlot(key);
        _true(status == LoanStatus.Recorded, "recorded");
        _equal(uint256(given) + returned, 0, "first in both queues");
        VM.assertEq(bytes32(terms), bytes32(bytes23(keccak256(abi.encode(loan)))), "terms");
    }

    function test_ANegativeQuantityLetsTheResponderLend() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), -1500, RETURN_AFTER);
        _lend(head, 1, 2);
        _equal(desk.balanceOf(_person(1)), STAKE - 350 * 1500, "the opener borrows");
        _equal(_committed(buyerMeter, AT), 1500, "the responder's meter gives");
        _equal(_committed(sellerMeter, BACK), 1500, "the opener's returns");
        (,,, bytes23 terms) = desk.loanSlot(desk.loanKey(_person(1), _person(2), 7));
        VM.assertEq(bytes32(terms), bytes32(bytes23(keccak256(abi.encode(_loanOf(head))))), "terms");
    }

    function test_BothPlacesStandInTheSlot() public {
        _deal(1, AT, 700); // the lender sold before
        _loan(1, AT, 100, RETURN_AFTER);
        _loan(2, AT, 100, RETURN_AFTER);
        (, uint32 given, uint32 returned,) = desk.loanSlot(desk.loanKey(_person(1), _person(2), 2));
        _equal(given, 800, "behind the deal and the loan");
        _equal(returned, 100, "behind the loan");
    }

    function test_ALoanForNothingNeedsNoCollateral() public {
        LoanTerms memory terms = _loanTerms(7, AT);
        (terms.price, terms.cover) = (0, 0);
        VM.startPrank(_person(2));
        desk.withdraw(STAKE);
        VM.stopPrank();
        _lend(_loanHead(terms, 1500, RETURN_AFTER), 1, 2);
    }

    function test_LongSignaturesAreTakenToo() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, digest);
        desk.recordLoan(head, new LoanMove[](0), abi.encodePacked(r, s, v), _signature(2, digest));
    }

    function testFuzz_TheDigestIsThatOfEip712(LoanOffer calldata head, bytes32 key) public view {
        VM.assertEq(desk.loanOfferDigest(head), _digest(address(desk), _loanOfferHash(head)), "offer");
        bytes32 release = keccak256(abi.encode(keccak256("Release(bytes32 key)"), key));
        VM.assertEq(desk.loanReleaseDigest(key), _digest(address(desk), release), "release");
    }

    /// @dev Recording hashes the calldata; a value with bits beyond its type must not pass as another.
    function testFuzz_DirtyCalldataIsRefused(uint8 field, uint256 bit) public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory call =
            abi.encodeCall(desk.recordLoan, (head, new LoanMove[](0), _signature(1, digest), _signature(2, digest)));
        // Every member of the head but the last (a full word) leaves its upper bits unused
        uint256 at = 4 + 32 * _bound(field, 0, 13);
        uint8 dirty = uint8(1) << uint8(_bound(bit, 0, 7));
        call[at] = bytes1(uint8(call[at]) ^ dirty);
        (bool done,) = address(desk).call(call);
        _true(!done, "refused");
    }

    // Who signs what

    function testFuzz_TurnsDecideWhoProposes(uint16 round, bool lends) public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), lends ? int64(1500) : int64(-1500), RETURN_AFTER);
        head.round = round;
        head.previous = round == 0 ? bytes32(0) : keccak256("some offer");
        (uint256 proposer, uint256 acceptor) = round % 2 == 0 ? (uint256(1), uint256(2)) : (uint256(2), uint256(1));
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(proposer, digest);
        bytes memory b = _signature(acceptor, digest);
        _expectBadSignature(7, proposer);
        desk.recordLoan(head, new LoanMove[](0), b, a);
        desk.recordLoan(head, new LoanMove[](0), a, b);
    }

    function test_ForeignAndMissingSignatures() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory lender = _signature(1, digest);
        bytes memory borrower = _signature(2, digest);
        _expectBadSignature(7, 1);
        desk.recordLoan(head, new LoanMove[](0), _signature(3, digest), borrower);
        bytes[5] memory others =
            [_signature(3, digest), lender, bytes(""), new bytes(65), abi.encodePacked(borrower, uint16(0))];
        for (uint256 i = 0; i < others.length; ++i) {
            _expectBadSignature(7, 2);
            desk.recordLoan(head, new LoanMove[](0), lender, others[i]);
        }
    }

    function test_MalleableSignatures() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory borrower = _signature(2, digest);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, digest);
        bytes memory twin = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectBadSignature(7, 1);
        desk.recordLoan(head, new LoanMove[](0), twin, borrower);
        _expectBadSignature(7, 1);
        desk.recordLoan(head, new LoanMove[](0), abi.encodePacked(r, s, uint8(v - 27)), borrower);
    }

    /// @dev Every value that was signed counts: whoever alters one has signatures of something else.
    function testFuzz_AlteredTermsAreNotSigned(uint8 what, uint64 by) public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        by = uint64(_bound(by, 1, 40));
        uint256 which = what % 9;
        if (which == 0) head.terms.price -= by;
        if (which == 1) head.terms.cover += by;
        if (which == 2) head.terms.maxAheadGiven -= by;
        if (which == 3) head.terms.maxAheadReturned -= by;
        if (which == 4) head.move.quantity += int64(by);
        if (which == 5) head.move.quantity = -head.move.quantity;
        if (which == 6) head.move.returnAfter += uint32(by);
        if (which == 7) head.move.expiry -= by;
        if (which == 8) head.terms.nonce += by;
        VM.expectPartialRevert(ISigned.BadSignature.selector);
        desk.recordLoan(head, new LoanMove[](0), a, b);
    }

    function test_ReplayedElsewhere() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        IEnergyLoans other = _newLoans(address(token), address(registry), ELECTRICITY, GUARDIAN, 1, 1);
        bytes32 digest = other.loanOfferDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expectBadSignature(7, 1);
        desk.recordLoan(head, new LoanMove[](0), a, b);

        digest = desk.loanOfferDigest(head);
        (a, b) = (_signature(1, digest), _signature(2, digest));
        VM.chainId(77);
        _expectBadSignature(7, 1);
        desk.recordLoan(head, new LoanMove[](0), a, b);
        VM.chainId(31337);

        head.terms.nonce = 8; // another session
        _expectBadSignature(8, 1);
        desk.recordLoan(head, new LoanMove[](0), a, b);
    }

    /// @dev Session numbers of deals and of loans are apart, and so are releases, though their type is the same.
    function test_DealsAndLoansOfTheSameNumberAreApart() public {
        _deal(7, AT, 100);
        Loan memory loan = _loan(7, AT, 100, RETURN_AFTER);
        bytes32 key = market.dealKey(_person(1), _person(2), 7);
        _true(key != desk.loanKey(_person(1), _person(2), 7), "two slots");
        bytes32 digest = market.releaseDigest(key);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expectBadSignature(7, 1);
        desk.releaseLoan(loan, a, b);
    }

    function test_ANumberIsUsedOnce() public {
        LoanOffer memory head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        bytes32 key = _lend(head, 1, 2);
        _used(head, 1, 2, LoanStatus.Recorded);
        // Not even with the roles exchanged, or for another interval
        LoanTerms memory terms = _loanTerms(7, AT + 1);
        (terms.opener, terms.responder) = (terms.responder, terms.opener);
        (terms.openerMeter, terms.responderMeter) = (terms.responderMeter, terms.openerMeter);
        _used(_loanHead(terms, 1, 1), 2, 1, LoanStatus.Recorded);
        _release(_loanOf(head));
        _used(head, 1, 2, LoanStatus.Released);
        _equal(uint256(desk.loanKey(_person(2), _person(1), 7)), uint256(key), "one key");
    }

    // Cancelling

    function test_EitherBurnsANumber() public {
        bytes32 key = desk.loanKey(_person(1), _person(2), 7);
        VM.expectEmit(address(desk));
        emit IEnergyLoans.LoanCancelled(key, _person(2));
        VM.prank(_person(2));
        desk.cancelLoan(_person(1), 7);
        _used(_loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER), 1, 2, LoanStatus.Cancelled);
        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(IEnergyLoans.LoanKeyUsed.selector, key, LoanStatus.Cancelled));
        desk.cancelLoan(_person(2), 7);
        _expect(abi.encodeWithSelector(IEnergyLoans.SelfLoan.selector, _person(1)));
        desk.cancelLoan(_person(1), 7);
        _expect(abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
        desk.cancelLoan(_person(2), uint64(1) << 62);
        VM.stopPrank();
    }

    function test_WhatIsRecordedIsNotCancelled() public {
        _loan(7, AT, 1500, RETURN_AFTER);
        bytes32 key = desk.loanKey(_person(1), _person(2), 7);
        _expect(abi.encodeWithSelector(IEnergyLoans.LoanKeyUsed.selector, key, LoanStatus.Recorded));
        VM.prank(_person(1));
        desk.cancelLoan(_person(2), 7);
    }

    function test_NobodyCancelsForOthers() public {
        VM.startPrank(_person(3));
        desk.cancelLoan(_person(1), 1);
        desk.cancelLoan(_person(2), 1);
        VM.stopPrank();
        _loan(1, AT, 100, RETURN_AFTER);
    }

    // Transcripts

    function testFuzz_AWholeTranscriptIsDisclosed(LoanMove[] memory earlier, uint256 altered) public {
        if (earlier.length > 12) {
            // solhint-disable-next-line no-inline-assembly
            assembly ("memory-safe") {
                mstore(earlier, 12)
            }
        }
        LoanOffer memory head = _withTranscript(earlier);
        bytes32 key = desk.loanKey(_person(1), _person(2), 7);
        bytes32 digest = desk.loanOfferDigest(head);
        (uint256 proposer, uint256 acceptor) = head.round % 2 == 0 ? (uint256(1), uint256(2)) : (uint256(2), uint256(1));
        bytes memory a = _signature(proposer, digest);
        bytes memory b = _signature(acceptor, digest);
        if (earlier.length != 0) {
            LoanMove memory victim = earlier[altered % earlier.length];
            victim.quantity ^= 1; // a move that nobody made
            _expect(abi.encodeWithSelector(ISigned.BrokenTranscript.selector, key, head.round));
            desk.recordLoan(head, earlier, a, b);
            victim.quantity ^= 1;
        }
        for (uint16 i = 0; i < earlier.length; ++i) {
            LoanMove memory move = earlier[i];
            VM.expectEmit(address(desk));
            emit IEnergyLoans.LoanOfferDisclosed(key, i, move.quantity, move.returnAfter, move.expiry);
        }
        VM.assertEq(desk.recordLoan(head, earlier, a, b), key, "recorded");
    }

    function test_ABrokenTranscript() public {
        LoanMove[] memory earlier = new LoanMove[](2);
        earlier[1].quantity = 5;
        LoanOffer memory head = _withTranscript(earlier);
        bytes32 key = desk.loanKey(_person(1), _person(2), 7);
        // Too few, and one that names an offer before the first
        LoanMove[] memory fewer = new LoanMove[](1);
        _expect(abi.encodeWithSelector(ISigned.BrokenTranscript.selector, key, uint16(2)));
        desk.recordLoan(head, fewer, "", "");
        head.round = 0;
        _expect(abi.encodeWithSelector(ISigned.BrokenTranscript.selector, key, uint16(0)));
        desk.recordLoan(head, new LoanMove[](0), "", "");
    }

    // Batches

    function test_ABatchSkipsWhatFails() public {
        SignedLoan[] memory items = new SignedLoan[](4);
        items[0] = _signedLoan(_loanHead(_loanTerms(1, AT), 100, RETURN_AFTER), 1, 2);
        items[1] = items[0]; // the same again
        items[2] = _signedLoan(_loanHead(_loanTerms(2, AT), 100, RETURN_AFTER), 1, 3); // not the borrower's
        items[3] = _signedLoan(_loanHead(_loanTerms(3, AT), -100, RETURN_AFTER), 1, 2);
        bytes32 first = desk.loanKey(_person(1), _person(2), 1);
        bytes32 foreign = desk.loanKey(_person(1), _person(2), 2);
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(
            1, first, abi.encodeWithSelector(IEnergyLoans.LoanKeyUsed.selector, first, LoanStatus.Recorded)
        );
        VM.expectEmit(address(desk));
        emit ISigned.ItemSkipped(2, foreign, abi.encodeWithSelector(ISigned.BadSignature.selector, foreign, _person(2)));
        _equal(desk.recordLoanBatch(items), 2, "two recorded");
        _equal(_committed(sellerMeter, AT), 100, "one given");
        _equal(_committed(sellerMeter, BACK), 100, "one returned");
        _equal(desk.balanceOf(_person(1)) + desk.balanceOf(_person(2)), 2 * STAKE - 70_000, "two in escrow");
    }

    function test_ABatchCarriesTranscripts() public {
        SignedLoan[] memory items = new SignedLoan[](1);
        LoanMove[] memory earlier = new LoanMove[](2);
        items[0] = _signedLoan(_withTranscript(earlier), 1, 2);
        items[0].earlier = earlier;
        _equal(desk.recordLoanBatch(items), 1, "recorded");
    }

    function test_OnlyTheDeskItselfRecordsItems() public {
        SignedLoan memory item = _signedLoan(_loanHead(_loanTerms(1, AT), 100, RETURN_AFTER), 1, 2);
        _expect(abi.encodeWithSelector(ISigned.NotSelf.selector, address(this)));
        IItems(address(desk)).recordLoanItem(item);
    }

    // Pause

    function test_ThePauseStopsRecordingOnly() public {
        Loan memory loan = _loan(1, AT, 100, RETURN_AFTER);
        Loan memory released = _loan(2, AT, 100, RETURN_AFTER);
        LoanOffer memory head = _loanHead(_loanTerms(3, AT), 100, RETURN_AFTER);
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        VM.prank(GUARDIAN);
        desk.pause();
        bytes memory paused =
            abi.encodeWithSelector(IGuardedPause.PausedUntil.selector, block.timestamp + PAUSE_LENGTH, block.timestamp);
        _expect(paused);
        desk.recordLoan(head, new LoanMove[](0), a, b);
        _expect(paused);
        desk.recordLoanBatch(new SignedLoan[](1));
        VM.prank(_person(1));
        desk.cancelLoan(_person(2), 3);
        _release(released);
        _exports(1, sellerMeter, AT, 100);
        _exports(2, buyerMeter, BACK, 100);
        desk.settleLoan(loan);
        VM.prank(_person(2));
        desk.withdraw(STAKE);
        _deal(1, BACK + 4, 10); // the market of deals has a pause of its own
    }

    // Help

    function _withTranscript(LoanMove[] memory earlier) private view returns (LoanOffer memory head) {
        head = _loanHead(_loanTerms(7, AT), 1500, RETURN_AFTER);
        for (uint256 i = 0; i < earlier.length; ++i) {
            head.previous = _loanOfferHash(
                LoanOffer({terms: head.terms, move: earlier[i], round: uint16(i), previous: head.previous})
            );
        }
        head.round = uint16(earlier.length);
    }

    function _used(LoanOffer memory head, uint256 proposer, uint256 acceptor, LoanStatus status) private {
        bytes32 digest = desk.loanOfferDigest(head);
        bytes memory a = _signature(proposer, digest);
        bytes memory b = _signature(acceptor, digest);
        bytes32 key = desk.loanKey(_person(1), _person(2), head.terms.nonce);
        _expect(abi.encodeWithSelector(IEnergyLoans.LoanKeyUsed.selector, key, status));
        desk.recordLoan(head, new LoanMove[](0), a, b);
    }

    function _expectBadSignature(uint64 nonce, uint256 signer) private {
        bytes32 key = desk.loanKey(_person(1), _person(2), nonce);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(signer)));
    }
}
// forge-lint: disable-end(unsafe-typecast)
