// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, SignedReading} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {ISigned} from "../../../contracts/interfaces/ISigned.sol";
import {
    Deal,
    DealStatus,
    IUtilityNegotiator,
    Move,
    Offer,
    SignedAgreement
} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";

/// @title Signatures that look right and are not: twisted, foreign, of another chain, contract or content.
contract Forgeries is MarketStage {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint32 private constant AT = 5;

    function setUp() public {
        _open();
    }

    /// @dev The other point of the same signature, in 65 bytes, and every other v with it.
    function testFuzz_HighS(uint64 nonce, uint64 price, uint8 otherV) public {
        Offer memory head = _any(nonce, price);
        bytes32 digest = market.offerDigest(head);
        bytes memory good = _signature(2, digest);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(1, digest);
        bytes32 high = bytes32(ORDER - uint256(s));
        _refused(head, abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27)), good, 1);
        _refused(head, abi.encodePacked(r, high, v), good, 1);
        if (otherV != v) _refused(head, abi.encodePacked(r, s, otherV), good, 1);
        // 64 bytes of the same say v = 27
        if (v == 28) _refused(head, abi.encodePacked(r, s), good, 1);
        bytes32 key = market.recordSigned(head, new Move[](0), abi.encodePacked(r, s, v), good);
        _recorded(key, true);
    }

    function testFuzz_ForeignKey(uint64 nonce, uint64 price, uint256 key, bool ofProposer) public {
        key = _bound(key, 3, ORDER - 1);
        Offer memory head = _any(nonce, price);
        bytes32 digest = market.offerDigest(head);
        bytes memory foreign = _signature(key, digest);
        if (ofProposer) _refused(head, foreign, _signature(2, digest), 1);
        else _refused(head, _signature(1, digest), foreign, 2);
        // Nor do the two stand for each other
        _refused(head, _signature(2, digest), _signature(1, digest), 1);
        _batchRefused(head, ofProposer ? key : 1, ofProposer ? 2 : key);
    }

    function testFuzz_OtherChain(uint64 nonce, uint64 price, uint64 chain) public {
        uint256 other = _bound(chain, 1, type(uint64).max);
        if (other == 31337) ++other;
        Offer memory head = _any(nonce, price);
        bytes32 digest = market.offerDigest(head);
        SignedAgreement memory item = _agreement(head, 1, 2);
        VM.chainId(other);
        _refused(head, _signature(1, digest), _signature(2, digest), 1);
        SignedAgreement[] memory items = new SignedAgreement[](1);
        items[0] = item;
        _equal(market.recordBatch(items), 0, "recorded with another chain's signatures");
        SignedReading memory there = _reading(1001, sellerMeter, AT, price % RATING);
        VM.chainId(31337);
        _warpToEnd(AT);
        _expectMeterSignature(there, 1001);
        registry.post(there);
    }

    function testFuzz_OtherContract(uint64 nonce, uint64 price) public {
        IUtilityNegotiator twin = _newMarket(
            address(token), address(registry), address(tariff), ELECTRICITY, GUARDIAN, PAUSE_LENGTH, PAUSE_COOLDOWN, CAP
        );
        Offer memory head = _any(nonce, price);
        bytes32 digest = twin.offerDigest(head);
        _refused(head, _signature(1, digest), _signature(2, digest), 1);
        // An offer's digest is no release, and a release's no offer
        Deal memory deal = _deal(nonce % (1 << 62), AT, 10);
        bytes32 key = market.dealKey(deal.seller, deal.buyer, deal.nonce);
        bytes32 foreign = twin.releaseDigest(key);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, deal.seller));
        market.release(deal, _signature(1, foreign), _signature(2, foreign));
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, deal.seller));
        market.release(deal, _signature(1, digest), _signature(2, digest));
        _recorded(key, true);
    }

    /// @dev Whatever is altered after signing, even by one unit, was not signed.
    function testFuzz_Altered(uint64 nonce, uint64 price, uint8 field) public {
        Offer memory head = _any(nonce, price);
        bytes32 digest = market.offerDigest(head);
        bytes memory first = _signature(1, digest);
        bytes memory second = _signature(2, digest);
        field = field % 8;
        if (field == 0) ++head.move.price;
        if (field == 1) ++head.move.energy;
        if (field == 2) --head.move.expiry;
        if (field == 3) ++head.terms.maxAhead;
        if (field == 4) head.terms.nonce ^= 1;
        if (field == 5) ++head.terms.count;
        if (field == 6) ++head.terms.interval;
        if (field == 7) head.terms.issueByIssue = true;
        _refused(head, first, second, 1);
    }

    /// @dev A length that is no signature's, and signatures of nothing but noise.
    function testFuzz_Noise(bytes calldata noise, uint64 nonce) public {
        Offer memory head = _any(nonce, 250);
        bytes32 digest = market.offerDigest(head);
        _refused(head, noise, _signature(2, digest), 1);
        _refused(head, _signature(1, digest), noise, 2);
    }

    function testFuzz_Reading(uint256 key, uint64 exported, uint8 field) public {
        key = _bound(key, 1, ORDER - 1);
        exported = uint64(_bound(exported, 1, RATING - 1));
        _warpToEnd(AT);
        if (key != 1001) {
            SignedReading memory foreign = _reading(key, sellerMeter, AT, exported);
            _expectMeterSignature(foreign, key);
            registry.post(foreign);
        }
        SignedReading memory signed = _reading(1001, sellerMeter, AT, exported);
        bytes32 untouched = registry.readingDigest(signed.reading);
        if (field % 4 == 0) ++signed.reading.exported;
        if (field % 4 == 1) ++signed.reading.imported;
        if (field % 4 == 2) --signed.reading.interval;
        if (field % 4 == 3) signed.reading.meter = buyerMeter;
        _true(registry.readingDigest(signed.reading) != untouched, "another digest");
        VM.expectRevert();
        registry.post(signed);
        SignedReading memory good = _reading(1001, sellerMeter, AT, exported);
        // The twin of a compact signature has an s that its 255 bits cannot hold; flipping v names another signer
        good.vs = bytes32(uint256(good.vs) ^ (1 << 255));
        VM.expectRevert();
        registry.post(good);
        registry.post(_reading(1001, sellerMeter, AT, exported));
        _equal(registry.slots(sellerMeter, AT).exported, exported, "the reading");
    }

    function _any(uint64 nonce, uint64 price) private view returns (Offer memory) {
        return _head(_terms(nonce % (1 << 62), AT), uint64(_bound(price, 1, 10_000)), 1000);
    }

    /// @dev Refused by name, and nothing is written.
    function _refused(Offer memory head, bytes memory first, bytes memory second, uint256 blamed) private {
        bytes32 key = market.dealKey(head.terms.seller, head.terms.buyer, head.terms.nonce);
        _expect(abi.encodeWithSelector(ISigned.BadSignature.selector, key, _person(blamed)));
        market.recordSigned(head, new Move[](0), first, second);
        _recorded(key, false);
    }

    function _batchRefused(Offer memory head, uint256 first, uint256 second) private {
        SignedAgreement[] memory items = new SignedAgreement[](1);
        items[0] = _agreement(head, first, second);
        _equal(market.recordBatch(items), 0, "recorded with a foreign key");
    }

    function _recorded(bytes32 key, bool expected) private view {
        (DealStatus status,,) = market.dealSlot(key);
        _true(status == (expected ? DealStatus.Recorded : DealStatus.None), "status");
    }

    /// @dev Whom the registry takes for the signer.
    function _expectMeterSignature(SignedReading memory signed, uint256 key) private {
        bytes32 digest = registry.readingDigest(signed.reading);
        uint8 v = uint8(uint256(signed.vs) >> 255) + 27;
        bytes32 s = bytes32((uint256(signed.vs) << 1) >> 1);
        address taken = ecrecover(digest, v, signed.r, s);
        _true(key == 1001 || taken == VM.addr(key), "the signer");
        _expect(
            abi.encodeWithSelector(
                IMeterRegistry.BadMeterSignature.selector, signed.reading.meter, taken, VM.addr(1001)
            )
        );
    }
}
