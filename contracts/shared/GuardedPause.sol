// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IGuardedPause} from "../interfaces/IGuardedPause.sol";

/// @title New business can be stopped for a while, by one account, and not again soon.
abstract contract GuardedPause is IGuardedPause {
    /// @dev Longest pause that a market may be built with.
    uint32 private constant LONGEST_PAUSE = 30 days;

    /// @inheritdoc IGuardedPause
    address public immutable GUARDIAN;
    /// @inheritdoc IGuardedPause
    uint32 public immutable PAUSE_LENGTH;
    /// @inheritdoc IGuardedPause
    uint32 public immutable PAUSE_COOLDOWN;

    uint64 private _pausedUntil;

    /// @param guardian zero: nobody can pause
    constructor(address guardian, uint32 pauseLength, uint32 pauseCooldown) {
        if (pauseLength > LONGEST_PAUSE) revert InvalidParameter("pauseLength", pauseLength);
        // Without it, pauses could be chained into one that never ends
        if (pauseCooldown < pauseLength) revert InvalidParameter("pauseCooldown", pauseCooldown);
        GUARDIAN = guardian;
        PAUSE_LENGTH = pauseLength;
        PAUSE_COOLDOWN = pauseCooldown;
    }

    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    /// @inheritdoc IGuardedPause
    function pause() external {
        // Check
        if (msg.sender != GUARDIAN) revert NotGuardian(msg.sender, GUARDIAN);
        uint256 last = _pausedUntil;
        uint256 earliest = last + PAUSE_COOLDOWN;
        if (last != 0 && block.timestamp < earliest) revert PauseTooSoon(earliest, block.timestamp);

        // Effect
        uint256 until = block.timestamp + PAUSE_LENGTH;
        // forge-lint: disable-next-line(unsafe-typecast)
        _pausedUntil = uint64(until);

        emit Paused(until);
    }

    /// @inheritdoc IGuardedPause
    function pausedUntil() external view returns (uint256) {
        return _pausedUntil;
    }

    function _requireNotPaused() private view {
        uint256 until = _pausedUntil;
        if (block.timestamp < until) revert PausedUntil(until, block.timestamp);
    }
}
