"""A home that lends: its sessions end as the paper's algorithms do, and it enters into nothing that it cannot keep."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.acquaintances import Acquaintances
from agents.lender import Lender, Outlook, loan_space
from agents.loan_negotiator import LoanGround, LoanNegotiator
from agents.loans.model import ProsumerModel
from agents.loans.negotiation import aspiration, negotiate_contract
from agents.loans.space import contract_space
from energy.battery import Battery
from market.issues import Issue
from market.loan_trader import LoanBrief, LoanSeat, loan_domain
from market.negotiation import Accept, Propose, Turn, Withdraw
from market.session import Agreed, Deadline, SessionRules, SessionRun, Withdrawn
from market.terms import Party
from tests.agents.park import BUYER, PROVIDER, SELLER

DOMAIN = loan_domain(quantity=Issue("quantity", -300, 300, 100), return_after=Issue("return_after", 1, 5, 2))
SHAPE = (7, 3)


def paper(table: np.ndarray, border: float, proposes: float, *, opens: bool) -> LoanNegotiator:
    """The paper's agent over a table in its own view, no deal being worth 0."""
    return LoanNegotiator(
        LoanGround(
            domain=DOMAIN,
            opens=opens,
            utilities=table,
            no_deal=0.0,
            border=border,
            proposes=proposes,
            least_gain=0.001,
        )
    )


def session(u_a: np.ndarray, u_b: np.ndarray, asp_a: float, asp_b: float, deadline: int) -> SessionRun:
    """A session of the market; both tables in A's view, as the algorithms have them."""
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=deadline, issue_by_issue=False),
        opener=paper(u_a, asp_a, asp_a, opens=True),
        responder=paper(u_b[::-1], asp_b, asp_b, opens=False),
    )
    run.finish()
    return run


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Utilities of few different values, so that ties are common; the middle row is no deal, 0."""
    made = []
    for _ in range(2):
        cells = draw(st.lists(st.integers(-3, 3), min_size=21, max_size=21))
        table = np.array(cells, float).reshape(SHAPE)
        table[3] = 0.0
        made.append(table)
    return made[0], made[1]


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([0.0, 0.5, 0.8]), st.sampled_from([3, 7, 60]))
def test_a_session_ends_as_algorithm_1_does(
    both: tuple[np.ndarray, np.ndarray], quantile: float, deadline: int
) -> None:
    """Contract and number of offers; where the paper's session runs idle to the deadline, ours is left."""
    u_a, u_b = both
    asp_a, asp_b = (aspiration(u, quantile=quantile, no_deal=0.0) for u in both)
    paper = negotiate_contract(u_a, u_b, asp_a, asp_b, deadline=deadline)
    run = session(u_a, u_b, asp_a, asp_b, deadline)
    if paper.contract is None:
        assert isinstance(run.outcome, Withdrawn | Deadline)
        return
    assert isinstance(run.outcome, Agreed)
    row, column = divmod(paper.contract, 3)
    assert run.outcome.values == (-300 + 100 * row, 1 + 2 * column)
    assert len(run.trace) == paper.rounds
    assert run.outcome.by == paper.accepted_by


def test_a_side_that_has_offered_all_offers_no_loan_until_the_other_does_too() -> None:
    nothing = np.full(SHAPE, -1.0)
    mine, theirs = nothing.copy(), nothing.copy()
    mine[5, 0] = 1.0
    theirs[0] = 1.0
    run = session(mine, theirs, 0.0, 0.0, 100)
    assert [offer.values for offer in run.trace] == [
        (200, 1), (-300, 1), (0, 1), (-300, 3), (0, 1), (-300, 5), (0, 1)
    ]  # fmt: skip
    assert run.outcome == Withdrawn(by=1)


def test_an_offer_that_changes_nothing_is_taken_but_not_made() -> None:
    table = np.zeros(SHAPE)
    side = paper(table, border=-1e-9, proposes=0.001, opens=False)
    turn = Turn(
        time=1, max_rounds=9, domain=DOMAIN, issue_by_issue=False, standing=(100, 3), locked=0, own_last=None
    )
    assert side.act(turn) == Accept()
    opener = paper(table, border=-1e-9, proposes=0.001, opens=True)
    assert opener.act(replace(turn, time=0, standing=None)) == Propose((0, 1))
    assert opener.act(replace(turn, time=2, standing=(0, 1))) == Withdraw()


def test_no_loan_is_no_offer_to_take() -> None:
    side = paper(np.ones(SHAPE), border=0.0, proposes=0.0, opens=False)
    turn = Turn(
        time=1, max_rounds=9, domain=DOMAIN, issue_by_issue=False, standing=(0, 3), locked=0, own_last=None
    )
    assert isinstance(side.act(turn), Propose)


class Fixed:
    """An outlook that does not change."""

    def __init__(self, needs: list[float], legs: dict[int, float] | None = None) -> None:
        course = np.zeros(8)
        course[: len(needs)] = needs
        owed = np.zeros(8)
        for lag, kwh in (legs or {}).items():
            owed[lag] = kwh
        self._outlook = Outlook(soc_kwh=0.0, needs_kwh=(course + owed)[np.newaxis], legs_kwh=owed)

    def outlook(self, step: int, interval: int) -> Outlook:
        return self._outlook


BARE = ProsumerModel(Battery(capacity_kwh=0.0), weights=(0.0, 1.0))
"""No battery, autarky alone: the utility is minus what is traded outside."""
BRIEF = LoanBrief(step=3, interval=4, domain=DOMAIN, max_rounds=40)
SEAT = LoanSeat(opens=True, counterpart=BUYER, room=(2500, 2500), room_returned=((2500, 2500),) * 3)


def lender(expectations: Fixed, **more: float) -> Lender:
    return Lender(
        name="ash",
        party=SELLER,
        meter=1,
        model=lambda interval: BARE,
        expectations=expectations,
        aspiration=more.get("aspiration", 0.0),
        least_gain=more.get("least_gain", 0.001),
        sure=1.0,
        peers=Acquaintances(epsilon=0.0, seeds=(1,)),
    )


def offers_of(home: Lender, seat: LoanSeat = SEAT) -> set[tuple[int, int]]:
    """All it would offer."""
    assert isinstance(home.takes_part(BRIEF), bool)
    side = home.loan_negotiator(BRIEF, seat)
    assert side is not None
    made: list[tuple[int, int]] = []
    own_last = None
    for time in range(0, 80, 2):
        action = side.act(
            Turn(
                time=time,
                max_rounds=99,
                domain=DOMAIN,
                issue_by_issue=False,
                standing=None,
                locked=0,
                own_last=own_last,
            )
        )
        assert isinstance(action, Propose)
        if action.values[0] == 0:
            break
        own_last = (action.values[0], action.values[1])
        made.append(own_last)
    return set(made)


def test_a_home_offers_what_it_can_keep_use_and_gain_by() -> None:
    """0.25 kWh over now, 0.15 short three intervals later: it lends 0.1 until then, gaining 0.2; 0.2 it could not use."""
    home = lender(Fixed([-0.25, 0.0, 0.0, 0.15]))
    assert offers_of(home) == {(100, 3)}
    assert home.takes_part(BRIEF)


def test_the_responder_sees_the_same_loan_from_the_other_side() -> None:
    home = lender(Fixed([-0.25, 0.0, 0.0, 0.15]))
    home.takes_part(BRIEF)
    side = home.loan_negotiator(BRIEF, replace(SEAT, opens=False))
    assert side is not None
    turn = Turn(
        time=1, max_rounds=9, domain=DOMAIN, issue_by_issue=False, standing=(300, 1), locked=0, own_last=None
    )
    assert side.act(turn) == Propose((-100, 3))
    assert side.act(replace(turn, time=3, standing=(-100, 3))) == Accept()


@pytest.mark.parametrize(
    ("room", "room_returned", "offers"),
    [
        ((99, 2500), ((2500, 2500),) * 3, set()),  # its own queue is full when it would give
        ((100, 0), ((2500, 2500),) * 3, {(100, 3)}),
        (
            (2500, 2500),
            ((2500, 2500), (2500, 99), (2500, 2500)),
            set(),
        ),  # the borrower's when that would return
    ],
)
def test_no_loan_is_offered_for_which_a_queue_has_no_room(
    room: tuple[int, int], room_returned: tuple[tuple[int, int], ...], offers: set[tuple[int, int]]
) -> None:
    home = lender(Fixed([-0.25, 0.0, 0.0, 0.15]))
    assert offers_of(home, replace(SEAT, room=room, room_returned=room_returned)) == offers


def test_legs_of_opposite_direction_never_meet_in_an_interval() -> None:
    """It receives 0.1 kWh now by an earlier loan, so it lends nothing now, although it has more than enough."""
    assert offers_of(lender(Fixed([-0.5, 0.0, 0.0, 0.3], legs={0: -0.1}))) == set()
    assert offers_of(lender(Fixed([-0.5, 0.0, 0.0, 0.3], legs={0: 0.1}))) != set()


def test_the_space_is_the_models_own() -> None:
    """What it offers first is the best of its contract space among what it can keep."""
    outlook = Fixed([-0.35, 0.0, 0.0, 0.35, 0.0, 0.15]).outlook(0, 0)
    home = lender(Fixed([-0.35, 0.0, 0.0, 0.35, 0.0, 0.15]))
    home.takes_part(BRIEF)
    side = home.loan_negotiator(BRIEF, SEAT)
    assert side is not None
    turn = Turn(
        time=0, max_rounds=9, domain=DOMAIN, issue_by_issue=False, standing=None, locked=0, own_last=None
    )
    assert side.act(turn) == Propose((300, 3))  # 0.3 kWh traded less both times: the most there is to gain
    domain = loan_space(DOMAIN)
    space = contract_space(BARE, soc_kwh=0.0, needs=outlook.needs_kwh, domain=domain)
    best = domain.contract(int(space.utilities.argmax()))
    assert best == (0.3, 3)


def test_what_a_home_thinks_of_its_peers_is_what_it_gained_with_them() -> None:
    known = Acquaintances(epsilon=0.0, seeds=(1,))
    known.learn(BUYER, 0.0)
    known.learn(PROVIDER, 0.2)
    assert {known.choose(step, [BUYER, PROVIDER]) for step in range(20)} == {PROVIDER}
    stranger = Party("0x" + "9" * 40)
    assert {known.choose(step, [BUYER, PROVIDER, stranger]) for step in range(20)} == {stranger}
    assert known.choose(0, []) is None


def test_with_chance_one_a_home_asks_anyone() -> None:
    known = Acquaintances(epsilon=1.0, seeds=(1,))
    known.learn(BUYER, 0.0)
    known.learn(PROVIDER, 0.2)
    assert {known.choose(step, [BUYER, PROVIDER]) for step in range(40)} == {BUYER, PROVIDER}


def test_what_makes_no_lender_is_refused() -> None:
    with pytest.raises(ValueError, match=r"epsilon: found 1\.5, expected a probability"):
        Acquaintances(epsilon=1.5, seeds=())
    with pytest.raises(ValueError, match="least_gain: found 0"):
        lender(Fixed([]), least_gain=0.0)


def test_a_gain_is_counted_from_the_sides_own_view() -> None:
    home = lender(Fixed([-0.25, 0.0, 0.0, 0.15]))
    home.takes_part(BRIEF)
    home.loan_negotiator(BRIEF, replace(SEAT, opens=False))
    home.negotiated(BUYER, (-100, 3))  # the opener borrows 0.1 kWh of it
    home.negotiated(PROVIDER, None)
    assert {home.peer(step, [BUYER, PROVIDER]) for step in range(9)} == {BUYER}
