"""Negotiators for tests: one that plays a list of actions, and one that makes any legal move by the draw of a seed."""

from collections.abc import Sequence

import numpy as np

from market.negotiation import Accept, Action, Propose, Turn, Withdraw


class Script:
    """Plays ``actions`` in order, then leaves; keeps the turns it saw."""

    def __init__(self, actions: Sequence[Action]) -> None:
        self._left = list(actions)
        self.seen: list[Turn] = []

    def act(self, turn: Turn) -> Action:
        self.seen.append(turn)
        return self._left.pop(0) if self._left else Withdraw()


class Wild:
    """Makes legal moves at random: any values, any locks that the rules allow, now and then an end."""

    def __init__(self, seed: int, *, ends: float = 0.1) -> None:
        self._rng = np.random.default_rng(seed)
        self._ends = ends

    def act(self, turn: Turn) -> Action:
        standing, issues = turn.standing, turn.domain.issues
        if standing is not None and self._rng.random() < self._ends:
            return Accept() if self._rng.random() < 0.5 else Withdraw()
        everything = (1 << len(issues)) - 1
        locked = turn.locked
        if standing is not None and turn.issue_by_issue:
            locked |= int(self._rng.integers(0, everything + 1)) & everything
            if locked == everything:
                locked = turn.locked
        values = [int(self._rng.choice(list(issue.values()))) for issue in issues]
        if standing is not None:
            values = [standing[i] if locked >> i & 1 else value for i, value in enumerate(values)]
        return Propose(tuple(values), locked)
