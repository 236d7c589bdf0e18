"""A community against an opponent, to the end."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.community import Community
from agents.community.errors import (
    AlreadySigned,
    NegotiationError,
    NotAMember,
    StrategyNotAllowed,
    ZeroEnergy,
)
from agents.community.interaction import Interaction
from agents.community.meeting import Meeting
from agents.community.members import Member, Role
from agents.community.session import (
    COMMUNITY,
    OPPONENT,
    Membership,
    Negotiated,
    TariffRules,
    negotiate,
    unwilling_leave,
)
from agents.community.single import TariffAgent
from agents.community.strategies import Decision, TeamStrategy
from agents.community.tactics import ByTime, Firm, Tactic
from agents.community.voting import TEAM_STRATEGIES, team_strategy
from market.issues import Domain, Issue, Values
from market.negotiation import Accept, Action, Propose, Turn, Withdraw
from market.session import Agreed, Deadline, Offer, SessionRules, SessionRun, Withdrawn
from tests.agents.community.people import (
    DOMAIN,
    community,
    customer,
    firm,
    many_members,
    negotiator,
    preferences,
)


def retailer(
    goal: int = 250, limit: int = 100, deadline: int = 12, tactic: Tactic | None = None
) -> TariffAgent:
    return TariffAgent(
        preferences=preferences((goal, goal), (limit, limit)),
        tactics=(tactic or ByTime(deadline),) * 2,
        deadline=deadline,
    )


def play(
    name: str, members: list[Member], opponent: Any = None, max_turns: int = 30, **changes: Any
) -> Negotiated:
    return negotiate(
        community(members, **changes),
        team_strategy(name),
        opponent or retailer(),
        TariffRules(domain=DOMAIN, max_turns=max_turns),
        rng=np.random.default_rng(0),
        mediator="a",
    )


@given(many_members(), st.integers(1, 20))
@settings(max_examples=60, deadline=None)
def test_a_community_under_rm_negotiates_as_its_mediator_would_alone(
    members: list[Member], max_turns: int
) -> None:
    team = play("RM", members, max_turns=max_turns)
    mediator = members[0].agent
    assert mediator is not None
    rules = SessionRules(domain=DOMAIN, max_rounds=max_turns, issue_by_issue=False)
    alone = SessionRun(rules, opener=retailer(), responder=mediator)
    ended = alone.finish()
    assert team.rates == (ended.values if isinstance(ended, Agreed) else None)
    assert type(team.outcome) is type(ended)
    assert [offer.values for offer in team.offers] == [offer.values for offer in alone.trace]
    assert team.passes == ()


@given(many_members(), st.sampled_from(list(TEAM_STRATEGIES)))
@settings(max_examples=100, deadline=None)
def test_an_agreement_is_acceptable_to_as_many_as_the_strategy_asks_for(
    members: list[Member], name: str
) -> None:
    done = play(name, members)
    assert done.turns == len(done.offers) + len(done.passes)
    if done.rates is None:
        return
    fine = [m.preferences.accepts(done.rates) for m in members if m.votes]
    share = {"RM-IDM": 0.5, "MSV": 0.5, "CSV": 0.75, "USV": 1.0}.get(name, 0.0)
    assert sum(fine) >= share * len(fine)
    if name == "RM":
        assert members[0].preferences.accepts(done.rates)


def test_a_negotiation_by_hand() -> None:
    # All concede by 10 a turn, a and b from 100, the retailer from 250 by 12.5 (rounded down, as sellers concede). At turn 6 it
    # offers 175 where the team wants 170 at turn 7; at turn 8 it takes the 170, wanting 150 itself.
    members = [negotiator("a", preferences()), negotiator("b", preferences())]
    for name in TEAM_STRATEGIES:
        done = play(name, members)
        assert done.outcome == Agreed((170, 170), OPPONENT)
        assert done.offers[-2:] == (Offer(6, OPPONENT, (175, 175)), Offer(7, COMMUNITY, (170, 170)))
        assert (done.turns, done.passes, done.mediator) == (8, (), "a")


def test_without_a_quota_turns_pass_until_the_opponents_deadline() -> None:
    members = [
        firm("a", preferences((100, 180), (200, 200), (1.0, 0.0))),
        firm("b", preferences((180, 100), (200, 200), (0.0, 1.0))),
    ]
    done = play("USV", members, retailer(limit=150, deadline=9))
    assert done.outcome == Withdrawn(OPPONENT)
    assert done.passes == (1, 3, 5, 7, 9)
    assert {offer.who for offer in done.offers} == {OPPONENT}
    rm = play("RM", members, retailer(limit=150, deadline=9))
    assert [offer.values for offer in rm.offers if offer.who == COMMUNITY] == [(100, 180)] * 5


def test_members_concede_while_turns_pass() -> None:
    # a and b concede evenly to (200, 200): a from (100, 180) by the day's rate, b from (180, 100) by the night's. To a the
    # offer of b, whose day's rate starts at 180, is worth 0.2 and less, to a's own 1 − t/10: from turn 8 or 9 on it agrees.
    members = [
        negotiator("a", preferences((100, 180), (200, 200), (1.0, 0.0))),
        negotiator("b", preferences((180, 100), (200, 200), (0.0, 1.0))),
    ]
    done = play("USV", members, retailer(limit=195, deadline=25, tactic=Firm()))
    assert done.passes
    sent = [offer for offer in done.offers if offer.who == COMMUNITY]
    assert sent
    assert sent[0].round > done.passes[-1]


def test_turns_are_limited() -> None:
    done = play("RM", [firm("a", preferences()), firm("b", preferences())], max_turns=5)
    assert (done.outcome, done.turns) == (Deadline(), 5)


class Odd(TeamStrategy):
    """Acts against the rules in one way or another."""

    name = "odd"

    def __init__(self, act: Any) -> None:
        self.act = act

    def decide(self, meeting: Meeting) -> Decision:
        if isinstance(self.act, Exception):
            raise self.act
        return self.act  # type: ignore[no-any-return]


class OddOpponent:
    def __init__(self, act: Any) -> None:
        self.decision = act

    def act(self, turn: Turn) -> Action:
        if isinstance(self.decision, Exception):
            raise self.decision
        return self.decision  # type: ignore[no-any-return]


FAULTS = [Propose((1, 2, 3)), Propose((-1, 5)), Propose((5, 5), 1), "yes", None, ValueError("oh")]


@pytest.mark.parametrize("fault", FAULTS)
def test_whoever_acts_against_the_rules_has_withdrawn(fault: Any) -> None:
    members = [firm("a", preferences()), firm("b", preferences())]
    rules = TariffRules(domain=DOMAIN, max_turns=9, first=COMMUNITY)
    ours = negotiate(
        community(members), Odd(fault), retailer(), rules, rng=np.random.default_rng(0), mediator="a"
    )
    assert isinstance(ours.outcome, Withdrawn)
    assert ours.outcome.by == COMMUNITY
    assert ours.outcome.reason
    theirs = play("RM", members, OddOpponent(fault))
    assert isinstance(theirs.outcome, Withdrawn)
    assert theirs.outcome.by == OPPONENT
    assert theirs.outcome.reason


def test_nothing_is_accepted_before_it_is_offered() -> None:
    outcome = play("RM", [firm("a", preferences())], OddOpponent(Accept())).outcome
    assert isinstance(outcome, Withdrawn)
    assert outcome.by == OPPONENT
    assert play("RM", [firm("a", preferences())], OddOpponent(Withdraw())).outcome == Withdrawn(OPPONENT)


def test_what_cannot_be_negotiated_is_refused_before_anything_is_said() -> None:
    a, b = firm("a", preferences()), firm("b", preferences())
    three = Domain((*DOMAIN.issues, Issue("weekend", 0, 9)))
    for strategy, members, domain, error in (
        ("SSV", [a, customer("b", preferences())], DOMAIN, StrategyNotAllowed),
        ("RM", [a, b], three, NegotiationError),
        ("RM", [firm("a", preferences(), energy=(0, 0))], DOMAIN, ZeroEnergy),
        ("RM", [b], DOMAIN, NotAMember),
    ):
        with pytest.raises(error) as refusal:
            negotiate(
                community(members),
                team_strategy(strategy),
                retailer(),
                TariffRules(domain=domain, max_turns=5),
                rng=np.random.default_rng(0),
                mediator="a",
            )
        assert refusal.value.exit_code == 2
    for changes in ({"max_turns": 0}, {"domain": Domain(())}, {"first": 2}):
        with pytest.raises(NegotiationError):
            TariffRules(**{"domain": DOMAIN, "max_turns": 5, **changes})  # type: ignore[arg-type]


@given(many_members(), st.sampled_from(list(TEAM_STRATEGIES)), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_the_same_seed_plays_the_same(members: list[Member], name: str, seed: int) -> None:
    first, second = (
        negotiate(
            community(members),
            team_strategy(name),
            retailer(),
            TariffRules(domain=DOMAIN, max_turns=20),
            rng=np.random.default_rng(seed),
        )
        for _ in range(2)
    )
    assert (first.outcome, first.offers, first.passes) == (second.outcome, second.offers, second.passes)


def test_members_come_and_go_while_a_community_negotiates() -> None:
    # Firm a and b differ on which rate matters, so unanimity is never reached; c, who thinks as a, takes b's place at turn 5.
    a = firm("a", preferences((100, 180), (200, 200), (1.0, 0.0)))
    b = firm("b", preferences((180, 100), (200, 200), (0.0, 1.0)))
    c = firm("c", preferences((110, 180), (200, 200), (1.0, 0.0)))

    def change(turn: int, us: Community, sent: Values | None) -> Community:
        return us.join(c).leave("b") if turn == 5 else us

    done = team("USV", [a, b], change)
    assert done.passes == (1, 3)
    assert next(offer for offer in done.offers if offer.who == COMMUNITY) == Offer(5, COMMUNITY, (100, 180))
    assert [member.name for member in done.community.members] == ["a", "c"]
    heard = {name: [m.content for m in done.net.seen_by(name)] for name in "bc"}
    assert done.outcome in heard["c"]
    assert done.outcome not in heard["b"], "it has left"
    first = ((100, 180), (180, 100), (250, 250))
    assert first in heard["b"]
    assert first not in heard["c"], "it was not there at the first turn"


def test_another_mediates_where_the_mediator_leaves() -> None:
    members = [firm("a", preferences()), firm("b", preferences()), firm("c", preferences((90, 90)))]
    done = team("RM", members, lambda turn, us, sent: us.leave("a") if turn == 3 else us)
    assert done.mediator == "b"  # old tariffs are equal: the first by name
    with_two = [*members[:2], customer("v", preferences())]
    left = team("SSV", with_two, lambda turn, us, sent: us.leave("a") if turn == 3 else us)
    assert isinstance(left.outcome, Withdrawn)
    assert "StrategyNotAllowed" in left.outcome.reason


def test_who_minds_what_was_sent_leaves() -> None:
    # RM sends (110, 110) at turn 1 and more later; from (130, 130) at turn 3 on it is beyond the limits of v, who leaves.
    members = [
        negotiator("a", preferences()),
        customer("s", preferences((50, 50), (125, 125)), Role.DEPENDENT),
        customer("v", preferences((50, 50), (125, 125))),
    ]
    done = team("RM", members, unwilling_leave)
    assert [member.name for member in done.community.members] == ["a", "s"]
    alone = [firm("a", preferences((100, 100), (200, 200)))]
    assert team("RM", alone, unwilling_leave).community.negotiators


def team(name: str, members: list[Member], membership: Membership) -> Negotiated:
    return negotiate(
        community(members),
        team_strategy(name),
        retailer(),
        TariffRules(domain=DOMAIN, max_turns=30),
        rng=np.random.default_rng(0),
        mediator="a",
        membership=membership,
    )


def test_a_community_with_a_contract_does_not_negotiate() -> None:
    signed = community([firm("a", preferences())]).sign((150, 150))
    with pytest.raises(AlreadySigned):
        negotiate(
            signed,
            team_strategy("RM"),
            retailer(),
            TariffRules(domain=DOMAIN, max_turns=5),
            rng=np.random.default_rng(0),
        )


def test_what_members_hear_depends_on_their_interaction() -> None:
    members = [firm("a", preferences()), customer("b", preferences())]
    told = play("RM", members, interaction=Interaction.INFORMATIVE)
    assert [message.content for message in told.net.seen_by("b")] == [told.outcome]
    asked = play("RM-IDM", members)
    heard = [message.content for message in asked.net.seen_by("b")]
    assert heard[:2] == [((100, 100),), Propose((100, 100))], (
        "a vote on the mediator's offer, and what was sent"
    )
    assert heard[-1] == asked.outcome
