// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMarketTime} from "../../../contracts/interfaces/IMarketTime.sol";
import {Deal, DealStatus, IUtilityNegotiator, Move, Offer} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";

/// @title What is delivered and paid, to the last unit, in any order, and at the borders of the types.
contract Settlement is MarketStage {
    uint32 private constant AT = 5;
    uint256 private constant MOST = (1 << 63) - 1;

    function setUp() public {
        _open();
    }

    /// @dev Five deals stand in one queue. Each gets the part of its own place that lies below the export.
    function testFuzz_Clamp(uint16[5] calldata energies, uint32 exported) public {
        (Deal[] memory deals, uint256 queued) = _queue(energies);
        uint64 export = uint64(_bound(exported, 0, queued + 10));
        _export(AT, export);
        uint256 position = 0;
        uint256 left = export;
        for (uint256 i = 0; i < deals.length; ++i) {
            // Poured in at the front, the export fills one place after another
            uint256 counts = left < deals[i].energy ? left : deals[i].energy;
            left -= counts;
            _settleAndCheck(deals[i], counts);
            position += deals[i].energy;
        }
        _equal(position, queued, "the queue");
    }

    /// @dev 7. Any order, singly or in a batch, with items twice: the same balances and slots.
    function testFuzz_OrderChangesNothing(uint16[5] calldata energies, uint32 exported, uint256 order) public {
        (Deal[] memory deals, uint256 queued) = _queue(energies);
        _export(AT, uint64(_bound(exported, 0, queued)));
        uint256 before = VM.snapshotState();
        for (uint256 i = 0; i < deals.length; ++i) {
            market.settle(deals[i], 0);
        }
        bytes32 inOrder = _outcome(deals);
        _true(VM.revertToState(before), "as before");
        Deal[] memory shuffled = new Deal[](deals.length + 2);
        for (uint256 i = 0; i < deals.length; ++i) {
            uint256 j = uint256(keccak256(abi.encode(order, i))) % (i + 1);
            shuffled[i] = shuffled[j];
            shuffled[j] = deals[i];
        }
        shuffled[deals.length] = deals[order % deals.length];
        shuffled[deals.length + 1] = deals[0];
        if (order % 2 == 0) {
            for (uint256 i = 0; i < deals.length; ++i) {
                market.settle(shuffled[i], 0);
            }
        } else {
            uint256 settled = market.settleBatch(shuffled, new uint16[](shuffled.length));
            _equal(settled, deals.length, "each once");
        }
        VM.assertEq(_outcome(deals), inOrder, "7: the order mattered");
    }

    /// @dev 8. What is final is known at one second: silence ends at end + WINDOW, a firm sale at the end.
    function testFuzz_Silence(uint64 time) public {
        Deal memory deal = _deal(1, AT, 1000);
        VM.prank(_person(2));
        market.buyFromProvider(1, buyerMeter, AT, 1000, SELL_PRICE);
        Deal memory firm = deal;
        uint256 end = EPOCH + (uint256(AT) + 1) * INTERVAL;
        uint256 at = _bound(time, end - 2, end + WINDOW + 1);
        if (time % 4 == 0) at = end + WINDOW - (time / 4) % 2;
        if (time % 4 == 1) at = end - (time / 4) % 2;
        VM.warp(at);
        if (at < end + WINDOW) {
            _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, sellerMeter, AT, end + WINDOW, at));
        }
        market.settle(deal, 0);
        firm.seller = _person(PROVIDER);
        firm.nonce = (1 << 62) + 1;
        firm.sellerMeter = 0;
        firm.price = SELL_PRICE;
        if (at < end) _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, uint32(0), AT, end, at));
        market.settle(firm, 0);
    }

    /// @dev Amounts from nothing to beyond the types: refused by name, or exact to the unit.
    function testFuzz_Borders(uint64 price, uint64 energy, uint16 count, uint64 exported, uint8 corner) public {
        uint32 wide = _meter(5, 1005, address(0), ELECTRICITY, type(uint32).max);
        _allow(5, wide, address(market));
        _deposit(2, MOST);
        (price, energy, count) = _corner(price, energy, count, corner);
        Offer memory head = _head(_terms(1, AT), price, energy);
        head.terms.seller = _person(5);
        head.terms.sellerMeter = wide;
        head.terms.count = count;
        bytes32 digest = market.offerDigest(head);
        uint256 escrow = uint256(price) * energy * count;
        uint256 before = market.balanceOf(_person(2));
        if (escrow == 0) {
            _expect(abi.encodeWithSelector(IUtilityNegotiator.ZeroAmount.selector, price, energy));
        } else if (escrow > MOST || energy > type(uint32).max) {
            _expect(abi.encodeWithSelector(IUtilityNegotiator.AmountOverflow.selector, price, energy, count));
        }
        _submit(head, digest);
        if (escrow == 0 || escrow > MOST || energy > type(uint32).max) {
            _equal(market.balanceOf(_person(2)), before, "refused at no cost");
            return;
        }
        _equal(before - market.balanceOf(_person(2)), escrow, "escrow");
        _settleRun(head, wide, exported % (uint64(type(uint32).max) + 1));
        uint256 counts = exported % (uint64(type(uint32).max) + 1);
        if (counts > energy) counts = energy;
        _equal(market.balanceOf(_person(5)), counts * price * count, "paid");
        _equal(market.balanceOf(_person(2)), before - counts * price * count, "refunded");
    }

    function _settleRun(Offer memory head, uint32 wide, uint64 exported) private {
        for (uint16 i = 0; i < head.terms.count; ++i) {
            _warpToEnd(AT + i);
            registry.post(_reading(1005, wide, AT + i, exported));
            market.settle(_dealOf(head), i);
        }
    }

    function _submit(Offer memory head, bytes32 digest) private {
        market.recordSigned(head, new Move[](0), _signature(5, digest), _signature(2, digest));
    }

    /// @dev Half of the time the product is at the border, or one more.
    function _corner(uint64 price, uint64 energy, uint16 count, uint8 corner)
        private
        pure
        returns (uint64, uint64, uint16)
    {
        count = uint16(_bound(count, 1, 3));
        if (corner % 6 == 0) energy = type(uint32).max;
        if (corner % 6 == 1) energy = uint64(type(uint32).max) + 1;
        if (corner % 6 == 2) energy = uint64(_bound(energy, 0, 1));
        if (corner % 6 > 2) energy = uint64(_bound(energy, 1, type(uint32).max));
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 border = uint64(MOST / (uint256(energy == 0 ? 1 : energy) * count));
        if (corner % 4 == 0) price = border;
        if (corner % 4 == 1) price = border + 1;
        if (corner % 4 == 2) price = uint64(_bound(price, 0, border));
        return (price, energy, count);
    }

    function _settleAndCheck(Deal memory deal, uint256 counts) private {
        uint256 paid = counts * deal.price;
        uint256 refunded = deal.energy * deal.price - paid;
        uint256 seller = market.balanceOf(deal.seller);
        uint256 buyer = market.balanceOf(deal.buyer);
        bytes32 key = market.dealKey(deal.seller, deal.buyer, deal.nonce);
        VM.expectEmit(address(market));
        // forge-lint: disable-next-line(unsafe-typecast)
        emit IUtilityNegotiator.DealSettled(key, uint64(counts), paid, refunded);
        market.settle(deal, 0);
        _equal(market.balanceOf(deal.seller) - seller, paid, "paid");
        _equal(market.balanceOf(deal.buyer) - buyer, refunded, "refunded");
    }

    /// @dev Five deals of person 1 with person 2, in both directions of opening, at five prices.
    function _queue(uint16[5] calldata energies) private returns (Deal[] memory deals, uint256 queued) {
        deals = new Deal[](5);
        for (uint64 i = 0; i < 5; ++i) {
            uint64 energy = uint64(_bound(energies[i], 1, RATING / 5));
            Offer memory head = _head(_terms(i, AT), 100 + 37 * i, energy);
            head.terms.maxAhead = RATING;
            _record(head, 1, 2);
            deals[i] = _dealOf(head);
            queued += energy;
        }
    }

    function _outcome(Deal[] memory deals) private view returns (bytes32 hash) {
        hash = keccak256(abi.encode(market.balanceOf(_person(1)), market.balanceOf(_person(2))));
        for (uint256 i = 0; i < deals.length; ++i) {
            bytes32 key = market.dealKey(deals[i].seller, deals[i].buyer, deals[i].nonce);
            (DealStatus status, uint48 position, bytes25 terms) = market.dealSlot(key);
            hash = keccak256(abi.encode(hash, status, position, terms));
        }
    }
}
