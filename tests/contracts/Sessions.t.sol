// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// Values are bounded before they are cast.
// forge-lint: disable-start(unsafe-typecast)

import {IMarketAccount} from "../../contracts/interfaces/IMarketAccount.sol";
import {IMarketTime} from "../../contracts/interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../../contracts/interfaces/IMeterRegistry.sol";
import {IParameters} from "../../contracts/interfaces/IParameters.sol";
import {ISigned} from "../../contracts/interfaces/ISigned.sol";
import {
    Deal,
    DealStatus,
    IUtilityNegotiator,
    OpenRequest,
    SessionStatus,
    SessionView
} from "../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "./support/MarketStage.sol";

/// @title Sessions on chain: open → join → offers in turn → accept, withdraw or expire.
contract SessionsTest is MarketStage {
    uint32 private constant AT = 20;

    function setUp() public {
        _open();
    }

    // open

    function test_OpenWritesTheSession() public {
        OpenRequest memory request = _request(AT);
        request.counterpart = _person(2);
        request.maxAhead = 17;
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.SessionOpened(1, _person(1), request, uint64(block.timestamp + 600));
        VM.prank(_person(1));
        _equal(market.open(request), 1, "sessions count from one");
        SessionView memory s = market.sessions(1);
        _true(s.status == SessionStatus.Open && s.initiatorSells && s.issueByIssue, "what");
        _true(s.initiator == _person(1) && s.responder == _person(2), "who");
        _true(s.initiatorMeter == sellerMeter && s.responderMeter == 0 && s.interval == AT && s.count == 1, "where");
        _true(s.maxRounds == 20 && s.timeout == 600 && s.rounds == 0 && s.locked == 0, "rules");
        _equal(s.deadline, block.timestamp + 600, "deadline");
        _equal(market.sessionCount(), 1, "one session");
    }

    function test_OpenRefusals() public {
        OpenRequest memory request = _request(AT);
        VM.startPrank(_person(1));
        request.counterpart = _person(1);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(1)));
        market.open(request);
        request = _request(AT);
        request.meter = 0;
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("meter"), 0));
        market.open(request);
        request = _request(AT);
        request.count = 0;
        _expect(abi.encodeWithSelector(IUtilityNegotiator.ZeroCount.selector));
        market.open(request);
        request = _request(AT);
        request.maxRounds = 0;
        _expect(abi.encodeWithSelector(IUtilityNegotiator.InvalidRounds.selector, uint16(0)));
        market.open(request);
        request = _request(AT);
        request.timeout = 0;
        _expect(abi.encodeWithSelector(IUtilityNegotiator.InvalidTimeout.selector, uint32(0)));
        market.open(request);
        uint256 gate = registry.gateOf(AT);
        VM.warp(gate + 1);
        _expect(abi.encodeWithSelector(IMarketTime.GateClosed.selector, AT, gate, gate + 1));
        market.open(_request(AT));
        VM.stopPrank();
        _equal(market.sessionCount(), 0, "no number used");
    }

    function test_NoTurnReachesBeyondTheGate() public {
        OpenRequest memory request = _request(AT);
        request.timeout = type(uint32).max;
        VM.prank(_person(1));
        market.open(request);
        _equal(market.sessions(1).deadline, registry.gateOf(AT), "cut at the gate");
    }

    // join

    function test_JoinRefusals() public {
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.UnknownSession.selector, uint64(1)));
        market.join(1, buyerMeter, 0);
        OpenRequest memory request = _request(AT);
        request.counterpart = _person(3);
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NotCounterpart.selector, uint64(1), _person(2), _person(3)));
        market.join(1, buyerMeter, 0);

        VM.prank(_person(1));
        market.open(_request(AT));
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.SelfDeal.selector, _person(1)));
        market.join(2, buyerMeter, 0);
        VM.startPrank(_person(2));
        _expect(abi.encodeWithSelector(IParameters.InvalidParameter.selector, bytes32("meter"), 0));
        market.join(2, 0, 0);
        _expect(abi.encodeWithSelector(ISigned.SameMeter.selector, sellerMeter));
        market.join(2, sellerMeter, 0);
        VM.warp(block.timestamp + 601);
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.TurnExpired.selector, uint64(2), block.timestamp - 1, block.timestamp
            )
        );
        market.join(2, buyerMeter, 0);
        VM.warp(block.timestamp - 1);
        market.join(2, buyerMeter, 0);
        _expectStatus(2, SessionStatus.Negotiating, SessionStatus.Open);
        market.join(2, buyerMeter, 0);
        VM.stopPrank();
    }

    // offer

    function test_OffersAlternateFromTheInitiator() public {
        uint64 s = _session(AT);
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.OutOfTurn.selector, s, _person(2), _person(1)));
        market.offer(s, 250, 1500, 0);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.OfferMade(s, 0, 250, 1500, 0);
        _offer(1, s, 250, 1500, 0);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.OutOfTurn.selector, s, _person(1), _person(2)));
        market.offer(s, 240, 1500, 0);
        VM.warp(block.timestamp + 100);
        _offer(2, s, 200, 1400, 0);
        SessionView memory v = market.sessions(s);
        _true(v.price == 200 && v.energy == 1400 && v.rounds == 2, "the standing offer");
        _equal(v.deadline, block.timestamp + 600, "a new turn");
    }

    function test_OfferRefusals() public {
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.UnknownSession.selector, uint64(1)));
        market.offer(1, 1, 1, 0);
        VM.prank(_person(1));
        market.open(_request(AT));
        VM.prank(_person(1));
        _expectStatus(1, SessionStatus.Open, SessionStatus.Negotiating);
        market.offer(1, 1, 1, 0);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 0);

        VM.startPrank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.ZeroAmount.selector, uint64(0), uint64(1)));
        market.offer(1, 0, 1, 0);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.ZeroAmount.selector, uint64(1), uint64(0)));
        market.offer(1, 1, 0, 0);
        _expectOverflow(1, uint64(1) << 32, 1);
        market.offer(1, 1, uint64(1) << 32, 0);
        _expectOverflow(uint64(1) << 63, 1, 1);
        market.offer(1, uint64(1) << 63, 1, 0);
        _expectOverflow(type(uint64).max, type(uint64).max, 1);
        market.offer(1, type(uint64).max, type(uint64).max, 0);
        market.offer(1, (uint64(1) << 63) - 1, 1, 0);
        VM.stopPrank();

        VM.warp(block.timestamp + 601);
        VM.prank(_person(2));
        _expect(
            abi.encodeWithSelector(
                IUtilityNegotiator.TurnExpired.selector, uint64(1), block.timestamp - 1, block.timestamp
            )
        );
        market.offer(1, 1, 1, 0);
    }

    function test_TheCountOfARunBoundsItsAmount() public {
        OpenRequest memory request = _request(AT);
        request.count = 3;
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 0);
        VM.prank(_person(1));
        _expectOverflow(uint64(1) << 62, 1, 3);
        market.offer(1, uint64(1) << 62, 1, 0);
    }

    function test_RoundsAreLimited() public {
        OpenRequest memory request = _request(AT);
        request.maxRounds = 2;
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 50);
        _offer(1, 1, 250, 10, 0);
        _offer(2, 1, 240, 10, 0);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.RoundLimit.selector, uint64(1), uint16(2)));
        market.offer(1, 230, 10, 0);
        VM.prank(_person(1));
        market.accept(1, 1, 240, 10);
    }

    // Locks

    function test_IssueByIssueLocks() public {
        uint64 s = _session(AT);
        VM.prank(_person(1));
        _expectLock(s, 0, 1); // nothing stands that could be agreed to
        market.offer(s, 250, 1500, 1);
        _offer(1, s, 250, 1500, 0);
        VM.startPrank(_person(2));
        _expectLock(s, 0, 1); // a price other than the standing one
        market.offer(s, 240, 1500, 1);
        _expectLock(s, 0, 3); // that would be an acceptance
        market.offer(s, 250, 1500, 3);
        _expectLock(s, 0, 4); // there is no such issue
        market.offer(s, 250, 1500, 4);
        market.offer(s, 250, 1200, 1);
        VM.stopPrank();
        VM.startPrank(_person(1));
        _expectLock(s, 1, 0); // an agreed issue stays agreed
        market.offer(s, 250, 1400, 0);
        _expectLock(s, 1, 1); // at its value
        market.offer(s, 260, 1400, 1);
        _expectLock(s, 1, 2);
        market.offer(s, 250, 1200, 2);
        market.offer(s, 250, 1400, 1);
        VM.stopPrank();
        VM.prank(_person(2));
        market.accept(s, 2, 250, 1400);
    }

    function test_APackageHasNoLocks() public {
        OpenRequest memory request = _request(AT);
        request.issueByIssue = false;
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 0);
        _offer(1, 1, 250, 1500, 0);
        VM.prank(_person(2));
        _expectLock(1, 0, 1);
        market.offer(1, 250, 1200, 1);
        _offer(2, 1, 250, 1200, 0);
    }

    // accept

    function test_AcceptRecordsTheDeal() public {
        uint64 s = _session(AT);
        _offer(1, s, 250, 1500, 0);
        bytes32 key = market.dealKey(_person(1), _person(2), (uint64(1) << 63) + s);
        Deal memory deal = Deal({
            seller: _person(1),
            buyer: _person(2),
            nonce: (uint64(1) << 63) + s,
            sellerMeter: sellerMeter,
            buyerMeter: buyerMeter,
            interval: AT,
            count: 1,
            price: 250,
            energy: 1500
        });
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.SessionClosed(s, SessionStatus.Agreed, _person(2));
        VM.expectEmit(address(registry));
        emit IMeterRegistry.Committed(sellerMeter, AT, address(market), 0, 1500);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.DealRecorded(key, _person(1), _person(2), deal, 0, 0);
        VM.prank(_person(2));
        VM.assertEq(market.accept(s, 0, 250, 1500), key, "key");
        (DealStatus status, uint48 position, bytes25 hash) = market.dealSlot(key);
        _true(status == DealStatus.Recorded && position == 0, "slot");
        _true(hash == bytes25(keccak256(abi.encode(deal))), "terms");
        _equal(market.balanceOf(_person(2)), STAKE - 250 * 1500, "escrowed in full");
        _true(market.sessions(s).status == SessionStatus.Agreed, "agreed");

        VM.prank(_person(2));
        _expectStatus(s, SessionStatus.Agreed, SessionStatus.Negotiating);
        market.accept(s, 0, 250, 1500);
        VM.prank(_person(2));
        _expectStatus(s, SessionStatus.Agreed, SessionStatus.Negotiating);
        market.offer(s, 250, 1500, 0);
    }

    function test_TheSellerMayJoinAndTheBuyerOpen() public {
        OpenRequest memory request = _request(AT);
        (request.selling, request.meter, request.maxAhead) = (false, buyerMeter, 5);
        VM.prank(_person(2));
        market.open(request);
        VM.prank(_person(1));
        market.join(1, sellerMeter, 0);
        _equal(market.sessions(1).maxAhead, 5, "the buyer's own limit");
        _offer(2, 1, 100, 10, 0);
        VM.prank(_person(1));
        market.accept(1, 0, 100, 10);
        _equal(market.balanceOf(_person(2)), STAKE - 1000, "the buyer pays");
    }

    function test_AcceptRefusals() public {
        uint64 s = _session(AT);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NoStandingOffer.selector, s));
        market.accept(s, 0, 0, 0);
        _offer(1, s, 250, 1500, 0);
        VM.prank(_person(1));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.OutOfTurn.selector, s, _person(1), _person(2)));
        market.accept(s, 0, 250, 1500);
        VM.startPrank(_person(2));
        bytes memory differs = abi.encodeWithSelector(
            IUtilityNegotiator.StandingOfferDiffers.selector, s, uint16(0), uint64(250), uint64(1500)
        );
        _expect(differs);
        market.accept(s, 1, 250, 1500);
        _expect(differs);
        market.accept(s, 0, 249, 1500);
        _expect(differs);
        market.accept(s, 0, 250, 1501);
        market.withdraw(STAKE - 1);
        _expect(
            abi.encodeWithSelector(
                IMarketAccount.InsufficientBalance.selector, _person(2), uint256(1), uint256(375_000)
            )
        );
        market.accept(s, 0, 250, 1500);
        _true(market.sessions(s).status == SessionStatus.Negotiating, "a refusal changes nothing");
        VM.warp(block.timestamp + 601);
        _expect(
            abi.encodeWithSelector(IUtilityNegotiator.TurnExpired.selector, s, block.timestamp - 1, block.timestamp)
        );
        market.accept(s, 0, 250, 1500);
        VM.stopPrank();
    }

    function test_AcceptBeyondTheHorizonOrBehindInTheQueue() public {
        uint64 far = _session(HORIZON + 1);
        _offer(1, far, 250, 1500, 0);
        VM.prank(_person(2));
        VM.expectPartialRevert(IMarketTime.BeyondHorizon.selector);
        market.accept(far, 0, 250, 1500);

        VM.prank(_person(1));
        uint64 s = market.open(_request(AT));
        VM.prank(_person(2));
        market.join(s, buyerMeter, 99);
        _offer(1, s, 250, 1500, 0);
        _deal(1, AT, 100); // someone was quicker
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IMeterRegistry.QueueTooLong.selector, sellerMeter, AT, uint64(100), uint64(99)));
        market.accept(s, 0, 250, 1500);
    }

    function test_OthersMetersAreNoUse() public {
        OpenRequest memory request = _request(AT);
        request.meter = _member(3);
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 0);
        _offer(1, 1, 250, 10, 0);
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IMeterRegistry.NotMeterOwner.selector, request.meter, _person(1), _person(3)));
        market.accept(1, 0, 250, 10);
    }

    function test_ARunIsRecordedWhole() public {
        OpenRequest memory request = _request(AT);
        request.count = 4;
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        market.join(1, buyerMeter, 0);
        _offer(1, 1, 250, 100, 0);
        VM.prank(_person(2));
        bytes32 key = market.accept(1, 0, 250, 100);
        for (uint32 i = 0; i < 4; ++i) {
            (DealStatus status,,) = market.dealSlot(bytes32(uint256(key) + i));
            _true(status == DealStatus.Recorded, "each interval");
            _equal(registry.slots(sellerMeter, AT + i).committed, 100, "each queue");
        }
        _equal(market.balanceOf(_person(2)), STAKE - 4 * 25_000, "all in escrow");
    }

    // withdraw and expire

    function test_EitherPartyWithdraws() public {
        VM.prank(_person(1));
        market.open(_request(AT));
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NotParty.selector, _person(2)));
        market.withdrawFrom(1);
        VM.prank(_person(1));
        market.withdrawFrom(1);
        _true(market.sessions(1).status == SessionStatus.Withdrawn, "before anyone joined");

        uint64 s = _session(AT);
        VM.prank(_person(3));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NotParty.selector, _person(3)));
        market.withdrawFrom(s);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.SessionClosed(s, SessionStatus.Withdrawn, _person(2));
        VM.prank(_person(2));
        market.withdrawFrom(s);
        VM.prank(_person(1));
        _expectStatus(s, SessionStatus.Withdrawn, SessionStatus.Negotiating);
        market.withdrawFrom(s);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.UnknownSession.selector, uint64(99)));
        market.withdrawFrom(99);
    }

    function test_ANamedCounterpartIsNoPartyBeforeItJoins() public {
        OpenRequest memory request = _request(AT);
        request.counterpart = _person(2);
        VM.prank(_person(1));
        market.open(request);
        VM.prank(_person(2));
        _expect(abi.encodeWithSelector(IUtilityNegotiator.NotParty.selector, _person(2)));
        market.withdrawFrom(1);
    }

    function test_AnyoneExpiresAfterTheDeadline() public {
        uint64 s = _session(AT);
        uint256 deadline = block.timestamp + 600;
        VM.warp(deadline);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.TurnNotExpired.selector, s, deadline, deadline));
        market.expire(s);
        VM.warp(deadline + 1);
        VM.expectEmit(address(market));
        emit IUtilityNegotiator.SessionClosed(s, SessionStatus.Expired, address(this));
        market.expire(s);
        _expectStatus(s, SessionStatus.Expired, SessionStatus.Negotiating);
        market.expire(s);
        _expect(abi.encodeWithSelector(IUtilityNegotiator.UnknownSession.selector, uint64(99)));
        market.expire(99);
    }

    /// @dev The packed slot holds every value that the rules admit.
    function testFuzz_TheStandingOfferIsKept(uint64 price, uint64 energy, uint16 rounds, uint32 timeout) public {
        energy = uint64(_bound(energy, 1, type(uint32).max));
        price = uint64(_bound(price, 1, uint64(type(int64).max) / energy));
        OpenRequest memory request = _request(AT);
        request.maxRounds = uint16(_bound(rounds, 1, type(uint16).max));
        request.timeout = uint32(_bound(timeout, 1, type(uint32).max));
        VM.prank(_person(1));
        uint64 s = market.open(request);
        VM.prank(_person(2));
        market.join(s, buyerMeter, type(uint32).max);
        _offer(1, s, price, energy, 0);
        SessionView memory v = market.sessions(s);
        _true(v.price == price && v.energy == energy && v.rounds == 1, "offer");
        _true(v.maxRounds == request.maxRounds && v.timeout == request.timeout && v.count == 1, "rules");
        _true(v.maxAhead == type(uint32).max && v.initiatorSells && v.issueByIssue && v.locked == 0, "flags");
    }

    function _expectStatus(uint64 session, SessionStatus status, SessionStatus expected) private {
        _expect(abi.encodeWithSelector(IUtilityNegotiator.WrongSessionStatus.selector, session, status, expected));
    }

    function _expectLock(uint64 session, uint8 standing, uint8 proposed) private {
        _expect(abi.encodeWithSelector(IUtilityNegotiator.InvalidLock.selector, session, standing, proposed));
    }

    function _expectOverflow(uint64 price, uint64 energy, uint16 count) private {
        _expect(abi.encodeWithSelector(IUtilityNegotiator.AmountOverflow.selector, price, energy, count));
    }
}
// forge-lint: disable-end(unsafe-typecast)
