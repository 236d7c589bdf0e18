"""Who meets whom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.matching import (
    ANYONE,
    MATCHERS,
    NOBODY,
    Announcement,
    Choice,
    at_random,
    largest_first,
    matched,
)

RNG = np.random.default_rng(0)

announcements = st.lists(
    st.builds(Announcement, name=st.text("abcdefgh", min_size=1, max_size=2), amount=st.integers(-5, 5)),
    unique_by=lambda a: a.name,
    max_size=8,
)


def test_the_largest_surplus_meets_the_largest_deficit() -> None:
    announced = [Announcement("a", 3), Announcement("b", 9), Announcement("c", -2), Announcement("d", -7)]
    assert largest_first(announced, frozenset(), RNG) == [("b", "d"), ("a", "c")]


def test_who_has_met_meets_the_next() -> None:
    announced = [Announcement("a", 3), Announcement("b", 9), Announcement("c", -2), Announcement("d", -7)]
    assert largest_first(announced, frozenset({("b", "d")}), RNG) == [("b", "c"), ("a", "d")]


def test_ties_go_by_name_whatever_the_order_of_announcing() -> None:
    announced = [Announcement(name, 5) for name in "ba"] + [Announcement(name, -5) for name in "dc"]
    assert largest_first(announced, frozenset(), RNG) == [("a", "c"), ("b", "d")]


def test_random_meetings_are_the_same_for_the_same_generator_and_not_always_in_order() -> None:
    announced = [Announcement(f"s{i}", 1) for i in range(6)] + [Announcement(f"b{i}", -1) for i in range(6)]
    first = at_random(announced, frozenset(), np.random.default_rng(5))
    assert first == at_random(list(reversed(announced)), frozenset(), np.random.default_rng(5))
    assert first != at_random(announced, frozenset(), np.random.default_rng(6))


@pytest.mark.parametrize("name", MATCHERS)
@given(announced=announcements, seed=st.integers(0, 9))
def test_pairs_are_disjoint_new_and_of_one_seller_and_one_buyer(
    name: str, announced: list[Announcement], seed: int
) -> None:
    amounts = {a.name: a.amount for a in announced}
    met: frozenset[tuple[str, str]] = frozenset()
    for _ in range(3):
        pairs = MATCHERS[name](announced, met, np.random.default_rng(seed))
        everyone = [name for pair in pairs for name in pair]
        assert len(everyone) == len(set(everyone))
        assert all(amounts[seller] > 0 > amounts[buyer] for seller, buyer in pairs)
        assert not met & set(pairs)
        met |= set(pairs)
    # Nobody who could meet someone new is left over while a partner is free: with no history the smaller side is served.
    first = MATCHERS[name](announced, frozenset(), np.random.default_rng(seed))
    sides = sum(a.amount > 0 for a in announced), sum(a.amount < 0 for a in announced)
    assert len(first) == min(sides)


ANNOUNCED = [Announcement("a", 3), Announcement("b", 9), Announcement("c", -2), Announcement("d", -7)]


def meet(**choices: Choice) -> list[tuple[str, str]]:
    everyone = {a.name: choices.get(a.name, ANYONE) for a in ANNOUNCED}
    return matched(ANNOUNCED, everyone, largest_first, frozenset(), RNG)


def test_who_asks_for_a_peer_meets_it_and_the_matcher_pairs_the_rest() -> None:
    assert meet(b=Choice(peer="c")) == [("b", "c"), ("a", "d")]
    assert meet(d=Choice(peer="a")) == [("a", "d"), ("b", "c")]


def test_who_asks_in_vain_meets_nobody() -> None:
    assert meet(b=Choice(peer="a")) == [("a", "d")]  # on the same side
    assert meet(b=Choice(peer="d"), d=NOBODY) == [("a", "c")]
    assert meet(a=Choice(peer="d"), b=Choice(peer="d")) == [("a", "d")]  # the first who asks
    assert matched(
        ANNOUNCED, {a.name: Choice(peer="c") for a in ANNOUNCED}, largest_first, frozenset({("a", "c")}), RNG
    ) == [("b", "c")]


def test_who_wants_nobody_is_not_announced() -> None:
    assert meet(b=NOBODY) == [("a", "d")]
    assert meet(**{a.name: NOBODY for a in ANNOUNCED}) == []
