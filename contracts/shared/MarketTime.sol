// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IMarketTime} from "../interfaces/IMarketTime.sol";
import {IMeterRegistry} from "../interfaces/IMeterRegistry.sol";

/// @title The registry and its clock; the clock's constants are kept here, since they never change.
abstract contract MarketTime is IMarketTime {
    /// @inheritdoc IMarketTime
    address public immutable REGISTRY;
    /// @inheritdoc IMarketTime
    uint8 public immutable UTILITY;

    uint256 private immutable FIRST_START;
    uint256 private immutable INTERVAL;
    uint256 private immutable FIRST_GATE;
    uint256 private immutable AHEAD;
    uint256 private immutable WINDOW;

    constructor(address registry, uint8 utility) {
        if (registry == address(0)) revert ZeroAddress("registry");
        IMeterRegistry clock = IMeterRegistry(registry);
        REGISTRY = registry;
        UTILITY = utility;
        FIRST_START = clock.EPOCH();
        INTERVAL = clock.INTERVAL();
        FIRST_GATE = clock.EPOCH() - clock.GATE();
        AHEAD = uint256(clock.HORIZON()) * clock.INTERVAL();
        WINDOW = clock.WINDOW();
    }

    /// @dev `interval` is a 32-bit number (or a sum of two, at the end of a run or of a loan), and so is all else but
    /// the 64-bit epoch: nothing here comes near 2**256, and the registry's constructor puts the epoch past the first
    /// gate.
    function _startOf(uint256 interval) internal view returns (uint256) {
        unchecked {
            return FIRST_START + interval * INTERVAL;
        }
    }

    function _endOf(uint256 interval) internal view returns (uint256) {
        unchecked {
            return _startOf(interval) + INTERVAL;
        }
    }

    function _gateOf(uint256 interval) internal view returns (uint256) {
        unchecked {
            return FIRST_GATE + interval * INTERVAL;
        }
    }

    /// @dev When the interval's export is final even if nothing is said.
    function _silenceOf(uint256 interval) internal view returns (uint256) {
        return _endOf(interval) + WINDOW;
    }

    /// @dev When the registers at the start of the interval are final even if nothing is said.
    function _silenceFrom(uint256 interval) internal view returns (uint256) {
        return _startOf(interval) + WINDOW;
    }

    function _requireGateOpen(uint32 interval) internal view returns (uint256 gate) {
        gate = _gateOf(interval);
        if (block.timestamp > gate) revert GateClosed(interval, gate, block.timestamp);
    }

    /// @dev All intervals of what is recorded must lie within the horizon; the last of them decides.
    function _requireWithinHorizon(uint256 last) internal view {
        uint256 horizon;
        unchecked {
            horizon = block.timestamp + AHEAD;
        }
        if (_startOf(last) > horizon || last > type(uint32).max) {
            // forge-lint: disable-next-line(unsafe-typecast)
            revert BeyondHorizon(uint32(last), horizon, block.timestamp);
        }
    }

    /// @dev Most intervals that a run within the horizon can have.
    function _longestRun() internal view returns (uint256) {
        return AHEAD / INTERVAL + 1;
    }
}
