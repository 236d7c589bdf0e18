// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Roots of trees whose branches OpenZeppelin's `MerkleProof` verifies.
library SortedTree {
    /// @notice Node of what stands at `index`: hashed twice, so that no inner node passes for one.
    /// @dev keccak256(bytes.concat(keccak256(abi.encode(index, content)))), in scratch space: a tree has many.
    function nodeOf(uint256 index, bytes32 content) internal pure returns (bytes32 node) {
        bytes32 once = Hashes.efficientKeccak256(bytes32(index), content);
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x00, once)
            node := keccak256(0x00, 0x20)
        }
    }

    /// @notice Level by level, each pair in ascending order; an odd last node goes up unchanged.
    /// @param nodes at least one; overwritten
    function rootOf(bytes32[] memory nodes) internal pure returns (bytes32) {
        uint256 length = nodes.length;
        while (length > 1) {
            uint256 above = (length + 1) / 2;
            for (uint256 i = 0; i < length / 2; ++i) {
                nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            }
            if (length % 2 == 1) nodes[above - 1] = nodes[length - 1];
            length = above;
        }
        return nodes[0];
    }
}
