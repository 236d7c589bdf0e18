"""A community of a file in a day-ahead market: what it bids by each strategy, and what it pays beside its old tariff."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from agents.community.bid import Bid, BidRules, Hour, HourPaid, decide_bids, settle
from agents.community.strategies import TeamStrategy
from learning.execution.run import Progress
from market.issues import Issue
from scenarios.community.build import Case, mediator_of, named, strategy_of, whole
from scenarios.community.build import price as price_of
from scenarios.community.negotiated import volumes_of
from scenarios.community.prices import Prices, read_prices
from scenarios.errors import ScenarioError
from scenarios.units import ELECTRICITY, TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class BidDays:
    """The bids of one strategy over a price file, hour by hour from its second day on."""

    strategy: str
    hours: tuple[datetime, ...]
    needs: tuple[Hour, ...]
    bids: tuple[Bid | None, ...]
    prices: tuple[int, ...]
    """Of the market [token units per Wh]."""
    paid: tuple[HourPaid, ...]

    def cost(self, name: str | None = None) -> Fraction:
        """What a member, or all, paid [token units]."""
        return sum(
            (part for hour in self.paid for who, part in hour.paid.items() if name in (None, who)),
            Fraction(0),
        )

    def at_old_rates(self, name: str | None = None) -> int:
        """What a member, or all, would have paid without any bids [token units]."""
        return sum(
            part for hour in self.paid for who, part in hour.at_old_rates.items() if name in (None, who)
        )

    @property
    def accepted(self) -> int:
        """Bids that the market took."""
        return sum(hour.accepted for hour in self.paid)

    @property
    def made(self) -> int:
        """Bids that went out."""
        return sum(bid is not None for bid in self.bids)

    @property
    def from_market(self) -> float:
        """Share of the community's balance, hour by hour, that went through the market."""
        wanted = sum(abs(hour.balance) for hour in self.needs)
        return sum(hour.energy for hour in self.paid) / wanted if wanted else 0.0

    @property
    def rounds(self) -> float | None:
        """Mean rounds that a bid took."""
        taken = [bid.rounds for bid in self.bids if bid is not None]
        return sum(taken) / len(taken) if taken else None

    def machine_form(self) -> dict[str, Any]:
        """For JSON: money in tokens, prices in tokens per kWh, energies in kWh."""
        bids = zip(self.hours, self.needs, self.bids, self.prices, self.paid, strict=True)
        names = self.needs[0].energy if self.needs else {}
        return {
            "strategy": self.strategy,
            "hours": len(self.hours),
            "bids": self.made,
            "accepted": self.accepted,
            "from_market": self.from_market,
            "rounds": self.rounds,
            "cost": float(self.cost()) / TOKEN,
            "old_cost": self.at_old_rates() / TOKEN,
            "members": {
                name: {"cost": float(self.cost(name)) / TOKEN, "old_cost": self.at_old_rates(name) / TOKEN}
                for name in names
            },
            "by_hour": [
                {
                    "hour": hour.isoformat(),
                    "energy": ELECTRICITY.amount(need.balance),
                    "bid": None
                    if bid is None
                    else {
                        "side": "buy" if bid.buys else "sell",
                        "price": ELECTRICITY.tokens_per_unit(bid.price),
                        "energy": ELECTRICITY.amount(bid.energy),
                    },
                    "price": ELECTRICITY.tokens_per_unit(price),
                    "accepted": paid.accepted,
                }
                for hour, need, bid, price, paid in bids
            ],
        }


def bid_days(
    case: Case,
    name: str | None,
    strategies: Sequence[str],
    file: Path,
    *,
    step: Decimal,
    seed: int | None = None,
    progress: Progress = lambda what, done, total: None,
) -> list[BidDays]:
    """Bid for each day of a price file from its second on, with each of ``strategies``.

    Parameters
    ----------
    step
        kWh of a step.
    seed
        Of ties that are left to chance; None: the file's.

    Raises
    ------
    ScenarioError, BidError, StrategyNotAllowed, StrategyError
    """
    prices = read_prices(file, case.zone)
    with named(case.path):
        table, community = case.community(name)
        rules = BidRules(
            prices=_grid(case, prices),
            step=whole(case.path, "--step", ELECTRICITY.energy, step),
            rounds=case.table.turns,
        )
        teams: list[TeamStrategy] = [strategy_of(case, one) for one in strategies]
        for team in teams:
            team.check(community)
        places, needs = _needs(case, name, prices, file)
        mediator = mediator_of(community, table)
        market = tuple(prices.prices[i] for i in places)
        found = []
        for at, team in enumerate(teams):
            progress(f"Bids by {team.name}", at, len(teams))
            rng = np.random.default_rng(case.table.seed if seed is None else seed)
            bids = decide_bids(community, team, needs, rules, rng=rng, mediator=mediator)
            paid = tuple(
                settle(community, need, bid, clearing)
                for need, bid, clearing in zip(needs, bids, market, strict=True)
            )
            found.append(
                BidDays(
                    strategy=team.name,
                    hours=tuple(prices.hours[i] for i in places),
                    needs=needs,
                    bids=bids,
                    prices=market,
                    paid=paid,
                )
            )
        progress("Bids", len(teams), len(teams))
    return found


def _grid(case: Case, prices: Prices) -> Issue:
    """From the lowest price of market or rates to the highest that a rate can have, on the file's tick."""
    tick = price_of(case.path, "rates.tick", case.table.rates.tick)
    rates = case.rules.domain.issues[0]
    low = min(rates.low, min(prices.prices) // tick * tick)
    return Issue("price", low, rates.high, tick)


def _needs(
    case: Case, name: str | None, prices: Prices, file: Path
) -> tuple[tuple[int, ...], tuple[Hour, ...]]:
    """Places of the hours to bid for, and what is known of each before."""
    table, community = case.community(name)
    volumes = {member.name: volumes_of(case, table, member) for member in community.members}
    starts = [edge.astimezone(UTC) for edge in case.boundaries]
    expected = prices.expected()
    counted: dict[tuple[int, int], int] = {}
    places, needs = [], []
    for i, when in enumerate(prices.hours):
        period = bisect_right(starts, when.astimezone(UTC)) - 1
        if not 0 <= period < len(case.hours):
            first, last = case.boundaries[0].isoformat(), case.boundaries[-1].isoformat()
            raise ScenarioError(file, "hour", when.isoformat(), f"an hour of the contract, {first} to {last}")
        if i not in expected:
            continue
        block = case.blocks.at(when)
        total = case.hours[period][block]
        seen = counted[period, block] = counted.get((period, block), -1) + 1
        # What is left over by rounding goes to the next hour of the block.
        energy = {
            who: (seen + 1) * by_period[period][block] // total - seen * by_period[period][block] // total
            for who, by_period in volumes.items()
        }
        places.append(i)
        needs.append(Hour(block=block, energy=energy, expected=expected[i]))
    return tuple(places), tuple(needs)
