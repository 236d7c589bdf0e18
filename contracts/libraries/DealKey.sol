// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Where a deal stands, and the namespaces of its nonce.
library DealKey {
    /// @dev Nonces below belong to signed sessions, and from here to ON_CHAIN to deals with the provider.
    uint64 internal constant PROVIDER = 1 << 62;
    /// @dev Nonces from here on belong to sessions on chain.
    uint64 internal constant ON_CHAIN = 1 << 63;

    /// @notice Key of the first interval's slot; the same whichever party is named first.
    /// @param chain the id of the chain at deployment: a chain that is renumbered later keeps its deals in reach
    function base(uint256 chain, address a, address b, uint64 nonce) internal view returns (bytes32) {
        (address lower, address higher) = a < b ? (a, b) : (b, a);
        return keccak256(abi.encode(chain, address(this), lower, higher, nonce));
    }

    /// @notice Slot key of interval `index` of a run.
    function at(bytes32 key, uint256 index) internal pure returns (bytes32) {
        unchecked {
            return bytes32(uint256(key) + index);
        }
    }
}
