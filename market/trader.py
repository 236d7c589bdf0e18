"""What the market asks of those who trade in it, and of the world that meters them.

Ports only: ``agents`` implements :class:`Trader`, ``energy`` and the scenarios give the :class:`World`. The market learns
from a trader nothing but an amount it wants to trade and its moves in a session; preferences, reservation values and
forecasts stay with the trader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from market.issues import Domain
from market.ledger.port import ProviderOrder, Reading, Recorded, Settlement
from market.matching import Announcement, Choice
from market.negotiation import Negotiator
from market.terms import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a trader is told when a session begins.

    ``step`` and ``interval`` are interval numbers: now, and of delivery. ``domain`` holds the issues, price first and
    energy second, within the provider's two prices and both meters' ratings.
    """

    selling: bool
    counterpart: Party
    step: int
    interval: int
    buy_price: int
    """What the provider pays in ``interval``, token units per base unit."""
    sell_price: int
    """What the provider asks in ``interval``, token units per base unit."""
    domain: Domain
    max_rounds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is public when traders choose whom to meet: who announces what for ``interval``, and the provider's prices."""

    step: int
    interval: int
    meeting: int
    """Round of meetings in this step, from 0."""
    announced: Sequence[Announcement]
    """Of all that are in no session, the chooser among them."""
    buy_price: int
    sell_price: int


class Trader(Protocol):
    """One party of the market and its agent."""

    @property
    def name(self) -> str: ...

    @property
    def party(self) -> Party: ...

    @property
    def meter(self) -> int: ...

    def position(self, step: int, interval: int) -> int:
        """Base units it would still sell (positive) or buy (negative) in ``interval``, seen from ``step``."""
        ...

    def choose(self, outlook: Outlook) -> Choice:
        """Whom it wants to meet now, once for each round of meetings of a step."""
        ...

    def negotiator(self, brief: Brief) -> Negotiator | None:
        """Its agent for one session, or None if it does not want this one."""
        ...

    def provider_order(
        self, step: int, interval: int, buy_price: int, sell_price: int
    ) -> ProviderOrder | None:
        """What it buys from or sells to the provider for ``interval`` now, if anything."""
        ...

    def recorded(self, deal: Recorded) -> None:
        """A deal of its own is binding."""
        ...

    def settled(self, settlement: Settlement) -> None:
        """An interval of a deal of its own is paid and refunded."""
        ...


class World(Protocol):
    """What physically happens: profiles, batteries and meters."""

    def plan(self, meter: int, interval: int, amount: int) -> None:
        """A deal is binding: ``meter`` sold ``amount`` more base units (negative: bought) for ``interval``."""
        ...

    def lend(self, meter: int, interval: int, amount: int) -> None:
        """A leg of a loan is binding: ``meter`` gives ``amount`` more base units in ``interval`` (negative: receives)."""
        ...

    def call_off(self, meter: int, interval: int, amount: int, *, blocked: bool) -> None:
        """``meter`` need not give a leg back after all; ``blocked``: its place in the queue could not be freed, so that
        the first ``amount`` that it exports count for nobody."""
        ...

    def realise(self, interval: int) -> list[Reading]:
        """Let ``interval`` happen, its controllers aiming at what is planned, and read every meter."""
        ...
