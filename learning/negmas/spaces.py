"""Domains, utilities and deadlines of ours in NegMAS's words.

An outcome is the same tuple of integers on both sides. One session has the same times on both: NegMAS's step is the number
of offers made, if it makes one offer a step, and the answer to the last of R offers is its step R, so that it takes R + 1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.negmas.errors import NegmasMismatch
from learning.negmas.library import MappingUtilityFunction, SAOMechanism, make_issue, make_os
from market.issues import Domain, Values

FloatArray = NDArray[np.float64]


def outcome_space(domain: Domain) -> Any:
    """The domain as NegMAS's outcome space."""
    return make_os([make_issue(list(issue.values()), name=issue.name) for issue in domain.issues])


def utility_function(domain: Domain, utilities: FloatArray, *, no_deal: float = 0.0) -> Any:
    """A utility table as NegMAS's function.

    Parameters
    ----------
    utilities
        (outcomes,), in the order of ``Domain.outcomes``.
    no_deal
        What no agreement is worth: NegMAS's reserved value.
    """
    if np.shape(utilities) != (len(domain),):
        raise NegmasMismatch("utilities", np.shape(utilities), f"shape ({len(domain)},), one an outcome")
    worth = dict(zip(domain.outcomes(), map(float, utilities), strict=True))
    return MappingUtilityFunction(worth, outcome_space=outcome_space(domain), reserved_value=no_deal)


def mechanism(domain: Domain, *, max_rounds: int) -> Any:
    """A session of NegMAS with the times of a whole-package one of ours (``market.session.SessionRules``)."""
    return SAOMechanism(outcome_space=outcome_space(domain), n_steps=max_rounds + 1, one_offer_per_step=True)


def rounds_of(nmi: Any, domain: Domain) -> int:
    """The most offers of a session of NegMAS, of which a last one can still be accepted.

    Raises
    ------
    NegmasMismatch
        If it is not between two, has no number of steps, or is about something else than ``domain``.
    """
    if nmi.n_negotiators != 2:
        raise NegmasMismatch("negotiators", nmi.n_negotiators, "2")
    steps = nmi.n_steps
    if steps is None or steps == float("inf"):
        raise NegmasMismatch("n_steps", steps, "a number: our negotiators concede by the count of offers")
    found = [(issue.name, list(issue.all)) for issue in nmi.outcome_space.issues]
    if found != [(issue.name, list(issue.values())) for issue in domain.issues]:
        raise NegmasMismatch("outcome_space", nmi.outcome_space, "that of the domain (outcome_space)")
    rounds = (int(steps) if nmi.one_offer_per_step else 2 * int(steps)) - 1
    if rounds < 1:
        raise NegmasMismatch("n_steps", steps, "room for an offer and an answer")
    return rounds


def values_of(outcome: Any) -> Values:
    """An outcome of NegMAS as an offer's values."""
    return tuple(outcome)
