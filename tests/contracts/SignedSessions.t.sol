// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {
    Deal,
    DealStatus,
    IUtilityNegotiator,
    Move,
    Offer,
    SessionTerms,
    SignedAgreement
} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @dev What the market calls of itself, one item of a batch: no part of its interface.
interface IItems {
    function recordItem(SignedAgreement calldata item) external;
}

/// @title Agreements signed off chain: what is recorded, and what is refused.
contract SignedSessionsTest is MarketStage {
    uint32 private constant AT = 20;
    /// @dev Order of secp256k1.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function setUp() public {
        _open();
    }

    function test_AnyoneRecordsWhatBothSigned() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes32 key = market.dealKey(_person(2), _person(1), 7);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.AgreementSigned(
            key, true, false, 50_000, head.move, 0, 0, _signature(1, digest), _signature(2, digest)
        );
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.DealRecorded(key, _person(1), _person(2), _dealOf(head), 0, 0);
        VM.assertEq(_record(head, 1, 2), key, "key");
        _equal(market.balanceOf(_person(2)), STAKE - 375_000, "escrowed");
    }

    function test_LongSignaturesAreTakenToo() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        market.recordSigned(head, new Move[](0), _long(1, digest), _signature(2, digest));
    }

    function test_TheDigestIsThatOfEip712() public view {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        (head.round, head.previous) = (3, keccak256("x"));
        VM.assertEq(market.offerDigest(head), _digest(address(market), _structHash(head)), "offer");
        bytes32 release = keccak256(abi.encode(keccak256("Release(bytes32 key)"), head.previous));
        VM.assertEq(market.releaseDigest(head.previous), _digest(address(market), release), "release");
    }

    /// @dev Recording hashes the calldata; a value with bits beyond its type must not pass as another.
    function testFuzz_DirtyCalldataIsRefused(uint8 field, uint256 bit) public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes memory call =
            abi.encodeCall(market.recordSigned, (head, new Move[](0), _signature(1, digest), _signature(2, digest)));
        // Every member of the head but the last (a full word) leaves its upper bits unused
        uint256 at = 4 + 32 * _bound(field, 0, 14);
        uint8 dirty = uint8(1) << uint8(_bound(bit, 0, 7));
        call[at] = bytes1(uint8(call[at]) ^ dirty);
        (bool done,) = address(market).call(call);
        _true(!done, "refused");
    }

    // Who signs what

    function testFuzz_TurnsDecideWhoProposes(bool sellerOpens, uint16 round) public {
        SessionTerms memory terms = _terms(7, AT);
        terms.sellerOpens = sellerOpens;
        Offer memory head = _head(terms, 250, 1500);
        head.round = round;
        head.previous = round == 0 ? bytes32(0) : keccak256("some offer");
        bool sellerProposes = sellerOpens == (round % 2 == 0);
        (uint256 proposer, uint256 acceptor) = sellerProposes ? (uint256(1), uint256(2)) : (uint256(2), uint256(1));
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(proposer, digest);
        bytes memory b = _signature(acceptor, digest);
        _expectBadSignature(7, proposer);
        market.recordSigned(head, new Move[](0), b, a);
        market.recordSigned(head, new Move[](0), a, b);
    }

    function test_ForeignAndMissingSignatures() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes memory seller = _signature(1, digest);
        bytes memory buyer = _signature(2, digest);
        _expectBadSignature(7, 1);
        market.recordSigned(head, new Move[](0), _signature(3, digest), buyer);
        _expectBadSignature(7, 2);
        market.recordSigned(head, new Move[](0), seller, _signature(3, digest));
        _expectBadSignature(7, 2);
        market.recordSigned(head, new Move[](0), seller, seller);
        _expectBadSignature(7, 2);
        market.recordSigned(head, new Move[](0), seller, "");
        _expectBadSignature(7, 2);
        market.recordSigned(head, new Move[](0), seller, new bytes(65));
        _expectBadSignature(7, 2);
        market.recordSigned(head, new Move[](0), seller, abi.encodePacked(buyer, uint16(0)));
    }

    function test_MalleableSignatures() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes memory buyer = _signature(2, digest);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, digest);
        bytes memory twin = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectBadSignature(7, 1);
        market.recordSigned(head, new Move[](0), twin, buyer);
        bytes memory wrongV = abi.encodePacked(r, s, uint8(v - 27));
        _expectBadSignature(7, 1);
        market.recordSigned(head, new Move[](0), wrongV, buyer);
    }

    function test_ReplayedElsewhere() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        IUtilityNegotiator other =
            _newMarket(address(token), address(registry), address(tariff), ELECTRICITY, GUARDIAN, 1, 1, CAP);
        bytes32 digest = other.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expectBadSignature(7, 1);
        market.recordSigned(head, new Move[](0), a, b);

        digest = market.offerDigest(head);
        (a, b) = (_signature(1, digest), _signature(2, digest));
        VM.chainId(77);
        _expectBadSignature(7, 1);
        market.recordSigned(head, new Move[](0), a, b);
        VM.chainId(31337);

        head.terms.nonce = 8; // another session
        _expectBadSignature(8, 1);
        market.recordSigned(head, new Move[](0), a, b);
    }

    function test_ANumberIsUsedOnce() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        bytes32 key = _record(head, 1, 2);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, key, DealStatus.Recorded));
        market.recordSigned(head, new Move[](0), a, b);

        // Not even with the roles exchanged, or for another interval
        SessionTerms memory terms = _terms(7, AT + 1);
        (terms.seller, terms.buyer) = (terms.buyer, terms.seller);
        (terms.sellerMeter, terms.buyerMeter) = (terms.buyerMeter, terms.sellerMeter);
        Offer memory second = _head(terms, 1, 1);
        digest = market.offerDigest(second);
        (a, b) = (_signature(2, digest), _signature(1, digest));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, key, DealStatus.Recorded));
        market.recordSigned(second, new Move[](0), a, b);
    }

    // Terms

    function test_TermsRefusals() public {
        SessionTerms memory terms = _terms(uint64(1) << 62, AT);
        _refused(_head(terms, 250, 1500), abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
        terms = _terms(7, AT);
        terms.sellerMeter = 0;
        _refused(
            _head(terms, 250, 1500),
            abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("sellerMeter"), 0)
        );
        terms = _terms(7, AT);
        terms.buyerMeter = 0;
        _refused(
            _head(terms, 250, 1500),
            abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("buyerMeter"), 0)
        );
        terms = _terms(7, AT);
        terms.buyerMeter = sellerMeter;
        _refused(_head(terms, 250, 1500), abi.encodeWithSelector(ISigned.SameMeter.selector, sellerMeter));
        terms = _terms(7, AT);
        terms.count = 0;
        _refused(_head(terms, 250, 1500), abi.encodeWithSelector(IUtilityNegotiator.ZeroCount.selector));
        terms = _terms(7, AT);
        _refused(
            _head(terms, 0, 1500),
            abi.encodeWithSelector(IUtilityNegotiator.ZeroAmount.selector, uint64(0), uint64(1500))
        );
        _refused(
            _head(terms, type(uint64).max, type(uint64).max),
            abi.encodeWithSelector(
                IUtilityNegotiator.AmountOverflow.selector, type(uint64).max, type(uint64).max, uint16(1)
            )
        );
        terms.interval = HORIZON + 1;
        uint256 horizon = block.timestamp + uint256(HORIZON) * INTERVAL;
        _refused(
            _head(terms, 250, 1500),
            abi.encodeWithSelector(IMarketTime.BeyondHorizon.selector, HORIZON + 1, horizon, block.timestamp)
        );
        terms.interval = type(uint32).max;
        terms.count = type(uint16).max;
        Offer memory wild = _head(terms, 250, 1500);
        bytes32 digest = market.offerDigest(wild);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        VM.expectPartialRevert(IMarketTime.BeyondHorizon.selector);
        market.recordSigned(wild, new Move[](0), a, b);
    }

    function test_SelfDeals() public {
        SessionTerms memory terms = _terms(7, AT);
        terms.buyer = terms.seller;
        terms.buyerMeter = _meter(1, 1050, address(0), ELECTRICITY, RATING);
        Offer memory head = _head(terms, 250, 1500);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(1)));
        market.recordSigned(head, new Move[](0), a, a);
    }

    function test_ExpiryAndGate() public {
        Offer memory head = _head(_terms(7, AT), 250, 1500);
        uint256 gate = registry.gateOf(AT);
        bytes32 key = market.dealKey(_person(1), _person(2), 7);
        head.move.expiry = uint64(gate + 1);
        _refused(head, abi.encodeWithSelector(ISigned.ExpiryBeyondGate.selector, key, gate + 1, gate));
        head.move.expiry = uint64(block.timestamp + 5);
        VM.warp(block.timestamp + 6);
        _refused(head, abi.encodeWithSelector(ISigned.OfferExpired.selector, key, block.timestamp - 1, block.timestamp));
        VM.warp(block.timestamp - 1);
        _record(head, 1, 2);
        VM.warp(gate + 1);
        head = _head(_terms(8, AT), 250, 1500);
        _refused(head, abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
    }

    function test_BehindInTheQueueConsumesNothing() public {
        SessionTerms memory terms = _terms(7, AT);
        terms.maxAhead = 99;
        _deal(1, AT, 100);
        _refused(
            _head(terms, 250, 1500),
            abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, sellerMeter, AT, uint64(100), uint64(99))
        );
        _equal(market.balanceOf(_person(2)), STAKE - 25_000, "only the first deal is in escrow");
        (DealStatus status,,) = market.dealSlot(market.dealKey(_person(1), _person(2), 7));
        _true(status == DealStatus.None, "the number is free");
    }

    function test_ADrainedBalance() public {
        VM.prank(_person(2));
        market.withdraw(STAKE);
        _refused(
            _head(_terms(7, AT), 250, 1500),
            abi.encodeWithSelector(
                IMarketAccount.InsufficientBalance.selector, _person(2), uint256(0), uint256(375_000)
            )
        );
    }

    // Transcripts

    function test_TheWholeTranscriptIsDisclosed() public {
        (Offer memory head, Move[] memory earlier) = _transcript(4);
        bytes32 digest = market.offerDigest(head);
        bytes32 key = market.dealKey(_person(1), _person(2), 7);
        for (uint16 i = 0; i < 4; ++i) {
            VM.expectEmit(address(market));
            emit IUtilityNegotiator.OfferDisclosed(
                key, i, earlier[i].price, earlier[i].energy, earlier[i].locked, earlier[i].expiry
            );
        }
        market.recordSigned(head, earlier, _signature(1, digest), _signature(2, digest));
    }

    function test_ABrokenTranscriptIsRefused() public {
        (Offer memory head, Move[] memory earlier) = _transcript(4);
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        bytes memory broken = abi.encodeWithSelector(
            ISigned.BrokenTranscript.selector, market.dealKey(_person(1), _person(2), 7), uint16(4)
        );
        earlier[1].price += 1;
        _expect(broken);
        market.recordSigned(head, earlier, a, b);
        earlier[1].price -= 1;
        (earlier[1], earlier[2]) = (earlier[2], earlier[1]);
        _expect(broken);
        market.recordSigned(head, earlier, a, b);
        _expect(broken);
        market.recordSigned(head, new Move[](3), a, b);
        _expect(broken);
        market.recordSigned(head, new Move[](5), a, b);

        // A first offer that claims to follow another
        Offer memory first = _head(_terms(7, AT), 250, 1500);
        first.previous = keccak256("before the beginning");
        _refused(
            first,
            abi.encodeWithSelector(
                ISigned.BrokenTranscript.selector, market.dealKey(_person(1), _person(2), 7), uint16(0)
            )
        );
    }

    // Cancel

    function test_EitherPartyBurnsANumber() public {
        bytes32 key = market.dealKey(_person(1), _person(2), 7);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.DealCancelled(key, _person(2));
        VM.prank(_person(2));
        market.cancel(_person(1), 7);
        _refused(
            _head(_terms(7, AT), 250, 1500),
            abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, key, DealStatus.Cancelled)
        );
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, key, DealStatus.Cancelled));
        market.cancel(_person(2), 7);

        _deal(8, AT, 100);
        bytes32 used = market.dealKey(_person(1), _person(2), 8);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, used, DealStatus.Recorded));
        market.cancel(_person(2), 8);
        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, uint64(1) << 62));
        market.cancel(_person(2), uint64(1) << 62);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(1)));
        market.cancel(_person(1), 9);
        VM.stopPrank();
    }

    // Batches

    function test_ABatchSkipsWhatFails() public {
        SignedAgreement[] memory items = new SignedAgreement[](4);
        items[0] = _agreement(_head(_terms(1, AT), 250, 100), 1, 2);
        items[1] = _agreement(_head(_terms(1, AT), 250, 100), 1, 2); // the same again
        items[2] = _agreement(_head(_terms(2, AT), 250, 100), 1, 3); // not the buyer's
        items[3] = _agreement(_head(_terms(3, AT), 250, 100), 1, 2);
        bytes32 first = market.dealKey(_person(1), _person(2), 1);
        bytes32 foreign = market.dealKey(_person(1), _person(2), 2);
        VM.expectEmit(address(market));
        emit ISigned.ItemSkipped(
            1, first, abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, first, DealStatus.Recorded)
        );
        VM.expectEmit(address(market));
        emit ISigned.ItemSkipped(2, foreign, abi.encodeWithSelector(ISigned.BadSignature.selector, foreign, _person(2)));
        _equal(market.recordBatch(items), 2, "two recorded");
        _equal(registry.slots(sellerMeter, AT).committed, 200, "two in the queue");
        _equal(market.balanceOf(_person(2)), STAKE - 50_000, "two in escrow");
    }

    function test_ABatchCarriesTranscripts() public {
        (Offer memory head, Move[] memory earlier) = _transcript(2);
        SignedAgreement[] memory items = new SignedAgreement[](1);
        items[0] = _agreement(head, 1, 2);
        items[0].earlier = earlier;
        _equal(market.recordBatch(items), 1, "recorded");
    }

    function test_OnlyTheMarketItselfRecordsItems() public {
        SignedAgreement memory item = _agreement(_head(_terms(1, AT), 250, 100), 1, 2);
        _expect(abi.encodeWithSelector(ISigned.NotSelf.selector, address(this)));
        IItems(address(market)).recordItem(item);
    }

    // Release

    function test_BothReleaseATail() public {
        Deal memory deal = _deal(1, AT, 100);
        bytes32 key = market.dealKey(_person(1), _person(2), 1);
        bytes32 digest = market.releaseDigest(key);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expectBadSignature(1, 1);
        market.release(deal, b, b);
        _expectBadSignature(1, 2);
        market.release(deal, a, a);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.DealReleased(key, 25_000);
        market.release(deal, a, b);
        _equal(market.balanceOf(_person(2)), STAKE, "all back");
        _equal(registry.slots(sellerMeter, AT).committed, 0, "queue free");
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.WrongDealStatus.selector, key, DealStatus.Released, DealStatus.Recorded
            )
        );
        market.release(deal, a, b);
        _warpToSilence(AT);
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.WrongDealStatus.selector, key, DealStatus.Released, DealStatus.Recorded
            )
        );
        market.settle(deal, 0);
    }

    function test_WhatIsNoTailOrTooLateIsNotReleased() public {
        Deal memory deal = _deal(1, AT, 100);
        _deal(2, AT, 100);
        bytes32 digest = market.releaseDigest(market.dealKey(_person(1), _person(2), 1));
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(
            abi.encodeWithSelector(IMeterRegistry.NotQueueTail.selector, sellerMeter, AT, uint256(100), uint64(200))
        );
        market.release(deal, a, b);
        deal.price += 1;
        _expect(abi.encodeWithSelector(ISigned.TermsMismatch.selector, market.dealKey(_person(1), _person(2), 1)));
        market.release(deal, a, b);
        deal.price -= 1;
        uint256 gate = registry.gateOf(AT);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
        market.release(deal, a, b);
    }

    // Help

    function _transcript(uint16 rounds) private view returns (Offer memory head, Move[] memory earlier) {
        earlier = new Move[](rounds);
        head = _head(_terms(7, AT), 250, 1500);
        for (uint16 i = 0; i < rounds; ++i) {
            earlier[i] = Move({price: 300 - i, energy: 1000 + i, locked: 0, expiry: uint64(block.timestamp + i)});
            Offer memory past = Offer({terms: head.terms, move: earlier[i], round: i, previous: head.previous});
            head.previous = _structHash(past);
        }
        head.round = rounds;
    }

    /// @dev Written out from EIP-712, not taken from the contract.
    function _structHash(Offer memory o) private pure returns (bytes32) {
        string memory move = "Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)";
        string memory terms = "SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,"
            "uint32 buyerMeter,uint32 interval,uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)";
        string memory offer = "Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)";
        return keccak256(
            abi.encode(
                keccak256(abi.encodePacked(offer, move, terms)),
                keccak256(abi.encode(keccak256(bytes(terms)), o.terms)),
                keccak256(abi.encode(keccak256(bytes(move)), o.move)),
                o.round,
                o.previous
            )
        );
    }

    function _long(uint256 n, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(n, digest);
        return abi.encodePacked(r, s, v);
    }

    function _refused(Offer memory head, bytes memory reason) private {
        bytes32 digest = market.offerDigest(head);
        bytes memory a = _signature(1, digest);
        bytes memory b = _signature(2, digest);
        _expect(reason);
        market.recordSigned(head, new Move[](0), a, b);
    }

    function _expectBadSignature(uint64 nonce, uint256 signer) private {
        bytes32 key = market.dealKey(_person(1), _person(2), nonce);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(signer)));
    }
}
// forge-lint: disable-end(unsafe-typecast)
