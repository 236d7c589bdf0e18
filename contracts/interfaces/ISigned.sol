// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What is said of sessions that were signed off chain, and of batches.
interface ISigned {
    /// @dev An item of a batch that changed nothing, and its error.
    event ItemSkipped(uint256 indexed item, bytes32 indexed key, bytes reason);

    error NonceOutOfRange(uint64 nonce);
    error SameMeter(uint32 meter);
    error OfferExpired(bytes32 key, uint256 expiry, uint256 time);
    error ExpiryBeyondGate(bytes32 key, uint256 expiry, uint256 gate);
    error BrokenTranscript(bytes32 key, uint16 round);
    error BadSignature(bytes32 key, address expected);
    /// @dev The terms given are not those whose hash stands in the slot.
    error TermsMismatch(bytes32 key);
    error ItemGasTooLow(uint256 item, uint256 available, uint256 required);
    error NotSelf(address caller);
}
