"""Loan sessions to judge strategies in: two homes, a moment of the year, and what every loan between them is worth to each.

Utilities are those of the cooperative's model (`agents.loans.space`) over household and roof profiles of SimBench; the
homes are drawn, so that a tournament asks how strategies do over the kinds of pairs that there are.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.cooperative.members import Member
from agents.cooperative.outlook import expected_net
from agents.loan_negotiator import LoanGround
from agents.loans.domain import default_domain, seen_by_peer
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import aspiration
from agents.loans.space import contract_space
from agents.tactics.table import Table
from energy.battery import Battery
from energy.forecast import ForecastError
from energy.profiles import PV_YIELD_KWH_PER_KWP, ProfileSet, load_simbench
from learning.judging.domains import BUYER, ROUNDS, SELLER
from learning.judging.errors import JudgingError
from market.issues import Domain, Issue, Values

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CONTRACTS: Final = default_domain()
"""15 quantities from −0.7 to 0.7 kWh, and return after 1 to 95 quarters of an hour, as in the paper."""
LOANS: Final = Domain(
    (
        Issue("quantity", -(len(CONTRACTS.quantities) // 2), len(CONTRACTS.quantities) // 2),
        Issue("return_after", CONTRACTS.return_times[0], CONTRACTS.return_times[-1]),
    )
)
"""The same contracts as whole numbers: tenths of a kWh that the first home lends, and intervals."""
HORIZON: Final = 96
SCENARIOS: Final = 50
"""Courses of its net demand that a home judges loans by."""
QUANTILES: Final = (0.5, 0.9)
"""Least and greatest quantile to which a home aspires where it plays as the paper's agent."""
WORTH: Final = 0.1
"""What some loan of a pair gains each of the two at least, as a part of the best that a loan could gain it."""
TRIES: Final = 500
"""Pairs that are drawn until one has such a loan."""


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """What one home makes of the contracts, own view, shape (nq, nt)."""

    utilities: FloatArray
    no_deal: float
    quantile: float

    @property
    def gains(self) -> FloatArray:
        """What each gains over no deal, as a part of the best; −1 at least."""
        best = float(self.utilities.max()) - self.no_deal
        gained: FloatArray = np.full_like(self.utilities, -1.0)
        if best > 0:
            gained = np.maximum((self.utilities - self.no_deal) / best, -1.0)
        return gained


@dataclass(frozen=True)
class LoanMatch:
    """One session about a loan to be played, whoever plays it; its tables follow from ``seed`` and ``number``.

    The seller's seat is the first home's and the buyer's the second's: in either, q > 0 is what the first one lends.

    Attributes
    ----------
    number : int
        Among the drawn ones.
    seed : int
        Of all of them.
    """

    number: int
    seed: int
    max_rounds: int
    seller_opens: bool
    kind: str = "loans"
    issue_by_issue: bool = False

    @property
    def domain(self) -> Domain:
        """Quantity and return time."""
        return LOANS

    @property
    def roles(self) -> tuple[str, str]:
        """How the seats are called."""
        return "first home", "second home"

    @property
    def _sides(self) -> tuple[_Side, _Side]:
        return _pair(self.seed, self.number)

    def ground(self, side: int) -> LoanGround:
        """What a home negotiates from, as the paper's agent takes it."""
        own = self._sides[side]
        border = aspiration(own.utilities, no_deal=own.no_deal, quantile=own.quantile)
        return LoanGround(
            domain=self.domain,
            # A ground's domain is in the view of who opens; here it is the first home's, whoever does.
            opens=side == SELLER,
            utilities=own.utilities,
            no_deal=own.no_deal,
            border=border,
            proposes=border,
            least_gain=0.0,
        )

    def table(self, side: int) -> FloatArray:
        """Utilities of the domain's outcomes in their order, shape (m,): no deal 0, the best 1, below 0 what is not signed.

        No loan is none of the outcomes that anybody signs: it is what there is without an agreement.
        """
        seen = self._sides[side].gains
        seen[CONTRACTS.zero] = -1.0
        return np.ascontiguousarray(seen if side == SELLER else seen_by_peer(seen)).reshape(-1)

    def utility_of(self, side: int) -> Table:
        """What outcomes are worth to a side."""
        return Table(self.domain, self.table(side))

    def signs(self, side: int, values: Values) -> bool:
        """Whether a side could take an offer at all."""
        return bool(self.utility_of(side).of(np.array([values], np.int64))[0] >= 0)

    @cached_property
    def possible(self) -> IntArray:
        """Every outcome that is no loss to either, shape (outcomes, 2)."""
        both = (self.table(SELLER) >= 0) & (self.table(BUYER) >= 0)
        return np.array(list(self.domain.outcomes()), np.int64)[both]

    @cached_property
    def space(self) -> tuple[FloatArray, FloatArray]:
        """The first and the second home's utility of every possible outcome, each of shape (outcomes,)."""
        return self.utility_of(SELLER).of(self.possible), self.utility_of(BUYER).of(self.possible)


def draw_loan_match(number: int, seed: int) -> LoanMatch:
    """The match of that number: the same however many are drawn.

    A quarter of an hour of the year; two homes with a load of 2,000 to 5,000 kWh a year, a roof that makes half to one and
    a half times of it or none, a battery of 2 to 10 kWh at any state of charge, and any weights of flexibility and autarky
    from 0.2 to 0.8, such that some loan is worth its while to both; 20 to 60 offers; either home opens.
    """
    if number < 0 or seed < 0:
        raise JudgingError("match, seed", (number, seed), "at least 0 each")
    rng = np.random.default_rng([seed, number, 1])
    return LoanMatch(
        number=number,
        seed=seed,
        max_rounds=int(rng.integers(ROUNDS[0], ROUNDS[1] + 1)),
        seller_opens=bool(rng.integers(2)),
    )


@lru_cache(maxsize=8)
def _pair(seed: int, number: int) -> tuple[_Side, _Side]:
    """What the homes of a match make of the contracts: the same for every session in it."""
    rng = np.random.default_rng([seed, number, 2])
    year = load_simbench()
    for _ in range(TRIES):
        start = int(rng.integers(year.rows))
        sides = (_home(year, start, rng), _home(year, start, rng))
        first, second = sides[SELLER].gains, seen_by_peer(sides[BUYER].gains)
        if ((first >= WORTH) & (second >= WORTH)).any():
            return sides
    raise JudgingError("loans", f"none that gains both in {TRIES} pairs", "a pair with something to agree on")


def _home(year: ProfileSet, start: int, rng: np.random.Generator) -> _Side:
    weight = float(rng.uniform(0.2, 0.8))
    battery = Battery(capacity_kwh=float(rng.uniform(2, 10)))
    annual = float(rng.uniform(2000, 5000))
    roof = float(rng.uniform(0.5, 1.5)) if rng.random() < 0.8 else 0.0
    load = year.load_kw(str(rng.choice(year.load_names)), annual_kwh=annual)
    net = load
    if roof:
        kwp = roof * annual / PV_YIELD_KWH_PER_KWP
        net = load - year.pv_kw(str(rng.choice(year.pv_names)), kwp=kwp)
    member = Member(
        name="home",
        model=ProsumerModel(battery, weights=(weight, 1 - weight)),
        initial_soc_kwh=float(rng.uniform(battery.lo_kwh, battery.hi_kwh)),
        aspiration_quantile=float(rng.uniform(*QUANTILES)),
        error=ForecastError(),
        error_scale_kwh=annual / year.rows,
    )
    # The year is a ring.
    truth = net.take(np.arange(start, start + HORIZON), mode="wrap") * year.interval_h
    needs = expected_net(member, truth, count=SCENARIOS, rng=rng)
    space = contract_space(member.model, soc_kwh=member.initial_soc_kwh, needs=needs, domain=CONTRACTS)
    return _Side(space.utilities, space.no_deal, member.aspiration_quantile)
