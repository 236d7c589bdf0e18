// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MeterSlot} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Deal, DealStatus, SessionStatus, SessionView} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {DeliveryMoves} from "./DeliveryMoves.sol";
import {MoneyMoves} from "./MoneyMoves.sol";
import {SessionMoves} from "./SessionMoves.sol";

/// @title All moves on one market, and what must hold after each. The numbers are those of the README.
contract MarketHandler is DeliveryMoves, SessionMoves, MoneyMoves {
    /// @dev Who made this calls `finish`; a run would call it like any other move.
    address private immutable CAMPAIGN;

    constructor() {
        CAMPAIGN = msg.sender;
        _open();
        _meter(3, 1003, VM.addr(ATTESTER), ELECTRICITY, RATING);
        _meter(4, 1004, address(0), ELECTRICITY, SMALL_RATING);
        VM.prank(REGISTRAR);
        registry.listMarket(RIVAL);
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            if (n > 2) {
                _allow(n, _meterOf(n), address(market));
                _deposit(n, STAKE);
            }
            _allow(n, _meterOf(n), RIVAL);
            allowed[_meterOf(n)][address(market)] = true;
            allowed[_meterOf(n)][RIVAL] = true;
            retiredFrom[_meterOf(n)] = type(uint32).max;
            free[_person(n)] = STAKE;
            numberOf[_person(n)] = n;
        }
        free[_person(PROVIDER)] = STAKE;
        numberOf[_person(PROVIDER)] = PROVIDER;
    }

    /// @notice 2, 5, 12.
    function checkMoney() external view {
        uint256 owed = _owed();
        uint256 held = token.balanceOf(address(market));
        VM.assertGe(held, owed, "2: the market owes more than it holds");
        _equal(held, owed + donated, "2: tokens of nobody");
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            address person = _person(n);
            _equal(market.balanceOf(person), free[person], "5: a balance is not what its deals make it");
            _equal(market.providerOpen(_meterOf(n)), openToProvider[_meterOf(n)], "12: open to the provider");
            _equal(_openDeals(_meterOf(n)), openToProvider[_meterOf(n)], "12: open deals");
        }
        _equal(market.balanceOf(_person(PROVIDER)), free[_person(PROVIDER)], "5: the provider's balance");
        _equal(market.balanceOf(STRANGER), 0, "5: a stranger's balance");
        VM.assertGe(address(token).balance, token.totalSupply() * WEI_PER_UNIT, "1: not backed");
    }

    /// @notice 3, 4, 10: the registry's slots.
    function checkQueues() external view {
        for (uint256 i = 0; i < spots.length; ++i) {
            Spot memory spot = spots[i];
            MeterSlot memory slot = registry.slots(spot.meter, spot.interval);
            Place[] storage queue = places[spot.meter][spot.interval];
            uint256 sum = 0;
            for (uint256 a = 0; a < queue.length; ++a) {
                if (!queue[a].live) continue;
                uint256 end = uint256(queue[a].position) + queue[a].quantity;
                sum += queue[a].quantity;
                VM.assertLe(end, _rating(spot.meter), "3: beyond the rating");
                for (uint256 b = 0; b < a; ++b) {
                    if (!queue[b].live) continue;
                    uint256 other = uint256(queue[b].position) + queue[b].quantity;
                    _true(end <= queue[b].position || other <= queue[a].position, "3: two places overlap");
                }
            }
            _equal(slot.committed, sum, "3: committed is not the sum of the places");
            Said storage reading = said[spot.meter][spot.interval];
            _true(slot.recorded == reading.posted, "10: a reading came or went");
            _equal(slot.exported, reading.exported, "10: an export changed");
            _equal(slot.imported, reading.imported, "10: an import changed");
            VM.assertLe(delivered[spot.meter][spot.interval], slot.exported, "4: more delivered than exported");
        }
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            uint32 meter = _meterOf(n);
            _true(registry.meters(meter).frozen == frozen[meter], "10: a meter froze or thawed");
            _equal(registry.meters(meter).retiredFrom, retiredFrom[meter], "10: a retirement moved");
        }
    }

    /// @notice 6, 9: every slot and session is where its own history led.
    function checkSlots() external view {
        for (uint256 i = 0; i < rows.length; ++i) {
            Row storage row = rows[i];
            (DealStatus status, uint48 position, bytes25 terms) = market.dealSlot(row.key);
            _equal(uint8(status), uint8(row.status), "6: a status moved");
            _equal(position, row.position, "6: a position moved");
            bytes25 expected =
                row.status == DealStatus.Cancelled ? bytes25(0) : bytes25(keccak256(abi.encode(row.deal)));
            VM.assertEq(bytes32(terms), bytes32(expected), "6: terms changed");
        }
        _equal(market.sessionCount(), sessionStatus.length, "9: sessions");
        for (uint64 session = 1; session <= sessionStatus.length; ++session) {
            SessionView memory at = market.sessions(session);
            _equal(uint8(at.status), uint8(sessionStatus[session - 1]), "9: a session moved");
            bytes32 key = market.dealKey(at.initiator, at.responder, (1 << 63) + session);
            (DealStatus status,,) = market.dealSlot(key);
            bool agreed = at.status == SessionStatus.Agreed;
            _true(agreed == (status != DealStatus.None), "9: a deal without its session, or the other way round");
            _true(agreed == (rowAt[key] != 0), "9: a deal that nobody accepted");
        }
    }

    /// @notice 8. Ends the run: the market pauses, a stranger settles what is left, and everybody leaves.
    function finish() external {
        if (msg.sender == CAMPAIGN) _finish();
    }

    function _finish() internal virtual {
        uint256 time = _now();
        for (uint256 i = 0; i < rows.length; ++i) {
            uint256 silence = _end(rows[i].deal.interval + rows[i].index) + WINDOW;
            if (rows[i].status == DealStatus.Recorded && silence > time) time = silence;
        }
        if (pauseEnd != 0 && pauseEnd + PAUSE_COOLDOWN > time) time = pauseEnd + PAUSE_COOLDOWN;
        VM.warp(time);
        VM.prank(GUARDIAN);
        market.pause();
        _true(market.pausedUntil() > time, "8: not paused");
        for (uint256 i = rows.length; i > 0; --i) {
            Row storage row = rows[i - 1];
            if (row.status != DealStatus.Recorded) continue;
            VM.prank(STRANGER);
            market.settle(row.deal, row.index);
            _settled(row);
        }
        for (uint256 n = 0; n <= PEOPLE; ++n) {
            _leave(_person(n == 0 ? PROVIDER : n));
        }
        _equal(token.balanceOf(address(market)), donated, "8: tokens are locked in");
        _equal(token.totalSupply(), _gifts(), "8: tokens could not be redeemed");
        _equal(address(token).balance, _gifts() * WEI_PER_UNIT, "8: Ether is locked in");
    }

    /// @dev Tokens that nobody will ever redeem.
    function _gifts() internal view virtual returns (uint256) {
        return donated;
    }

    /// @dev Who holds free tokens takes them, and changes them back.
    function _leave(address person) private {
        uint256 amount = market.balanceOf(person);
        _equal(amount, free[person], "8: a final balance");
        VM.prank(person);
        market.withdraw(amount);
        free[person] = 0;
        uint256 tokens = token.balanceOf(person);
        if (tokens == 0) return;
        VM.prank(person);
        token.redeem(tokens);
    }

    /// @dev Free balances and open escrows.
    function _owed() private view returns (uint256 owed) {
        for (uint256 n = 1; n <= PEOPLE; ++n) {
            owed += market.balanceOf(_person(n));
        }
        owed += market.balanceOf(_person(PROVIDER));
        for (uint256 i = 0; i < rows.length; ++i) {
            Deal storage deal = rows[i].deal;
            if (rows[i].status == DealStatus.Recorded) owed += uint256(deal.price) * deal.energy;
        }
    }

    function _openDeals(uint32 meter) private view returns (uint256 energy) {
        for (uint256 i = 0; i < rows.length; ++i) {
            Row storage row = rows[i];
            bool toProvider = row.deal.buyerMeter == 0 && row.deal.sellerMeter == meter;
            if (row.status == DealStatus.Recorded && toProvider) energy += row.deal.energy;
        }
    }
}
