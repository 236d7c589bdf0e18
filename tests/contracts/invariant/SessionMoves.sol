// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, OpenRequest, SessionStatus, SessionView} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {Moves} from "./Moves.sol";

// The market may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Sessions on chain; now and then somebody acts whose turn it is not.
abstract contract SessionMoves is Moves {
    uint64 private constant ON_CHAIN = 1 << 63;
    /// @dev Nobody acts out of turn while this holds.
    bool private _orderly;

    function open(uint256 seed) external {
        uint256 person = _somebody(seed);
        OpenRequest memory request = _request(_soon(seed));
        request.counterpart = _chance(seed, "named", 3) ? _person(_other(seed, person)) : address(0);
        request.selling = _chance(seed, "sells", 2);
        request.meter = _meterOf(person);
        request.count = _count(seed);
        request.maxAhead = _maxAhead(seed);
        // forge-lint: disable-next-line(unsafe-typecast)
        request.timeout = uint32(_pick(seed, "timeout", 60, 1800));
        request.issueByIssue = _chance(seed, "issues", 2);
        // forge-lint: disable-next-line(unsafe-typecast)
        request.maxRounds = uint16(_pick(seed, "rounds", 1, 4));
        VM.prank(_person(person));
        try market.open(request) returns (uint64 session) {
            _demand(!_paused(), "8: opened while paused");
            sessionStatus.push(SessionStatus.Open);
            _demand(session == sessionStatus.length, "9: a session's number is not the next");
            ++done["open"];
        } catch {}
    }

    /// @dev A whole session in one go, for few would come to an end among so many other moves.
    function bargain(uint256 seed) external {
        _orderly = true;
        this.open(_pick(seed, "open", 0, type(uint256).max));
        this.join(_pick(seed, "join", 0, type(uint256).max));
        uint256 turns = _pick(seed, "turns", 1, 3);
        for (uint256 i = 0; i < turns; ++i) {
            this.offer(uint256(keccak256(abi.encode(seed, i))));
        }
        this.accept(_pick(seed, "accept", 0, type(uint256).max));
        _orderly = false;
    }

    function join(uint256 seed) external {
        if (sessionStatus.length == 0) return;
        uint64 session = _session(seed);
        SessionView memory at = market.sessions(session);
        uint256 person = _other(seed, numberOf[at.initiator]);
        if (at.status == SessionStatus.Open && at.responder != address(0)) person = numberOf[at.responder];
        if (!_orderly && _chance(seed, "anyone", 6)) person = _somebody(seed);
        VM.prank(_person(person));
        try market.join(session, _meterOf(person), _maxAhead(seed)) {
            _demand(at.initiator != _person(person), "9: joined with itself");
            _demand(at.responder == address(0) || at.responder == _person(person), "9: joined in another's place");
            _turn(session, at, SessionStatus.Open, SessionStatus.Negotiating);
            ++done["join"];
        } catch {}
    }

    function offer(uint256 seed) external {
        if (sessionStatus.length == 0) return;
        uint64 session = _session(seed);
        SessionView memory at = market.sessions(session);
        uint8 locked = at.locked;
        if (at.issueByIssue && at.rounds != 0 && _chance(seed, "lock", 2)) locked |= 1;
        uint64 price = locked & 1 == 0 ? _price(seed) : at.price;
        uint64 energy = locked & 2 == 0 ? _energy(seed, 20_000) : at.energy;
        address mover = _mover(seed, at);
        VM.prank(mover);
        try market.offer(session, price, energy, locked) {
            _demand(mover == (at.rounds % 2 == 0 ? at.initiator : at.responder), "9: an offer out of turn");
            _turn(session, at, SessionStatus.Negotiating, SessionStatus.Negotiating);
            _demand(at.rounds < at.maxRounds, "9: more offers than agreed");
            ++done["offer"];
        } catch {}
    }

    function accept(uint256 seed) external {
        if (sessionStatus.length == 0) return;
        uint64 session = _session(seed);
        SessionView memory at = market.sessions(session);
        if (at.rounds == 0) return;
        address mover = _mover(seed, at);
        VM.prank(mover);
        try market.accept(session, at.rounds - 1, at.price, at.energy) returns (bytes32 key) {
            _demand(mover == (at.rounds % 2 == 0 ? at.initiator : at.responder), "9: accepted its own offer");
            _turn(session, at, SessionStatus.Negotiating, SessionStatus.Agreed);
            _recorded(key, _agreedDeal(session, at), at.maxAhead);
            ++done["accept"];
        } catch {}
    }

    function withdrawFrom(uint256 seed) external {
        if (sessionStatus.length == 0 || !_chance(seed, "leave", 2)) return;
        uint64 session = _session(seed);
        SessionView memory at = market.sessions(session);
        address mover = _mover(seed, at);
        VM.prank(mover);
        try market.withdrawFrom(session) {
            _demand(mover == at.initiator || mover == at.responder, "9: a stranger withdrew");
            _turn(session, at, at.status, SessionStatus.Withdrawn);
            ++done["withdrawFrom"];
        } catch {}
    }

    function expire(uint256 seed) external {
        if (sessionStatus.length == 0) return;
        uint64 session = _session(seed);
        SessionView memory at = market.sessions(session);
        VM.prank(STRANGER);
        try market.expire(session) {
            _demand(at.status <= SessionStatus.Negotiating, "9: a closed session was closed again");
            _demand(_now() > at.deadline, "9: expired before the deadline");
            sessionStatus[session - 1] = SessionStatus.Expired;
            ++done["expire"];
        } catch {}
    }

    /// @dev Mostly the last session, whatever its state.
    function _session(uint256 seed) private view returns (uint64) {
        uint256 count = sessionStatus.length;
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(!_orderly && _chance(seed, "old", 4) ? _pick(seed, "session", 1, count) : count);
    }

    /// @dev Mostly whose turn it is.
    function _mover(uint256 seed, SessionView memory at) private view returns (address) {
        if (!_orderly && _chance(seed, "anyone", 6)) return _person(_somebody(seed));
        return at.rounds % 2 == 0 ? at.initiator : at.responder;
    }

    function _turn(uint64 session, SessionView memory at, SessionStatus from, SessionStatus to) private {
        _demand(sessionStatus[session - 1] == from && from <= SessionStatus.Negotiating, "9: a closed session went on");
        if (to != SessionStatus.Withdrawn) _demand(_now() <= at.deadline, "9: a turn after its deadline");
        sessionStatus[session - 1] = to;
    }

    function _agreedDeal(uint64 session, SessionView memory at) private pure returns (Deal memory deal) {
        deal = Deal({
            seller: at.initiator,
            buyer: at.responder,
            nonce: ON_CHAIN + session,
            sellerMeter: at.initiatorMeter,
            buyerMeter: at.responderMeter,
            interval: at.interval,
            count: at.count,
            price: at.price,
            energy: at.energy
        });
        if (at.initiatorSells) return deal;
        (deal.seller, deal.buyer) = (deal.buyer, deal.seller);
        (deal.sellerMeter, deal.buyerMeter) = (deal.buyerMeter, deal.sellerMeter);
    }
}
