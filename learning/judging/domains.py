"""Trade sessions to judge strategies in: what is negotiated, each side's private limits, and what deals are worth to it.

Sessions are drawn, not taken from a market day: a tournament asks how strategies do over the kinds of domain that there
are, with seller and buyer limited in price and amount as preferences and reservation prices limit them in a market.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from agents.strategy import Context, Stake
from agents.tactics.utility import Additive, Gain, Utility
from learning.judging.errors import JudgingError
from market.issues import Domain, Issue, Values, trade_domain
from market.terms import Party
from market.trader import Brief

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SELLER: Final = 0
BUYER: Final = 1
PARTIES: Final = (Party("0x" + "1" * 40), Party("0x" + "2" * 40))

PRICES: Final = (10, 40)
"""Fewest and most prices of a domain."""
AMOUNTS: Final = (5, 25)
"""Fewest and most amounts."""
ROUNDS: Final = (20, 60)
"""Fewest and most offers of a session."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one side may agree to; private."""

    reservation: int
    """Last acceptable price, on the grid of the price issue."""
    least: int
    most: int
    """Amounts, on the grid of the energy issue."""
    weights: tuple[float, float] = (0.5, 0.5)
    """Of price and energy, where utility is additive."""


@dataclass(frozen=True)
class Match:
    """One session to be played, whoever plays it: a domain, both sides' limits, who opens.

    Attributes
    ----------
    number : int
        Among the drawn ones.
    domain : Domain
        Price (token units per base unit) between the provider's two, energy (base units).
    limits : (Limits, Limits)
        Of the seller and of the buyer.
    utility : str
        ``gain``: what the trade earns over the own reservation price (`agents.tactics.utility.Gain`); ``additive``:
        the weighted sum of price and energy. Both are 1 at the best within the limits, 0 without a deal.
    """

    number: int
    domain: Domain
    limits: tuple[Limits, Limits]
    max_rounds: int
    seller_opens: bool
    utility: Literal["gain", "additive"] = "gain"
    issue_by_issue: bool = True
    kind: str = "trades"

    @property
    def roles(self) -> tuple[str, str]:
        """How the seats are called."""
        return "seller", "buyer"

    def context(self, side: int, rng: np.random.Generator, parameters: Mapping[str, Any]) -> Context:
        """What a strategy in the seat of ``side`` knows."""
        price, _ = self.domain.issues
        limits = self.limits[side]
        brief = Brief(
            selling=side == SELLER,
            counterpart=PARTIES[1 - side],
            step=0,
            interval=1,
            buy_price=price.low,
            sell_price=price.high,
            domain=self.domain,
            max_rounds=self.max_rounds,
        )
        return Context(
            brief=brief,
            least=limits.least,
            most=limits.most,
            reservation=limits.reservation,
            parameters=parameters,
            rng=rng,
        )

    def stakes(self, side: int) -> tuple[Stake, Stake]:
        """Limits and senses of price and energy for a side."""
        return self.context(side, np.random.default_rng(0), {}).stakes

    def utility_of(self, side: int) -> Utility:
        """What outcomes are worth to a side."""
        stakes = self.stakes(side)
        return Gain(stakes) if self.utility == "gain" else Additive(stakes, self.limits[side].weights)

    def signs(self, side: int, values: Values) -> bool:
        """Whether a side could take an offer at all."""
        return all(stake.allows(value) for stake, value in zip(self.stakes(side), values, strict=True))

    def table(self, side: int) -> FloatArray:
        """Utilities of the domain's outcomes in their order, shape (m,): no deal 0, the best 1, −1 beyond the limits."""
        outcomes = np.array(list(self.domain.outcomes()), np.int64)
        within = np.ones(len(outcomes), bool)
        for i, stake in enumerate(self.stakes(side)):
            within &= (outcomes[:, i] >= stake.low) & (outcomes[:, i] <= stake.high)
        return np.where(within, self.utility_of(side).of(outcomes), -1.0)

    @cached_property
    def possible(self) -> IntArray:
        """Every outcome within both sides' limits, shape (outcomes, 2); none if there is nothing to agree on."""
        axes = []
        for i, issue in enumerate(self.domain.issues):
            values = np.asarray(issue.values(), np.int64)
            for side in (SELLER, BUYER):
                stake = self.stakes(side)[i]
                values = values[(values >= stake.low) & (values <= stake.high)]
            axes.append(values)
        return np.stack([axis.reshape(-1) for axis in np.meshgrid(*axes, indexing="ij")], axis=1)

    @cached_property
    def space(self) -> tuple[FloatArray, FloatArray]:
        """The seller's and the buyer's utility of every possible outcome, each of shape (outcomes,)."""
        return self.utility_of(SELLER).of(self.possible), self.utility_of(BUYER).of(self.possible)


def draw_match(number: int, seed: int) -> Match:
    """The match of that number: the same however many are drawn.

    A price domain of 10 to 40 ticks and 5 to 25 amounts; the seller's reservation price in the lowest, the buyer's in
    the highest two fifths, so that there always are prices for both; amounts limited from below and from above, with at
    least one that suits both; 20 to 60 offers; either side opens, and either utility, with equal chance.
    """
    if number < 0 or seed < 0:
        raise JudgingError("match, seed", (number, seed), "at least 0 each")
    rng = np.random.default_rng([seed, number])
    prices = int(rng.integers(PRICES[0], PRICES[1] + 1))
    amounts = int(rng.integers(AMOUNTS[0], AMOUNTS[1] + 1))
    buy, tick = int(rng.integers(20, 120)), int(rng.integers(1, 6))
    energy_tick = int(rng.choice([1, 5, 10]))
    domain = trade_domain(
        price=Issue("price", buy, buy + (prices - 1) * tick, tick),
        energy=Issue("energy", energy_tick, amounts * energy_tick, energy_tick),
    )
    share = 2 * (prices - 1) // 5
    shared = int(rng.integers((amounts + 1) // 2, amounts + 1))  # an amount that suits both
    limits = []
    for side in (SELLER, BUYER):
        steps = int(rng.integers(0, share + 1))
        place = steps if side == SELLER else prices - 1 - steps
        weight = round(float(rng.uniform(0.2, 0.8)), 3)
        limits.append(
            Limits(
                reservation=buy + place * tick,
                least=int(rng.integers(1, shared // 2 + 1)) * energy_tick,
                most=int(rng.integers(shared, amounts + 1)) * energy_tick,
                weights=(weight, round(1 - weight, 3)),
            )
        )
    return Match(
        number=number,
        domain=domain,
        limits=(limits[SELLER], limits[BUYER]),
        max_rounds=int(rng.integers(ROUNDS[0], ROUNDS[1] + 1)),
        seller_opens=bool(rng.integers(2)),
        utility="gain" if rng.integers(2) else "additive",
        issue_by_issue=bool(rng.integers(2)),
    )
