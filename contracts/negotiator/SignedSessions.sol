// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {
    Deal,
    IUtilityNegotiator,
    Move,
    Offer,
    SessionTerms,
    SignedAgreement
} from "../interfaces/IUtilityNegotiator.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {OfferHash} from "../libraries/OfferHash.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {GuardedPause} from "../shared/GuardedPause.sol";
import {DealBook} from "./DealBook.sol";

/// @title Sessions held off chain by signed messages; their agreement is recorded here, by anyone.
abstract contract SignedSessions is GuardedPause, DealBook, EIP712 {
    /// @dev Most gas that an item of a batch can take: checks and signatures, each interval of its run, each move of
    /// its transcript.
    uint256 private constant ITEM_GAS = 90_000;
    uint256 private constant ITEM_GAS_PER_INTERVAL = 90_000;
    uint256 private constant ITEM_GAS_PER_MOVE = 8_000;

    constructor() EIP712("Wattpact", "1") {}

    /// @inheritdoc IUtilityNegotiator
    function recordSigned(
        Offer calldata head,
        Move[] calldata earlier,
        bytes calldata proposerSignature,
        bytes calldata acceptorSignature
    ) external whenNotPaused returns (bytes32 key) {
        // Check
        Offer memory last = head;
        bytes32 digest;
        // `head` is the first argument and of fixed length, so it stands at the start of the calldata
        (key, digest) = _checkHead(last, msg.data[4:4 + OfferHash.OFFER_BYTES], earlier);
        (address proposer, address acceptor) = _roles(last);
        if (!Signatures.byAnyone(proposer, digest, proposerSignature)) revert BadSignature(key, proposer);
        if (!Signatures.byAnyone(acceptor, digest, acceptorSignature)) revert BadSignature(key, acceptor);

        // Effect
        _recordAgreement(key, last, earlier, proposerSignature, acceptorSignature);
    }

    /// @inheritdoc IUtilityNegotiator
    function recordBatch(SignedAgreement[] calldata agreements) external whenNotPaused returns (uint256 recorded) {
        for (uint256 i = 0; i < agreements.length; ++i) {
            SignedAgreement calldata item = agreements[i];
            _requireItemGas(i, _itemGas(item));
            try this.recordItem(item) {
                ++recorded;
            } catch (bytes memory reason) {
                SessionTerms calldata terms = item.head.terms;
                emit ItemSkipped(i, DealKey.base(CHAIN, terms.seller, terms.buyer, terms.nonce), reason);
            }
        }
    }

    /// @notice One item of `recordBatch`, which alone calls this, so that an item that fails changes nothing.
    function recordItem(SignedAgreement calldata item) external onlySelf {
        // Check
        Offer memory last = item.head;
        // This contract encoded the item: selector, place of the item, and at its start the head
        bytes calldata encoded = msg.data[36:36 + OfferHash.OFFER_BYTES];
        (bytes32 key, bytes32 digest) = _checkHead(last, encoded, item.earlier);
        (address proposer, address acceptor) = _roles(last);
        if (!Signatures.byKey(proposer, digest, item.proposerR, item.proposerVs)) revert BadSignature(key, proposer);
        if (!Signatures.byKey(acceptor, digest, item.acceptorR, item.acceptorVs)) revert BadSignature(key, acceptor);

        // Effect
        _recordAgreement(
            key,
            last,
            item.earlier,
            abi.encodePacked(item.proposerR, item.proposerVs),
            abi.encodePacked(item.acceptorR, item.acceptorVs)
        );
    }

    /// @inheritdoc IUtilityNegotiator
    function cancel(address counterpart, uint64 nonce) external {
        if (counterpart == msg.sender) revert SelfDeal(msg.sender);
        if (nonce >= DealKey.PROVIDER) revert NonceOutOfRange(nonce);
        _cancel(DealKey.base(CHAIN, msg.sender, counterpart, nonce));
    }

    /// @inheritdoc IUtilityNegotiator
    function release(Deal calldata deal, bytes calldata sellerSignature, bytes calldata buyerSignature) external {
        // Check
        bytes32 key = DealKey.base(CHAIN, deal.seller, deal.buyer, deal.nonce);
        bytes32 digest = releaseDigest(key);
        if (!Signatures.byAnyone(deal.seller, digest, sellerSignature)) revert BadSignature(key, deal.seller);
        if (!Signatures.byAnyone(deal.buyer, digest, buyerSignature)) revert BadSignature(key, deal.buyer);

        // Effect
        _release(key, deal);
    }

    /// @inheritdoc IUtilityNegotiator
    function offerDigest(Offer calldata head) external view returns (bytes32) {
        // Decoding refuses what has bits beyond its type
        // solhint-disable-next-line no-unused-vars
        Offer memory clean = head;
        bytes calldata encoded = msg.data[4:4 + OfferHash.OFFER_BYTES];
        return _hashTypedDataV4(OfferHash.ofHead(OfferHash.ofTerms(encoded), encoded));
    }

    /// @inheritdoc IUtilityNegotiator
    function releaseDigest(bytes32 key) public view returns (bytes32) {
        return _hashTypedDataV4(OfferHash.ofRelease(key));
    }

    /// @dev All that can be said of an agreement before its signatures are looked at.
    /// @param encoded the head as it stands in the calldata
    function _checkHead(Offer memory head, bytes calldata encoded, Move[] calldata earlier)
        private
        view
        returns (bytes32 key, bytes32 digest)
    {
        SessionTerms memory terms = head.terms;
        if (terms.nonce >= DealKey.PROVIDER) revert NonceOutOfRange(terms.nonce);
        // A meter of zero stands for the provider, who makes his deals otherwise
        if (terms.sellerMeter == 0) revert InvalidParameter("sellerMeter", 0);
        if (terms.buyerMeter == 0) revert InvalidParameter("buyerMeter", 0);
        if (terms.sellerMeter == terms.buyerMeter) revert SameMeter(terms.sellerMeter);
        key = DealKey.base(CHAIN, terms.seller, terms.buyer, terms.nonce);
        uint256 gate = _requireGateOpen(terms.interval);
        if (head.move.expiry > gate) revert ExpiryBeyondGate(key, head.move.expiry, gate);
        if (block.timestamp > head.move.expiry) revert OfferExpired(key, head.move.expiry, block.timestamp);

        bytes32 termsHash = OfferHash.ofTerms(encoded);
        _checkTranscript(key, termsHash, head, earlier);
        digest = _hashTypedDataV4(OfferHash.ofHead(termsHash, encoded));
    }

    /// @dev The head names the hash of the offer before it, and so on down to round 0, which names none.
    function _checkTranscript(bytes32 key, bytes32 termsHash, Offer memory head, Move[] calldata earlier) private pure {
        bool headOnly = earlier.length == 0 && head.round != 0;
        if (headOnly) return;
        if (earlier.length != head.round) revert BrokenTranscript(key, head.round);
        bytes32 previous = 0;
        for (uint256 i = 0; i < earlier.length; ++i) {
            // forge-lint: disable-next-line(unsafe-typecast)
            previous = OfferHash.ofOffer(termsHash, earlier[i], uint16(i), previous);
        }
        if (head.previous != previous) revert BrokenTranscript(key, head.round);
    }

    function _recordAgreement(
        bytes32 key,
        Offer memory head,
        Move[] calldata earlier,
        bytes memory proposerSignature,
        bytes memory acceptorSignature
    ) private {
        SessionTerms memory terms = head.terms;
        for (uint256 i = 0; i < earlier.length; ++i) {
            Move calldata move = earlier[i];
            // forge-lint: disable-next-line(unsafe-typecast)
            emit OfferDisclosed(key, uint16(i), move.price, move.energy, move.locked, move.expiry);
        }
        emit AgreementSigned(
            key,
            terms.sellerOpens,
            terms.issueByIssue,
            terms.maxAhead,
            head.move,
            head.round,
            head.previous,
            proposerSignature,
            acceptorSignature
        );
        _record(
            key,
            Deal({
                seller: terms.seller,
                buyer: terms.buyer,
                nonce: terms.nonce,
                sellerMeter: terms.sellerMeter,
                buyerMeter: terms.buyerMeter,
                interval: terms.interval,
                count: terms.count,
                price: head.move.price,
                energy: head.move.energy
            }),
            terms.maxAhead
        );
    }

    /// @dev A run longer than the horizon allows fails before it costs anything.
    function _itemGas(SignedAgreement calldata item) private view returns (uint256) {
        uint256 count = item.head.terms.count;
        if (count > _longestRun()) count = 0;
        return ITEM_GAS + count * ITEM_GAS_PER_INTERVAL + item.earlier.length * ITEM_GAS_PER_MOVE;
    }

    /// @dev Even rounds are the opener's.
    function _roles(Offer memory head) private pure returns (address proposer, address acceptor) {
        SessionTerms memory terms = head.terms;
        bool sellerProposes = terms.sellerOpens == (head.round % 2 == 0);
        return sellerProposes ? (terms.seller, terms.buyer) : (terms.buyer, terms.seller);
    }
}
