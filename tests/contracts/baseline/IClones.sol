// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {OpenRequest} from "../../../contracts/interfaces/IUtilityNegotiator.sol";

/// @title What the gas figures call of one negotiation of the baseline.
interface ICloneNegotiation {
    function join(uint32 meter, uint32 maxAhead) external;

    function offer(uint64 price, uint64 energy, uint8 locked) external;

    function accept(uint16 round, uint64 price, uint64 energy) external returns (bytes32 key);
}

/// @title What the gas figures call of the baseline's market.
interface ICloneMarket {
    function deposit(uint256 amount) external;

    function open(OpenRequest calldata request) external returns (ICloneNegotiation negotiation);
}
