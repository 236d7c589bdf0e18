// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMeterRegistry, Supply} from "../../contracts/interfaces/IMeterRegistry.sol";
import {Stage} from "./support/Stage.sol";

/// @title What keeps a meter from trading: a market that supplies it, or another meter that it is behind.
contract SuppliesTest is Stage {
    address private constant MARKET = address(0x3A2);
    address private constant OTHER = address(0x3A3);
    /// @dev First interval beyond the horizon at the start, which is ten seconds into interval 0.
    uint32 private constant BEYOND = HORIZON + 1;
    uint64 private constant ANY = type(uint64).max;

    uint32 private meter;
    uint32 private buyer;

    function setUp() public {
        _stage();
        (meter, buyer) = (_meter(1), _meter(2));
        VM.startPrank(REGISTRAR);
        registry.listMarket(MARKET);
        registry.listMarket(OTHER);
        VM.stopPrank();
        _allow(1, meter, MARKET);
        _allow(1, meter, OTHER);
        _allow(2, buyer, OTHER);
        _allow(2, buyer, MARKET);
    }

    // Supply

    function test_ASuppliedMeterNeitherSellsNorBuys() public {
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Supplied(meter, MARKET, BEYOND, BEYOND + 10);
        _supply(BEYOND, BEYOND + 10);
        Supply[2] memory supplies = registry.suppliesOf(meter);
        _true(supplies[0].market == MARKET && supplies[1].market == address(0), "one supply");
        _true(supplies[0].from == BEYOND && supplies[0].to == BEYOND + 10, "its times");
        VM.warp(registry.startOf(12));
        _commit(meter, 1, BEYOND - 1);
        for (uint32 i = BEYOND; i < BEYOND + 10; i += 9) {
            bytes memory supplied = abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, i, MARKET);
            _expect(supplied);
            _commit(meter, 1, i);
            _expect(supplied);
            _buy(i);
            _expect(supplied);
            registry.checkBuyer(meter, _person(1), ELECTRICITY, i);
        }
        _commit(meter, 1, BEYOND + 10);
        _buy(BEYOND + 10);
        registry.checkBuyer(meter, _person(1), ELECTRICITY, BEYOND - 1);
    }

    function test_RefusalsOfSupplyInTheirOrder() public {
        VM.startPrank(address(0xBAD));
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registry.supply(9, _person(2), 2, 5, 5);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, meter, _person(2), _person(1)));
        registry.supply(meter, _person(2), 2, 5, 5);
        _expect(abi.encodeWithSelector(IMeterRegistry.WrongUtility.selector, meter, ELECTRICITY, uint8(2)));
        registry.supply(meter, _person(1), 2, 5, 5);
        VM.stopPrank();
        VM.prank(_person(1));
        registry.retire(meter, BEYOND + 50);
        VM.startPrank(address(0xBAD));
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, meter, BEYOND + 50, BEYOND + 50));
        registry.supply(meter, _person(1), ELECTRICITY, BEYOND + 50, 5);
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotAllowed.selector, meter, address(0xBAD)));
        registry.supply(meter, _person(1), ELECTRICITY, 5, 5);
        VM.stopPrank();
        _expect(abi.encodeWithSelector(IMeterRegistry.EmptySupply.selector, meter, uint32(5), uint32(5)));
        _supply(5, 5);
        uint256 horizon = block.timestamp + uint256(HORIZON) * INTERVAL;
        _expect(abi.encodeWithSelector(IMeterRegistry.SupplyTooSoon.selector, meter, BEYOND - 1, horizon));
        _supply(BEYOND - 1, BEYOND);
        VM.prank(_person(1));
        registry.aggregate(meter, buyer);
        _expect(abi.encodeWithSelector(IMeterRegistry.AggregatedMeter.selector, meter, buyer, BEYOND));
        _supply(BEYOND, BEYOND + 1);
    }

    /// @dev At its very second the horizon still takes deals, so no supply begins there.
    function test_TheHorizonItselfIsTooSoon() public {
        VM.warp(EPOCH);
        _expect(
            abi.encodeWithSelector(IMeterRegistry.SupplyTooSoon.selector, meter, HORIZON, registry.startOf(HORIZON))
        );
        _supply(HORIZON, HORIZON + 1);
        _supply(HORIZON + 1, HORIZON + 2);
    }

    /// @dev One that runs, and one that follows it: a contract is renewed without a gap.
    function test_TwoSuppliesAndNoThird() public {
        _supply(BEYOND, BEYOND + 10);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 9, MARKET));
        _supply(BEYOND + 9, BEYOND + 20);
        VM.prank(OTHER);
        registry.supply(meter, _person(1), ELECTRICITY, BEYOND + 10, BEYOND + 300);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 299, OTHER));
        _supply(BEYOND + 299, BEYOND + 301);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 300, OTHER));
        _supply(BEYOND + 300, BEYOND + 301);
        // Both are looked at
        VM.warp(registry.startOf(20));
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 9, MARKET));
        _commit(meter, 1, BEYOND + 9);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 10, OTHER));
        _commit(meter, 1, BEYOND + 10);
        // The first is over when its last interval has ended, not a second before
        VM.warp(registry.startOf(BEYOND + 10) - 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 300, OTHER));
        _supply(BEYOND + 300, BEYOND + 301);
        VM.warp(registry.startOf(BEYOND + 10));
        _supply(BEYOND + 300, BEYOND + 301);
        Supply[2] memory supplies = registry.suppliesOf(meter);
        _true(supplies[0].market == OTHER && supplies[1].market == MARKET, "the running one and the next");
        VM.warp(registry.startOf(BEYOND + 301));
        _supply(2 * BEYOND + 301, 2 * BEYOND + 302);
        supplies = registry.suppliesOf(meter);
        _true(supplies[0].from == 2 * BEYOND + 301 && supplies[1].market == address(0), "both are over");
    }

    function test_EndingASupply() public {
        _supply(BEYOND, BEYOND + 10);
        VM.prank(OTHER);
        registry.supply(meter, _person(1), ELECTRICITY, BEYOND + 10, BEYOND + 20);
        VM.startPrank(MARKET);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotSupplier.selector, meter, MARKET, address(0)));
        registry.endSupply(meter, BEYOND + 1, BEYOND + 5);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotSupplier.selector, meter, MARKET, OTHER));
        registry.endSupply(meter, BEYOND + 10, BEYOND + 11);
        _expect(abi.encodeWithSelector(IMeterRegistry.EmptySupply.selector, meter, BEYOND + 10, BEYOND + 11));
        registry.endSupply(meter, BEYOND, BEYOND + 11);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.SupplyEnded(meter, MARKET, BEYOND, BEYOND + 4);
        registry.endSupply(meter, BEYOND, BEYOND + 4);
        VM.stopPrank();
        VM.warp(registry.startOf(12));
        _commit(meter, 1, BEYOND + 4);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 3, MARKET));
        _commit(meter, 1, BEYOND + 3);
        // Ended where it begins it is none, and the other takes its place
        VM.prank(MARKET);
        registry.endSupply(meter, BEYOND, BEYOND);
        Supply[2] memory supplies = registry.suppliesOf(meter);
        _true(supplies[0].market == OTHER && supplies[1].market == address(0), "the other is left");
        _commit(meter, 1, BEYOND + 3);
        VM.prank(OTHER);
        registry.endSupply(meter, BEYOND + 10, 0);
        supplies = registry.suppliesOf(meter);
        _true(supplies[0].market == address(0), "none is left");
        _commit(meter, 1, BEYOND + 10);
    }

    /// @dev The second can be ended while the first stands.
    function test_EndingTheSecond() public {
        _supply(BEYOND, BEYOND + 10);
        _supply(BEYOND + 10, BEYOND + 20);
        VM.startPrank(MARKET);
        registry.endSupply(meter, BEYOND + 10, BEYOND + 15);
        _equal(registry.suppliesOf(meter)[1].to, BEYOND + 15, "shortened");
        registry.endSupply(meter, BEYOND + 10, BEYOND + 10);
        VM.stopPrank();
        Supply[2] memory supplies = registry.suppliesOf(meter);
        _true(supplies[0].to == BEYOND + 10 && supplies[1].market == address(0), "the first is left");
    }

    // Behind another meter

    function test_AMeterBehindAnotherSellsNothing() public {
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Aggregated(meter, buyer, BEYOND);
        VM.prank(_person(1));
        registry.aggregate(meter, buyer);
        (uint32 into, uint32 from) = registry.aggregateOf(meter);
        _true(into == buyer && from == BEYOND, "behind whom, from when");
        VM.warp(registry.startOf(12));
        _commit(meter, 1, BEYOND - 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.AggregatedMeter.selector, meter, buyer, BEYOND));
        _commit(meter, 1, BEYOND);
        // It still buys, and the other sells for it
        registry.checkBuyer(meter, _person(1), ELECTRICITY, BEYOND);
        _commit(buyer, 2, BEYOND);
    }

    function test_RefusalsOfAggregationInTheirOrder() public {
        uint32 gas = _meter(3, 1003, address(0), 2, RATING);
        uint32 fourth = _meter(4);
        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registry.aggregate(9, 9);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, buyer, _person(1), _person(2)));
        registry.aggregate(buyer, buyer);
        _expect(abi.encodeWithSelector(IMeterRegistry.SameMeter.selector, meter));
        registry.aggregate(meter, meter);
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registry.aggregate(meter, 9);
        _expect(abi.encodeWithSelector(IMeterRegistry.WrongUtility.selector, gas, uint8(2), ELECTRICITY));
        registry.aggregate(meter, gas);
        registry.aggregate(meter, buyer);
        _expect(abi.encodeWithSelector(IMeterRegistry.AggregatedMeter.selector, meter, buyer, BEYOND));
        registry.aggregate(meter, fourth);
        VM.stopPrank();
        VM.prank(_person(4));
        _expect(abi.encodeWithSelector(IMeterRegistry.AggregatedMeter.selector, meter, buyer, BEYOND));
        registry.aggregate(fourth, meter);
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IMeterRegistry.HasSubmeters.selector, buyer));
        registry.aggregate(buyer, fourth);
    }

    /// @dev A supplied meter's bill would otherwise count what another sells.
    function test_ASuppliedMeterGoesBehindNone() public {
        uint32 fourth = _meter(4);
        _supply(BEYOND + 5, BEYOND + 6);
        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND, MARKET));
        registry.aggregate(meter, fourth);
        VM.warp(registry.startOf(6) - 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.SuppliedMeter.selector, meter, BEYOND + 5, MARKET));
        registry.aggregate(meter, fourth);
        VM.warp(registry.startOf(6));
        registry.aggregate(meter, fourth);
        VM.stopPrank();
    }

    /// @dev Before the epoch has come near, the first interval is beyond the horizon.
    function test_AggregationBeforeTheEpoch() public {
        VM.warp(EPOCH - uint256(HORIZON) * INTERVAL - 1);
        VM.prank(_person(1));
        registry.aggregate(meter, buyer);
        (, uint32 from) = registry.aggregateOf(meter);
        _equal(from, 0, "from the first on");
    }

    function _supply(uint32 from, uint32 to) private {
        VM.prank(MARKET);
        registry.supply(meter, _person(1), ELECTRICITY, from, to);
    }

    function _commit(uint32 seller, uint256 owner, uint32 interval) private {
        VM.prank(OTHER);
        registry.commit(seller, _person(owner), 0, address(0), ELECTRICITY, interval, 1, ANY);
    }

    /// @dev Person 1 buys from person 2.
    function _buy(uint32 interval) private {
        VM.prank(OTHER);
        registry.commit(buyer, _person(2), meter, _person(1), ELECTRICITY, interval, 1, ANY);
    }
}
