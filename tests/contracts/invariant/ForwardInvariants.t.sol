// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Base} from "../support/Base.sol";
import {ForwardHandler} from "./ForwardHandler.sol";

/// @title A desk for forward contracts at which everybody does anything. The numbers are those of the README.
contract ForwardInvariants is Base {
    ForwardHandler private _handler;

    function setUp() public {
        _handler = new ForwardHandler();
        _target(address(_handler));
    }

    function invariant_ForwardContracts() public view {
        _true(bytes(_handler.violation()).length == 0, _handler.violation());
        _handler.check();
    }

    /// @dev At the end of every run.
    function afterInvariant() public {
        _handler.finish();
        _true(bytes(_handler.violation()).length == 0, _handler.violation());
    }

    /// @dev A campaign proves nothing about moves that never succeed: long runs meet each of them.
    function test_EveryMoveOnForwardContractsSucceedsSometimes() public {
        string[13] memory words = [
            "sign",
            "join",
            "post",
            "bill",
            "billBatch",
            "exit",
            "exitBefore",
            "close",
            "withdraw",
            "donate",
            "pause",
            "exhausted",
            "fedIn"
        ];
        uint256[13] memory seen;
        bytes4[11] memory moves = _moves();
        for (uint256 run = 0; run < 8; ++run) {
            setUp();
            for (uint256 i = 0; i < 400; ++i) {
                uint256 seed = uint256(keccak256(abi.encode("forward", run, i)));
                (bool success,) = address(_handler).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
                _true(success, "a move failed by itself");
                if (i % 20 == 0) invariant_ForwardContracts();
            }
            invariant_ForwardContracts();
            for (uint256 i = 0; i < words.length; ++i) {
                seen[i] += _handler.done(words[i]);
            }
            afterInvariant();
        }
        for (uint256 i = 0; i < words.length; ++i) {
            _true(seen[i] != 0, string.concat("never done: ", words[i]));
        }
    }

    function _moves() private view returns (bytes4[11] memory) {
        return [
            _handler.sign.selector,
            _handler.join.selector,
            _handler.post.selector,
            _handler.bill.selector,
            _handler.billBatch.selector,
            _handler.exit.selector,
            _handler.close.selector,
            _handler.withdraw.selector,
            _handler.donate.selector,
            _handler.pause.selector,
            _handler.wait.selector
        ];
    }
}
