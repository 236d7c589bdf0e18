// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Deal, DealStatus, SessionStatus} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {MarketStage} from "../support/MarketStage.sol";
import {MoreVm} from "./MoreVm.sol";

/// @title What the market should hold, kept beside it.
/// @notice The actions tell the model what the market accepted; the model says whether it may have been accepted at
/// all, and what must follow. A broken rule is written down rather than reverted, since a run ignores reverted calls.
abstract contract Model is MarketStage {
    /// @dev One slot of the market: an interval of a deal, or a cancelled number (then `deal` is empty).
    struct Row {
        bytes32 key;
        Deal deal;
        uint16 index;
        DealStatus status;
        uint64 position;
        uint256 place;
    }

    struct Place {
        uint64 position;
        uint64 quantity;
        bool live;
        address holder;
    }

    /// @dev Who took the tail of a queue last, and where the run of places begins that it took there.
    struct Tail {
        address holder;
        uint64 from;
    }

    struct Spot {
        uint32 meter;
        uint32 interval;
    }

    struct Said {
        bool posted;
        uint64 exported;
        uint64 imported;
    }

    MoreVm internal constant MORE = MoreVm(address(VM));
    /// @dev Persons 1 … PEOPLE; person n owns meter n.
    uint256 internal constant PEOPLE = 4;
    uint256 internal constant ATTESTED = 3;
    uint256 internal constant ATTESTER = 2003;
    uint32 internal constant SMALL_RATING = 3_000;
    address internal constant RIVAL = address(0x81FA1);
    address internal constant STRANGER = address(0x57A6E);

    /// @notice The first rule that was seen broken; empty while all is well.
    string public violation;
    /// @notice How often the market did what an action asked for.
    mapping(string action => uint256 times) public done;

    Row[] internal rows;
    /// @dev Place in `rows`, from 1.
    mapping(bytes32 key => uint256 place) internal rowAt;
    SessionStatus[] internal sessionStatus;
    Spot[] internal spots;
    mapping(uint32 meter => mapping(uint32 interval => Place[])) internal places;
    mapping(uint32 meter => mapping(uint32 interval => Tail)) internal tails;
    mapping(uint32 meter => mapping(uint32 interval => Said)) internal said;
    mapping(uint32 meter => mapping(uint32 interval => uint256)) internal delivered;
    mapping(address party => uint256) internal free;
    mapping(address party => uint256) internal numberOf;
    mapping(uint32 meter => uint256) internal openToProvider;
    mapping(uint32 meter => bool) internal frozen;
    mapping(uint32 meter => uint32) internal retiredFrom;
    mapping(uint32 meter => mapping(address market => bool)) internal allowed;
    uint256 internal donated;
    uint256 internal pauseEnd;

    function _demand(bool held, string memory rule) internal {
        if (!held && bytes(violation).length == 0) violation = rule;
    }

    function _now() internal view returns (uint256) {
        return MORE.getBlockTimestamp();
    }

    function _paused() internal view returns (bool) {
        return _now() < pauseEnd;
    }

    function _gate(uint32 interval) internal pure returns (uint256) {
        return EPOCH + uint256(interval) * INTERVAL - GATE;
    }

    function _end(uint32 interval) internal pure returns (uint256) {
        return EPOCH + (uint256(interval) + 1) * INTERVAL;
    }

    function _rating(uint32 meter) internal pure returns (uint32) {
        return meter == PEOPLE ? SMALL_RATING : RATING;
    }

    /// @dev Length of the queue: what stands in it, summed up.
    function _queued(uint32 meter, uint32 interval) internal view returns (uint64 sum) {
        Place[] storage queue = places[meter][interval];
        for (uint256 i = 0; i < queue.length; ++i) {
            if (queue[i].live) sum += queue[i].quantity;
        }
    }

    /// @dev Whether the export of a deal's interval is known, and what counts as delivered then.
    function _outcome(Row storage row) internal view returns (bool isFinal, uint64 counts) {
        Deal storage deal = row.deal;
        uint32 interval = deal.interval + row.index;
        if (deal.sellerMeter == 0) return (_now() >= _end(interval), deal.energy);
        return _reached(deal.sellerMeter, interval, row.position, deal.energy);
    }

    /// @dev Whether the export of an interval is known, and how much of a place lies below it.
    function _reached(uint32 meter, uint32 interval, uint64 position, uint64 quantity)
        internal
        view
        returns (bool isFinal, uint64 counts)
    {
        Said storage reading = said[meter][interval];
        if (!reading.posted) return (_now() >= _end(interval) + WINDOW, 0);
        uint256 last = uint256(position) + quantity;
        uint256 reached = reading.exported < last ? reading.exported : last;
        // forge-lint: disable-next-line(unsafe-typecast)
        return (true, reached > position ? uint64(reached - position) : 0);
    }

    /// @dev Whether a place can go back now, to `holder` alone.
    function _isTail(uint32 meter, uint32 interval, uint256 at, address holder) internal view returns (bool) {
        Place storage place = places[meter][interval][at];
        Tail storage tail = tails[meter][interval];
        bool held = place.live && place.holder == holder && tail.holder == holder && place.position >= tail.from;
        return held && place.position + place.quantity == _queued(meter, interval) && _now() <= _gate(interval);
    }

    /// @dev A place was taken in a queue.
    function _took(uint32 meter, uint32 interval, uint64 position, uint64 quantity, address holder)
        internal
        returns (uint256)
    {
        _demand(!frozen[meter], "10: a frozen meter committed");
        _demand(interval < retiredFrom[meter], "10: a retired meter committed");
        _demand(allowed[meter][holder], "3: committed without the owner's leave");
        _demand(_now() <= _gate(interval), "3: committed after the gate");
        _demand(_end(interval) - INTERVAL <= _now() + uint256(HORIZON) * INTERVAL, "3: committed beyond the horizon");
        _demand(position == _queued(meter, interval), "3: a place is not the end of its queue");
        Place[] storage queue = places[meter][interval];
        if (queue.length == 0) spots.push(Spot({meter: meter, interval: interval}));
        queue.push(Place({position: position, quantity: quantity, live: true, holder: holder}));
        Tail storage tail = tails[meter][interval];
        if (tail.holder != holder) (tail.holder, tail.from) = (holder, position);
        return queue.length - 1;
    }

    /// @dev The market says that it recorded this deal.
    function _recorded(bytes32 key, Deal memory deal, uint64 maxAhead) internal {
        _demand(!_paused(), "8: recorded while paused");
        _demand(deal.seller != deal.buyer, "2: a deal with itself");
        uint256 escrow = uint256(deal.price) * deal.energy * deal.count;
        _demand(escrow != 0 && escrow <= free[deal.buyer], "2: recorded without escrow");
        free[deal.buyer] -= escrow;
        if (deal.buyerMeter == 0) openToProvider[deal.sellerMeter] += uint256(deal.energy) * deal.count;
        else _demand(deal.interval + deal.count <= retiredFrom[deal.buyerMeter], "10: a retired meter bought");
        for (uint16 i = 0; i < deal.count; ++i) {
            bytes32 slotKey = bytes32(uint256(key) + i);
            _demand(rowAt[slotKey] == 0, "6: a used slot was recorded");
            uint64 position = 0;
            uint256 place = 0;
            if (deal.sellerMeter != 0) {
                position = _queued(deal.sellerMeter, deal.interval + i);
                _demand(position <= maxAhead, "3: recorded further behind than agreed");
                place = _took(deal.sellerMeter, deal.interval + i, position, deal.energy, address(market));
            }
            rows.push(
                Row({key: slotKey, deal: deal, index: i, status: DealStatus.Recorded, position: position, place: place})
            );
            rowAt[slotKey] = rows.length;
        }
    }

    /// @dev The market says that it settled this row.
    function _settled(Row storage row) internal {
        Deal storage deal = row.deal;
        _demand(row.status == DealStatus.Recorded, "6: settled what was not recorded");
        (bool isFinal, uint64 counts) = _outcome(row);
        _demand(isFinal, "5: settled before the reading is final");
        row.status = DealStatus.Settled;
        free[deal.seller] += uint256(deal.price) * counts;
        free[deal.buyer] += uint256(deal.price) * (deal.energy - counts);
        if (deal.buyerMeter == 0) openToProvider[deal.sellerMeter] -= deal.energy;
        if (deal.sellerMeter != 0) delivered[deal.sellerMeter][deal.interval + row.index] += counts;
    }

    /// @dev The market says that it released the deal that this row is part of.
    function _released(Row storage part) internal {
        Deal storage deal = part.deal;
        uint256 first = rowAt[part.key] - 1 - part.index;
        _demand(_now() <= _gate(deal.interval), "6: released after the gate");
        for (uint16 i = 0; i < deal.count; ++i) {
            Row storage row = rows[first + i];
            _demand(row.status == DealStatus.Recorded, "6: released what was not recorded");
            row.status = DealStatus.Released;
            free[deal.buyer] += uint256(deal.price) * deal.energy;
            if (deal.buyerMeter == 0) openToProvider[deal.sellerMeter] -= deal.energy;
            if (deal.sellerMeter != 0) _gaveBack(deal.sellerMeter, deal.interval + i, row.place, address(market));
        }
    }

    /// @dev A place at the end of a queue was given back.
    function _gaveBack(uint32 meter, uint32 interval, uint256 at, address holder) internal {
        Place storage place = places[meter][interval][at];
        _demand(place.live && place.holder == holder, "3: another's place was given back");
        _demand(place.position + place.quantity == _queued(meter, interval), "3: given back from the middle");
        _demand(_now() <= _gate(interval), "3: given back after the gate");
        _demand(_isTail(meter, interval, at, holder), "3: given back across another market's place");
        place.live = false;
        if (place.position == tails[meter][interval].from) delete tails[meter][interval];
    }

    /// @dev The market says that it wrote Cancelled here.
    function _cancelled(bytes32 key) internal {
        _demand(rowAt[key] == 0, "6: a used slot was cancelled");
        Deal memory none;
        rows.push(Row({key: key, deal: none, index: 0, status: DealStatus.Cancelled, position: 0, place: 0}));
        rowAt[key] = rows.length;
    }
}
