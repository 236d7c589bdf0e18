"""What sessions are about: utility tables of both seats over the outcomes of a domain of two issues, drawn beforehand."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agents.strategy import Stake
from agents.tactics.utility import Gain
from market.issues import Domain, Issue, trade_domain

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


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
    """

    domain: Domain
    utilities: FloatArray
    max_rounds: int
    order: IntArray = field(init=False)
    """(sessions, 2, m) outcomes from the best down, of equals the first."""
    ranked: FloatArray = field(init=False)
    """(sessions, 2, m) utilities in that order."""
    counts: IntArray = field(init=False)
    """(sessions, 2) outcomes worth at least no deal."""
    places: FloatArray = field(init=False)
    """(m, 2) of each outcome on both issues, in [0, 1]."""

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
        order = np.argsort(-tables, axis=2, kind="stable").astype(np.int64)
        first, second = (np.linspace(0.0, 1.0, len(issue)) for issue in self.domain.issues)
        grid = np.meshgrid(first, second, indexing="ij")
        for name, value in (
            ("utilities", np.ascontiguousarray(tables, np.float64)),
            ("order", order),
            ("ranked", np.take_along_axis(tables, order, axis=2)),
            ("counts", (tables >= 0).sum(axis=2).astype(np.int64)),
            ("places", np.ascontiguousarray(np.stack([g.reshape(-1) for g in grid], axis=1))),
        ):
            object.__setattr__(self, name, value)

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
    u_a: FloatArray, u_b: FloatArray, no_deals: FloatArray, *, max_rounds: int = 40
) -> SessionBank:
    """A bank over contract spaces, shape (sessions, nq, nt), both in the first side's view, no deal (sessions, 2).

    Each side's utilities are scaled so that no deal is 0 and its best contract 1; sessions in which a side would sign
    nothing better than no deal are left out. Which side the agent takes alternates.
    """
    tables = []
    for s in range(len(u_a)):
        sides = [u_a[s].reshape(-1) - no_deals[s, 0], u_b[s].reshape(-1) - no_deals[s, 1]]
        if min(float(side.max()) for side in sides) <= 0:
            continue
        scaled = [side / side.max() for side in sides]
        tables.append(scaled if s % 2 == 0 else scaled[::-1])
    domain = Domain((Issue("quantity", 0, u_a.shape[1] - 1), Issue("time", 0, u_a.shape[2] - 1)))
    return SessionBank(domain, np.array(tables).reshape(-1, 2, len(domain)), max_rounds)
