// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ISigned} from "../interfaces/ISigned.sol";

/// @title Batches: an item is a call of the contract to itself, so that one that fails changes nothing.
abstract contract Batches is ISigned {
    modifier onlySelf() {
        _requireSelf();
        _;
    }

    /// @dev What fails in item `item` of a batch must not fail for want of gas: 63/64 of what is left reach it.
    function _requireItemGas(uint256 item, uint256 most) internal view {
        uint256 required = most + most / 32;
        if (gasleft() < required) revert ItemGasTooLow(item, gasleft(), required);
    }

    function _requireSelf() private view {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
    }
}
