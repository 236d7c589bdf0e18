// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry} from "../../../contracts/interfaces/IMeterRegistry.sol";

/// @title What the baseline's factory and its clones both check, each in its own code: amounts and deadlines.
abstract contract BaselineRules {
    error ZeroAmount(uint64 price, uint64 energy);
    error AmountOverflow(uint64 price, uint64 energy, uint16 count);
    error GateClosed(uint32 interval, uint256 gate, uint256 time);

    uint256 private immutable FIRST_GATE;
    uint256 private immutable INTERVAL;

    constructor(IMeterRegistry registry) {
        FIRST_GATE = registry.EPOCH() - registry.GATE();
        INTERVAL = registry.INTERVAL();
    }

    function _deadlineOf(uint32 timeout, uint32 interval) internal view returns (uint64) {
        uint256 gate = FIRST_GATE + interval * INTERVAL;
        if (block.timestamp > gate) revert GateClosed(interval, gate, block.timestamp);
        uint256 deadline = block.timestamp + timeout;
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(deadline < gate ? deadline : gate);
    }

    function _requireAmounts(uint64 price, uint64 energy, uint16 count) internal pure {
        if (price == 0 || energy == 0) revert ZeroAmount(price, energy);
        bool fits = energy <= type(uint32).max && uint256(price) * energy * count <= uint64(type(int64).max);
        if (!fits) revert AmountOverflow(price, energy, count);
    }
}
