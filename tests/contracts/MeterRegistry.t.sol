// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMeterRegistry, Meter, Reading, SignedReading} from "../../contracts/interfaces/IMeterRegistry.sol";
import {Stage} from "./support/Stage.sol";

contract MeterRegistryTest is Stage {
    uint32 private constant AT = 20;
    uint256 private constant KEY = 1001;
    address private constant MARKET = address(0x3A2);

    uint32 private meter;

    function setUp() public {
        _stage();
        meter = _meter(1);
        VM.prank(REGISTRAR);
        registry.listMarket(MARKET);
    }

    // Construction and time

    function test_ConstructorRefusesWhatBreaksTime() public {
        _expectParameter("interval", 1);
        _newRegistry(EPOCH, 1, GATE, HORIZON, WINDOW, REGISTRAR);
        _expectParameter("window", 0);
        _newRegistry(EPOCH, INTERVAL, GATE, HORIZON, 0, REGISTRAR);
        _expectParameter("epoch", 0);
        _newRegistry(0, INTERVAL, 0, HORIZON, WINDOW, REGISTRAR);
        _expectParameter("epoch", 299);
        _newRegistry(299, INTERVAL, 300, HORIZON, WINDOW, REGISTRAR);
        _expectParameter("horizon", 0);
        _newRegistry(EPOCH, INTERVAL, 0, 0, WINDOW, REGISTRAR);
        _expectParameter("horizon", 1);
        _newRegistry(EPOCH, INTERVAL, 901, 1, WINDOW, REGISTRAR);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroAddress.selector, bytes32("registrar")));
        _newRegistry(EPOCH, INTERVAL, GATE, HORIZON, WINDOW, address(0));
    }

    function testFuzz_IntervalsFollowEachOther(uint32 interval) public view {
        _equal(registry.startOf(interval), EPOCH + uint256(interval) * 900, "starts");
        _equal(registry.gateOf(interval), EPOCH + uint256(interval) * 900 - 300, "gates");
    }

    // Markets and meters

    function test_OnlyTheRegistrarListsMarketsOnce() public {
        _expect(abi.encodeWithSelector(IMeterRegistry.NotRegistrar.selector, address(this), REGISTRAR));
        registry.listMarket(address(1));
        VM.prank(REGISTRAR);
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketAlreadyListed.selector, MARKET));
        registry.listMarket(MARKET);
        VM.prank(REGISTRAR);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroAddress.selector, bytes32("market")));
        registry.listMarket(address(0));
        _equal(registry.markets().length, 1, "one market");
        _true(registry.markets()[0] == MARKET, "the market");
    }

    function test_RegistersAMeter() public view {
        Meter memory m = registry.meters(meter);
        _equal(meter, 1, "ids count from one");
        _equal(registry.meterCount(), 1, "one meter");
        _true(m.owner == _person(1) && m.key == VM.addr(KEY) && m.attester == address(0), "who");
        _true(m.utility == ELECTRICITY && m.rating == RATING && !m.frozen, "what");
        _equal(m.retiredFrom, type(uint32).max, "it serves");
    }

    function test_RegistrationRefusals() public {
        address owner = _person(5);
        address key = VM.addr(2000);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotRegistrar.selector, address(this), REGISTRAR));
        registry.register(owner, key, address(0), 1, 1, 0, 0);
        VM.startPrank(REGISTRAR);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroAddress.selector, bytes32("owner")));
        registry.register(address(0), key, address(0), 1, 1, 0, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.ZeroAddress.selector, bytes32("key")));
        registry.register(owner, address(0), address(0), 1, 1, 0, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.KeyIsOwner.selector, owner));
        registry.register(owner, owner, address(0), 1, 1, 0, 0);
        _expectParameter("attester", uint160(key));
        registry.register(owner, key, key, 1, 1, 0, 0);
        _expectParameter("rating", 0);
        registry.register(owner, key, address(0), 1, 0, 0, 0);
        _expect(abi.encodeWithSelector(IMeterRegistry.KeyInUse.selector, VM.addr(KEY), meter));
        registry.register(owner, VM.addr(KEY), address(0), 1, 1, 0, 0);
        // The device signed for another rating: what is registered is not what it agreed to
        (bytes32 r, bytes32 vs) = VM.signCompact(2000, _registrationDigest(address(registry), owner, address(0), 1, 9));
        VM.expectPartialRevert(IMeterRegistry.BadMeterSignature.selector);
        registry.register(owner, key, address(0), 1, 10, r, vs);
        _equal(registry.register(owner, key, address(0), 1, 9, r, vs), 2, "as it agreed");
        VM.stopPrank();
    }

    function test_OnlyTheOwnerAllowsAListedMarket() public {
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registry.allowMarket(9, MARKET, true);
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, meter, address(this), _person(1)));
        registry.allowMarket(meter, MARKET, true);
        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(IMeterRegistry.MarketNotListed.selector, address(7)));
        registry.allowMarket(meter, address(7), true);
        registry.allowMarket(meter, MARKET, true);
        _true(registry.marketAllowed(meter, MARKET), "allowed");
        registry.allowMarket(meter, MARKET, false);
        _true(!registry.marketAllowed(meter, MARKET), "stopped");
        VM.stopPrank();
    }

    function test_RetiresBeforeAGateAndNeverLater() public {
        VM.startPrank(_person(1));
        VM.warp(registry.gateOf(AT));
        registry.retire(meter, AT);
        _equal(registry.meters(meter).retiredFrom, AT, "at the gate it can still be done");
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, meter, AT, AT));
        registry.retire(meter, AT);
        _expect(abi.encodeWithSelector(IMeterRegistry.RetiredMeter.selector, meter, AT + 1, AT));
        registry.retire(meter, AT + 1);
        uint256 gate = registry.gateOf(AT - 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.GateClosed.selector, AT - 1, gate, block.timestamp));
        registry.retire(meter, AT - 1);
        VM.stopPrank();
    }

    // Readings

    function test_ReadingsAreTakenFromTheEndAndBeforeTheWindowCloses() public {
        SignedReading memory signed = _reading(KEY, meter, AT, 500);
        uint256 end = registry.startOf(AT + 1);
        VM.warp(end - 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.ReadingTooEarly.selector, meter, AT, end - 1, end));
        registry.post(signed);
        VM.warp(end + WINDOW);
        _expect(abi.encodeWithSelector(IMeterRegistry.ReadingTooLate.selector, meter, AT, end + WINDOW, end + WINDOW));
        registry.post(signed);
        VM.warp(end + WINDOW - 1);
        (bool isFinal,) = registry.finalExport(meter, AT);
        _true(!isFinal, "still open");
        registry.post(signed);
        (bool nowFinal, uint64 exported) = registry.finalExport(meter, AT);
        _true(nowFinal && exported == 500, "in the last second");
    }

    function test_TheFirstReadingIsFinal() public {
        _warpToEnd(AT);
        registry.post(_reading(KEY, meter, AT, 500));
        SignedReading memory second = _reading(KEY, meter, AT, 600);
        _expect(abi.encodeWithSelector(IMeterRegistry.ReadingExists.selector, meter, AT));
        registry.post(second);
        _equal(registry.slots(meter, AT).exported, 500, "the first stands");
    }

    function test_SilenceIsZeroAfterTheWindow() public {
        _warpToSilence(AT);
        (bool isFinal, uint64 exported) = registry.finalExport(meter, AT);
        _true(isFinal && exported == 0, "silence");
    }

    function test_RefusesForeignMalleableAndReplayedReadings() public {
        _warpToEnd(AT);
        SignedReading memory foreign = _reading(2, meter, AT, 500);
        _expectBadReading(VM.addr(2));
        registry.post(foreign);

        SignedReading memory unknown = _reading(KEY, 77, AT, 500);
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(77)));
        registry.post(unknown);

        // The same numbers signed for another registry
        IMeterRegistry other = _newRegistry(EPOCH, INTERVAL, GATE, HORIZON, WINDOW, REGISTRAR);
        SignedReading memory replayed = _reading(KEY, meter, AT, 500);
        (replayed.r, replayed.vs) = VM.signCompact(KEY, other.readingDigest(replayed.reading));
        VM.expectPartialRevert(IMeterRegistry.BadMeterSignature.selector);
        registry.post(replayed);

        // And for another chain
        VM.chainId(77);
        SignedReading memory elsewhere = _reading(KEY, meter, AT, 500);
        VM.chainId(31337);
        VM.expectPartialRevert(IMeterRegistry.BadMeterSignature.selector);
        registry.post(elsewhere);

        // Nothing signed at all
        SignedReading memory empty = _reading(KEY, meter, AT, 500);
        (empty.r, empty.vs) = (0, 0);
        _expectBadReading(address(0));
        registry.post(empty);
    }

    function test_RefusesReadingsAboveTheRating() public {
        _warpToEnd(AT);
        SignedReading memory signed = _reading(KEY, meter, AT, uint64(RATING) + 1);
        _expect(abi.encodeWithSelector(IMeterRegistry.RatingExceeded.selector, meter, AT, uint256(RATING) + 1, RATING));
        registry.post(signed);
        Reading memory imported = Reading({meter: meter, interval: AT, exported: 0, imported: uint64(RATING) + 7});
        (bytes32 r, bytes32 vs) = VM.signCompact(KEY, registry.readingDigest(imported));
        _expect(abi.encodeWithSelector(IMeterRegistry.RatingExceeded.selector, meter, AT, uint256(RATING) + 7, RATING));
        registry.post(SignedReading({reading: imported, r: r, vs: vs, attesterR: 0, attesterVs: 0}));
        registry.post(_reading(KEY, meter, AT, RATING));
    }

    function test_AnAttesterMustCountersign() public {
        uint32 attested = _meter(3, 1003, VM.addr(500), ELECTRICITY, RATING);
        _warpToEnd(AT);
        SignedReading memory signed = _reading(1003, attested, AT, 5);
        _expect(abi.encodeWithSelector(IMeterRegistry.BadMeterSignature.selector, attested, address(0), VM.addr(500)));
        registry.post(signed);
        (signed.attesterR, signed.attesterVs) = VM.signCompact(500, registry.readingDigest(signed.reading));
        registry.post(signed);
        _true(registry.slots(attested, AT).recorded, "with both");
    }

    function test_ABatchSkipsAndLogsWhatIsRefused() public {
        _warpToEnd(AT);
        SignedReading[] memory many = new SignedReading[](3);
        many[0] = _reading(KEY, meter, AT, 1);
        many[1] = _reading(KEY, meter, AT, 2);
        many[2] = _reading(KEY, meter, AT - 1, 3);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.ReadingPosted(meter, AT, 1, 0);
        VM.expectEmit(address(registry));
        emit IMeterRegistry.ReadingSkipped(
            meter, AT, abi.encodeWithSelector(IMeterRegistry.ReadingExists.selector, meter, AT)
        );
        _equal(registry.postBatch(many), 2, "two posted");
        _equal(registry.slots(meter, AT).exported, 1, "the first stands");
        _equal(registry.slots(meter, AT - 1).exported, 3, "the third is in");
    }

    function test_TooLittleGasRevertsTheWholeBatch() public {
        _warpToEnd(AT);
        SignedReading[] memory many = new SignedReading[](2);
        many[0] = _reading(KEY, meter, AT, 1);
        many[1] = _reading(KEY, meter, AT - 1, 3);
        (bool done, bytes memory reason) =
            address(registry).call{gas: 90_000}(abi.encodeCall(registry.postBatch, (many)));
        _true(!done && bytes4(reason) == IMeterRegistry.ItemGasTooLow.selector, "refused as a whole");
        _true(!registry.slots(meter, AT).recorded, "nothing posted");
    }

    function test_TwoReadingsThatDifferFreezeTheMeter() public {
        SignedReading memory a = _reading(KEY, meter, AT, 500);
        SignedReading memory b = _reading(KEY, meter, AT, 501);
        SignedReading memory later = _reading(KEY, meter, AT + 1, 501);
        SignedReading memory forged = _reading(2, meter, AT, 501);
        _warpToEnd(AT);
        registry.post(a);
        _expect(abi.encodeWithSelector(IMeterRegistry.NoConflict.selector, meter, AT));
        registry.proveConflict(a.reading, a.r, a.vs, a.reading, a.r, a.vs);
        _expect(abi.encodeWithSelector(IMeterRegistry.NoConflict.selector, meter, AT));
        registry.proveConflict(a.reading, a.r, a.vs, later.reading, later.r, later.vs);
        _expectBadReading(VM.addr(2));
        registry.proveConflict(a.reading, a.r, a.vs, forged.reading, forged.r, forged.vs);
        a.reading.meter = 9;
        _expect(abi.encodeWithSelector(IMeterRegistry.UnknownMeter.selector, uint32(9)));
        registry.proveConflict(a.reading, a.r, a.vs, b.reading, b.r, b.vs);
        a.reading.meter = meter;

        VM.expectEmit(address(registry));
        emit IMeterRegistry.MeterFrozen(meter, AT);
        registry.proveConflict(a.reading, a.r, a.vs, b.reading, b.r, b.vs);
        _true(registry.meters(meter).frozen, "frozen");
        _equal(registry.slots(meter, AT).exported, 500, "the posted one stands");
        _expect(abi.encodeWithSelector(IMeterRegistry.FrozenMeter.selector, meter));
        registry.proveConflict(a.reading, a.r, a.vs, b.reading, b.r, b.vs);
        // What it had promised is still measured
        VM.warp(registry.startOf(AT + 2));
        registry.post(later);
    }

    function testFuzz_TheDigestIsThatOfEip712(uint32 m, uint32 i, uint64 e, uint64 p) public view {
        bytes32 typehash = keccak256("Reading(uint32 meter,uint32 interval,uint64 exported,uint64 imported)");
        bytes32 expected = _digest(address(registry), keccak256(abi.encode(typehash, m, i, e, p)));
        VM.assertEq(registry.readingDigest(Reading(m, i, e, p)), expected, "digest");
    }

    function _expectParameter(bytes32 name, uint256 value) private {
        _expect(abi.encodeWithSelector(IMeterRegistry.InvalidParameter.selector, name, value));
    }

    function _expectBadReading(address recovered) private {
        _expect(abi.encodeWithSelector(IMeterRegistry.BadMeterSignature.selector, meter, recovered, VM.addr(KEY)));
    }
}
// forge-lint: disable-end(unsafe-typecast)
