// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DealStatus} from "../../../contracts/interfaces/IUtilityNegotiator.sol";
import {DealMoves} from "./DealMoves.sol";
import {MeterMoves} from "./MeterMoves.sol";

/// @title What seldom comes about by chance: a deal whose meter reports within it, settled.
abstract contract DeliveryMoves is DealMoves, MeterMoves {
    /// @dev Exports end within the deal's place, before it, or behind it.
    function deliver(uint256 seed) external {
        if (rows.length == 0) return;
        Row storage row = rows[_late(seed, rows.length)];
        uint32 meter = row.deal.sellerMeter;
        if (row.status != DealStatus.Recorded || meter == 0) return;
        uint32 interval = row.deal.interval + row.index;
        if (_now() < _end(interval)) VM.warp(_end(interval));
        uint256 start = _chance(seed, "short", 4) ? 0 : row.position;
        uint256 exported = _pick(seed, "exported", start, row.position + uint256(row.deal.energy) * 5 / 4);
        if (exported > _rating(meter)) exported = _rating(meter);
        // forge-lint: disable-next-line(unsafe-typecast)
        _post(_signedReading(meter, interval, uint64(exported)));
        _settle(row, false);
    }
}
