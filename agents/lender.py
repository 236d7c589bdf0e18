"""A home that lends and borrows energy: what it expects, which loans it can keep, and how it negotiates about them.

At every step it takes its outlook, computes its contract space (Algorithms 2 and 3 of Chakraborty et al., "Energy loans
in residential cooperatives"), strikes out the loans that it does not expect to be able to keep, and negotiates by
Algorithms 4 and 5. Utilities, weights, aspiration and forecasts stay here. Amounts of the market are base units (Wh).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.acquaintances import Acquaintances
from agents.loans.domain import LoanDomain
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import Negotiator as PaperNegotiator
from agents.loans.negotiation import aspiration
from agents.loans.space import ContractSpace, contract_space
from agents.promises import kept_share
from energy.battery import Battery
from energy.meter import WH_PER_KWH
from market.issues import Domain, Values
from market.loan_trader import LoanBrief, LoanSeat
from market.loans.port import LoanSettlement, RecordedLoan
from market.negotiation import Accept, Action, Negotiator, Propose, Turn, Withdraw
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
        self._view: _View | None = None
        self._opens = False

    def takes_part(self, brief: LoanBrief) -> bool:
        self._view = self._look(brief)
        return bool((self._view.keeps & (self._view.space.utilities > self._view.border)).any())

    def peer(self, step: int, free: Sequence[Party]) -> Party | None:
        return self._peers.choose(step, free)

    def loan_negotiator(self, brief: LoanBrief, seat: LoanSeat) -> Negotiator | None:
        view = self._view
        if view is None:
            return None
        self._opens = seat.opens
        allowed = view.keeps & _within(view.domain, seat)
        utilities = np.where(allowed, view.space.utilities, -np.inf)
        return LoanNegotiator(brief.domain, utilities, view.border, view.proposes, opens=seat.opens)

    def negotiated(self, counterpart: Party, agreed: tuple[int, int] | None) -> None:
        view = self._view
        assert view is not None
        gain = 0.0
        if agreed is not None:
            quantity, return_after = agreed if self._opens else (-agreed[0], agreed[1])
            row = view.domain.quantities.index(quantity / WH_PER_KWH)
            column = view.domain.return_times.index(return_after)
            gain = float(view.space.utilities[row, column]) - view.space.no_deal
        self._peers.learn(counterpart, gain)

    def lent(self, recorded: RecordedLoan) -> None:
        """The legs are in the next outlook: its site was told of them."""

    def repaid(self, settlement: LoanSettlement) -> None:
        """Nothing to do: what was not returned is compensated without it."""

    def _look(self, brief: LoanBrief) -> _View:
        domain = loan_space(brief.domain)
        outlook = self._expectations.outlook(brief.step, brief.interval)
        model = self._model(brief.interval)
        space = contract_space(model, soc_kwh=outlook.soc_kwh, needs=outlook.needs_kwh, domain=domain)
        keeps = self._keeps(model.battery, domain, outlook)
        border = aspiration(
            space.utilities, quantile=self._aspiration, no_deal=space.no_deal, literal=False, allowed=keeps
        )
        return _View(
            domain,
            space,
            keeps,
            border=border - ROUNDING,
            proposes=max(border, space.no_deal + self._least_gain),
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


class LoanNegotiator:
    """One session by Algorithms 4 and 5 (``market.negotiation.Negotiator``).

    Where the paper's agent makes no offer (∅) it offers no loan, q = 0: alternating messages have no silence, and nobody
    takes that. It leaves when the other side offers no loan either.

    Parameters
    ----------
    domain
        Of the session: q in the opener's view.
    utilities
        Shape (nq, nt), own view; −∞ for what it does not enter into.
    border
        Its aspiration: it takes what lies above.
    proposes
        Least utility of what it offers, not below its aspiration.
    """

    def __init__(
        self, domain: Domain, utilities: FloatArray, border: float, proposes: float, *, opens: bool
    ) -> None:
        self._quantities, self._returns = (issue.values() for issue in domain.issues)
        table = utilities if opens else utilities[::-1]
        offers = np.flatnonzero((table >= proposes) & (np.array(self._quantities) != 0)[:, np.newaxis])
        self._side = PaperNegotiator(table.ravel(), border, offers)

    def act(self, turn: Turn) -> Action:
        standing = turn.standing
        nothing = standing is not None and standing[0] == 0
        if standing is not None and not nothing and self._side.accept_offer(self._index(standing)):
            return Accept()
        offer = self._side.make_offer()
        if offer is not None:
            row, column = divmod(offer, len(self._returns))
            return Propose((self._quantities[row], self._returns[column]))
        return Withdraw() if nothing else Propose((0, self._returns[0]))

    def _index(self, values: Values) -> int:
        return self._quantities.index(values[0]) * len(self._returns) + self._returns.index(values[1])


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
