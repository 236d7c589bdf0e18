"""The episodes that a deployed agent traded, read back from the tables of a run, which its ledger's record made.

From them a training can go on: what counts as an opponent's behaviour is what was really offered, not what a scenario says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars

from agents.concession import concession

RATES: Final = tuple(float(rate) for rate in np.geomspace(0.1, 10.0, 41))
"""Concession rates that are tried."""


class NoEpisodes(ValueError):
    """A folder that holds no run's tables."""

    exit_code = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: found no tables/sessions.parquet, expected the folder of a finished run")


@dataclass(frozen=True)
class Offer:
    """An offer of a session.

    Attributes
    ----------
    round : int
        From 0, over both sides.
    own : bool
        Made by the agent itself.
    price, energy : int
        Token units per base unit, base units.
    """

    round: int
    own: bool
    price: int
    energy: int


@dataclass(frozen=True)
class Episode:
    """One session of the agent and what came of it.

    Attributes
    ----------
    session, step, interval : int
        Its number, when it was held, for which delivery.
    counterpart : str
    selling : bool
        The agent's side.
    offers : tuple of Offer
        In order.
    agreed : bool
    price, energy, delivered : int
        Of the deal; 0 without one.
    gain : int
        Over the provider, token units, as settled.
    buy_price, sell_price : int
        The provider's in that interval, or in the nearest that the run has prices of.
    """

    session: int
    step: int
    interval: int
    counterpart: str
    selling: bool
    offers: tuple[Offer, ...]
    agreed: bool
    price: int
    energy: int
    delivered: int
    gain: int
    buy_price: int
    sell_price: int


@dataclass(frozen=True)
class Episodes:
    """All sessions of one party in a run, in their order."""

    party: str
    episodes: tuple[Episode, ...]

    @property
    def gain(self) -> int:
        """Over the provider, token units, of all of them."""
        return sum(episode.gain for episode in self.episodes)


def read_episodes(folder: Path, party: str) -> Episodes:
    """The sessions of ``party`` in the run of ``folder``.

    Raises
    ------
    NoEpisodes
        If the folder has no tables of a run.
    """
    tables = folder / "tables"
    if not (tables / "sessions.parquet").is_file():
        raise NoEpisodes(folder)
    sessions, offers, deals = (
        polars.read_parquet(tables / f"{name}.parquet") for name in ("sessions", "offers", "deals")
    )
    prices = {row["interval"]: (row["provider_buys"], row["provider_sells"]) for row in deals.to_dicts()}
    traded: dict[int, dict[str, Any]] = {row["session"]: row for row in deals.to_dicts() if row["session"]}
    made: dict[int, list[Offer]] = {}
    for row in offers.sort("session", "round").to_dicts():
        offer = Offer(row["round"], row["proposer"] == party, row["price"], row["energy"])
        made.setdefault(row["session"], []).append(offer)
    found = []
    for row in sessions.to_dicts():
        if party not in (row["seller"], row["buyer"]):
            continue
        selling, deal = row["seller"] == party, traded.get(row["session"])
        buy_price, sell_price = _nearest(prices, row["interval"])
        found.append(
            Episode(
                session=row["session"],
                step=row["step"],
                interval=row["interval"],
                counterpart=row["buyer"] if selling else row["seller"],
                selling=selling,
                offers=tuple(made.get(row["session"], ())),
                agreed=row["outcome"] == "agreed",
                price=row["price"],
                energy=row["energy"],
                delivered=deal["delivered"] if deal else 0,
                gain=(deal["seller_gain"] if selling else deal["buyer_gain"]) if deal else 0,
                buy_price=buy_price,
                sell_price=sell_price,
            )
        )
    return Episodes(party, tuple(found))


def observed_rates(episodes: Episodes) -> dict[str, float]:
    """For each counterpart the cr of Eq. 1 (``agents.concession``) that its prices fit best.

    The share of the provider's price range that it had conceded at t, against (t / dl)^(1/cr) with dl the last offer of
    the longest session: the least sum of squares over :data:`RATES`. Whoever imitates or stands still is described by it
    as well as a rate can. Without an offer there is no rate.
    """
    last = max((len(episode.offers) for episode in episodes.episodes), default=1) - 1
    seen: dict[str, list[tuple[int, float]]] = {}
    for episode in episodes.episodes:
        seen.setdefault(episode.counterpart, []).extend(_conceded(episode))
    return {name: _fit(points, max(1, last)) for name, points in seen.items() if points}


def _conceded(episode: Episode) -> list[tuple[int, float]]:
    """(t, share of the way from its best to the provider's price for it) of every offer of the counterpart."""
    low, high = episode.buy_price, episode.sell_price
    if high <= low:
        return []
    best, worst = (low, high) if episode.selling else (high, low)
    return [
        (offer.round, min(max((offer.price - best) / (worst - best), 0.0), 1.0))
        for offer in episode.offers
        if not offer.own
    ]


def _fit(points: Sequence[tuple[int, float]], last: int) -> float:
    def missed(rate: float) -> float:
        return sum((concession(0.0, 1.0, last, rate, t) - share) ** 2 for t, share in points)

    return min(RATES, key=missed)


def _nearest(prices: dict[int, tuple[int, int]], interval: int) -> tuple[int, int]:
    if not prices:
        return 0, 0
    return prices[min(prices, key=lambda known: (abs(known - interval), known))]
