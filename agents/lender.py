"""A home that lends and borrows energy: what it expects, which loans it can keep, and how it negotiates about them.

At every step it takes its outlook, computes its contract space (Algorithms 2 and 3 of Chakraborty et al., "Energy loans
in residential cooperatives"), strikes out the loans that it does not expect to be able to keep, and negotiates by
Algorithms 4 and 5, or by a learned policy. Utilities, weights, aspiration and forecasts stay here. Amounts of the market are base units (Wh).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.acquaintances import Acquaintances
from agents.loan_negotiator import LearnedLoanNegotiator, LoanGround, LoanNegotiator
from agents.loans.domain import LoanDomain
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import aspiration
from agents.loans.space import ContractSpace, contract_space
from agents.policy.network import Policy
from agents.promises import kept_share
from energy.battery import Battery
from energy.meter import WH_PER_KWH
from market.issues import Domain
from market.loan_trader import LoanBrief, LoanSeat
from market.loans.port import LoanSettlement, RecordedLoan
from market.negotiation import Negotiator
from market.terms import Party

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

ROUNDING = 1e-9
"""Utilities this close [their unit] are the same: without it, whether a loan that changes nothing for a home is taken
would be decided by the last bit of a sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a home expects from the interval in which a loan would be given; arrays start with that interval.

    Attributes
    ----------
    soc_kwh : float
        State of charge at its start [kWh].
    needs_kwh : array, shape (S, w)
        Needs in S scenarios, every leg of earlier loans in them [kWh].
    legs_kwh : array, shape (w,)
        Those legs: positive to give, negative to receive [kWh].
    """

    soc_kwh: float
    needs_kwh: FloatArray
    legs_kwh: FloatArray


class Expectations(Protocol):
    """What a home expects of itself."""

    def outlook(self, step: int, interval: int) -> Outlook:
        """From ``interval`` on, as forecast at the start of ``step``."""
        ...


@dataclass(frozen=True, slots=True)
class LoanPolicy:
    """What a home decides by in place of the paper's aspiration."""

    policy: Policy
    whole: Domain
    """The market's domain of loans, of which a session has what returns within the day."""
    seeds: tuple[int, ...]
    """Of what it draws in a session, beside the interval that the session is about."""


@dataclass(slots=True)
class LoanGains:
    """What a home's negotiations about loans came to, as it expected when it agreed."""

    sessions: int = 0
    loans: int = 0
    """Recorded."""
    gain: float = 0.0
    """Of those over no deal, in the unit of its utility."""
    least: float = 0.0
    """The least of one of them; 0 without any."""


@dataclass(frozen=True, slots=True)
class _View:
    """One step's contract space: utilities and which of its contracts the home can keep, shape (nq, nt), own view."""

    domain: LoanDomain
    space: ContractSpace
    keeps: BoolArray
    border: float
    proposes: float
    """Least utility of what it offers."""


class Lender:
    """A party that lends and borrows (``market.loan_trader.LoanTrader``).

    Parameters
    ----------
    model
        Battery, criteria and weights, as they are for a loan given in an interval: a price may differ by the hour.
    aspiration
        Quantile of the utility over the contracts that it can keep (Definition 2), in [0, 1].
    least_gain
        What it proposes gains it at least so much over no deal, in the unit of its utility, > 0: a loan costs something
        to record. It takes what a peer proposes if that costs it nothing.
    sure
        Least share of the scenarios in which a leg has to be kept for it to be promised, in (0, 1].
    peers
        What it makes of those it has met.
    policy
        Decides in its sessions in place of the aspiration: then it signs whatever gains it ``least_gain``, and asks no
        more than the policy does.
    """

    def __init__(
        self,
        *,
        name: str,
        party: Party,
        meter: int,
        model: Callable[[int], ProsumerModel],
        expectations: Expectations,
        aspiration: float,
        least_gain: float,
        sure: float,
        peers: Acquaintances,
        policy: LoanPolicy | None = None,
    ) -> None:
        if not 0 < sure <= 1:
            raise ValueError(f"sure: found {sure}, expected in (0, 1]")
        if not least_gain > 0:
            raise ValueError(f"least_gain: found {least_gain}, expected more than 0")
        self.name, self.party, self.meter = name, party, meter
        self._model = model
        self._expectations = expectations
        self._aspiration = aspiration
        self._least_gain = least_gain
        self._sure = sure
        self._peers = peers
        self._policy = policy
        self._view: _View | None = None
        self._ground: LoanGround | None = None
        self._agreed = 0.0
        self.record = LoanGains()

    def takes_part(self, brief: LoanBrief) -> bool:
        self._view = self._look(brief)
        return bool((self._view.keeps & (self._view.space.utilities > self._view.border)).any())

    def peer(self, step: int, free: Sequence[Party]) -> Party | None:
        return self._peers.choose(step, free)

    def loan_negotiator(self, brief: LoanBrief, seat: LoanSeat) -> Negotiator | None:
        view = self._view
        if view is None:
            return None
        allowed = view.keeps & _within(view.domain, seat)
        ground = LoanGround(
            domain=brief.domain,
            opens=seat.opens,
            utilities=np.where(allowed, view.space.utilities, -np.inf),
            no_deal=view.space.no_deal,
            border=view.border,
            proposes=view.proposes,
            least_gain=self._least_gain,
        )
        self._ground = ground
        if self._policy is None:
            return LoanNegotiator(ground)
        if not (ground.utilities > ground.floor).any():
            return None
        decides = self._policy
        rng = np.random.default_rng([*decides.seeds, brief.interval])
        return LearnedLoanNegotiator(ground, decides.policy, decides.whole, brief.max_rounds, rng)

    def negotiated(self, counterpart: Party, agreed: tuple[int, int] | None) -> None:
        assert self._ground is not None
        self._agreed = 0.0 if agreed is None else self._ground.gain(agreed)
        self.record.sessions += 1
        self._peers.learn(counterpart, self._agreed)

    def lent(self, recorded: RecordedLoan) -> None:
        """The legs are in the next outlook: its site was told of them."""
        record = self.record
        record.least = min(record.least, self._agreed) if record.loans else self._agreed
        record.loans += 1
        record.gain += self._agreed

    def repaid(self, settlement: LoanSettlement) -> None:
        """Nothing to do: what was not returned is compensated without it."""

    def _look(self, brief: LoanBrief) -> _View:
        domain = loan_space(brief.domain)
        outlook = self._expectations.outlook(brief.step, brief.interval)
        model = self._model(brief.interval)
        space = contract_space(model, soc_kwh=outlook.soc_kwh, needs=outlook.needs_kwh, domain=domain)
        keeps = self._keeps(model.battery, domain, outlook)
        floor = space.no_deal + self._least_gain
        if self._policy is not None:
            return _View(domain, space, keeps, border=floor, proposes=floor)
        border = aspiration(
            space.utilities, quantile=self._aspiration, no_deal=space.no_deal, literal=False, allowed=keeps
        )
        return _View(
            domain,
            space,
            keeps,
            border=border - ROUNDING,
            proposes=max(border, floor),
        )

    def _keeps(self, battery: Battery, domain: LoanDomain, outlook: Outlook) -> BoolArray:
        """The contracts whose giving leg is sure enough, none of whose legs meets one that goes the other way.

        A meter exports or imports: a home that gives in an interval receives nothing there.
        """
        share = kept_share(
            battery,
            soc_kwh=outlook.soc_kwh,
            needs_kwh=outlook.needs_kwh,
            promised_kwh=np.maximum(outlook.legs_kwh, 0.0),
            quantities_kwh=np.array(domain.quantities),
            return_times=np.array(domain.return_times),
        )
        gives = np.sign(domain.quantities)[:, np.newaxis]
        first = np.sign(outlook.legs_kwh[0])
        back = np.sign(outlook.legs_kwh[np.array(domain.return_times)])[np.newaxis, :]
        keeps: BoolArray = (share >= self._sure) & (gives * first >= 0) & (gives * back <= 0) & (gives != 0)
        return keeps


def loan_space(domain: Domain) -> LoanDomain:
    """Ω in kWh and intervals, from the issues of a session."""
    quantities, returns = (issue.values() for issue in domain.issues)
    return LoanDomain(tuple(quantity / WH_PER_KWH for quantity in quantities), tuple(returns))


def _within(domain: LoanDomain, seat: LoanSeat) -> BoolArray:
    """The contracts for which both queues have room, shape (nq, nt), own view."""
    wh = np.rint(np.array(domain.quantities) * WH_PER_KWH)[:, np.newaxis]
    own_later, other_later = np.array(seat.room_returned).T[:, np.newaxis, :]
    lends = (wh <= seat.room[0]) & (wh <= other_later)
    borrows = (-wh <= seat.room[1]) & (-wh <= own_later)
    fits: BoolArray = np.where(wh > 0, lends, borrows)
    return fits
