"""Properties of whole sessions between any parts, over domains of one to four issues, in both procedures."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.builtin import NAMED
from agents.strategy import Stake
from agents.tactics.acceptance.combi import Combi
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.bidding.hardliner import Hardline
from agents.tactics.bidding.micro import Micro, RushedMicro
from agents.tactics.bidding.nash import NashAiming
from agents.tactics.models.base import Perfect
from agents.tactics.negotiator import Composed
from agents.tactics.parts import ACCEPTANCE, BIDDING, MODELS
from agents.tactics.utility import Additive
from agents.tactics.view import Seat
from market.issues import Domain, Issue
from market.measures import nash_solution
from market.session import Agreed, SessionRun, Withdrawn
from market.utility import index_of, outcome_table
from tests.agents.park import domain_of, meet, prosumer
from tests.agents.tactics.table import play, seat_of, side, stakes_of


@dataclass(frozen=True)
class Match:
    """Two seats with limits of their own, their parts, and the procedure."""

    domain: Domain
    stakes: tuple[tuple[Stake, ...], tuple[Stake, ...]]
    weights: tuple[tuple[float, ...], tuple[float, ...]]
    parts: tuple[tuple[str, str, str], tuple[str, str, str]]
    rounds: int
    issue_by_issue: bool
    seed: int

    def utility(self, who: int) -> Additive:
        return Additive(self.stakes[who], self.weights[who])

    def run(self) -> SessionRun:
        sides = []
        for who in (0, 1):
            bidding, acceptance, model = self.parts[who]
            seat = Seat(self.stakes[who], self.utility(who), np.random.default_rng([self.seed, who]))
            sides.append(Composed(seat, BIDDING[bidding](), ACCEPTANCE[acceptance](), MODELS[model]()))
        return play(self.domain, *sides, rounds=self.rounds, issue_by_issue=self.issue_by_issue)


@st.composite
def matches(draw: st.DrawFn) -> Match:
    issues = []
    for i in range(draw(st.integers(1, 4))):
        low, tick = draw(st.integers(0, 40)), draw(st.integers(1, 5))
        issues.append(Issue(f"issue {i}", low, low + draw(st.integers(0, 60)), tick))

    def limits(issue: Issue) -> Stake:
        a, b = sorted(draw(st.tuples(*[st.integers(0, len(issue) - 1)] * 2)))
        return Stake(issue, issue.values()[a], issue.values()[b], draw(st.sampled_from([-1, 1])))

    def parts() -> tuple[str, str, str]:
        bidding, acceptance = (
            draw(st.sampled_from(sorted(BIDDING))),
            draw(st.sampled_from(sorted(ACCEPTANCE))),
        )
        return bidding, acceptance, draw(st.sampled_from(sorted(MODELS)))

    def weights() -> tuple[float, ...]:
        return tuple(draw(st.floats(0.05, 1)) for _ in issues)

    return Match(
        domain=Domain(tuple(issues)),
        stakes=(tuple(limits(i) for i in issues), tuple(limits(i) for i in issues)),
        weights=(weights(), weights()),
        parts=(parts(), parts()),
        rounds=draw(st.integers(1, 24)),
        issue_by_issue=draw(st.booleans()),
        seed=draw(st.integers(0, 99)),
    )


@settings(max_examples=120)
@given(matches())
def test_no_side_offers_or_accepts_beyond_its_limits_or_breaks_a_rule(match: Match) -> None:
    run = match.run()
    assert not isinstance(run.outcome, Withdrawn), run.outcome
    assert len(run.trace) <= match.rounds
    for offer in run.trace:
        for i, stake in enumerate(match.stakes[offer.who]):
            assert stake.allows(offer.values[i])
    for before, after in pairwise(run.trace):
        assert before.locked & after.locked == before.locked
    if isinstance(run.outcome, Agreed):
        for who in (0, 1):
            assert all(s.allows(v) for s, v in zip(match.stakes[who], run.outcome.values, strict=True))
            assert match.utility(who).of(np.array([run.outcome.values]))[0] >= -1e-12


@settings(max_examples=40)
@given(matches())
def test_equal_seeds_make_equal_sessions(match: Match) -> None:
    first, second = match.run(), match.run()
    assert (first.trace, first.outcome) == (second.trace, second.outcome)


@settings(max_examples=60)
@given(matches(), st.booleans())
def test_micro_concedes_one_outcome_for_every_new_one(match: Match, rushed: bool) -> None:
    seat = Seat(match.stakes[0], match.utility(0), np.random.default_rng(match.seed))
    tactic = RushedMicro() if rushed else Micro()
    other = Seat(match.stakes[1], match.utility(1), np.random.default_rng(match.seed + 1))
    bidding, acceptance, model = match.parts[1]
    opponent = Composed(other, BIDDING[bidding](), ACCEPTANCE[acceptance](), MODELS[model]())
    run = play(match.domain, side(seat, tactic, Lowest()), opponent, rounds=match.rounds)
    own = [offer.values for offer in run.trace if offer.who == 0]
    theirs = [offer.values for offer in run.trace if offer.who == 1]
    ranks = {values: rank for rank, values in enumerate(map(tuple, seat.space.outcomes.tolist()))}
    made: list[int] = []
    for n, values in enumerate(own):
        if ranks[values] in made:
            continue
        assert not made or ranks[values] > made[-1], (
            "a new offer is never better for itself than the last new one"
        )
        assert rushed or ranks[values] == len(made), "MiCRO leaves no outcome out"
        assert len(made) <= len(set(theirs[:n])), (
            "nor does it make more new offers than its counterpart, but one"
        )
        made.append(ranks[values])


def test_two_micros_meet_at_the_middle_of_a_symmetric_pie() -> None:
    # Each new offer is answered by one: both come down from 40 a step at a time, and meet half way.
    seats = seat_of(stakes_of([41], [+1])), seat_of(stakes_of([41], [-1]), seed=1)
    domain = Domain((seats[0].stakes[0].issue,))
    run = play(domain, *(side(seat, Micro(), Lowest()) for seat in seats), rounds=60)
    assert isinstance(run.outcome, Agreed)
    assert run.outcome.values == (20,)


def test_rushed_micro_agrees_where_micro_has_too_little_time() -> None:
    seats = seat_of(stakes_of([1001], [+1])), seat_of(stakes_of([1001], [-1]), seed=1)
    domain = Domain((seats[0].stakes[0].issue,))
    slow, rushed = (
        play(domain, *(side(seat, tactic, Lowest()) for seat in seats), rounds=30)
        for tactic in (Micro(), RushedMicro())
    )
    assert not isinstance(slow.outcome, Agreed)
    assert isinstance(rushed.outcome, Agreed)
    assert abs(rushed.outcome.values[0] - 500) <= 1000 / 14, "within a stride of the middle"


@pytest.mark.parametrize("issue_by_issue", [True, False])
def test_two_that_aim_at_nash_and_know_each_other_agree_there(issue_by_issue: bool) -> None:
    # Weights 3:1 against 1:3 over two opposed issues of 11: the Nash point gives each the issue it minds, 3/4 each.
    mine, yours = stakes_of([11, 11], [+1, +1]), stakes_of([11, 11], [-1, -1])
    first, second = Additive(mine, (3.0, 1.0)), Additive(yours, (1.0, 3.0))
    domain = Domain(tuple(stake.issue for stake in mine))
    run = play(
        domain,
        side(seat_of(mine, first), NashAiming(), model=Perfect(second)),
        side(seat_of(yours, second), NashAiming(), model=Perfect(first)),
        rounds=30,
        issue_by_issue=issue_by_issue,
    )
    assert isinstance(run.outcome, Agreed)
    assert run.outcome.values == (10, 0)
    table = outcome_table(domain)
    assert nash_solution(first.of(table), second.of(table)) == index_of(domain, (10, 0))


def test_a_hardliner_gets_all_from_who_takes_anything_late() -> None:
    mine, yours = stakes_of([21], [+1]), stakes_of([21], [-1])
    domain = Domain((mine[0].issue,))
    run = play(
        domain, side(seat_of(mine), Hardline()), side(seat_of(yours), BIDDING["time"](), Combi()), rounds=20
    )
    assert isinstance(run.outcome, Agreed)
    assert run.outcome.values == (20,)


@pytest.mark.parametrize("issue_by_issue", [True, False])
@pytest.mark.parametrize("name", sorted(set(NAMED) - {"micro", "hardliner"}))
def test_homes_with_named_strategies_trade_with_one_that_concedes(name: str, issue_by_issue: bool) -> None:
    # MiCRO's outcomes are too many for 40 offers, and the hardliner asks for more than the other is short of.
    run = meet(
        prosumer(2000, NAMED[name]),
        prosumer(-1500, "conceder"),
        domain_of(80, 240, 4000, energy_tick=10),
        max_rounds=40,
        issue_by_issue=issue_by_issue,
    )
    assert run is not None
    assert isinstance(run.outcome, Agreed)
    assert 0 < run.outcome.values[1] <= 1500
