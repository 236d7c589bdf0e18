// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Move, SessionTerms} from "../interfaces/IUtilityNegotiator.sol";

/// @title EIP-712 struct hashes of what the parties sign.
library OfferHash {
    bytes32 private constant TERMS_TYPEHASH = keccak256(
        "SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,uint32 buyerMeter,uint32 interval,"
        "uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)"
    );
    bytes32 private constant MOVE_TYPEHASH = keccak256("Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)");
    bytes32 private constant OFFER_TYPEHASH = keccak256(
        "Offer(SessionTerms terms,Move move,uint16 round,bytes32 previous)"
        "Move(uint64 price,uint64 energy,uint8 locked,uint64 expiry)"
        "SessionTerms(address seller,address buyer,uint64 nonce,uint32 sellerMeter,uint32 buyerMeter,uint32 interval,"
        "uint16 count,uint64 maxAhead,bool sellerOpens,bool issueByIssue)"
    );
    bytes32 private constant RELEASE_TYPEHASH = keccak256("Release(bytes32 key)");

    function ofTerms(SessionTerms calldata terms) internal pure returns (bytes32) {
        return keccak256(abi.encode(TERMS_TYPEHASH, terms));
    }

    /// @param terms struct hash of the session's terms
    function ofOffer(bytes32 terms, Move calldata move, uint16 round, bytes32 previous)
        internal
        pure
        returns (bytes32)
    {
        bytes32 moveHash = keccak256(abi.encode(MOVE_TYPEHASH, move));
        return keccak256(abi.encode(OFFER_TYPEHASH, terms, moveHash, round, previous));
    }

    function ofRelease(bytes32 key) internal pure returns (bytes32) {
        return keccak256(abi.encode(RELEASE_TYPEHASH, key));
    }
}
