// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LoanMove} from "../interfaces/IEnergyLoans.sol";

/// @title EIP-712 struct hashes of what the parties to a loan sign.
library LoanHash {
    bytes32 private constant TERMS_TYPEHASH = keccak256(
        "LoanTerms(address opener,address responder,uint64 nonce,uint32 openerMeter,uint32 responderMeter,"
        "uint32 interval,uint64 price,uint64 cover,uint64 maxAheadGiven,uint64 maxAheadReturned)"
    );
    bytes32 private constant MOVE_TYPEHASH = keccak256("LoanMove(int64 quantity,uint32 returnAfter,uint64 expiry)");
    bytes32 private constant OFFER_TYPEHASH = keccak256(
        "LoanOffer(LoanTerms terms,LoanMove move,uint16 round,bytes32 previous)"
        "LoanMove(int64 quantity,uint32 returnAfter,uint64 expiry)"
        "LoanTerms(address opener,address responder,uint64 nonce,uint32 openerMeter,uint32 responderMeter,"
        "uint32 interval,uint64 price,uint64 cover,uint64 maxAheadGiven,uint64 maxAheadReturned)"
    );
    bytes32 private constant RELEASE_TYPEHASH = keccak256("Release(bytes32 key)");

    /// @dev Where the terms and the move end in abi.encode(LoanOffer); both are of fixed length and stand inline.
    uint256 private constant TERMS_END = 10 * 32;
    uint256 private constant MOVE_END = TERMS_END + 3 * 32;
    /// @notice Length of an ABI-encoded offer.
    uint256 internal constant OFFER_BYTES = MOVE_END + 2 * 32;

    /// @notice EIP-712 encodes the members of a struct of plain values as the ABI does: the calldata is the encoding.
    /// @param offer abi.encode(LoanOffer), clean: whoever calls this has decoded all of it
    function ofTerms(bytes calldata offer) internal pure returns (bytes32) {
        return keccak256(bytes.concat(TERMS_TYPEHASH, offer[:TERMS_END]));
    }

    /// @param terms what `ofTerms` says of the same offer
    function ofHead(bytes32 terms, bytes calldata offer) internal pure returns (bytes32) {
        bytes32 moveHash = keccak256(bytes.concat(MOVE_TYPEHASH, offer[TERMS_END:MOVE_END]));
        return keccak256(bytes.concat(OFFER_TYPEHASH, terms, moveHash, offer[MOVE_END:OFFER_BYTES]));
    }

    /// @param terms struct hash of the session's terms
    function ofOffer(bytes32 terms, LoanMove calldata move, uint16 round, bytes32 previous)
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
