// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Base} from "../support/Base.sol";
import {LoanHandler} from "./LoanHandler.sol";

/// @title A market with a desk for loans in which everybody does anything. The numbers are those of the README.
contract LoanInvariants is Base {
    LoanHandler private _handler;

    function setUp() public {
        _handler = new LoanHandler();
        _target(address(_handler));
    }

    function invariant_MarketWithLoans() public view {
        _true(bytes(_handler.violation()).length == 0, _handler.violation());
        _handler.checkLoans();
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
    function test_EveryMoveOnLoansSucceedsSometimes() public {
        bytes4[23] memory moves = _moves();
        for (uint256 i = 0; i < 900; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("loans", i)));
            (bool success,) = address(_handler).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
            _true(success, "a move failed by itself");
            if (i % 30 == 0) invariant_MarketWithLoans();
        }
        invariant_MarketWithLoans();
        _seen("lend lendBatch cancelLoan releaseLoan settleLoan settledAsVoid compensated voidLoan freed");
        _seen("settleLoanBatch depositAtDesk withdrawFromDesk donateToDesk pauseDesk record release settle");
        afterInvariant();
    }

    /// @dev All of the loans', and those of the market that meet them in the queues and in time.
    function _moves() private view returns (bytes4[23] memory) {
        return [
            _handler.lend.selector,
            _handler.lendBatch.selector,
            _handler.cancelLoan.selector,
            _handler.releaseLoan.selector,
            _handler.settleLoan.selector,
            _handler.voidLoan.selector,
            _handler.settleLoanBatch.selector,
            _handler.giveLoan.selector,
            _handler.returnLoan.selector,
            _handler.depositAtDesk.selector,
            _handler.withdrawFromDesk.selector,
            _handler.donateToDesk.selector,
            _handler.pauseDesk.selector,
            _handler.waitForDesk.selector,
            _handler.allowDesk.selector,
            _handler.record.selector,
            _handler.release.selector,
            _handler.settle.selector,
            _handler.post.selector,
            _handler.commitElsewhere.selector,
            _handler.giveBackElsewhere.selector,
            _handler.waitForBorder.selector,
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
