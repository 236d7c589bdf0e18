// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, IUtilityNegotiator, OpenRequest, SessionStatus, SessionView} from "../interfaces/IUtilityNegotiator.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {SessionParty, SessionPartyLib, SessionState, SessionStateLib} from "../libraries/SessionSlots.sol";
import {GuardedPause} from "../shared/GuardedPause.sol";
import {DealBook} from "./DealBook.sol";

/// @title Sessions of alternating offers on chain. An offer reads and writes one slot and reads the caller's.
abstract contract SessionBook is GuardedPause, DealBook {
    /// @dev Issues: bit 0 price, bit 1 energy.
    uint8 private constant PRICE = 1;
    uint8 private constant ENERGY = 2;
    uint8 private constant ALL = PRICE | ENERGY;

    /// @dev Three storage slots.
    struct Session {
        SessionState state;
        SessionParty initiator;
        SessionParty responder; // until someone joins: the named counterpart or zero
    }

    /// @inheritdoc IUtilityNegotiator
    uint64 public sessionCount;
    mapping(uint64 session => Session) private _sessions;

    /// @inheritdoc IUtilityNegotiator
    function open(OpenRequest calldata request) external whenNotPaused returns (uint64 session) {
        // Check
        if (request.counterpart == msg.sender) revert SelfDeal(msg.sender);
        if (request.meter == 0) revert InvalidParameter("meter", 0);
        if (request.count == 0) revert ZeroCount();
        if (request.maxRounds == 0) revert InvalidRounds(request.maxRounds);
        if (request.timeout == 0) revert InvalidTimeout(request.timeout);
        uint64 deadline = _nextDeadline(request.timeout, request.interval);

        // Effect
        session = ++sessionCount;
        Session storage record = _sessions[session];
        record.state = SessionStateLib.pack(request, deadline);
        record.initiator = SessionPartyLib.pack(msg.sender, request.meter, request.interval, request.maxAhead);
        if (request.counterpart != address(0)) record.responder = SessionPartyLib.pack(request.counterpart, 0, 0, 0);

        emit SessionOpened(session, msg.sender, request, deadline);
    }

    /// @inheritdoc IUtilityNegotiator
    function join(uint64 session, uint32 meter, uint32 maxAhead) external whenNotPaused {
        // Check
        Session storage record = _sessions[session];
        SessionState state = _requireStatus(session, record, SessionStatus.Open);
        _requireInTime(session, state.deadline());
        address named = record.responder.account();
        if (named != address(0) && named != msg.sender) revert NotCounterpart(session, msg.sender, named);
        SessionParty initiator = record.initiator;
        if (msg.sender == initiator.account()) revert SelfDeal(msg.sender);
        if (meter == 0) revert InvalidParameter("meter", 0);
        if (meter == initiator.meter()) revert SameMeter(meter);

        // Effect
        uint64 deadline = _nextDeadline(state.timeout(), initiator.interval());
        record.state = state.withStatus(SessionStatus.Negotiating).withDeadline(deadline);
        record.responder = SessionPartyLib.pack(msg.sender, meter, initiator.interval(), maxAhead);

        emit SessionJoined(session, msg.sender, meter, maxAhead, deadline);
    }

    /// @inheritdoc IUtilityNegotiator
    function offer(uint64 session, uint64 price, uint64 energy, uint8 locked) external {
        // Check
        Session storage record = _sessions[session];
        SessionState state = _requireStatus(session, record, SessionStatus.Negotiating);
        SessionParty party = _requireTurn(session, record, state);
        _requireInTime(session, state.deadline());
        uint16 round = state.rounds();
        if (round >= state.maxRounds()) revert RoundLimit(session, state.maxRounds());
        _requireAmounts(price, energy, state.count());
        _requireLocks(session, state, price, energy, locked);

        // Effect
        uint64 deadline = _nextDeadline(state.timeout(), party.interval());
        record.state = state.withOffer(locked, uint256(round) + 1, deadline, price, energy);

        emit OfferMade(session, round, price, energy, locked);
    }

    /// @inheritdoc IUtilityNegotiator
    function accept(uint64 session, uint16 round, uint64 price, uint64 energy)
        external
        whenNotPaused
        returns (bytes32 key)
    {
        // Check
        Session storage record = _sessions[session];
        SessionState state = _requireStatus(session, record, SessionStatus.Negotiating);
        _requireTurn(session, record, state);
        _requireInTime(session, state.deadline());
        if (state.rounds() == 0) revert NoStandingOffer(session);
        uint16 standing = state.rounds() - 1;
        if (round != standing || price != state.price() || energy != state.energy()) {
            revert StandingOfferDiffers(session, standing, state.price(), state.energy());
        }

        // Effect
        record.state = state.withStatus(SessionStatus.Agreed);

        emit SessionClosed(session, SessionStatus.Agreed, msg.sender);

        return _recordSession(session, record, state);
    }

    /// @inheritdoc IUtilityNegotiator
    function withdrawFrom(uint64 session) external {
        // Check
        Session storage record = _sessions[session];
        SessionState state = _requireLive(session);
        bool joined = state.status() == SessionStatus.Negotiating;
        if (msg.sender != record.initiator.account() && !(joined && msg.sender == record.responder.account())) {
            revert NotParty(msg.sender);
        }

        // Effect
        record.state = state.withStatus(SessionStatus.Withdrawn);

        emit SessionClosed(session, SessionStatus.Withdrawn, msg.sender);
    }

    /// @inheritdoc IUtilityNegotiator
    function expire(uint64 session) external {
        // Check
        SessionState state = _requireLive(session);
        uint256 deadline = state.deadline();
        if (block.timestamp <= deadline) revert TurnNotExpired(session, deadline, block.timestamp);

        // Effect
        _sessions[session].state = state.withStatus(SessionStatus.Expired);

        emit SessionClosed(session, SessionStatus.Expired, msg.sender);
    }

    /// @inheritdoc IUtilityNegotiator
    function sessions(uint64 session) external view returns (SessionView memory) {
        Session storage record = _sessions[session];
        SessionState state = record.state;
        SessionParty initiator = record.initiator;
        SessionParty responder = record.responder;
        return SessionView({
            status: state.status(),
            initiator: initiator.account(),
            responder: responder.account(),
            initiatorMeter: initiator.meter(),
            responderMeter: responder.meter(),
            interval: initiator.interval(),
            count: state.count(),
            maxAhead: state.initiatorSells() ? responder.maxAhead() : initiator.maxAhead(),
            initiatorSells: state.initiatorSells(),
            issueByIssue: state.issueByIssue(),
            rounds: state.rounds(),
            maxRounds: state.maxRounds(),
            timeout: state.timeout(),
            deadline: state.deadline(),
            price: state.price(),
            energy: state.energy(),
            locked: state.locked()
        });
    }

    function _recordSession(uint64 session, Session storage record, SessionState state) private returns (bytes32 key) {
        SessionParty seller = record.initiator;
        SessionParty buyer = record.responder;
        if (!state.initiatorSells()) (seller, buyer) = (buyer, seller);
        uint64 nonce = DealKey.ON_CHAIN + session;
        key = DealKey.base(CHAIN, seller.account(), buyer.account(), nonce);
        _record(
            key,
            Deal({
                seller: seller.account(),
                buyer: buyer.account(),
                nonce: nonce,
                sellerMeter: seller.meter(),
                buyerMeter: buyer.meter(),
                interval: seller.interval(),
                count: state.count(),
                price: state.price(),
                energy: state.energy()
            }),
            buyer.maxAhead()
        );
    }

    /// @dev End of a turn that begins now; reverts after the gate, where no turn can begin.
    function _nextDeadline(uint32 timeout, uint32 interval) private view returns (uint64) {
        uint256 gate = _requireGateOpen(interval);
        uint256 deadline;
        unchecked {
            deadline = block.timestamp + timeout;
        }
        // At most a 32-bit timeout from now
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(deadline < gate ? deadline : gate);
    }

    function _requireStatus(uint64 session, Session storage record, SessionStatus expected)
        private
        view
        returns (SessionState state)
    {
        state = record.state;
        SessionStatus status = state.status();
        if (status == expected) return state;
        if (status == SessionStatus.None) revert UnknownSession(session);
        revert WrongSessionStatus(session, status, expected);
    }

    function _requireLive(uint64 session) private view returns (SessionState state) {
        state = _sessions[session].state;
        SessionStatus status = state.status();
        if (status == SessionStatus.None) revert UnknownSession(session);
        if (status > SessionStatus.Negotiating) revert WrongSessionStatus(session, status, SessionStatus.Negotiating);
    }

    /// @dev Even rounds are the initiator's.
    function _requireTurn(uint64 session, Session storage record, SessionState state)
        private
        view
        returns (SessionParty party)
    {
        party = state.rounds() % 2 == 0 ? record.initiator : record.responder;
        if (msg.sender != party.account()) revert OutOfTurn(session, msg.sender, party.account());
    }

    function _requireInTime(uint64 session, uint256 deadline) private view {
        if (block.timestamp > deadline) revert TurnExpired(session, deadline, block.timestamp);
    }

    /// @dev Standing locks stay; a lock is set only on a value that the other side offered last; a package has none,
    /// and what would lock everything is an acceptance.
    function _requireLocks(uint64 session, SessionState state, uint64 price, uint64 energy, uint8 locked) private pure {
        uint8 standing = state.locked();
        if (locked | standing == 0) return;
        bool kept = locked & standing == standing;
        bool allowed = locked == 0 || (state.issueByIssue() && state.rounds() != 0 && locked < ALL);
        bool repeated =
            (locked & PRICE == 0 || price == state.price()) && (locked & ENERGY == 0 || energy == state.energy());
        if (!kept || !allowed || !repeated) revert InvalidLock(session, standing, locked);
    }
}
