"""A side of a session that decides by a learned policy: the same observation, levels and masks as in its training.

What it sees and what a level offers is compiled from ``agents.policy.session_view``, as the environments of ``learning``
have it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy import session_view
from agents.policy.errors import NotFinite, SpecMismatch
from agents.policy.network import Policy
from agents.policy.session_view import FACTS, FEATURES, LEVELS, NONE, places_of, session_spec
from energy.compiled import compiled
from market.issues import Domain, Values
from market.negotiation import Accept, Action, Propose, Turn

FloatArray = NDArray[np.float64]

ACCEPT: Final = LEVELS
"""The action behind those of the levels."""

_note_theirs = compiled(session_view.note_theirs)
_note_own = compiled(session_view.note_own)
_write_session = compiled(session_view.write_session)
_level_outcome = compiled(session_view.level_outcome)


class PolicyNegotiator:
    """One side of one session of whole packages (``market.negotiation.Negotiator``).

    It neither proposes nor accepts what is worth less than no deal, whatever the policy would like.

    Parameters
    ----------
    policy
        Learned in sessions, with the encoding of levels.
    domain
        Of two issues.
    utilities
        Shape (m,), of the domain's outcomes in their order, on the scale of ``session_view.shares``: no deal 0, the best
        at most 1, below 0 what it does not sign.
    opens
        Whether it makes the first offer.
    max_rounds
        Most offers of the session, by both sides together.
    rng
        Actions are drawn from it, each as likely as the policy holds it: so it was trained, and what one offer does not
        find another may. Without one, the likeliest is taken.

    Raises
    ------
    SpecMismatch
        If the policy was learned for another kind of session.
    NotFinite
        If a utility is NaN or infinite.
    """

    def __init__(
        self,
        policy: Policy,
        domain: Domain,
        utilities: FloatArray,
        *,
        opens: bool,
        max_rounds: int,
        rng: np.random.Generator | None = None,
    ) -> None:
        policy.spec.check(session_spec(len(domain), max_rounds, levels=True))
        table = np.ascontiguousarray(utilities, np.float64)
        if table.shape != (len(domain),) or len(domain.issues) != 2:
            raise SpecMismatch(
                "utilities", f"{table.shape} over {len(domain.issues)} issues", f"({len(domain)},) over 2"
            )
        if not np.isfinite(table).all():
            raise NotFinite("utilities", float(table[~np.isfinite(table)][0]))
        self._policy, self._opens, self._max_rounds, self._rng = policy, opens, max_rounds, rng
        self._table = table
        self._order = np.argsort(-table, kind="stable").astype(np.int64)
        self._ranked = table[self._order]
        self._acceptable = int((table >= 0).sum())
        first, second = domain.issues
        self._places = places_of((len(first), len(second)))
        self._outcomes = list(domain.outcomes())
        self._numbers = {values: number for number, values in enumerate(self._outcomes)}
        self._made = np.zeros(len(table), np.int64)
        self._facts = np.zeros(FACTS)
        session_view.forget(self._facts)
        self._seen = np.zeros(len(FEATURES), np.float32)
        self._own = NONE

    def act(self, turn: Turn) -> Action:
        """Observe the standing offer, and take it or answer it.

        Raises
        ------
        SpecMismatch
            If issues are agreed one by one.
        NotFinite, NothingLegal
            As ``Policy.act``; no move has been made then.
        """
        if turn.issue_by_issue:
            raise SpecMismatch("procedure", "issue-by-issue", "package")
        standing = NONE if turn.standing is None else self._number(turn.standing)
        if standing != NONE:
            _note_theirs(self._facts, self._table[standing])
        _write_session(
            turn.time,
            self._max_rounds,
            self._opens,
            self._facts,
            self._own,
            standing,
            self._table,
            self._places,
            self._acceptable,
            self._seen,
        )
        legal = np.full(LEVELS + 1, self._acceptable > 0)
        legal[ACCEPT] = standing != NONE and self._table[standing] >= 0
        action = self._decide(legal)
        if action == ACCEPT:
            return Accept()
        self._own = int(_level_outcome(action, self._ranked, self._order, self._places, standing, self._made))
        self._made[self._own] += 1
        _note_own(self._facts, self._table[self._own])
        return Propose(self._outcomes[self._own])

    def _decide(self, legal: NDArray[np.bool_]) -> int:
        seen, masks = self._seen[None], legal[None]
        if self._rng is None:
            return int(self._policy.act(seen, masks)[0])
        return int(self._policy.sample(seen, masks, self._rng)[0])

    def _number(self, values: Values) -> int:
        return self._numbers[tuple(values)]


def compile_negotiator() -> None:
    """Compile what a negotiator calls: on its first use, which is no part of a session."""
    facts, table, places = np.zeros(FACTS), np.ones(1), np.zeros((1, 2))
    session_view.forget(facts)
    _note_theirs(facts, table[0])
    _note_own(facts, table[0])
    _write_session(0, 1, True, facts, NONE, NONE, table, places, 1, np.zeros(len(FEATURES), np.float32))
    _level_outcome(0, table, np.zeros(1, np.int64), places, NONE, np.zeros(1, np.int64))
