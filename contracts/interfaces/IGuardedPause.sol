// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IParameters} from "./IParameters.sol";

/// @title New business can be stopped for a while, by one account, and not again soon.
interface IGuardedPause is IParameters {
    event Paused(uint256 until);

    error NotGuardian(address caller, address guardian);
    error PausedUntil(uint256 until, uint256 time);
    error PauseTooSoon(uint256 earliest, uint256 time);

    function GUARDIAN() external view returns (address);
    function PAUSE_LENGTH() external view returns (uint32);
    function PAUSE_COOLDOWN() external view returns (uint32);

    /// @notice Stops new business (whatever records, and what leads there) for PAUSE_LENGTH; not again before
    /// PAUSE_COOLDOWN has passed after that. Settling, refunds, readings, withdrawals and redemption cannot be stopped.
    function pause() external;
    function pausedUntil() external view returns (uint256);
}
