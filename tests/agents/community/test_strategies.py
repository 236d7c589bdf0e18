"""The eight team strategies, by hand.

Unless it says otherwise members are firm: each proposes its goals and votes for what is worth as much to it. a and b care
about the day's rate alone, c and d about the night's.
"""

import pytest

from agents.community.community import Community
from agents.community.errors import StrategyNotAllowed, UnknownTeamStrategy
from agents.community.interaction import Interaction
from agents.community.meeting import Meeting, TieRule
from agents.community.members import Member, Role
from agents.community.strategies import Decision, Pass, TeamStrategy, send
from agents.community.voting import TEAM_STRATEGIES, BordaVoting, SimilaritySimpleVoting, team_strategy
from market.issues import Values
from market.negotiation import Accept, Propose, Withdraw
from tests.agents.community.people import community, customer, firm, meeting, negotiator, preferences

DAY, NIGHT = (1.0, 0.0), (0.0, 1.0)

FOUR = (
    firm("a", preferences((100, 180), (200, 200), DAY)),
    firm("b", preferences((120, 180), (200, 200), DAY)),
    firm("c", preferences((180, 100), (200, 200), NIGHT)),
    firm("d", preferences((180, 120), (200, 200), NIGHT)),
)
"""Votes: (100, 180) of a and b, (120, 180) of b, (180, 100) of c and d, (180, 120) of d."""


def decide(
    name: str, members: tuple[Member, ...], received: Values | None = None, mediator: str = "a"
) -> Decision:
    return team_strategy(name).decide(meeting(members, mediator=mediator, received=received))


VOTING = ("SSV", "MSV", "CSV", "USV")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        # Two and two: in the second round too; then the mediator, a, has its own. No quota of more than half is reached.
        (None, (Propose((100, 180)), Pass(), Pass(), Pass())),
        # Four votes for the opponent's offer.
        ((100, 100), (Accept(),) * 4),
        # a, b and d: three of four are 75 %.
        ((100, 120), (Accept(), Accept(), Accept(), Pass())),
        # d alone: the first two lead.
        ((150, 120), (Propose((100, 180)), Pass(), Pass(), Pass())),
        # a and b: three offers have two votes. In the second round a and b vote for both with a day's rate of 100, c and d for
        # c's: all have two again. To the mediator both with 100 are worth the same; the opponent's costs the community less.
        ((100, 150), (Accept(), Pass(), Pass(), Pass())),
    ],
)
def test_simple_voting_by_hand(received: Values | None, expected: tuple[Decision, ...]) -> None:
    assert tuple(decide(name, FOUR, received) for name in VOTING) == expected


def test_the_second_round_decides_before_the_mediator_does() -> None:
    # e likes c's offer best of the two with two votes each and votes in neither: without e the mediator would decide, for a's.
    e = customer("e", preferences((100, 50), (110, 60), NIGHT, least=0.5))
    round_ = meeting((*FOUR, e))
    offers = round_.offers()
    assert offers == ((100, 180), (120, 180), (180, 100), (180, 120))
    assert round_.approvals(offers).tolist() == [2, 1, 2, 1]
    assert round_.favourites([(100, 180), (180, 100)]).tolist() == [2, 3]
    assert decide("SSV", (*FOUR, e)) == Propose((180, 100))


def test_ties_are_decided_by_the_rules_in_their_order() -> None:
    tied = ((100, 180), (180, 100))
    costly_day = (firm("a", FOUR[0].preferences, energy=(5000, 1000)), *FOUR[1:])
    by_mediator, by_cost = (TieRule.MEDIATOR,), (TieRule.COST,)
    assert meeting(costly_day).choose(tied, by_mediator) == (100, 180)
    assert meeting(costly_day, mediator="c").choose(tied, by_mediator) == (180, 100)
    # (5 + 3) MWh by day and 4 by night: 8 · 100 + 4 · 180 = 1,520 against 8 · 180 + 4 · 100 = 1,840.
    assert meeting(costly_day, mediator="c").choose(tied, by_cost) == (100, 180)
    chosen = {meeting(FOUR, seed=seed).choose(tied, (TieRule.CHANCE,)) for seed in range(20)}
    assert chosen == set(tied), "chance gives either"
    assert {meeting(FOUR, seed=1).choose(tied, (TieRule.CHANCE,)) for _ in range(5)} <= {
        meeting(FOUR, seed=1).choose(tied[::-1], ())
    }, "the same seed gives the same, however offers are ordered"


def test_votes_by_size_count_in_sdv_alone() -> None:
    # d brings as much energy as 25 of the others: c's offer has its 50,000 votes and c's 2,000, d's own only d's.
    grown = (*FOUR[:3], firm("d", FOUR[3].preferences, energy=(25_000, 25_000)))
    assert decide("SDV", grown) == Propose((180, 100))
    assert decide("SDV", FOUR) == decide("SSV", FOUR) == decide("SSV", grown) == Propose((100, 180))
    round_ = meeting(grown)
    assert round_.approvals(round_.offers(), by_size=True).tolist() == [4000, 2000, 52_000, 50_000]


def test_borda_finds_what_all_can_live_with() -> None:
    # By day: a ranks (100, 180), (130, 130), (180, 100): 2, 1, 0 points; c the other way round; b by the sum of both rates:
    # 2 for its own, and the two others share 1 and 0. Together 2.5, 4 and 2.5; the compiled tally counts halves.
    members = (
        firm("a", preferences((100, 180), (200, 200), DAY)),
        firm("b", preferences((130, 130), (200, 200))),
        firm("c", preferences((180, 100), (200, 200), NIGHT)),
    )
    round_ = meeting(members)
    assert round_.borda(round_.offers()).tolist() == [5, 8, 5]
    assert decide("SBV", members) == Propose((130, 130))
    assert decide("SSV", members) == Propose((100, 180)), "a vote each, and the mediator is a"
    # The opponent's (120, 120): second of a and c, best of b: 2 + 3 + 2 points of three, i of the paper, against 4 of (130, 130).
    assert decide("SBV", members, (120, 120)) == Accept()
    assert decide("SBV", members, (150, 150)) == Propose((130, 130))


def test_borda_ties_go_to_the_mediator() -> None:
    pair = (FOUR[0], FOUR[2])
    assert decide("SBV", pair, mediator="a") == Propose((100, 180))
    assert decide("SBV", pair, mediator="c") == Propose((180, 100))


def test_rm_is_its_mediator() -> None:
    poor = negotiator("a", preferences((100, 100), (300, 300)))
    rich = firm("b", preferences((50, 50), (60, 60)))
    assert team_strategy("RM").decide(meeting((poor, rich), time=5)) == Propose((200, 200))
    assert team_strategy("RM").decide(meeting((poor, rich), time=5, received=(200, 200))) == Accept()
    assert team_strategy("RM").decide(meeting((poor, rich), time=5, received=(201, 200))) == Propose(
        (200, 200)
    )
    # Worth 0.75 up to turn 2.5: (140, 140) at turn 2, and nothing that is acceptable at turn 3.
    picky = negotiator("a", preferences((100, 100), (300, 300), least=0.75))
    assert team_strategy("RM").decide(meeting((picky, rich), time=2)) == Propose((140, 140))
    assert team_strategy("RM").decide(meeting((picky, rich), time=3)) == Withdraw()
    assert team_strategy("RM").decide(meeting((picky, rich), time=3, received=(150, 150))) == Accept()


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((), Propose((150, 150))),
        ((customer("b", preferences((50, 50), (149, 149))),), Propose((150, 150))),  # one to one
        (
            (
                customer("b", preferences((50, 50), (149, 149))),
                customer("c", preferences((50, 50), (149, 149))),
            ),
            Withdraw(),
        ),
        (
            (
                customer("b", preferences((50, 50), (149, 149))),
                customer("c", preferences((50, 50), (149, 149)), Role.DEPENDENT),
            ),
            Propose((150, 150)),
        ),
        (
            (
                customer("b", preferences((50, 50), (149, 149))),
                customer("c", preferences((50, 50), (150, 150))),
            ),
            Propose((150, 150)),
        ),
    ],
)
def test_rm_idm_needs_as_many_positive_as_neutral_votes(
    others: tuple[Member, ...], expected: Decision
) -> None:
    mediator = negotiator("a", preferences((100, 100), (200, 200)))
    strategy = team_strategy("RM-IDM")
    assert strategy.decide(meeting((mediator, *others), time=5)) == expected
    # The same for what the mediator would accept.
    taken = strategy.decide(meeting((mediator, *others), time=5, received=(150, 150)))
    assert taken == (Accept() if isinstance(expected, Propose) else Withdraw())


def test_who_has_nothing_acceptable_left_proposes_nothing_and_votes_for_what_is_acceptable() -> None:
    # At turn 8 a would offer (180, 180), worth 0.2, less than its 0.3. b goes on.
    a = negotiator("a", preferences(least=0.3))
    b = negotiator("b", preferences())
    round_ = meeting((a, b), time=8, received=(170, 170))
    assert round_.offers() == ((170, 170), (180, 180))
    assert round_.authors() == {"b": (180, 180)}
    assert round_.approvals(round_.offers()).tolist() == [2, 1]
    alone = negotiator("b", preferences(least=0.3))
    for name in ("SSV", "SBV"):
        assert team_strategy(name).decide(meeting((a, alone), time=8)) == Pass()
        assert team_strategy(name).decide(meeting((a, alone), time=8, received=(170, 170))) == Accept()


def test_customers_vote_by_what_is_acceptable_and_propose_nothing() -> None:
    a, b = FOUR[0], FOUR[2]
    voter = customer("e", preferences((100, 100), (150, 180), DAY))
    silent = customer("f", preferences((100, 100), (150, 180), DAY), Role.DEPENDENT)
    round_ = meeting((a, b, voter, silent))
    assert round_.voters == 3
    assert round_.offers() == ((100, 180), (180, 100))
    assert round_.approvals(round_.offers()).tolist() == [2, 1]


def test_with_one_negotiation_agent_only_representatives_decide() -> None:
    alone = community((negotiator("a", preferences()), customer("b", preferences())))
    for name in TEAM_STRATEGIES:
        if name in ("RM", "RM-IDM"):
            team_strategy(name).check(alone)
        else:
            with pytest.raises(StrategyNotAllowed, match="RM or RM-IDM") as refusal:
                team_strategy(name).check(alone)
            assert (refusal.value.exit_code, refusal.value.value) == (2, name)


def test_members_who_may_not_answer_cannot_be_asked() -> None:
    told: Community = community(FOUR, interaction=Interaction.INFORMATIVE)
    team_strategy("RM").check(told)
    for name in set(TEAM_STRATEGIES) - {"RM"}:
        with pytest.raises(StrategyNotAllowed, match="responsive"):
            team_strategy(name).check(told)


def test_strategies_are_found_by_name() -> None:
    assert list(TEAM_STRATEGIES) == ["RM", "RM-IDM", "SSV", "MSV", "CSV", "USV", "SBV", "SDV"]
    assert team_strategy("SBV") == BordaVoting()
    with pytest.raises(UnknownTeamStrategy, match="RM-IDM"):
        team_strategy("RMIDM")


class Veto(TeamStrategy):
    """What most like best of those that the mediator does not mind: a user's own."""

    name = "veto"

    def decide(self, meeting: Meeting) -> Decision:
        fine = [o for o in meeting.offers() if meeting.mediator.accepts(o, meeting.mediator_next)]
        if not fine:
            return Pass()
        votes = meeting.favourites(fine)
        best = [offer for offer, got in zip(fine, votes.tolist(), strict=True) if got == votes.max()]
        return send(meeting, meeting.choose(best, ()))


def test_a_strategy_of_ones_own_is_one_class() -> None:
    assert Veto().decide(meeting(FOUR, mediator="b", received=(110, 110))) == Accept()
    assert Veto().decide(meeting(FOUR, mediator="b")) == Propose((100, 180))


def test_a_tie_rule_can_be_chosen() -> None:
    strategy = SimilaritySimpleVoting(ties=(TieRule.COST,))
    cheap_night = (firm("a", FOUR[0].preferences, energy=(0, 9000)), *FOUR[1:])
    assert strategy.decide(meeting(cheap_night)) == Propose((180, 100))
