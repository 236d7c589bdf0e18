"""A market's clock on a chain: set where it can be set, waited for where it cannot, and played back in a replay."""

import time as _time
from collections.abc import Callable

from chain.errors import ClockNotSettable
from chain.port import Network
from market.ledger.port import MarketRules

LONGEST_REALTIME_INTERVAL = 60
"""Seconds: a run that waits for every interval has short ones, or its day takes a day."""


class Clock:
    """Time as the ledger sees it.

    Raises
    ------
    ClockNotSettable
        If the network's clock cannot be set and ``realtime`` is false, or an interval is too long to wait for.
    """

    def __init__(
        self,
        network: Network,
        rules: MarketRules,
        *,
        realtime: bool = False,
        progress: Callable[[int, int], None] | None = None,
        wall: Callable[[], float] = _time.time,
        sleep: Callable[[float], None] = _time.sleep,
    ) -> None:
        if not realtime and not network.clock_settable:
            raise ClockNotSettable(network.name)
        if realtime and rules.interval > LONGEST_REALTIME_INTERVAL:
            raise ClockNotSettable(f"{network.name} (interval {rules.interval} s)")
        self._network = network
        self._realtime = realtime
        self._progress = progress
        self._wall = wall
        self._sleep = sleep
        self._replayed: int | None = None
        self.block_gas = network.block_gas_limit()

    def replay(self, start: int) -> None:
        """Begin at ``start`` again; the past is played back until the chain's own time is reached."""
        self._replayed = start

    def now(self) -> int:
        """Seconds since 1970."""
        present = self._network.now()
        if self._realtime:
            present = max(present, int(self._wall()))
        return present if self._replayed is None else min(self._replayed, present)

    def end_replay(self) -> None:
        """Go on with the chain's own time."""
        self._replayed = None

    def advance_to(self, time: int) -> bool:
        """Move to ``time``; whether the chain's own clock had to move for it."""
        if self._replayed is not None:
            self._replayed = max(self._replayed, time)
        if self._network.now() >= time:
            return False
        self._replayed = None
        if self._realtime:
            self._wait(time)
        else:
            self._network.set_time(time)
        return True

    def _wait(self, time: int) -> None:
        while (now := self.now()) < time:
            if self._progress is not None:
                self._progress(now, time)
            self._sleep(min(1.0, max(0.05, time - self._wall())))
