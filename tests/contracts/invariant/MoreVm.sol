// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The cheatcodes that only these tests use.
interface MoreVm {
    /// @dev The compiler reads `block.timestamp` and `block.chainid` once per call, whatever is warped in between.
    function getBlockTimestamp() external view returns (uint256);
    function getChainId() external view returns (uint256);
}
