// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MeterSlot, Reading, SignedReading} from "../../../contracts/interfaces/IMeterRegistry.sol";
import {Moves} from "./Moves.sol";

// The market may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Readings, conflicts, retirement, permissions, and another market on the same meters.
abstract contract MeterMoves is Moves {
    function post(uint256 seed) external {
        _post(_said(seed, 0));
    }

    /// @dev Two readings of one meter, and one signed by another's key.
    function postBatch(uint256 seed) external {
        SignedReading[] memory signed = new SignedReading[](3);
        signed[0] = _said(seed, 0);
        signed[1] = _said(seed, 1);
        signed[2] = signed[0];
        (signed[2].r, signed[2].vs) = VM.signCompact(77, registry.readingDigest(signed[2].reading));
        VM.prank(STRANGER);
        uint256 count = registry.postBatch(signed);
        uint256 found = 0;
        for (uint256 i = 0; i < 2; ++i) {
            Reading memory reading = signed[i].reading;
            MeterSlot memory slot = registry.slots(reading.meter, reading.interval);
            bool present = said[reading.meter][reading.interval].posted;
            if (present || !slot.recorded || slot.exported != reading.exported) continue;
            _posted(reading);
            ++found;
        }
        _demand(found == count, "11: the batch counts what it did not post");
        if (found != 0) ++done["postBatch"];
    }

    /// @dev Seldom, and only of the last meters, so that others go on selling.
    function proveConflict(uint256 seed) external {
        if (!_chance(seed, "caught", 12)) return;
        uint32 meter = _meterOf(_pick(seed, "meter", ATTESTED, PEOPLE));
        SignedReading memory a = _reading(1000 + meter, meter, _present(), 1);
        SignedReading memory b = _reading(1000 + meter, meter, _present(), 2);
        VM.prank(STRANGER);
        try registry.proveConflict(a.reading, a.r, a.vs, b.reading, b.r, b.vs) {
            _demand(!frozen[meter], "10: frozen twice");
            frozen[meter] = true;
            ++done["proveConflict"];
        } catch {}
    }

    function retire(uint256 seed) external {
        if (!_chance(seed, "ends", 12)) return;
        uint256 person = _pick(seed, "meter", ATTESTED, PEOPLE);
        uint32 meter = _meterOf(person);
        uint32 from = _soon(seed);
        VM.prank(_person(person));
        try registry.retire(meter, from) {
            _demand(from < retiredFrom[meter], "10: a retirement was postponed");
            _demand(_now() <= _gate(from), "10: retired after the gate");
            retiredFrom[meter] = from;
            ++done["retire"];
        } catch {}
    }

    function allow(uint256 seed) external {
        uint256 person = _somebody(seed);
        address whom = _chance(seed, "rival", 2) ? RIVAL : address(market);
        bool yes = !_chance(seed, "no", 4);
        VM.prank(_person(person));
        registry.allowMarket(_meterOf(person), whom, yes);
        allowed[_meterOf(person)][whom] = yes;
    }

    function commitElsewhere(uint256 seed) external {
        uint256 person = _somebody(seed);
        uint32 meter = _meterOf(person);
        uint32 interval = _soon(seed);
        uint64 quantity = _energy(seed, 2_000);
        VM.prank(RIVAL);
        try registry.commit(
            meter, _person(person), 0, address(0), ELECTRICITY, interval, quantity, type(uint64).max
        ) returns (
            uint64 position
        ) {
            _took(meter, interval, position, quantity, RIVAL);
            ++done["commitElsewhere"];
        } catch {}
    }

    /// @dev The rival tries to give back the last place of a queue, or any other, whoever holds it.
    function giveBackElsewhere(uint256 seed) external {
        if (spots.length == 0) return;
        Spot memory spot = spots[_late(seed, spots.length)];
        Place[] storage queue = places[spot.meter][spot.interval];
        if (queue.length == 0) return; // a reading without a promise
        uint256 at = _chance(seed, "any", 3) ? _pick(seed, "in queue", 0, queue.length - 1) : queue.length - 1;
        Place memory wanted = queue[at];
        VM.prank(RIVAL);
        try registry.uncommit(spot.meter, spot.interval, wanted.position, wanted.quantity) {
            // What was given back may have been taken again, exactly as it was: meant is the one that stands
            for (uint256 i = 0; i < queue.length; ++i) {
                bool same = queue[i].position == wanted.position && queue[i].quantity == wanted.quantity;
                if (same && queue[i].live) at = i;
            }
            _gaveBack(spot.meter, spot.interval, at, RIVAL);
            ++done["giveBackElsewhere"];
        } catch {}
    }

    /// @dev Mostly of an interval that something was promised for, and near what was promised.
    function _said(uint256 seed, uint64 more) private view returns (SignedReading memory) {
        uint32 meter = _meterOf(_somebody(seed));
        uint32 interval = _present() == 0 ? 0 : _present() - 1;
        if (spots.length != 0 && !_chance(seed, "elsewhere", 5)) {
            Spot memory spot = spots[_late(seed, spots.length)];
            (meter, interval) = (spot.meter, spot.interval);
        }
        uint256 most = uint256(_queued(meter, interval)) * 5 / 4 + 10;
        if (most > _rating(meter)) most = _rating(meter);
        // forge-lint: disable-next-line(unsafe-typecast)
        return _signedReading(meter, interval, uint64(_pick(seed, "exported", 0, most)) + more);
    }

    /// @dev Signed by the meter, and by its attester where it has one.
    function _signedReading(uint32 meter, uint32 interval, uint64 exported)
        internal
        view
        returns (SignedReading memory signed)
    {
        signed.reading = Reading({meter: meter, interval: interval, exported: exported, imported: exported / 3});
        bytes32 digest = registry.readingDigest(signed.reading);
        (signed.r, signed.vs) = VM.signCompact(1000 + meter, digest);
        if (meter == ATTESTED) (signed.attesterR, signed.attesterVs) = VM.signCompact(ATTESTER, digest);
    }

    function _post(SignedReading memory signed) internal {
        VM.prank(STRANGER);
        try registry.post(signed) {
            _posted(signed.reading);
            ++done["post"];
        } catch {}
    }

    function _posted(Reading memory reading) private {
        Said storage before = said[reading.meter][reading.interval];
        _demand(!before.posted, "10: a reading was posted twice");
        _demand(_now() >= _end(reading.interval), "10: a reading came too early");
        _demand(_now() < _end(reading.interval) + WINDOW, "10: a reading came too late");
        said[reading.meter][reading.interval] =
            Said({posted: true, exported: reading.exported, imported: reading.imported});
        if (places[reading.meter][reading.interval].length == 0) {
            // Nothing was promised; remembered so that the reading is looked at again
            spots.push(Spot({meter: reading.meter, interval: reading.interval}));
        }
    }
}
