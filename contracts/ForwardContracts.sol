// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {BillDesk} from "./forward/BillDesk.sol";
import {Balances} from "./shared/Balances.sol";
import {GuardedPause} from "./shared/GuardedPause.sol";
import {MarketTime} from "./shared/MarketTime.sol";

/// @title The market of forward contracts of one utility, composed. Documented in `IForwardContracts`.
contract ForwardContracts is BillDesk {
    /// @param guardian zero: nobody can pause
    /// @param pauseLength seconds, at most 30 days
    /// @param pauseCooldown seconds after a pause in which there is no other
    constructor(
        address token,
        address registry,
        uint8 utility,
        address guardian,
        uint32 pauseLength,
        uint32 pauseCooldown
    ) Balances(token) MarketTime(registry, utility) GuardedPause(guardian, pauseLength, pauseCooldown) {}
}
