"""The sessions about loans that a scenario's homes hold: what each side had to gain in them, for training and judging.

Days are rehearsed with every home negotiating as the paper's agent does. A policy is asked in sessions as they came about
there; what its own decisions would change about later ones is left to whole days.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.loan_negotiator import LoanGround, LoanNegotiator
from learning.session.bank import SessionBank, bank_of_tables
from market.issues import Domain
from market.loan_day import LoanPlan
from scenarios.errors import ScenarioError
from scenarios.hosts import SimulatedHost
from scenarios.load import Scenario
from scenarios.market_setup import market_setup
from scenarios.rehearsal import rehearse
from scenarios.running import Progress


@dataclass(frozen=True, slots=True, eq=False)
class HeldSession:
    """A session of a rehearsed day: its day's seed, its number there, and what opener and responder had to gain."""

    seed: int
    number: int
    sides: tuple[LoanGround, LoanGround]

    @property
    def possible(self) -> bool:
        """Whether some loan is no loss to one side and worth recording to the other."""
        opener, responder = self.sides
        own, other = opener.utilities, responder.utilities[::-1]
        one = (own >= opener.no_deal) & (other > responder.floor)
        return bool((one | (own > opener.floor) & (other >= responder.no_deal)).any())

    def seen_by(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Utilities of ``side`` (0: the opener) and of its counterpart, both in the view of ``side``."""
        return self.sides[side].utilities, self.sides[1 - side].utilities[::-1]


def loan_plan(scenario: Scenario) -> LoanPlan:
    """How the scenario's loans are negotiated.

    Raises
    ------
    ScenarioError
        If nobody lends there.
    """
    plan = market_setup(scenario, epoch=SimulatedHost.EPOCH).loans
    if plan is None:
        raise ScenarioError(
            scenario.path, "loans", "no such table", "one, as a policy for loans is asked for"
        )
    return plan


def whole_domain(plan: LoanPlan) -> Domain:
    """All loans of a market; a session has what returns within the day."""
    domain = plan.domain(plan.last_return)
    assert domain is not None
    return domain


def held_sessions(scenario: Scenario, seeds: Sequence[int], progress: Progress) -> list[HeldSession]:
    """The sessions of the days of ``seeds`` in which an agreement is possible."""
    given = by_aspiration(scenario)
    found = []
    for done, seed in enumerate(seeds):
        progress("Days with loans", done, len(seeds))
        for meeting in rehearse(given, seed).record.loans.meetings:
            opener, responder = meeting.negotiators
            assert isinstance(opener, LoanNegotiator)
            assert isinstance(responder, LoanNegotiator)
            session = HeldSession(seed, meeting.number, (opener.ground, responder.ground))
            if session.possible:
                found.append(session)
    progress("Days with loans", len(seeds), len(seeds))
    return found


def by_aspiration(scenario: Scenario) -> Scenario:
    """The scenario in which no home decides its loans by a policy."""
    parties = [
        party
        if party.loans is None
        else party.model_copy(update={"loans": party.loans.model_copy(update={"policy": None})})
        for party in scenario.table.party
    ]
    return replace(scenario, table=scenario.table.model_copy(update={"party": tuple(parties)}))


def loan_bank(sessions: Sequence[HeldSession], whole: Domain, max_rounds: int) -> SessionBank:
    """The bank of the sessions as either side sees them that can have a loan worth recording from a lender or a scripted
    strategy on the other side: there is nothing to learn where all that comes of it is 0. The side that learns is first.
    """
    shape = tuple(len(issue) for issue in whole.issues)
    seen, borders, aspirations = [], [], []
    for session in sessions:
        for side in range(2):
            own, other = session.sides[side], session.sides[1 - side]
            mine, theirs = session.seen_by(side)
            if not ((mine > own.floor) & (theirs > min(other.border, other.floor))).any():
                continue
            tables = np.full((2, *shape), -np.inf)
            tables[:, :, : mine.shape[1]] = mine, theirs
            seen.append(tables)
            borders.append((own.floor, other.floor))
            aspirations.append((other.border, other.proposes))
    tables = np.array(seen).reshape(-1, 2, *shape)
    return bank_of_tables(
        tables[:, 0],
        tables[:, 1],
        np.array(borders),
        max_rounds=max_rounds,
        aspirations=np.array(aspirations),
    )
