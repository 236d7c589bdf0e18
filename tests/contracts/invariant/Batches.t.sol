// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SignedReading} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {
    Deal,
    IUtilityNegotiator,
    Move,
    Offer,
    SignedAgreement
} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";

/// @title 11. Batches: an item skipped changes nothing, and too little gas is nobody's refusal.
contract Batches is MarketStage {
    struct Written {
        address account;
        bytes32 slot;
        bytes32 value;
    }

    uint32 private constant AT = 5;
    uint64 private constant ITEMS = 6;

    function setUp() public {
        _open();
    }

    /// @dev Storage after a batch with bad items in it is storage after a batch of the good ones alone, slot by slot.
    function testFuzz_SkippedItemsChangeNothing(uint256 seed) public {
        SignedAgreement[] memory all = new SignedAgreement[](ITEMS);
        uint256 good = 0;
        for (uint64 i = 0; i < ITEMS; ++i) {
            uint256 fault = (seed >> (8 * i)) % 16;
            all[i] = _item(i, fault);
            if (fault > 6) ++good;
        }
        SignedAgreement[] memory clean = new SignedAgreement[](good);
        uint256 next = 0;
        for (uint64 i = 0; i < ITEMS; ++i) {
            if ((seed >> (8 * i)) % 16 > 6) clean[next++] = all[i];
        }
        uint256 before = VM.snapshotState();
        VM.record();
        _equal(market.recordBatch(all), good, "recorded");
        Written[] memory after_ = _written();
        _true(VM.revertToState(before), "as before");
        before = VM.snapshotState();
        _equal(market.recordBatch(clean), good, "recorded alone");
        _same(after_);
    }

    function testFuzz_SkippedReadingsAndSettlements(uint256 seed) public {
        (Deal[] memory deals, uint16[] memory indices) = _twins();
        SignedReading[] memory readings = new SignedReading[](4);
        for (uint32 i = 0; i < 4; ++i) {
            readings[i] = _reading((seed >> i) % 2 == 0 ? 1001 : 77, sellerMeter, AT + i, uint64(1000 * i));
        }
        VM.warp(EPOCH + (uint256(AT) + 4) * INTERVAL);
        uint256 posted = registry.postBatch(readings);
        uint256 expected = 0;
        for (uint32 i = 0; i < 4; ++i) {
            bool good = (seed >> i) % 2 == 0;
            if (good) ++expected;
            _true(registry.slots(sellerMeter, AT + i).recorded == good, "11: a reading");
        }
        _equal(posted, expected, "posted");
        uint256 free = market.balanceOf(_person(1)) + market.balanceOf(_person(2));
        uint256 settled = market.settleBatch(deals, indices);
        // Each interval's deal stands in the list twice
        _equal(settled, expected, "11: settled");
        uint256 gained = market.balanceOf(_person(1)) + market.balanceOf(_person(2)) - free;
        _equal(gained, expected * 1500 * 250, "11: only what was settled is free again");
    }

    /// @dev With any gas: the whole batch reverts, or does exactly what it does with plenty.
    function testFuzz_GasRecording(uint256 gas, uint256 seed) public {
        SignedAgreement[] memory items = new SignedAgreement[](3);
        for (uint64 i = 0; i < 3; ++i) {
            items[i] = _item(i, (seed >> (8 * i)) % 32);
            if ((seed >> (8 * i)) % 32 > 28) items[i] = _run(i, 150);
            if ((seed >> (8 * i)) % 32 > 26) items[i] = _talkative(i, 200);
        }
        bytes memory call = abi.encodeCall(IUtilityNegotiator.recordBatch, (items));
        _anyGas(address(market), call, gas);
    }

    function testFuzz_GasSettling(uint256 gas, uint32 exported) public {
        (Deal[] memory deals, uint16[] memory indices) = _twins();
        uint64 export = uint64(_bound(exported, 0, RATING));
        for (uint32 i = 0; i < 3; ++i) {
            _export(AT + i, export);
        }
        _anyGas(address(market), abi.encodeCall(IUtilityNegotiator.settleBatch, (deals, indices)), gas);
    }

    function testFuzz_GasPosting(uint256 gas, uint32 exported) public {
        SignedReading[] memory readings = new SignedReading[](3);
        for (uint32 i = 0; i < 3; ++i) {
            uint64 export = uint64(_bound(exported, 1, RATING));
            readings[i] = _reading(i == 1 ? 77 : 1001, sellerMeter, AT + i, export);
        }
        VM.warp(EPOCH + (uint256(AT) + 4) * INTERVAL);
        _anyGas(address(registry), abi.encodeCall(registry.postBatch, (readings)), gas);
    }

    /// @dev Compares with plenty of gas; `gas` is drawn around what that took.
    function _anyGas(address target, bytes memory call, uint256 gas) private {
        uint256 before = VM.snapshotState();
        VM.record();
        (bool success, bytes memory answer) = target.call(call);
        uint256 used = VM.lastCallGas().gasTotalUsed;
        _true(success, "with plenty");
        Written[] memory after_ = _written();
        _true(VM.revertToState(before), "as before");
        gas = _bound(gas, 30_000, used + 400_000);
        (bool again, bytes memory other) = target.call{gas: gas}(call);
        if (again) {
            VM.assertEq(other, answer, "11: another outcome for want of gas");
            _same(after_);
        }
    }

    /// @dev Faults 0 to 6 are such; the others are none.
    function _item(uint64 nonce, uint256 fault) private view returns (SignedAgreement memory item) {
        Offer memory head = _head(_terms(nonce, AT), 250, 1500);
        if (fault == 1) head.move.expiry += 1;
        if (fault == 2) head.move.energy = 0;
        if (fault == 3) head.terms.sellerMeter = 99;
        // The first interval is recorded before the second is found to be too far ahead
        if (fault == 4) (head.terms.count, head.terms.maxAhead) = (3, 0);
        if (fault == 4) head.terms.interval = AT - 1;
        if (fault == 5) head.move.price = 10_000_000;
        item = _agreement(head, 1, fault == 0 ? 77 : 2);
        if (fault == 6) {
            item.earlier = new Move[](2);
        }
    }

    function _run(uint64 nonce, uint16 count) private view returns (SignedAgreement memory) {
        Offer memory head = _head(_terms(nonce, AT), 250, 10);
        head.terms.count = count;
        return _agreement(head, 1, 2);
    }

    /// @dev A long transcript, whose last hash the head does not name.
    function _talkative(uint64 nonce, uint256 moves) private view returns (SignedAgreement memory item) {
        Offer memory head = _head(_terms(nonce, AT), 250, 10);
        // forge-lint: disable-next-line(unsafe-typecast)
        head.round = uint16(moves);
        item = _agreement(head, 1, 2);
        item.earlier = new Move[](moves);
    }

    /// @dev Three deals, each in the list twice.
    function _twins() private returns (Deal[] memory deals, uint16[] memory indices) {
        deals = new Deal[](8);
        indices = new uint16[](8);
        for (uint32 i = 0; i < 4; ++i) {
            deals[2 * i] = _deal(i, AT + i, 1500);
            deals[2 * i + 1] = deals[2 * i];
        }
    }

    /// @dev What was written since `record`, with what stands there now.
    function _written() private returns (Written[] memory all) {
        address[2] memory accounts = [address(market), address(registry)];
        (, bytes32[] memory first) = VM.accesses(accounts[0]);
        (, bytes32[] memory second) = VM.accesses(accounts[1]);
        all = new Written[](first.length + second.length);
        for (uint256 i = 0; i < all.length; ++i) {
            bool inMarket = i < first.length;
            all[i].account = inMarket ? accounts[0] : accounts[1];
            all[i].slot = inMarket ? first[i] : second[i - first.length];
            all[i].value = VM.load(all[i].account, all[i].slot);
        }
    }

    function _same(Written[] memory all) private view {
        for (uint256 i = 0; i < all.length; ++i) {
            VM.assertEq(VM.load(all[i].account, all[i].slot), all[i].value, "11: a skipped item changed something");
        }
    }
}
