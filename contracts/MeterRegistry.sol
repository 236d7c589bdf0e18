// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MarketClock} from "./registry/MarketClock.sol";
import {MeterBook} from "./registry/MeterBook.sol";
import {RegisterDesk} from "./registry/RegisterDesk.sol";

/// @title The root of a market, composed: clock, meters, supplies, queue, readings, registers. Documented in
/// `IMeterRegistry`.
contract MeterRegistry is RegisterDesk {
    constructor(uint64 epoch, uint32 interval, uint32 gate, uint32 horizon, uint32 window, address registrar)
        MarketClock(epoch, interval, gate, horizon, window)
        MeterBook(registrar)
    {}
}
