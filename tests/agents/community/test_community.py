"""Who may be in a community, join and leave it, what its members learn, and who mediates."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.community.community import Community, Dependence, Structure, check_apart, leavers
from agents.community.errors import (
    AlreadySigned,
    CommunityError,
    MayNotLeave,
    MediatorError,
    MemberError,
    MemberTwice,
    NoNegotiationAgent,
    NotAMember,
    ZeroEnergy,
)
from agents.community.interaction import Interaction
from agents.community.joining import informed, known_tariffs
from agents.community.mediator import by_size, by_tariff, by_weighted_tariff, check_mediator
from agents.community.members import Kind, Member, Role
from agents.community.session import sign
from tests.agents.community.people import community, customer, many_members, negotiator, preferences

A = negotiator("a", preferences())
B = negotiator("b", preferences())
VOTER = customer("v", preferences())
SILENT = customer("s", preferences(), Role.DEPENDENT)


def test_somebody_has_to_negotiate() -> None:
    for members in ((), (VOTER, SILENT)):
        with pytest.raises(NoNegotiationAgent) as refusal:
            community(members)
        assert refusal.value.exit_code == 2


def test_a_member_stands_once_and_in_one_community() -> None:
    with pytest.raises(MemberTwice, match="'a'"):
        community((A, B, A))
    check_apart([community((A, VOTER)), Community(name="them", members=(B, SILENT))])
    with pytest.raises(MemberTwice, match="nobody of us") as refusal:
        check_apart([community((A, VOTER)), Community(name="them", members=(B, VOTER))])
    assert refusal.value.value == "v"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": ""}, "name"),
        ({"energy": (1,)}, "a.energy"),
        ({"old_rates": (1, 2, 3)}, "a.old_rates"),
        ({"tactics": ()}, "a.tactics"),
        ({"role": Role.INDEPENDENT}, "a.tactics"),
        ({"energy": (-1, 5)}, "a.energy"),
        ({"kind": Kind.PRODUCER}, "a.energy"),
    ],
)
def test_members_that_cannot_be_are_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(MemberError) as refusal:
        negotiator(changes.pop("name", "a"), preferences(), **changes)
    assert (refusal.value.key, refusal.value.exit_code) == (key, 2)


def test_prosumers_and_storage_may_feed_in() -> None:
    for kind in (Kind.PROSUMER, Kind.STORAGE):
        assert negotiator("a", preferences(), kind=kind, energy=(-300, 200)).size == 500
    assert (
        negotiator("a", preferences((200, 200), (100, 100)), kind=Kind.PRODUCER, energy=(-300, 0)).size == 300
    )


def test_formations() -> None:
    # The three of the paper's case study: departments that all negotiate; schools behind one of them, with no say and with one.
    def formation(*members: Member) -> tuple[Structure, Dependence]:
        found = community(members)
        return found.structure, found.dependence

    assert formation(A, B) == (Structure.SECTORED, Dependence.INDEPENDENT)
    assert formation(A, SILENT) == (Structure.AGGREGATED, Dependence.DEPENDENT)
    assert formation(A, VOTER) == (Structure.AGGREGATED, Dependence.INDEPENDENT)
    assert formation(A, VOTER, SILENT) == (Structure.AGGREGATED, Dependence.INDEPENDENT)
    school = negotiator("b", preferences(), sector="education")
    assert formation(A, school) == (Structure.AGGREGATED, Dependence.INDEPENDENT)


def test_members_come_and_go_until_a_contract_is_signed() -> None:
    us = community((A, SILENT)).join(VOTER).join(B)
    assert [member.name for member in us.members] == ["a", "b", "s", "v"]
    assert us.energy == (4000, 4000)
    us = us.leave("v").leave("a")
    assert [member.name for member in us.members] == ["b", "s"]
    with pytest.raises(MayNotLeave):
        us.leave("s")
    with pytest.raises(NoNegotiationAgent):
        us.leave("b")
    with pytest.raises(NotAMember):
        us.leave("v")
    signed = us.sign((120, 130))
    for change in (
        lambda: signed.join(A),
        lambda: signed.leave("b"),
        lambda: signed.sign((1, 1)),
        lambda: sign(signed, (1, 1)),
    ):
        with pytest.raises(AlreadySigned):
            change()
    assert us.signed is None


def test_whoever_finds_a_tariff_unacceptable_leaves_before_it_is_signed() -> None:
    # At (150, 150) those with limits of 140 lose: the voter leaves, the dependent customer may not.
    poor = preferences((100, 100), (140, 140))
    members = (A, customer("s", poor, Role.DEPENDENT), customer("v", poor), customer("w", preferences()))
    assert leavers(community(members), (150, 150)) == ("v",)
    done = sign(community(members), (150, 150))
    assert done.left == ("v",)
    assert [member.name for member in done.community.members] == ["a", "s", "w"]
    assert done.community.signed == (150, 150)
    assert leavers(community(members, interaction=Interaction.INFORMATIVE), (150, 150)) == ()
    with pytest.raises(NoNegotiationAgent):
        sign(community(members), (400, 400))


def test_a_contract_over_no_energy_is_refused() -> None:
    with pytest.raises(ZeroEnergy):
        sign(community((negotiator("a", preferences(), energy=(0, 0)),)), (150, 150))


def test_as_many_rates_for_every_member() -> None:
    with pytest.raises(CommunityError, match="rates"):
        community((A, negotiator("b", preferences((1, 2, 3), (4, 5, 6), (0.5, 0.25, 0.25)))))
    with pytest.raises(CommunityError, match="rates"):
        community((A,)).sign((1, 2, 3))
    with pytest.raises(CommunityError, match="trust"):
        community((A,), trust=1)


def test_what_members_learn_by_hand() -> None:
    # a: goals 100, limits 200, old tariff 200; b three times as large at (80, 160). Best 80 and 160, mean (110, 170).
    # With trust 1/2: the goal by day goes half way to 80, at night 160 is no better than 100; limits go half way to the mean.
    b = negotiator("b", preferences(), energy=(3000, 3000), old_rates=(80, 160))
    known = known_tariffs((A, b))
    assert known.mean == (Fraction(110), Fraction(170))
    learned = informed(A, known, trust=Fraction(1, 2)).preferences
    assert learned.goals == (90, 100)
    assert learned.limits == (155, 185)
    # Who is paid learns from the highest: 200 by day is no better than its goal of 300, the mean of 110 better than its 50.
    paid = negotiator("p", preferences((300, 300), (50, 50)), energy=(0, 0))
    assert informed(paid, known, trust=Fraction(1, 2)).preferences.limits == (80, 110)
    assert community((A, b)).informed() == (A, b), "without trust nothing is learned"


@given(many_members(), st.fractions(0, 1).filter(lambda trust: trust < 1), st.permutations(range(7)))
@settings(max_examples=100, deadline=None)
def test_learning_asks_for_no_less_and_does_not_depend_on_who_came_first(
    members: list[Member], trust: Fraction, order: list[int]
) -> None:
    before = {member.name: member.preferences for member in members}
    us = community(members, trust=trust)
    shuffled = [members[i] for i in order if i < len(members)]
    first = next(member for member in shuffled if member.role is Role.NEGOTIATOR)
    grown = community((first,), trust=trust)
    for member in shuffled:
        if member is not first:
            grown = grown.join(member)
    assert grown.informed() == us.informed()
    for member in us.informed():
        was, now = before[member.name], member.preferences
        assert now.senses == was.senses
        for k, sense in enumerate(was.senses):
            assert sense * now.goals[k] >= sense * was.goals[k]
            assert sense * now.limits[k] >= sense * was.limits[k]


def test_the_mediator_has_the_tariff_that_is_best_for_all() -> None:
    # Large a minds the night's rate alone, b and c the day's. (190, 110) is worth 0.9, 0.1, 0.1 to them, (150, 140) 0.6, 0.5,
    # 0.5 and (100, 200) 0, 1, 1: on average 0.37, 0.53 and 0.67; weighted 8 : 1 : 1, 0.74, 0.58 and 0.2.
    day, night = (1.0, 0.0), (0.0, 1.0)
    a = negotiator("a", preferences(weights=night), energy=(8000, 0), old_rates=(190, 110))
    b = negotiator("b", preferences(weights=day), energy=(1000, 0), old_rates=(150, 140))
    c = negotiator("c", preferences(weights=day), energy=(1000, 0), old_rates=(100, 200))
    us = community((a, b, c))
    assert (by_tariff(us), by_weighted_tariff(us), by_size(us)) == ("c", "a", "a")
    # A customer's tariff counts for nothing, whatever it is worth.
    assert by_tariff(community((a, b, replace(c, role=Role.INDEPENDENT, tactics=())))) == "b"


def test_a_customer_cannot_mediate() -> None:
    us = community((A, VOTER))
    assert check_mediator(us, "a") == A
    with pytest.raises(MediatorError, match="independent"):
        check_mediator(us, "v")
    with pytest.raises(NotAMember):
        check_mediator(us, "nobody")
