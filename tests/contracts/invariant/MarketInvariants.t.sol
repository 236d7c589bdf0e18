// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Base} from "../support/Base.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @title A market in which everybody does anything. The numbers in the messages are those of the README.
contract MarketInvariants is Base {
    MarketHandler private _handler;

    function setUp() public {
        _handler = new MarketHandler();
        _target(address(_handler));
    }

    /// @dev One function, since each is a campaign of its own: the rules are looked at together after every call.
    function invariant_Market() public view {
        _true(bytes(_handler.violation()).length == 0, _handler.violation());
        _handler.checkMoney();
        _handler.checkQueues();
        _handler.checkSlots();
    }

    /// @dev At the end of every run.
    function afterInvariant() public {
        _handler.finish();
        _true(bytes(_handler.violation()).length == 0, _handler.violation());
    }

    /// @dev A campaign proves nothing about moves that never succeed: one long run meets each of them.
    function test_EveryMoveSucceedsSometimes() public {
        bytes4[30] memory moves = _moves();
        for (uint256 i = 0; i < 900; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("moves", i)));
            (bool success,) = address(_handler).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
            _true(success, "a move failed by itself");
            if (i % 30 == 0) invariant_Market();
        }
        invariant_Market();
        _seen("record recordBatch skipped cancel release settle settleBatch partly buyFromProvider sellToProvider");
        _seen("open join offer accept withdrawFrom expire deposit withdraw donate pause");
        _seen("post postBatch proveConflict retire commitElsewhere giveBackElsewhere");
        afterInvariant();
    }

    function _moves() private view returns (bytes4[30] memory) {
        return [
            _handler.record.selector,
            _handler.recordBatch.selector,
            _handler.cancel.selector,
            _handler.release.selector,
            _handler.settle.selector,
            _handler.deliver.selector,
            _handler.settleBatch.selector,
            _handler.buyFromProvider.selector,
            _handler.sellToProvider.selector,
            _handler.open.selector,
            _handler.bargain.selector,
            _handler.join.selector,
            _handler.offer.selector,
            _handler.accept.selector,
            _handler.withdrawFrom.selector,
            _handler.expire.selector,
            _handler.post.selector,
            _handler.postBatch.selector,
            _handler.proveConflict.selector,
            _handler.retire.selector,
            _handler.allow.selector,
            _handler.commitElsewhere.selector,
            _handler.giveBackElsewhere.selector,
            _handler.deposit.selector,
            _handler.withdraw.selector,
            _handler.donate.selector,
            _handler.pause.selector,
            _handler.waitForBorder.selector,
            _handler.waitForDelivery.selector,
            _handler.wait.selector
        ];
    }

    /// @dev Each of the words was done.
    function _seen(string memory words) private view {
        bytes memory all = bytes(words);
        uint256 start = 0;
        for (uint256 i = 0; i <= all.length; ++i) {
            if (i < all.length && all[i] != " ") continue;
            bytes memory word = new bytes(i - start);
            for (uint256 j = start; j < i; ++j) {
                word[j - start] = all[j];
            }
            _true(_handler.done(string(word)) != 0, string.concat("never done: ", string(word)));
            start = i + 1;
        }
    }
}
