// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What every part of a market says of an argument that breaks a rule.
interface IParameters {
    error InvalidParameter(bytes32 name, uint256 value);
    error ZeroAddress(bytes32 name);
}
