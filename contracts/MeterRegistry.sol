// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MarketClock} from "./registry/MarketClock.sol";
import {MeterBook} from "./registry/MeterBook.sol";
import {ReadingDesk} from "./registry/ReadingDesk.sol";

/// @title The root of a market, composed: clock, meters, queue, readings. Documented in `IMeterRegistry`.
contract MeterRegistry is ReadingDesk {
    constructor(uint64 epoch, uint32 interval, uint32 gate, uint32 horizon, uint32 window, address registrar)
        MarketClock(epoch, interval, gate, horizon, window)
        MeterBook(registrar)
    {}
}
