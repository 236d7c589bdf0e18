// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";

/// @title The market's time: intervals since an epoch, and how near to and far from them deals are recorded.
abstract contract MarketClock is IMeterRegistry {
    /// @inheritdoc IMeterRegistry
    uint64 public immutable EPOCH;
    /// @inheritdoc IMeterRegistry
    uint32 public immutable INTERVAL;
    /// @inheritdoc IMeterRegistry
    uint32 public immutable GATE;
    /// @inheritdoc IMeterRegistry
    uint32 public immutable HORIZON;
    /// @inheritdoc IMeterRegistry
    uint32 public immutable WINDOW;

    constructor(uint64 epoch, uint32 interval, uint32 gate, uint32 horizon, uint32 window) {
        if (interval < 2) revert InvalidParameter("interval", interval);
        if (window == 0) revert InvalidParameter("window", window);
        // An epoch before the first gate would make that gate a negative time
        if (epoch == 0 || epoch < gate) revert InvalidParameter("epoch", epoch);
        // With a gate beyond the horizon nothing could ever be recorded
        if (uint256(horizon) * interval < gate || horizon == 0) revert InvalidParameter("horizon", horizon);
        EPOCH = epoch;
        INTERVAL = interval;
        GATE = gate;
        HORIZON = horizon;
        WINDOW = window;
    }

    /// @inheritdoc IMeterRegistry
    function startOf(uint32 interval) public view returns (uint256) {
        // Both factors have 32 bits and the epoch has 64: nothing here comes near 2**256
        unchecked {
            return EPOCH + uint256(interval) * INTERVAL;
        }
    }

    /// @inheritdoc IMeterRegistry
    function gateOf(uint32 interval) public view returns (uint256) {
        // The constructor puts the epoch past the first gate
        unchecked {
            return startOf(interval) - GATE;
        }
    }

    function _endOf(uint32 interval) internal view returns (uint256) {
        unchecked {
            return startOf(interval) + INTERVAL;
        }
    }

    function _requireGateOpen(uint32 interval) internal view {
        uint256 gate = gateOf(interval);
        if (block.timestamp > gate) revert GateClosed(interval, gate, block.timestamp);
    }

    /// @dev Last start of an interval that something can be recorded for.
    function _horizon() internal view returns (uint256) {
        // Both factors have 32 bits, and the time of a block 64
        unchecked {
            return block.timestamp + uint256(HORIZON) * INTERVAL;
        }
    }

    function _requireWithinHorizon(uint32 interval) internal view {
        uint256 horizon = _horizon();
        if (startOf(interval) > horizon) revert BeyondHorizon(interval, horizon, block.timestamp);
    }
}
