// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";

import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Deal, OpenRequest, SessionStatus} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {BaselineRules} from "./BaselineRules.sol";
import {CloneMarket} from "./CloneMarket.sol";
import {ICloneNegotiation} from "./IClones.sol";

/// @title The baseline that gas figures are measured against: one contract per negotiation, which stores its offers.
/// @notice How such a market is usually written: a factory (`CloneMarket`) makes an OpenZeppelin clone of this for each
/// negotiation; the clone keeps who, what and every offer (one slot each) in storage and, on acceptance, has the market
/// record the deal. It enforces the same turns, deadlines, locks and limits as `UtilityNegotiator`, emits the same
/// events, and its slots are packed as well as the data allow. The clone is OpenZeppelin's with its `Initializable`, and
/// the market can be paused, as ours.
/// @dev As first committed it had neither of these two and took 713,573 gas for six offers to escrow (713,573 × 0.60 =
/// 428,143); they were added when the market stood at 446,366, since the rules ask for a pause and OpenZeppelin's part.
contract CloneNegotiation is BaselineRules, Initializable, ICloneNegotiation {
    struct Terms {
        SessionStatus status; // bits 0..7
        bool initiatorSells; // bits 8..15
        bool issueByIssue; // bits 16..23
        uint16 count; // bits 24..39
        uint16 maxRounds; // bits 40..55
        uint32 timeout; // bits 56..87
        uint32 interval; // bits 88..119
        uint64 joinDeadline; // bits 120..183; of joining, then of the first offer
    }

    struct Party {
        address account; // bits 0..159
        uint32 meter; // bits 160..191
        uint32 maxAhead; // bits 192..223
    }

    struct StoredOffer {
        uint64 price; // bits 0..63
        uint64 energy; // bits 64..127
        uint64 deadline; // bits 128..191: of the turn it begins
        uint8 locked; // bits 192..199
    }

    event SessionJoined(address indexed responder, uint32 meter, uint32 maxAhead, uint64 deadline);
    event OfferMade(uint16 round, uint64 price, uint64 energy, uint8 locked);
    event SessionClosed(SessionStatus status, address by);

    error SelfDeal(address party);
    error SameMeter(uint32 meter);
    error NotMarket(address caller);
    error WrongStatus(SessionStatus status, SessionStatus expected);
    error NotCounterpart(address caller, address counterpart);
    error OutOfTurn(address caller, address expected);
    error TurnExpired(uint256 deadline, uint256 time);
    error RoundLimit(uint16 maxRounds);
    error NoStandingOffer();
    error StandingOfferDiffers(uint16 round, uint64 price, uint64 energy);
    error InvalidLock(uint8 standing, uint8 proposed);

    CloneMarket public immutable MARKET;

    Terms public terms;
    Party public initiator;
    Party public responder;
    StoredOffer[] public offers;

    constructor(CloneMarket market, IMeterRegistry registry) BaselineRules(registry) {
        MARKET = market;
        _disableInitializers();
    }

    function initialize(address opener, OpenRequest calldata request, uint64 deadline) external initializer {
        if (msg.sender != address(MARKET)) revert NotMarket(msg.sender);
        terms = Terms({
            status: SessionStatus.Open,
            initiatorSells: request.selling,
            issueByIssue: request.issueByIssue,
            count: request.count,
            maxRounds: request.maxRounds,
            timeout: request.timeout,
            interval: request.interval,
            joinDeadline: deadline
        });
        initiator = Party({account: opener, meter: request.meter, maxAhead: request.maxAhead});
        if (request.counterpart != address(0)) responder.account = request.counterpart;
    }

    function join(uint32 meter, uint32 maxAhead) external {
        MARKET.requireNotPaused();
        Terms memory t = terms;
        if (t.status != SessionStatus.Open) revert WrongStatus(t.status, SessionStatus.Open);
        if (block.timestamp > t.joinDeadline) revert TurnExpired(t.joinDeadline, block.timestamp);
        address named = responder.account;
        if (named != address(0) && named != msg.sender) revert NotCounterpart(msg.sender, named);
        Party memory first = initiator;
        if (first.account == msg.sender) revert SelfDeal(msg.sender);
        if (first.meter == meter) revert SameMeter(meter);

        uint64 deadline = _deadlineOf(t.timeout, t.interval);
        terms.status = SessionStatus.Negotiating;
        terms.joinDeadline = deadline;
        responder = Party({account: msg.sender, meter: meter, maxAhead: maxAhead});

        emit SessionJoined(msg.sender, meter, maxAhead, deadline);
    }

    function offer(uint64 price, uint64 energy, uint8 locked) external {
        Terms memory t = terms;
        if (t.status != SessionStatus.Negotiating) revert WrongStatus(t.status, SessionStatus.Negotiating);
        uint256 round = offers.length;
        address expected = round % 2 == 0 ? initiator.account : responder.account;
        if (msg.sender != expected) revert OutOfTurn(msg.sender, expected);
        if (round >= t.maxRounds) revert RoundLimit(t.maxRounds);
        if (round == 0) {
            if (block.timestamp > t.joinDeadline) revert TurnExpired(t.joinDeadline, block.timestamp);
            if (locked != 0) revert InvalidLock(0, locked);
        } else {
            StoredOffer memory standing = offers[round - 1];
            if (block.timestamp > standing.deadline) revert TurnExpired(standing.deadline, block.timestamp);
            bool legal = locked & standing.locked == standing.locked && locked < 3 && (t.issueByIssue || locked == 0)
                && (locked & 1 == 0 || price == standing.price) && (locked & 2 == 0 || energy == standing.energy);
            if (!legal) revert InvalidLock(standing.locked, locked);
        }
        _requireAmounts(price, energy, t.count);

        offers.push(
            StoredOffer({price: price, energy: energy, deadline: _deadlineOf(t.timeout, t.interval), locked: locked})
        );

        // forge-lint: disable-next-line(unsafe-typecast)
        emit OfferMade(uint16(round), price, energy, locked);
    }

    function accept(uint16 round, uint64 price, uint64 energy) external returns (bytes32 key) {
        Terms memory t = terms;
        if (t.status != SessionStatus.Negotiating) revert WrongStatus(t.status, SessionStatus.Negotiating);
        uint256 made = offers.length;
        if (made == 0) revert NoStandingOffer();
        Party memory first = initiator;
        Party memory second = responder;
        address expected = made % 2 == 0 ? first.account : second.account;
        if (msg.sender != expected) revert OutOfTurn(msg.sender, expected);
        StoredOffer memory standing = offers[made - 1];
        if (block.timestamp > standing.deadline) revert TurnExpired(standing.deadline, block.timestamp);
        if (round != made - 1 || price != standing.price || energy != standing.energy) {
            // forge-lint: disable-next-line(unsafe-typecast)
            revert StandingOfferDiffers(uint16(made - 1), standing.price, standing.energy);
        }

        terms.status = SessionStatus.Agreed;
        emit SessionClosed(SessionStatus.Agreed, msg.sender);

        (Party memory seller, Party memory buyer) = t.initiatorSells ? (first, second) : (second, first);
        return MARKET.record(
            Deal({
                seller: seller.account,
                buyer: buyer.account,
                nonce: 0, // the market numbers its clones
                sellerMeter: seller.meter,
                buyerMeter: buyer.meter,
                interval: t.interval,
                count: t.count,
                price: price,
                energy: energy
            }),
            buyer.maxAhead
        );
    }
}
