"""Whether actions are legal, asked once for all copies and seats of a batched environment."""

from agents.policy.errors import IllegalChoice
from energy.compiled import compiled
from learning.core import BoolArray, IntArray


def refuse_illegal(actions: IntArray, masks: BoolArray) -> None:
    """Refuse actions of which one is masked.

    Parameters
    ----------
    actions : (n,) or (n, seats)
    masks : (n, actions) or (n, seats, actions)
        True where legal; both without gaps in memory.

    Raises
    ------
    IllegalChoice
        Naming the copy and the action.
    """
    flat = actions.reshape(-1)
    row = _first_illegal(flat, masks.reshape(len(flat), masks.shape[-1]))
    if row >= 0:
        raise IllegalChoice(row // (len(flat) // len(actions)), int(flat[row]))


@compiled
def _first_illegal(actions: IntArray, masks: BoolArray) -> int:
    """First row whose action is not legal, −1 if all are."""
    for row in range(len(actions)):
        if not 0 <= actions[row] < masks.shape[1] or not masks[row, actions[row]]:
            return row
    return -1
