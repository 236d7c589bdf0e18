// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry, SignedReading} from "../../contracts/interfaces/IMeterRegistry.sol";
import {RivalMarket} from "./support/Hostile.sol";
import {Stage} from "./support/Stage.sol";

contract EnergyQueueTest is Stage {
    uint32 private constant AT = 20;

    RivalMarket private first;
    RivalMarket private second;
    uint32 private meter;

    function setUp() public {
        _stage();
        meter = _meter(1);
        first = _rival();
        second = _rival();
        _allow(1, meter, address(first));
        _allow(1, meter, address(second));
    }

    function test_PlacesFollowEachOtherUpToTheRating() public {
        _equal(first.commit(meter, _person(1), AT, 300), 0, "first place");
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Committed(meter, AT, address(second), 300, RATING - 300);
        _equal(second.commit(meter, _person(1), AT, RATING - 300), 300, "next place");
        _equal(registry.slots(meter, AT).committed, RATING, "full");
        _expect(abi.encodeWithSelector(IMeterRegistry.RatingExceeded.selector, meter, AT, uint256(RATING) + 1, RATING));
        first.commit(meter, _person(1), AT, 1);
        _expect(
            abi.encodeWithSelector(
                IMeterRegistry.RatingExceeded.selector, meter, AT, uint256(RATING) + type(uint64).max, RATING
            )
        );
        first.commit(meter, _person(1), AT, type(uint64).max);
    }

    function test_CommitRefusals() public {
        address owner = _person(1);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroQuantity.selector));
        first.commit(meter, owner, AT, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(8)));
        first.commit(8, owner, AT, 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, meter, _person(2), owner));
        first.commit(meter, _person(2), AT, 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotAllowed.selector, meter, address(this)));
        registry.commit(meter, owner, 0, address(0), ELECTRICITY, AT, 1, 0);
        uint256 horizon = block.timestamp + uint256(HORIZON) * INTERVAL;
        _expect(abi.encodeWithSelector(IMeterRegistry.BeyondHorizon.selector, HORIZON + 1, horizon, block.timestamp));
        first.commit(meter, owner, HORIZON + 1, 1);
        first.commit(meter, owner, HORIZON, 1);
        uint256 gate = registry.gateOf(AT);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.GateClosed.selector, AT, gate, gate + 1));
        first.commit(meter, owner, AT, 1);
        VM.warp(gate);
        first.commit(meter, owner, AT, 1);
    }

    function test_BuyersMeters() public {
        uint32 buyer = _meter(2);
        uint32 gas = _meter(3, 1003, address(0), 2, RATING);
        address seller = _person(1);
        _expect(abi.encodeWithSelector(IMeterRegistry.SameMeter.selector, meter));
        first.commitFor(meter, seller, meter, seller, ELECTRICITY, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        first.commitFor(meter, seller, 9, _person(2), ELECTRICITY, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, buyer, _person(3), _person(2)));
        first.commitFor(meter, seller, buyer, _person(3), ELECTRICITY, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.WrongUtility.selector, gas, uint8(2), ELECTRICITY));
        first.commitFor(meter, seller, gas, _person(3), ELECTRICITY, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.WrongUtility.selector, meter, ELECTRICITY, uint8(2)));
        first.commitFor(meter, seller, gas, _person(3), 2, AT);
        VM.prank(_person(2));
        registry.retire(buyer, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, buyer, AT, AT));
        first.commitFor(meter, seller, buyer, _person(2), ELECTRICITY, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, buyer, AT, AT));
        registry.checkBuyer(buyer, _person(2), ELECTRICITY, AT);
        first.commitFor(meter, seller, buyer, _person(2), ELECTRICITY, AT - 1);
    }

    function test_RetiredAndFrozenMetersCommitNoMore() public {
        VM.prank(_person(1));
        registry.retire(meter, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, meter, AT, AT));
        first.commit(meter, _person(1), AT, 1);
        SignedReading memory a = _reading(1001, meter, 3, 1);
        SignedReading memory b = _reading(1001, meter, 3, 2);
        registry.proveConflict(a.reading, a.r, a.vs, b.reading, b.r, b.vs);
        _expect(abi.encodeWithSelector(IMeterRegistry.FrozenMeter.selector, meter));
        first.commit(meter, _person(1), AT - 1, 1);
    }

    function test_BehindInTheQueue() public {
        first.commit(meter, _person(1), AT, 100);
        VM.prank(address(first));
        _expect(abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, meter, AT, uint64(100), uint64(99)));
        registry.commit(meter, _person(1), 0, address(0), ELECTRICITY, AT, 1, 99);
        VM.prank(address(first));
        _equal(registry.commit(meter, _person(1), 0, address(0), ELECTRICITY, AT, 1, 100), 100, "just in");
    }

    function test_OnlyTheTailGoesBackAndOnlyToItsMarket() public {
        address owner = _person(1);
        first.commit(meter, owner, AT, 100);
        first.commit(meter, owner, AT, 50);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotQueueTail.selector, meter, AT, uint256(100), uint64(150)));
        first.uncommit(meter, AT, 0, 100);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, meter, AT, address(second)));
        second.uncommit(meter, AT, 100, 50);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroQuantity.selector));
        first.uncommit(meter, AT, 150, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotListed.selector, address(this)));
        registry.uncommit(meter, AT, 100, 50);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Uncommitted(meter, AT, address(first), 50);
        first.uncommit(meter, AT, 100, 50);

        // The second market stands behind the first: neither can give back the other's place
        second.commit(meter, owner, AT, 20);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, meter, AT, address(first)));
        first.uncommit(meter, AT, 100, 20);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, meter, AT, address(second)));
        second.uncommit(meter, AT, 90, 30);
        second.uncommit(meter, AT, 100, 20);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotPlaceHolder.selector, meter, AT, address(second)));
        second.uncommit(meter, AT, 0, 100);
        _equal(registry.slots(meter, AT).committed, 100, "the first's place stands");

        uint256 gate = registry.gateOf(AT);
        second.commit(meter, owner, AT, 20);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.GateClosed.selector, AT, gate, gate + 1));
        second.uncommit(meter, AT, 100, 20);
    }

    function test_StoppedMarketsStillGiveBack() public {
        first.commit(meter, _person(1), AT, 100);
        VM.prank(_person(1));
        registry.allowMarket(meter, address(first), false);
        first.uncommit(meter, AT, 0, 100);
        _equal(registry.slots(meter, AT).committed, 0, "given back");
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotAllowed.selector, meter, address(first)));
        first.commit(meter, _person(1), AT, 100);
    }

    /// @dev A reading does not disturb the queue in the same slot, nor the queue the reading.
    function testFuzz_OneSlotHoldsBoth(uint32 promised, uint32 exported) public {
        uint64 quantity = uint64(_bound(promised, 1, RATING));
        uint64 reading = uint64(_bound(exported, 0, RATING));
        first.commit(meter, _person(1), AT, quantity);
        _warpToEnd(AT);
        registry.post(_reading(1001, meter, AT, reading));
        _equal(registry.slots(meter, AT).committed, quantity, "queue");
        _equal(registry.slots(meter, AT).exported, reading, "reading");
        _true(registry.slots(meter, AT).recorded, "recorded");
    }

    function _rival() private returns (RivalMarket market) {
        market = new RivalMarket(registry);
        VM.prank(REGISTRAR);
        registry.listMarket(address(market));
    }
}
