// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {
    Deal,
    DealStatus,
    IUtilityNegotiator,
    Move,
    Offer,
    SessionTerms
} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title Delivered = clamp(exported − position, 0, quantity); paid + refunded = escrow; final is final.
contract SettlementTest is MarketStage {
    uint32 private constant AT = 20;

    function setUp() public {
        _open();
    }

    function testFuzz_PaidAndRefundedMakeTheEscrow(uint64 ahead, uint64 energy, uint64 exported) public {
        ahead = uint64(_bound(ahead, 1, 40_000));
        energy = uint64(_bound(energy, 1, 40_000));
        exported = uint64(_bound(exported, 0, RATING));
        _deal(1, AT, ahead);
        Deal memory deal = _deal(2, AT, energy);
        uint256 seller = market.balanceOf(_person(1));
        uint256 buyer = market.balanceOf(_person(2));
        _export(AT, exported);

        // Written with signs and a clamp, where the contract compares unsigned numbers
        int256 over = int256(uint256(exported)) - int256(uint256(ahead));
        if (over < 0) over = 0;
        if (over > int256(uint256(energy))) over = int256(uint256(energy));
        uint64 delivered = uint64(uint256(over));
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.DealSettled(
            market.dealKey(_person(1), _person(2), 2),
            delivered,
            uint256(delivered) * 250,
            uint256(energy - delivered) * 250
        );
        market.settle(deal, 0);
        _equal(market.balanceOf(_person(1)) - seller, uint256(delivered) * 250, "paid");
        _equal(market.balanceOf(_person(2)) - buyer, uint256(energy - delivered) * 250, "refunded");
    }

    function test_NotBeforeTheExportIsFinal() public {
        Deal memory deal = _deal(1, AT, 100);
        _warpToEnd(AT);
        uint256 finalAt = registry.startOf(AT + 1) + WINDOW;
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT, finalAt, block.timestamp));
        market.settle(deal, 0);
        VM.warp(finalAt - 1);
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT, finalAt, finalAt - 1));
        market.settle(deal, 0);
        VM.warp(finalAt);
        market.settle(deal, 0);
        _equal(market.balanceOf(_person(2)), STAKE, "silence refunds in full");
    }

    function test_FinalIsFinal() public {
        Deal memory deal = _deal(1, AT, 100);
        bytes32 key = market.dealKey(_person(1), _person(2), 1);
        _export(AT, 100);
        market.settle(deal, 0);
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.WrongDealStatus.selector, key, DealStatus.Settled, DealStatus.Recorded
            )
        );
        market.settle(deal, 0);
    }

    function test_OnlyTheRecordedTermsSettle() public {
        Deal memory deal = _deal(1, AT, 100);
        bytes32 key = market.dealKey(_person(1), _person(2), 1);
        _export(AT, 100);
        bytes memory mismatch = abi.encodeWithSelector(ISigned.TermsMismatch.selector, key);
        deal.price += 1;
        _expect(mismatch);
        market.settle(deal, 0);
        deal.price -= 1;
        (deal.seller, deal.buyer) = (deal.buyer, deal.seller);
        _expect(mismatch);
        market.settle(deal, 0);
        (deal.seller, deal.buyer) = (deal.buyer, deal.seller);
        deal.sellerMeter = 0; // as if it were a firm sale
        _expect(mismatch);
        market.settle(deal, 0);
        deal.sellerMeter = sellerMeter;
        deal.count = 2; // a slot that is not its own
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.WrongDealStatus.selector,
                bytes32(uint256(key) + 1),
                DealStatus.None,
                DealStatus.Recorded
            )
        );
        market.settle(deal, 1);
        deal.count = 1;
        _expect(abi.encodeWithSelector(IUtilityNegotiator.IndexOutOfRange.selector, uint16(1), uint16(1)));
        market.settle(deal, 1);
        market.settle(deal, 0);
    }

    function testFuzz_DirtyCalldataIsRefused(uint8 field, uint256 bit) public {
        Deal memory deal = _deal(1, AT, 100);
        _export(AT, 100);
        bytes memory call = abi.encodeCall(market.settle, (deal, 0));
        uint256 at = 4 + 32 * _bound(field, 0, 9);
        call[at] = bytes1(uint8(call[at]) ^ uint8(uint256(1) << _bound(bit, 0, 7)));
        (bool done,) = address(market).call(call);
        _true(!done, "refused");
    }

    function test_EachIntervalOfARunSettlesForItself() public {
        SessionTerms memory terms = _terms(1, AT);
        terms.count = 3;
        Offer memory head = _head(terms, 250, 100);
        _record(head, 1, 2);
        Deal memory deal = _dealOf(head);
        _warpToEnd(AT + 2);
        registry.post(_reading(1001, sellerMeter, AT, 100));
        registry.post(_reading(1001, sellerMeter, AT + 2, 40));
        market.settle(deal, 2);
        market.settle(deal, 0);
        _equal(market.balanceOf(_person(1)), STAKE + 140 * 250, "100 and 40 delivered");
        VM.expectPartialRevert(IMarketTime.NotFinal.selector);
        market.settle(deal, 1);
        _warpToSilence(AT + 1);
        market.settle(deal, 1);
        _equal(market.balanceOf(_person(2)), STAKE - 140 * 250, "the rest came back");
    }

    function test_SettlementOrderChangesNothing() public {
        Deal[] memory deals = new Deal[](4);
        for (uint64 i = 0; i < 4; ++i) {
            deals[i] = _deal(i, AT, 100 + 10 * i);
        }
        _export(AT, 275); // 100 + 110 + 65 of the third + none of the fourth
        uint8[4][3] memory orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]];
        uint256 before = VM.snapshotState();
        for (uint256 o = 0; o < 3; ++o) {
            for (uint256 i = 0; i < 4; ++i) {
                market.settle(deals[orders[o][i]], 0);
            }
            _equal(market.balanceOf(_person(1)), STAKE + 275 * 250, "exactly what was exported");
            _equal(market.balanceOf(_person(2)), STAKE - 275 * 250, "was paid");
            VM.revertToState(before);
        }
    }

    function test_ABatchSkipsWhatFails() public {
        Deal[] memory deals = new Deal[](3);
        uint16[] memory indices = new uint16[](3);
        deals[0] = _deal(1, AT, 100);
        deals[1] = _deal(2, AT + 5, 100);
        deals[2] = _deal(3, AT, 100);
        _export(AT, 150);
        uint256 finalAt = registry.startOf(AT + 6) + WINDOW;
        VM.expectEmit(address(market));
        emit ISigned.ItemSkipped(
            1,
            market.dealKey(_person(1), _person(2), 2),
            abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT + 5, finalAt, block.timestamp)
        );
        _equal(market.settleBatch(deals, indices), 2, "two settled");
        _equal(market.balanceOf(_person(1)), STAKE + 150 * 250, "paid");
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("indices"), 2));
        market.settleBatch(deals, new uint16[](2));
    }

    function test_AReleasedDealLetsTheNextMoveUp() public {
        _deal(1, AT, 100);
        Deal memory tail = _deal(2, AT, 50);
        bytes32 digest = market.releaseDigest(market.dealKey(_person(1), _person(2), 2));
        market.release(tail, _signature(1, digest), _signature(2, digest));
        Deal memory next = _deal(3, AT, 70);
        (, uint48 position,) = market.dealSlot(market.dealKey(_person(1), _person(2), 3));
        _equal(position, 100, "in the freed place");
        _export(AT, 170);
        market.settle(next, 0);
        _equal(market.balanceOf(_person(1)), STAKE + 70 * 250, "delivered in full");
    }
}
// forge-lint: disable-end(unsafe-typecast)
