// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Moves} from "./Moves.sol";

// The market may refuse a move; what it says then is for the unit tests.
// solhint-disable no-empty-blocks

/// @title Tokens in and out, gifts, the pause, and time.
abstract contract MoneyMoves is Moves {
    function deposit(uint256 seed) external {
        uint256 person = _somebody(seed);
        uint256 amount = _pick(seed, "amount", 1, STAKE / 10);
        _deposit(person, amount);
        free[_person(person)] += amount;
        ++done["deposit"];
    }

    /// @dev Up to twice what is there, paused or not.
    function withdraw(uint256 seed) external {
        address person = _person(_somebody(seed));
        uint256 amount = _pick(seed, "amount", 0, free[person] * (_chance(seed, "all", 4) ? 2 : 1) / 2);
        uint256 before = token.balanceOf(person);
        VM.prank(person);
        try market.withdraw(amount) {
            _demand(amount <= free[person], "2: withdrew more than was free");
            _demand(token.balanceOf(person) == before + amount, "2: withdrew another amount");
            free[person] -= amount;
            ++done["withdraw"];
        } catch {
            _demand(amount > free[person], "8: a free balance was not paid out");
        }
    }

    /// @dev Tokens sent to the market as a gift are nobody's.
    function donate(uint256 seed) external {
        uint256 person = _somebody(seed);
        uint256 amount = _pick(seed, "amount", 1, 1_000);
        _fund(person, amount);
        VM.prank(_person(person));
        _demand(token.transfer(address(market), amount), "2: a gift was refused");
        donated += amount;
        ++done["donate"];
    }

    function pause(uint256 seed) external {
        if (!_chance(seed, "alarm", 6)) return;
        VM.prank(GUARDIAN);
        try market.pause() {
            _demand(pauseEnd == 0 || _now() >= pauseEnd + PAUSE_COOLDOWN, "8: paused again too soon");
            pauseEnd = _now() + PAUSE_LENGTH;
            ++done["pause"];
        } catch {}
    }

    /// @dev A while, or until business goes on.
    function wait(uint256 seed) external {
        if (_paused() && _chance(seed, "over", 3)) VM.warp(pauseEnd);
        else VM.warp(_now() + _pick(seed, "seconds", 1, _chance(seed, "long", 4) ? 4 * INTERVAL : GATE));
    }

    /// @dev To the end of an interval that something was promised for.
    function waitForDelivery(uint256 seed) external {
        if (spots.length == 0) return;
        uint256 end = _end(spots[_late(seed, spots.length)].interval);
        if (end > _now()) VM.warp(end);
    }

    /// @dev To a border: the end of this interval, one second before it, or the end of its window.
    function waitForBorder(uint256 seed) external {
        uint256 end = _end(_present());
        uint256 which = _pick(seed, "border", 0, 3);
        if (which == 0) VM.warp(end);
        else if (which == 1) VM.warp(end - 1 > _now() ? end - 1 : end);
        else if (which == 2) VM.warp(_gate(_present() + 1) > _now() ? _gate(_present() + 1) : end);
        else VM.warp(end + WINDOW);
    }
}
