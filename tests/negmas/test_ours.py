"""Sessions of our negotiators run by NegMAS end as the same sessions run by ours, offer by offer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from agents.builtin import load_strategy
from agents.loans.timed import BOULWARE, CONCEDER, LINEAR, Concession, TimedNegotiator
from agents.strategy import Bounded, Strategy
from learning.judging.domains import BUYER, SELLER, Match, draw_match
from learning.negmas.errors import NegmasMismatch
from learning.negmas.library import SAOMechanism
from learning.negmas.ours import OurNegotiator, TableNegotiator, strategy_in_negmas
from learning.negmas.spaces import mechanism, outcome_space, utility_function
from market.issues import Domain, Issue, Values
from market.negotiation import Action, Negotiator, Propose, Turn, Withdraw
from market.session import Agreed, SessionRules, SessionRun

STRATEGIES = [
    "boulware",
    "linear",
    "conceder",
    "hardliner",
    "tactics",
    "micro",
    "tit-for-tat-relative",
    "nash",
]
LINE = Domain((Issue("place", 0, 9),))


def whole(number: int) -> Match:
    return replace(draw_match(number, seed=11), issue_by_issue=False)


def ours(match: Match, names: tuple[str, str]) -> SessionRun:
    sides = [
        Bounded(load_strategy(name), match.context(side, np.random.default_rng([3, side]), {}))
        for side, name in zip((SELLER, BUYER), names, strict=True)
    ]
    first = SELLER if match.seller_opens else BUYER
    rules = SessionRules(domain=match.domain, max_rounds=match.max_rounds, issue_by_issue=False)
    run = SessionRun(rules, opener=sides[first], responder=sides[1 - first])
    run.finish()
    return run


def theirs(match: Match, names: tuple[str, str], session: Any) -> tuple[list[Values], Values | None]:
    """Offers in order, and the agreement."""
    sides = [
        strategy_in_negmas(
            load_strategy(name), match.context(side, np.random.default_rng([3, side]), {}), name=f"side{side}"
        )
        for side, name in zip((SELLER, BUYER), names, strict=True)
    ]
    first = SELLER if match.seller_opens else BUYER
    for side in (first, 1 - first):
        assert session.add(sides[side])
    end = session.run()
    assert [side.reason for side in sides] == ["", ""]
    return [offer for _, offer in session.trace], end.agreement


@pytest.mark.parametrize("number", range(12))
def test_two_strategies_end_in_negmas_as_in_ours(number: int) -> None:
    rng = np.random.default_rng(number)
    match = whole(number)
    for _ in range(4):
        names = (str(rng.choice(STRATEGIES)), str(rng.choice(STRATEGIES)))
        run = ours(match, names)
        offers, agreement = theirs(match, names, mechanism(match.domain, max_rounds=match.max_rounds))
        values = [offer.values for offer in run.trace]
        if isinstance(run.outcome, Agreed):
            assert (offers, agreement) == (values, run.outcome.values), names
        else:  # beyond the last offer of ours NegMAS lets its answer stand in the trace
            assert (offers[: len(values)], agreement) == (values, None), names
            assert len(offers) <= len(values) + 1


def test_some_of_those_sessions_agree_and_some_do_not() -> None:
    ends = [
        isinstance(ours(whole(n), names).outcome, Agreed)
        for n in range(6)
        for names in (("linear", "conceder"), ("hardliner", "hardliner"))
    ]
    assert {True, False} == set(ends)


@pytest.mark.parametrize("number", range(4))
def test_negmas_with_both_offers_in_a_step_makes_the_same_session(number: int) -> None:
    """Its own default: 2 offers a step, so that n steps leave room for 2n − 1 offers that can be answered."""
    match = replace(whole(number), max_rounds=21)
    run = ours(match, ("linear", "boulware"))
    session = SAOMechanism(outcome_space=outcome_space(match.domain), n_steps=11)
    offers, agreement = theirs(match, ("linear", "boulware"), session)
    assert isinstance(run.outcome, Agreed)
    assert (offers, agreement) == ([offer.values for offer in run.trace], run.outcome.values)


@pytest.mark.parametrize("curve", [BOULWARE, LINEAR, CONCEDER])
@pytest.mark.parametrize("seed", range(5))
def test_negotiators_over_tables_end_in_negmas_as_in_ours(curve: Concession, seed: int) -> None:
    tables = np.random.default_rng(seed).random((2, len(LINE)))
    outcomes, places = tuple(LINE.outcomes()), np.arange(len(LINE))

    def sides() -> list[Negotiator]:
        return [TableNegotiator(TimedNegotiator(table, 0.0, curve, places, 41), outcomes) for table in tables]

    opener, responder = sides()
    rules = SessionRules(domain=LINE, max_rounds=40, issue_by_issue=False)
    here = SessionRun(rules, opener=opener, responder=responder)
    here.finish()
    session = mechanism(LINE, max_rounds=40)
    for side, table in zip(sides(), tables, strict=True):
        session.add(OurNegotiator(side, LINE), ufun=utility_function(LINE, table))
    end = session.run()
    assert isinstance(here.outcome, Agreed)
    assert end.agreement == here.outcome.values
    assert [offer for _, offer in session.trace] == [offer.values for offer in here.trace]


class Scripted:
    """Does what it is told."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self.actions = list(actions)

    def act(self, turn: Turn) -> Action:
        return self.actions.pop(0)


@pytest.mark.parametrize(
    ("actions", "reason"),
    [
        ([Withdraw()], ""),
        ([Propose((10,))], "OutOfDomain: place: found 10, expected 0..9 in steps of 1"),
        ([Propose((3,), locked=1)], "UnknownLock"),
        ([], "IndexError"),
    ],
)
def test_who_breaks_the_rules_leaves(actions: list[Action], reason: str) -> None:
    wrong = OurNegotiator(Scripted(actions), LINE)
    session = mechanism(LINE, max_rounds=6)
    session.add(wrong)
    session.add(OurNegotiator(Scripted([]), LINE))
    end = session.run()
    assert (end.broken, end.agreement) == (True, None)
    assert wrong.reason.startswith(reason)
    assert bool(wrong.reason) == bool(reason)


class Greedy(Strategy):
    """Offers beyond any limit of its owner."""

    def act(self, turn: Turn) -> Action:
        price, energy = self.context.brief.domain.issues
        return Propose((price.low, energy.low))


def test_a_strategy_stays_within_its_owners_limits_in_negmas_too() -> None:
    match = next(m for m in map(whole, range(50)) if m.limits[SELLER].reservation > m.domain.issues[0].low)
    seller = strategy_in_negmas(Greedy, match.context(SELLER, np.random.default_rng(0), {}))
    session = mechanism(match.domain, max_rounds=6)
    session.add(seller)
    session.add(OurNegotiator(Scripted([]), match.domain))
    assert session.run().broken
    assert seller.reason.startswith("BeyondLimits")


@pytest.mark.parametrize(
    ("session", "sides", "key"),
    [
        (lambda: mechanism(Domain((Issue("place", 0, 8),)), max_rounds=6), 2, "outcome_space"),
        (lambda: SAOMechanism(outcome_space=outcome_space(LINE), time_limit=5), 2, "n_steps"),
        (lambda: SAOMechanism(outcome_space=outcome_space(LINE), n_steps=1, one_offer_per_step=True), 2, "n_steps"),
        (lambda: mechanism(LINE, max_rounds=6), 3, "negotiators"),
    ],
)  # fmt: skip
def test_a_session_that_is_none_for_it_is_named(session: Any, sides: int, key: str) -> None:
    made = session()
    for _ in range(sides):
        made.add(OurNegotiator(Scripted([]), LINE))
    with pytest.raises(NegmasMismatch, match=key):
        made.run()


def test_a_table_of_another_size_is_refused() -> None:
    with pytest.raises(NegmasMismatch, match=r"utilities: found \(3,\), expected shape \(10,\)"):
        utility_function(LINE, np.zeros(3))
