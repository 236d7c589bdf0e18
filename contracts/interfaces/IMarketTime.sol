// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IParameters} from "./IParameters.sol";

/// @title The registry that a market commits energy at, its utility, and the registry's time.
interface IMarketTime is IParameters {
    error GateClosed(uint32 interval, uint256 gate, uint256 time);
    error BeyondHorizon(uint32 interval, uint256 horizon, uint256 time);
    error NotFinal(uint32 meter, uint32 interval, uint256 finalAt, uint256 time);

    function REGISTRY() external view returns (address);
    function UTILITY() external view returns (uint8);
}
