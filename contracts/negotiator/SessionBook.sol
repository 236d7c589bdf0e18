// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, IUtilityNegotiator, OpenRequest, SessionStatus, SessionView} from "../interfaces/IUtilityNegotiator.sol";
import {DealKey} from "../libraries/DealKey.sol";
import {DealBook} from "./DealBook.sol";
import {GuardedPause} from "./GuardedPause.sol";

/// @title Sessions of alternating offers on chain. An offer reads and writes one slot and reads the caller's.
abstract contract SessionBook is GuardedPause, DealBook {
    /// @dev Issues: bit 0 price, bit 1 energy.
    uint8 private constant PRICE = 1;
    uint8 private constant ENERGY = 2;
    uint8 private constant ALL = PRICE | ENERGY;

    /// @dev One storage slot; all that changes from turn to turn, and what a turn must know.
    struct State {
        SessionStatus status; // bits 0..7
        bool initiatorSells; // bits 8..15
        bool issueByIssue; // bits 16..23
        uint8 locked; // bits 24..31
        uint16 rounds; // bits 32..47: offers made
        uint16 maxRounds; // bits 48..63
        uint16 count; // bits 64..79
        uint32 timeout; // bits 80..111
        uint40 deadline; // bits 112..151: at most a 32-bit timeout from now
        uint64 price; // bits 152..215: of the standing offer
        uint32 energy; // bits 216..247
    }

    /// @dev One storage slot each.
    struct Party {
        address account; // bits 0..159
        uint32 meter; // bits 160..191
        uint32 interval; // bits 192..223: the session's; in both, so that a turn reads one party only
        uint32 maxAhead; // bits 224..255
    }

    struct Session {
        State state;
        Party initiator;
        Party responder; // until someone joins: the named counterpart or zero
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
        uint40 deadline = _nextDeadline(request.timeout, request.interval);

        // Effect
        session = ++sessionCount;
        Session storage record = _sessions[session];
        record.state = State({
            status: SessionStatus.Open,
            initiatorSells: request.selling,
            issueByIssue: request.issueByIssue,
            locked: 0,
            rounds: 0,
            maxRounds: request.maxRounds,
            count: request.count,
            timeout: request.timeout,
            deadline: deadline,
            price: 0,
            energy: 0
        });
        record.initiator =
            Party({account: msg.sender, meter: request.meter, interval: request.interval, maxAhead: request.maxAhead});
        if (request.counterpart != address(0)) record.responder.account = request.counterpart;

        emit SessionOpened(session, msg.sender, request, deadline);
    }

    /// @inheritdoc IUtilityNegotiator
    function join(uint64 session, uint32 meter, uint32 maxAhead) external whenNotPaused {
        // Check
        Session storage record = _sessions[session];
        State memory state = _requireStatus(session, SessionStatus.Open);
        _requireInTime(session, state.deadline);
        address named = record.responder.account;
        if (named != address(0) && named != msg.sender) revert NotCounterpart(session, msg.sender, named);
        Party memory initiator = record.initiator;
        if (msg.sender == initiator.account) revert SelfDeal(msg.sender);
        if (meter == 0) revert InvalidParameter("meter", 0);
        if (meter == initiator.meter) revert SameMeter(meter);

        // Effect
        state.status = SessionStatus.Negotiating;
        state.deadline = _nextDeadline(state.timeout, initiator.interval);
        record.state = state;
        record.responder = Party({account: msg.sender, meter: meter, interval: initiator.interval, maxAhead: maxAhead});

        emit SessionJoined(session, msg.sender, meter, maxAhead, state.deadline);
    }

    /// @inheritdoc IUtilityNegotiator
    function offer(uint64 session, uint64 price, uint64 energy, uint8 locked) external {
        // Check
        State memory state = _requireStatus(session, SessionStatus.Negotiating);
        Party memory party = _requireTurn(session, state);
        _requireInTime(session, state.deadline);
        uint16 round = state.rounds;
        if (round >= state.maxRounds) revert RoundLimit(session, state.maxRounds);
        _requireAmounts(price, energy, state.count);
        _requireLocks(session, state, price, energy, locked);

        // Effect
        state.locked = locked;
        state.rounds = round + 1;
        state.deadline = _nextDeadline(state.timeout, party.interval);
        state.price = price;
        // forge-lint: disable-next-line(unsafe-typecast)
        state.energy = uint32(energy);
        _sessions[session].state = state;

        emit OfferMade(session, round, price, energy, locked);
    }

    /// @inheritdoc IUtilityNegotiator
    function accept(uint64 session, uint16 round, uint64 price, uint64 energy)
        external
        whenNotPaused
        returns (bytes32 key)
    {
        // Check
        State memory state = _requireStatus(session, SessionStatus.Negotiating);
        _requireTurn(session, state);
        _requireInTime(session, state.deadline);
        if (state.rounds == 0) revert NoStandingOffer(session);
        uint16 standing = state.rounds - 1;
        if (round != standing || price != state.price || energy != state.energy) {
            revert StandingOfferDiffers(session, standing, state.price, state.energy);
        }

        // Effect
        _sessions[session].state.status = SessionStatus.Agreed;

        emit SessionClosed(session, SessionStatus.Agreed, msg.sender);

        return _recordSession(session, state);
    }

    /// @inheritdoc IUtilityNegotiator
    function withdrawFrom(uint64 session) external {
        // Check
        Session storage record = _sessions[session];
        _requireLive(session, record.state.status);
        bool joined = record.state.status == SessionStatus.Negotiating;
        if (msg.sender != record.initiator.account && !(joined && msg.sender == record.responder.account)) {
            revert NotParty(msg.sender);
        }

        // Effect
        record.state.status = SessionStatus.Withdrawn;

        emit SessionClosed(session, SessionStatus.Withdrawn, msg.sender);
    }

    /// @inheritdoc IUtilityNegotiator
    function expire(uint64 session) external {
        // Check
        State storage state = _sessions[session].state;
        _requireLive(session, state.status);
        if (block.timestamp <= state.deadline) revert TurnNotExpired(session, state.deadline, block.timestamp);

        // Effect
        state.status = SessionStatus.Expired;

        emit SessionClosed(session, SessionStatus.Expired, msg.sender);
    }

    /// @inheritdoc IUtilityNegotiator
    function sessions(uint64 session) external view returns (SessionView memory) {
        Session memory record = _sessions[session];
        return SessionView({
            status: record.state.status,
            initiator: record.initiator.account,
            responder: record.responder.account,
            initiatorMeter: record.initiator.meter,
            responderMeter: record.responder.meter,
            interval: record.initiator.interval,
            count: record.state.count,
            maxAhead: record.state.initiatorSells ? record.responder.maxAhead : record.initiator.maxAhead,
            initiatorSells: record.state.initiatorSells,
            issueByIssue: record.state.issueByIssue,
            rounds: record.state.rounds,
            maxRounds: record.state.maxRounds,
            timeout: record.state.timeout,
            deadline: record.state.deadline,
            price: record.state.price,
            energy: record.state.energy,
            locked: record.state.locked
        });
    }

    function _recordSession(uint64 session, State memory state) private returns (bytes32 key) {
        Party memory seller = _sessions[session].initiator;
        Party memory buyer = _sessions[session].responder;
        if (!state.initiatorSells) (seller, buyer) = (buyer, seller);
        uint64 nonce = DealKey.ON_CHAIN + session;
        key = DealKey.base(seller.account, buyer.account, nonce);
        _record(
            key,
            Deal({
                seller: seller.account,
                buyer: buyer.account,
                nonce: nonce,
                sellerMeter: seller.meter,
                buyerMeter: buyer.meter,
                interval: seller.interval,
                count: state.count,
                price: state.price,
                energy: state.energy
            }),
            buyer.maxAhead
        );
    }

    /// @dev End of a turn that begins now; reverts after the gate, where no turn can begin.
    function _nextDeadline(uint32 timeout, uint32 interval) private view returns (uint40) {
        uint256 gate = _requireGateOpen(interval);
        uint256 deadline = block.timestamp + timeout;
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint40(deadline < gate ? deadline : gate);
    }

    function _requireStatus(uint64 session, SessionStatus expected) private view returns (State memory state) {
        state = _sessions[session].state;
        if (state.status == SessionStatus.None) revert UnknownSession(session);
        if (state.status != expected) revert WrongSessionStatus(session, state.status, expected);
    }

    function _requireLive(uint64 session, SessionStatus status) private pure {
        if (status == SessionStatus.None) revert UnknownSession(session);
        if (status > SessionStatus.Negotiating) revert WrongSessionStatus(session, status, SessionStatus.Negotiating);
    }

    /// @dev Even rounds are the initiator's.
    function _requireTurn(uint64 session, State memory state) private view returns (Party memory party) {
        party = state.rounds % 2 == 0 ? _sessions[session].initiator : _sessions[session].responder;
        if (msg.sender != party.account) revert OutOfTurn(session, msg.sender, party.account);
    }

    function _requireInTime(uint64 session, uint256 deadline) private view {
        if (block.timestamp > deadline) revert TurnExpired(session, deadline, block.timestamp);
    }

    /// @dev Standing locks stay; a lock is set only on a value that the other side offered last; a package has none,
    /// and what would lock everything is an acceptance.
    function _requireLocks(uint64 session, State memory state, uint64 price, uint64 energy, uint8 locked) private pure {
        bool kept = locked & state.locked == state.locked;
        bool allowed = locked == 0 || (state.issueByIssue && state.rounds != 0 && locked < ALL);
        bool repeated =
            (locked & PRICE == 0 || price == state.price) && (locked & ENERGY == 0 || energy == state.energy);
        if (!kept || !allowed || !repeated) revert InvalidLock(session, state.locked, locked);
    }
}
