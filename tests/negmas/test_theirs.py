"""Two negotiators of NegMAS end in our session as in NegMAS's own, offer by offer; and they meet ours."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from negmas.sao.negotiators import (
    AspirationNegotiator,
    BoulwareTBNegotiator,
    ConcederTBNegotiator,
    LinearTBNegotiator,
    MiCRONegotiator,
    NaiveTitForTatNegotiator,
)

from agents.builtin import load_strategy
from agents.strategy import Bounded
from learning.judging.domains import BUYER, SELLER, draw_match
from learning.negmas.library import ResponseType, SAONegotiator, SAOResponse
from learning.negmas.spaces import mechanism, utility_function
from learning.negmas.theirs import NegmasNegotiator
from market.issues import Domain, Issue, Values
from market.session import Agreed, SessionRules, SessionRun, Withdrawn
from market.utility import trade_gains

Make = Callable[[], Any]
PLANE = Domain((Issue("price", 20, 32, 3), Issue("energy", 10, 50, 10)))
ROUNDS = 24


def tables(seed: int) -> Any:
    """Two utilities of all outcomes of PLANE, different for each outcome, from 0 to 1."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(len(PLANE)) / (len(PLANE) - 1) for _ in range(2)]


def here(makes: tuple[Make, Make], seed: int) -> SessionRun:
    sides = [
        NegmasNegotiator(make(), utility_function(PLANE, table))
        for make, table in zip(makes, tables(seed), strict=True)
    ]
    run = SessionRun(
        SessionRules(domain=PLANE, max_rounds=ROUNDS, issue_by_issue=False),
        opener=sides[0],
        responder=sides[1],
    )
    run.finish()
    return run


def there(makes: tuple[Make, Make], seed: int) -> tuple[list[Values], Values | None]:
    session = mechanism(PLANE, max_rounds=ROUNDS)
    for make, table in zip(makes, tables(seed), strict=True):
        session.add(make(), ufun=utility_function(PLANE, table))
    end = session.run()
    return [offer for _, offer in session.trace], end.agreement


# None of these draws at random here: MiCRO does where it repeats itself, which it need not against its like.
PAIRS: list[tuple[Make, Make]] = [
    (AspirationNegotiator, AspirationNegotiator),
    (BoulwareTBNegotiator, ConcederTBNegotiator),
    (LinearTBNegotiator, AspirationNegotiator),
    (MiCRONegotiator, MiCRONegotiator),
    (NaiveTitForTatNegotiator, ConcederTBNegotiator),
]


@pytest.mark.parametrize("makes", PAIRS, ids=lambda pair: "-".join(make.__name__ for make in pair))
@pytest.mark.parametrize("seed", range(6))
def test_two_of_negmas_end_in_ours_as_in_negmas(makes: tuple[Make, Make], seed: int) -> None:
    run, (offers, agreement) = here(makes, seed), there(makes, seed)
    values = [offer.values for offer in run.trace]
    assert (run.outcome.values if isinstance(run.outcome, Agreed) else None) == agreement
    assert offers[: len(values)] == values
    assert len(offers) <= len(values) + (agreement is None)


def test_most_of_those_sessions_agree() -> None:
    ends = [isinstance(here(makes, seed).outcome, Agreed) for makes in PAIRS[:3] for seed in range(6)]
    assert sum(ends) > len(ends) / 2


@pytest.mark.parametrize("seller_opens", [True, False])
@pytest.mark.parametrize("number", range(5))
def test_a_negotiator_of_negmas_meets_a_strategy_of_ours(seller_opens: bool, number: int) -> None:
    """Conceding all the way on both sides, they come to a deal that leaves neither worse off than the provider would."""
    match = draw_match(number, seed=5)
    price = match.domain.issues[0]
    gains = trade_gains(match.domain, buy_price=price.low, sell_price=price.high)
    buyer = NegmasNegotiator(
        LinearTBNegotiator(), utility_function(match.domain, gains[BUYER] / gains[BUYER].max(), no_deal=-1.0)
    )
    seller = Bounded(load_strategy("linear"), match.context(SELLER, np.random.default_rng(0), {}))
    sides = (seller, buyer) if seller_opens else (buyer, seller)
    run = SessionRun(
        SessionRules(domain=match.domain, max_rounds=match.max_rounds, issue_by_issue=False),
        opener=sides[0],
        responder=sides[1],
    )
    outcome = run.finish()
    assert isinstance(outcome, Agreed)
    assert match.limits[SELLER].reservation <= outcome.values[0] <= price.high
    assert match.limits[SELLER].least <= outcome.values[1] <= match.limits[SELLER].most


class Answers(SAONegotiator):  # type: ignore[misc]
    """Answers as it is told."""

    def __init__(self, response: Any, outcome: Any = None) -> None:
        super().__init__()
        self.answer = SAOResponse(response, outcome)

    def __call__(self, state: Any, dest: str | None = None) -> Any:
        return self.answer

    def propose(self, state: Any, dest: str | None = None) -> Any:
        return self.answer.outcome


@pytest.mark.parametrize(
    ("response", "outcome", "reason"),
    [
        (ResponseType.END_NEGOTIATION, None, ""),
        (ResponseType.LEAVE, None, ""),
        (ResponseType.REJECT_OFFER, None, ""),
        (ResponseType.REJECT_OFFER, (21, 10), "OutOfDomain"),
        (ResponseType.REJECT_OFFER, (20.5, 10), "NotAnAction"),
        (ResponseType.WAIT, None, "NegmasMismatch: answer: found 'WAIT'"),
    ],
)
def test_what_ends_a_session_there_ends_it_here(response: Any, outcome: Any, reason: str) -> None:
    run = SessionRun(
        SessionRules(domain=PLANE, max_rounds=ROUNDS, issue_by_issue=False),
        opener=NegmasNegotiator(Answers(response, outcome)),
        responder=NegmasNegotiator(Answers(ResponseType.ACCEPT_OFFER)),
    )
    ended = run.finish()
    assert isinstance(ended, Withdrawn)
    assert ended.by == 0
    assert ended.reason.startswith(reason)
    assert bool(ended.reason) == bool(reason)


def test_a_session_issue_by_issue_is_none_for_it() -> None:
    run = SessionRun(
        SessionRules(domain=PLANE, max_rounds=ROUNDS, issue_by_issue=True),
        opener=NegmasNegotiator(AspirationNegotiator(), utility_function(PLANE, tables(0)[0])),
        responder=NegmasNegotiator(AspirationNegotiator(), utility_function(PLANE, tables(0)[1])),
    )
    ended = run.finish()
    assert isinstance(ended, Withdrawn)
    assert ended.reason == "NegmasMismatch: procedure: found 'issue-by-issue', expected whole-package"
