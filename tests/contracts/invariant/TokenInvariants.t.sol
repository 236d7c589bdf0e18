// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Base} from "../support/Base.sol";
import {TokenHandler} from "./TokenHandler.sol";

/// @title The currency is backed, whatever is bought, redeemed, given, forced in or redeemed in a redemption.
contract TokenInvariants is Base {
    TokenHandler private _handler;

    function setUp() public {
        _handler = new TokenHandler();
        _target(address(_handler));
    }

    function invariant_Backed() public view {
        _handler.check();
    }
}
