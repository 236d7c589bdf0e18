"""What sessions are about: utility tables of both seats over the outcomes of a domain of two issues, drawn beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.errors import NothingToSign
from agents.policy.session_view import places_of, shares
from agents.strategy import Stake
from agents.tactics.utility import Gain
from market.issues import Domain, Issue, trade_domain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


ASPIRATION: Final = 0.7
"""Quantile of its utility that an opponent aspires to where its bank does not say what; 0.7 is the middle of the paper's."""


class BankError(ValueError):
    """Tables that no session can be played over."""

    exit_code = 2

    def __init__(self, what: str, found: object, expected: str) -> None:
        super().__init__(f"{what}: found {found}, expected {expected}")


@dataclass(frozen=True)
class SessionBank:
    """Sessions to draw from.

    Attributes
    ----------
    domain : Domain
        Of two issues; outcomes are numbered as :meth:`market.issues.Domain.outcomes` lists them.
    utilities : (sessions, 2, m)
        Of the agent and of the other seat: no deal 0, the best outcome 1, below 0 what the seat would not sign.
    max_rounds : int
        Most offers, by both sides together.
    aspirations : (sessions, 2)
        Of the other seat where it plays as the paper's lender: it takes what is worth more than the first, and offers
        what is worth at least the second. Unless given, both are a quantile of its utility, no deal among it, but no less
        than no deal (Definition 2 of Chakraborty et al., "Energy loans in residential cooperatives").
    nothing : int
        The outcome that the paper's lender offers when it has offered everything else: no loan. −1: there is none, and it
        repeats its last offer.
    """

    domain: Domain
    utilities: FloatArray
    max_rounds: int
    aspirations: FloatArray | None = None
    nothing: int = -1
    order: IntArray = field(init=False)
    """(sessions, 2, m) outcomes from the best down, of equals the first."""
    ranked: FloatArray = field(init=False)
    """(sessions, 2, m) utilities in that order."""
    counts: IntArray = field(init=False)
    """(sessions, 2) outcomes worth at least no deal."""
    places: FloatArray = field(init=False)
    """(m, 2) of each outcome on both issues, in [0, 1]."""
    takes: FloatArray = field(init=False)
    """``aspirations``, given or not."""

    def __post_init__(self) -> None:
        tables, m = self.utilities, len(self.domain)
        if len(self.domain.issues) != 2:
            raise BankError("domain", f"{len(self.domain.issues)} issues", "2")
        if tables.ndim != 3 or tables.shape[1:] != (2, m) or not len(tables):
            raise BankError("utilities", f"shape {tables.shape}", f"(sessions, 2, {m})")
        if self.max_rounds < 1:
            raise BankError("max_rounds", self.max_rounds, "at least 1")
        if not np.isfinite(tables).all() or not (tables.max(axis=2) == 1.0).all():
            raise BankError("utilities", "a table without", "finite numbers whose greatest is 1")
        if self.aspirations is not None and self.aspirations.shape != (len(tables), 2):
            raise BankError("aspirations", f"shape {self.aspirations.shape}", f"({len(tables)}, 2)")
        if not -1 <= self.nothing < m:
            raise BankError("nothing", self.nothing, f"−1 to {m - 1}")
        order = np.argsort(-tables, axis=2, kind="stable").astype(np.int64)
        first, second = self.domain.issues
        for name, value in (
            ("utilities", np.ascontiguousarray(tables, np.float64)),
            ("order", order),
            ("ranked", np.take_along_axis(tables, order, axis=2)),
            ("counts", (tables >= 0).sum(axis=2).astype(np.int64)),
            ("places", places_of((len(first), len(second)))),
            ("takes", np.ascontiguousarray(self._aspirations(), np.float64)),
        ):
            object.__setattr__(self, name, value)

    def _aspirations(self) -> FloatArray:
        if self.aspirations is not None:
            return self.aspirations
        theirs = self.utilities[:, 1]
        with_none = np.concatenate([theirs, np.zeros((len(theirs), 1))], axis=1)
        border = np.maximum(np.quantile(with_none, ASPIRATION, axis=1), 0.0)
        return np.stack([border, border], axis=1)

    def __len__(self) -> int:
        return len(self.utilities)


def trade_stakes(
    domain: Domain, selling: bool, reservation: int, least: int, most: int
) -> tuple[Stake, Stake]:
    """Limits of a side of a trade: a last price, and amounts, of which more is better to both."""
    price, energy = domain.issues
    low, high = (
        (reservation, price.low + (len(price) - 1) * price.tick) if selling else (price.low, reservation)
    )
    return Stake(price, low, high, 1 if selling else -1), Stake(energy, least, most, 1)


def gains(domain: Domain, stakes: tuple[Stake, Stake]) -> FloatArray:
    """(m,) `Gain` of every outcome within the limits, −1 beyond them."""
    outcomes = np.array(list(domain.outcomes()), np.int64)
    within = np.ones(len(outcomes), bool)
    for i, stake in enumerate(stakes):
        within &= (outcomes[:, i] >= stake.low) & (outcomes[:, i] <= stake.high)
    return np.where(within, Gain(stakes).of(outcomes), -1.0)


def trade_bank(
    rng: np.random.Generator,
    sessions: int,
    *,
    prices: int = 15,
    amounts: int = 20,
    max_rounds: int = 20,
) -> SessionBank:
    """Trades over ``prices`` × ``amounts``; the agent sells in half of them.

    Reservation prices are drawn evenly, the seller's from the lower and the buyer's from the upper 60 % of the prices, so
    that some sessions have no agreement; the most energy of each side from the upper half of the amounts.
    """
    domain = trade_domain(price=Issue("price", 0, prices - 1), energy=Issue("energy", 1, amounts))
    tables = np.empty((sessions, 2, prices * amounts))
    reach = max(1, round(0.6 * prices))
    for s in range(sessions):
        sells = int(rng.integers(2))
        for side in range(2):
            selling = side == sells
            offset = int(rng.integers(reach))
            most = int(rng.integers(max(1, amounts // 2), amounts + 1))
            reservation = offset if selling else prices - 1 - offset
            tables[s, side] = gains(domain, trade_stakes(domain, selling, reservation, 1, most))
    return SessionBank(domain, tables, max_rounds)


def bank_of_tables(
    u_a: Sequence[FloatArray] | FloatArray,
    u_b: Sequence[FloatArray] | FloatArray,
    borders: FloatArray,
    *,
    max_rounds: int = 40,
    aspirations: FloatArray | None = None,
) -> SessionBank:
    """A bank over contract spaces, shape (sessions, nq, nt), both in the first side's view; the agent takes that side.

    Each side's utilities are scaled so that what it just would not sign is 0 and its best contract 1. Sessions in which a
    side would sign nothing are left out.

    Parameters
    ----------
    u_a, u_b
        Utilities of any unit; −∞ for what the side does not enter into. The middle row is no loan.
    borders : (sessions, 2)
        What a contract has to be worth to either side, at least: no deal.
    aspirations : (sessions, 2)
        Of the second side in its own unit, as ``SessionBank`` explains.
    """
    tables, wants = [], []
    nq, nt = u_a[0].shape
    for s in range(len(u_a)):
        try:
            scaled = [shares(u.reshape(-1), float(borders[s, i])) for i, u in enumerate((u_a[s], u_b[s]))]
        except NothingToSign:
            continue
        tables.append(scaled)
        if aspirations is not None:
            best, border = float(u_b[s].max()), float(borders[s, 1])
            wants.append((aspirations[s] - border) / (best - border))
    domain = Domain((Issue("quantity", 0, nq - 1), Issue("time", 0, nt - 1)))
    return SessionBank(
        domain,
        np.array(tables).reshape(-1, 2, len(domain)),
        max_rounds,
        None if aspirations is None else np.array(wants).reshape(-1, 2),
        nq // 2 * nt,
    )
