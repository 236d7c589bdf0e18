"""What a masked action gets: the copy that chose it, whether one seat decides there, several, or none."""

import numpy as np
import pytest

from agents.policy.errors import IllegalChoice
from learning.legal import refuse_illegal


def test_legal_actions_pass() -> None:
    refuse_illegal(np.array([0, 2]), np.array([[True, False, False], [False, False, True]]))
    refuse_illegal(np.zeros((2, 2), np.int64), np.ones((2, 2, 1), bool))
    refuse_illegal(np.zeros((3, 0), np.int64), np.ones((3, 0, 4), bool))


@pytest.mark.parametrize("action", [1, -1, 3])
def test_the_copy_and_the_action_are_named(action: int) -> None:
    masks = np.array([True, False, True])
    with pytest.raises(IllegalChoice) as refused:
        refuse_illegal(np.array([0, action]), np.stack([masks, masks]))
    assert str(refused.value) == str(IllegalChoice(1, action))
    actions = np.zeros((3, 2), np.int64)
    actions[2, 0] = action
    with pytest.raises(IllegalChoice) as refused:
        refuse_illegal(actions, np.broadcast_to(masks, (3, 2, 3)).copy())
    assert str(refused.value) == str(IllegalChoice(2, action))
