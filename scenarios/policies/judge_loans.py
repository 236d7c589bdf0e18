"""How good a policy for loans is: in sessions of days that no training saw, against every other way to decide there.

Each session is played from both of its seats, by everyone over the same utilities and against the same counterpart
(common random numbers): the home that sat there, negotiating as the paper's agent with its own aspiration; and, apart from
that, a scripted strategy drawn for the session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from agents.lender import ROUNDING
from agents.loan_negotiator import LearnedLoanNegotiator, LoanGround, LoanNegotiator
from agents.policy.errors import NothingToSign
from agents.policy.network import Policy
from agents.policy.session_view import shares
from agents.tactics.acceptance.next import Next
from agents.tactics.bidding.base import Bidding
from agents.tactics.models.base import Unknown
from agents.tactics.negotiator import Composed
from agents.tactics.table import TABLE_STRATEGIES, table_seat
from learning.execution.run import Backend, run_tasks
from learning.execution.task import Task
from learning.judging.measures import Estimate, bootstrap
from market.issues import Domain
from market.negotiation import Negotiator
from market.session import Agreed, SessionRules, SessionRun, Withdrawn
from scenarios.load import Scenario
from scenarios.policies.loan_sessions import HeldSession, held_sessions, loan_plan, whole_domain
from scenarios.running import Progress

LEARNED: Final = "learned"
PAPER: Final = "aspiration"
"""The paper's agent (Algorithms 4 and 5)."""
SCRIPTED: Final[Mapping[str, Bidding]] = {
    name: TABLE_STRATEGIES[name].bidding
    for name in ("boulware", "linear", "conceder", "micro", "hardliner", "random")
}
"""What else may sit in a session; each takes what is no worse than its own next offer."""
AGAINST: Final = (PAPER, "drawn")


@dataclass(frozen=True)
class LoanStanding:
    """What one way to decide gets in the seat.

    Attributes
    ----------
    name : str
    against : str
        ``aspiration``, or ``drawn``: a scripted strategy.
    gain : Estimate
        Mean gain of a session over no deal, in the unit of the homes' utilities (kWh; tokens for the cost).
    share : Estimate
        The same as a share of the best that the home would sign in that session, both less what a loan has to gain it to
        be worth recording (``LoanGround.least_gain``), and at least −1: what a policy is rewarded by. 0 without an
        agreement. Intervals are 95 % bootstrap intervals over sessions.
    ahead : Estimate
        By how much the judged policy's share is ahead of it, seat by seat; of the policy itself None.
    agreed : float
        Share of the sessions.
    rounds : float
        Mean number of offers.
    violations : int
        Agreements worth less than no deal.
    faults : int
        Sessions that an error of its own ended.
    """

    name: str
    against: str
    gain: Estimate
    share: Estimate
    ahead: Estimate
    agreed: float
    rounds: float
    violations: int
    faults: int


@dataclass(frozen=True)
class LoanJudgement:
    """A policy among others, against each kind of counterpart from the best to the worst."""

    days: int
    sessions: int
    """In which an agreement was possible; each is played from both seats."""
    standings: tuple[LoanStanding, ...]


@dataclass(frozen=True)
class _Sat:
    """One seat of one session."""

    session: int
    gain: float
    share: float
    agreed: bool
    rounds: int
    fault: bool


def judge_loans(
    scenario: Scenario,
    policy: Policy,
    seeds: Sequence[int],
    *,
    strategies: Sequence[str] = tuple(SCRIPTED),
    backend: Backend,
    progress: Progress,
) -> LoanJudgement:
    """Judge ``policy`` in the sessions of the days of ``seeds``."""
    names = (LEARNED, PAPER, *strategies)
    tasks = [Task.of(f"day {seed}", scenario, policy, seed, names, root=0) for seed in seeds]
    days = run_tasks(play_day, tasks, backend=backend, progress=progress, what="Days with loans")
    found: dict[tuple[str, str], list[_Sat]] = {(a, name): [] for a in AGAINST for name in names}
    sessions = 0
    for day in days:
        for against, name, number, *rest in day:
            found[against, name].append(_Sat(sessions + number, *rest))
        sessions += 1 + max((row[2] for row in day), default=-1)
    standings = []
    for against in AGAINST:
        own = found[against, LEARNED]
        rows = [_standing(name, against, found[against, name], own) for name in names]
        standings += sorted(rows, key=lambda row: -(row.share.mean or 0.0))
    return LoanJudgement(len(seeds), sessions, tuple(standings))


def play_day(
    seed: np.random.SeedSequence, scenario: Scenario, policy: Policy, day: int, names: Sequence[str]
) -> list[tuple[str, str, int, float, float, bool, int, bool]]:
    """A task: the sessions of a day, each with everyone in each of its seats."""
    del seed
    plan = loan_plan(scenario)
    whole, most = whole_domain(plan), plan.offered.max_rounds
    rows = []
    for number, session in enumerate(held_sessions(scenario, [day], lambda what, done, total: None)):
        for side in range(2):
            own, other = session.sides[side], session.sides[1 - side]
            for against in AGAINST:
                for name in names:
                    theirs = PAPER if against == PAPER else _drawn(session, side)
                    sides = (
                        seated(name, own, policy, whole, most, _rng(session, side, 0)),
                        seated(theirs, other, policy, whole, most, _rng(session, side, 1)),
                    )
                    gain, agreed, rounds, fault = _played(sides, own, most)
                    share = _share(own, gain) if agreed else 0.0
                    rows.append((against, name, number, gain, share, agreed, rounds, fault))
    return rows


def seated(
    name: str, ground: LoanGround, policy: Policy, whole: Domain, max_rounds: int, rng: np.random.Generator
) -> Negotiator | None:
    """Who decides as named over a home's utilities; None if it would sign nothing."""
    try:
        if name == LEARNED:
            return LearnedLoanNegotiator(ground, policy, whole, max_rounds, rng)
        if name == PAPER:
            return LoanNegotiator(ground)
        table = shares(ground.utilities if ground.opens else ground.utilities[::-1], ground.floor)
    except NothingToSign:
        return None
    return Composed(table_seat(ground.domain, table.reshape(-1), rng), SCRIPTED[name], Next(), Unknown())


def _drawn(session: HeldSession, side: int) -> str:
    """The scripted counterpart of a seat, the same whoever sits there."""
    return list(SCRIPTED)[int(_rng(session, side, 2).integers(len(SCRIPTED)))]


def _rng(session: HeldSession, side: int, stream: int) -> np.random.Generator:
    """A stream for the seat, its counterpart, and the draw of that: the same whoever sits in the seat."""
    return np.random.default_rng([session.seed, session.number, side, stream])


def _played(
    sides: tuple[Negotiator | None, Negotiator | None], own: LoanGround, max_rounds: int
) -> tuple[float, bool, int, bool]:
    """What the first side gains, whether it agrees, after how many offers, and whether it fails."""
    if sides[0] is None or sides[1] is None:
        return 0.0, False, 0, False
    opener, responder = sides if own.opens else sides[::-1]
    assert opener is not None
    assert responder is not None
    rules = SessionRules(domain=own.domain, max_rounds=max_rounds, issue_by_issue=False)
    run = SessionRun(rules, opener=opener, responder=responder)
    outcome = run.finish()
    if isinstance(outcome, Agreed):
        return own.gain(outcome.values), True, len(run.trace), False
    failed = isinstance(outcome, Withdrawn) and outcome.reason != "" and (outcome.by == 0) == own.opens
    return 0.0, False, len(run.trace), failed


def _standing(name: str, against: str, rows: Sequence[_Sat], policy: Sequence[_Sat]) -> LoanStanding:
    groups = [row.session for row in rows]
    share = np.array([row.share for row in rows])
    ahead = np.array([row.share for row in policy]) - share

    def mean(values: Sequence[float]) -> Estimate:
        return bootstrap(values, groups, seed=0)

    return LoanStanding(
        name=name,
        against=against,
        gain=mean([row.gain for row in rows]),
        share=mean(share.tolist()),
        ahead=Estimate(None) if name == LEARNED else mean(ahead.tolist()),
        agreed=float(np.mean([row.agreed for row in rows])) if rows else 0.0,
        rounds=float(np.mean([row.rounds for row in rows])) if rows else 0.0,
        violations=sum(row.agreed and row.gain < -ROUNDING for row in rows),
        faults=sum(row.fault for row in rows),
    )


def _share(ground: LoanGround, gain: float) -> float:
    """0 for a home that would sign nothing, whatever it agrees to as a favour."""
    best = float(ground.utilities.max()) - ground.no_deal
    rest = best - ground.least_gain
    return max(-1.0, (gain - ground.least_gain) / rest) if rest > ROUNDING else 0.0


def loan_rows(judgement: LoanJudgement) -> list[dict[str, Any]]:
    """A row for every way to decide, for tables."""
    rows = []
    for each in judgement.standings:
        row = asdict(each)
        for key in ("gain", "share", "ahead"):
            estimate = row.pop(key)
            row |= {f"{key}_{part}": estimate[part] for part in ("mean", "low", "high")}
        rows.append(row)
    return rows
