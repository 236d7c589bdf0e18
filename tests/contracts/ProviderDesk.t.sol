// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IGuardedPause} from "../../contracts/interfaces/IGuardedPause.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {Deal, DealStatus, IUtilityNegotiator} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title Deals with the provider: sales firm, purchases in the queue and capped.
contract ProviderDeskTest is MarketStage {
    uint32 private constant AT = 20;
    uint64 private constant NUMBERS = uint64(1) << 62;

    function setUp() public {
        _open();
    }

    function test_AFirmSaleIsPaidAtTheIntervalsEnd() public {
        VM.prank(_person(2));
        bytes32 key = market.buyFromProvider(5, buyerMeter, AT, 1000, SELL_PRICE);
        VM.assertEq(key, market.dealKey(_person(2), _person(PROVIDER), NUMBERS + 5), "key");
        _equal(market.balanceOf(_person(2)), STAKE - 1000 * SELL_PRICE, "escrowed");
        Deal memory deal = _firm(5, 1000);
        uint256 end = registry.startOf(AT + 1);
        VM.warp(end - 1);
        _expect(abi.encodeWithSelector(IMarketTime.NotFinal.selector, uint32(0), AT, end, end - 1));
        market.settle(deal, 0);
        VM.warp(end);
        market.settle(deal, 0);
        _equal(market.balanceOf(_person(PROVIDER)), STAKE + 1000 * SELL_PRICE, "paid in full");
    }

    function test_APurchaseIsAnOrdinaryPlaceInTheQueue() public {
        _deal(1, AT, 300);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, sellerMeter, AT, uint64(300), uint64(299)));
        market.sellToProvider(5, sellerMeter, AT, 1000, BUY_PRICE, 299);
        VM.prank(_person(1));
        market.sellToProvider(5, sellerMeter, AT, 1000, BUY_PRICE, 300);
        _equal(market.balanceOf(_person(PROVIDER)), STAKE - 1000 * BUY_PRICE, "the provider's escrow");
        _equal(market.providerOpen(sellerMeter), 1000, "open");
        _export(AT, 900);
        market.settle(_purchase(5, 1000), 0);
        _equal(market.balanceOf(_person(PROVIDER)), STAKE - 600 * BUY_PRICE, "paid for 600");
        _equal(market.balanceOf(_person(1)), STAKE + 600 * BUY_PRICE, "earned");
        _equal(market.providerOpen(sellerMeter), 0, "closed");
    }

    function test_TheCapIsPerMeterAndComesBack() public {
        VM.startPrank(_person(1));
        market.sellToProvider(1, sellerMeter, AT, CAP, 0, 50_000);
        _expect(
            abi.encodeWithSelector(IUtilityNegotiator.ProviderCap.selector, sellerMeter, uint256(CAP), uint64(1), CAP)
        );
        market.sellToProvider(2, sellerMeter, AT + 1, 1, 0, 50_000);
        VM.stopPrank();
        VM.prank(_person(2));
        market.sellToProvider(2, buyerMeter, AT, CAP, 0, 50_000);

        // A release by both frees it as well
        bytes32 key = market.dealKey(_person(1), _person(PROVIDER), NUMBERS + 1);
        bytes32 digest = market.releaseDigest(key);
        market.release(_purchase(1, CAP), _signature(1, digest), _signature(PROVIDER, digest));
        _equal(market.providerOpen(sellerMeter), 0, "freed");
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.KeyUsed.selector, key, DealStatus.Released));
        market.sellToProvider(1, sellerMeter, AT, 1, 0, 50_000);
    }

    function test_AFirmSaleCanBeReleasedByBoth() public {
        VM.prank(_person(2));
        bytes32 key = market.buyFromProvider(5, buyerMeter, AT, 1000, SELL_PRICE);
        bytes32 digest = market.releaseDigest(key);
        market.release(_firm(5, 1000), _signature(PROVIDER, digest), _signature(2, digest));
        _equal(market.balanceOf(_person(2)), STAKE, "all back");
    }

    function test_Refusals() public {
        VM.startPrank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.PriceLimit.selector, AT, SELL_PRICE, SELL_PRICE - 1));
        market.buyFromProvider(5, buyerMeter, AT, 1, SELL_PRICE - 1);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.PriceLimit.selector, AT, BUY_PRICE, BUY_PRICE + 1));
        market.sellToProvider(5, buyerMeter, AT, 1, BUY_PRICE + 1, 0);
        _expect(abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, NUMBERS));
        market.buyFromProvider(NUMBERS, buyerMeter, AT, 1, SELL_PRICE);
        _expect(abi.encodeWithSelector(ISigned.NonceOutOfRange.selector, NUMBERS));
        market.sellToProvider(NUMBERS, buyerMeter, AT, 1, 0, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, sellerMeter, _person(2), _person(1)));
        market.buyFromProvider(5, sellerMeter, AT, 1, SELL_PRICE);
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(0)));
        market.buyFromProvider(5, 0, AT, 1, SELL_PRICE);
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("sellerMeter"), 0));
        market.sellToProvider(5, 0, AT, 1, 0, 0);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.ZeroAmount.selector, SELL_PRICE, uint64(0)));
        market.buyFromProvider(5, buyerMeter, AT, 0, SELL_PRICE);
        _expect(
            abi.encodeWithSelector(IUtilityNegotiator.AmountOverflow.selector, SELL_PRICE, uint64(1) << 32, uint16(1))
        );
        market.buyFromProvider(5, buyerMeter, AT, uint64(1) << 32, SELL_PRICE);
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.ProviderCap.selector, buyerMeter, uint256(0), type(uint64).max, CAP
            )
        );
        market.sellToProvider(5, buyerMeter, AT, type(uint64).max, 0, 0);
        VM.expectPartialRevert(IMarketTime.BeyondHorizon.selector);
        market.buyFromProvider(5, buyerMeter, HORIZON + 1, 1, SELL_PRICE);
        market.buyFromProvider(5, buyerMeter, AT, 1, SELL_PRICE);
        VM.expectPartialRevert(IUtilityNegotiator.KeyUsed.selector);
        market.buyFromProvider(5, buyerMeter, AT, 1, SELL_PRICE);
        uint256 gate = registry.gateOf(AT);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
        market.buyFromProvider(6, buyerMeter, AT, 1, SELL_PRICE);
        VM.stopPrank();
        VM.startPrank(_person(PROVIDER));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(PROVIDER)));
        market.buyFromProvider(6, buyerMeter, AT, 1, SELL_PRICE);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(PROVIDER)));
        market.sellToProvider(6, buyerMeter, AT, 1, 0, 0);
        VM.stopPrank();
    }

    function test_AMarketWithoutAProvider() public {
        IUtilityNegotiator bare =
            _newMarket(address(token), address(registry), address(0), ELECTRICITY, address(0), 0, 0, 0);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NoProvider.selector));
        bare.buyFromProvider(1, buyerMeter, AT, 1, 1);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NoProvider.selector));
        bare.sellToProvider(1, buyerMeter, AT, 1, 1, 1);
        _expect(abi.encodeWithSelector(IGuardedPause.NotGuardian.selector, address(this), address(0)));
        bare.pause();
    }

    function _firm(uint64 number, uint64 energy) private view returns (Deal memory) {
        return Deal(_person(PROVIDER), _person(2), NUMBERS + number, 0, buyerMeter, AT, 1, SELL_PRICE, energy);
    }

    function _purchase(uint64 number, uint64 energy) private view returns (Deal memory) {
        return Deal(_person(1), _person(PROVIDER), NUMBERS + number, sellerMeter, 0, AT, 1, BUY_PRICE, energy);
    }
}
// forge-lint: disable-end(unsafe-typecast)
