"""Environments mixed are the environments side by side."""

import numpy as np
import pytest

from agents.policy.errors import IllegalChoice, SpecMismatch
from learning.games.double_auction import DoubleAuction, against_linear
from learning.games.rubinstein import KEEP, REST, TAKE, Rubinstein, against_theory
from learning.mixed import Mixed


def test_copies_of_one_part_after_the_other() -> None:
    parts = [against_theory(Rubinstein(3), 0), against_theory(Rubinstein(2), 1)]
    alone = [against_theory(Rubinstein(3), 0), against_theory(Rubinstein(2), 1)]
    mixed = Mixed(parts)
    mixed.begin(0)
    for core in alone:
        core.begin(0)
    assert mixed.n == 5
    for actions in ([KEEP + 71, KEEP + 90, KEEP + 10, REST, REST], [REST, REST, REST, TAKE, KEEP + 50]):
        mixed.advance(np.array(actions))
        alone[0].advance(np.array(actions[:3]))
        alone[1].advance(np.array(actions[3:]))
        for name in ("observations", "masks", "rewards", "dones", "truncated", "terminal"):
            side_by_side = np.concatenate([getattr(core, name) for core in alone])
            assert (getattr(mixed, name) == side_by_side).all()
    # The openers that asked for 71 and 10 of 100 got it, and the responder took the 29 that theory leaves it.
    np.testing.assert_allclose(mixed.rewards, [0.71, 0, 0.1, 0.29, 0], rtol=1e-6)


def test_parts_have_seeds_of_their_own() -> None:
    mixed = Mixed([against_linear(DoubleAuction(50)), against_linear(DoubleAuction(50))])
    mixed.begin(3)
    seen = mixed.observations.copy()
    assert (seen[:50] != seen[50:]).any()
    mixed.begin(3)
    assert (mixed.observations == seen).all()


def test_refused() -> None:
    with pytest.raises(SpecMismatch):
        Mixed([against_theory(Rubinstein(1)), against_linear(DoubleAuction(1))])
    mixed = Mixed([against_theory(Rubinstein(1), 0), against_theory(Rubinstein(1), 1)])
    mixed.begin(0)
    before = mixed.observations.copy()
    with pytest.raises(IllegalChoice, match="row 1"):
        mixed.advance(np.array([KEEP, KEEP]))
    assert (mixed.observations == before).all()
