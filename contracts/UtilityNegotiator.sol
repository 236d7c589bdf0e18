// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ProviderDesk} from "./negotiator/ProviderDesk.sol";
import {SessionBook} from "./negotiator/SessionBook.sol";
import {SignedSessions} from "./negotiator/SignedSessions.sol";
import {Balances} from "./shared/Balances.sol";
import {GuardedPause} from "./shared/GuardedPause.sol";
import {MarketTime} from "./shared/MarketTime.sol";

/// @title The market of one utility, composed. Documented in `IUtilityNegotiator`.
contract UtilityNegotiator is SessionBook, SignedSessions, ProviderDesk {
    /// @param tariff zero: no provider; else a tariff that counts time by the same registry
    /// @param guardian zero: nobody can pause
    /// @param pauseLength seconds, at most 30 days
    /// @param pauseCooldown seconds after a pause in which there is no other
    /// @param providerCap most base units that one meter may have open towards the provider
    constructor(
        address token,
        address registry,
        address tariff,
        uint8 utility,
        address guardian,
        uint32 pauseLength,
        uint32 pauseCooldown,
        uint64 providerCap
    )
        Balances(token)
        MarketTime(registry, utility)
        GuardedPause(guardian, pauseLength, pauseCooldown)
        ProviderDesk(tariff, providerCap)
    {}
}
