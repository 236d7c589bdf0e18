// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Trees of sorted pairs, written out level by level; an odd last node goes up unchanged.
library Tree {
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        while (leaves.length > 1) {
            leaves = _above(leaves);
        }
        return leaves[0];
    }

    /// @dev What shows that the leaf at `place` is under the root.
    function branch(bytes32[] memory leaves, uint256 place) internal pure returns (bytes32[] memory nodes) {
        bytes32[] memory found = new bytes32[](256);
        uint256 count = 0;
        while (leaves.length > 1) {
            uint256 sibling = place ^ 1;
            if (sibling < leaves.length) found[count++] = leaves[sibling];
            leaves = _above(leaves);
            place /= 2;
        }
        nodes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            nodes[i] = found[i];
        }
    }

    function _above(bytes32[] memory level) private pure returns (bytes32[] memory above) {
        above = new bytes32[]((level.length + 1) / 2);
        for (uint256 i = 0; i < above.length; ++i) {
            above[i] = 2 * i + 1 == level.length ? level[2 * i] : _pair(level[2 * i], level[2 * i + 1]);
        }
    }

    function _pair(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
