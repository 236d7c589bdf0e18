"""A bargaining session as a policy sees it, and the levels at which it offers; numpy only, and compiled as it stands.

An outcome is a number, 0 to m − 1, of the domain in its order. Utilities are those of the seat that looks: no deal is 0,
the best outcome is 1, and what it would not sign is below 0.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.errors import NotFinite, NothingToSign
from agents.policy.spec import Spec

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Float32Array = NDArray[np.float32]

LEVELS: Final = 16
NONE: Final = -1
"""No offer yet."""

# What a seat keeps of the offers so far: own utilities of the counterpart's, and the least it has offered itself.
FIRST, BEST, LAST, BEFORE, SUM, COUNT, LEAST_OWN = range(7)
FACTS: Final = 7

FEATURES: Final = (
    "time_left",
    "last_word",
    "opens",
    "has_standing",
    "standing_utility",
    "best_offered",
    "first_offered",
    "mean_offered",
    "conceded_by_them",
    "last_step_by_them",
    "has_offered",
    "own_last_utility",
    "conceded_by_me",
    "standing_first_issue",
    "standing_second_issue",
    "own_first_issue",
    "own_second_issue",
    "share_acceptable",
)


def session_spec(m: int, max_rounds: int, *, levels: bool) -> Spec:
    """The interface of a session over ``m`` outcomes; that of levels does not depend on m."""
    if levels:
        actions = tuple(f"level_{k}" for k in range(LEVELS))
        return Spec(
            "session", FEATURES, (*actions, "accept"), {"encoding": "levels", "max_rounds": max_rounds}
        )
    return Spec(
        "session",
        FEATURES,
        (*(f"outcome_{k}" for k in range(m)), "accept"),
        {"encoding": "outcomes", "outcomes": m, "max_rounds": max_rounds},
    )


def shares(utilities: FloatArray, border: float) -> FloatArray:
    """Any utilities on the scale of a session: 0 at ``border``, 1 at the best, at least −1; same shape.

    Below the border, and −∞ in ``utilities``, is what the seat does not sign.

    Raises
    ------
    NothingToSign
        If nothing is worth more than the border.
    NotFinite
        If one is NaN or +∞.
    """
    best = float(utilities.max(initial=-np.inf))
    if not best < np.inf:
        raise NotFinite("utilities", best)
    if best <= border:
        raise NothingToSign(best, border)
    return np.maximum((utilities - border) / (best - border), -1.0)


def places_of(lengths: tuple[int, int]) -> FloatArray:
    """(m, 2): where each outcome lies on both issues, of so many values each: 0 at the lowest, 1 at the highest."""
    first, second = (np.linspace(0.0, 1.0, length) for length in lengths)
    grid = np.meshgrid(first, second, indexing="ij")
    return np.ascontiguousarray(np.stack([axis.reshape(-1) for axis in grid], axis=1))


def forget(facts: FloatArray) -> None:
    """A new session: ``facts``, (FACTS,), of no offers."""
    facts[:] = 0.0
    facts[LEAST_OWN] = 1.0


def note_theirs(facts: FloatArray, utility: float) -> None:
    """The counterpart offered what is worth ``utility``; counted at most as bad as −1."""
    seen = max(-1.0, utility)
    if facts[COUNT] == 0.0:
        facts[FIRST] = facts[BEST] = facts[LAST] = seen
    facts[BEFORE] = facts[LAST]
    facts[LAST] = seen
    facts[BEST] = max(facts[BEST], seen)
    facts[SUM] += seen
    facts[COUNT] += 1.0


def note_own(facts: FloatArray, utility: float) -> None:
    """The seat itself offered what is worth ``utility``."""
    facts[LEAST_OWN] = min(facts[LEAST_OWN], max(-1.0, utility))


def write_session(
    time: int,
    max_rounds: int,
    opens: bool,
    facts: FloatArray,
    own: int,
    standing: int,
    utilities: FloatArray,
    places: FloatArray,
    acceptable: int,
    out: Float32Array,
) -> None:
    """An observation, (features,), each in [−1, 1].

    Parameters
    ----------
    time : int
        Offers so far, by both.
    own, standing : int
        Last offers of the seat and of its counterpart, or ``NONE``.
    utilities : (m,)
        The seat's.
    places : (m, 2)
        Of each outcome on both issues, 0 at the lowest value and 1 at the highest.
    acceptable : int
        Outcomes worth at least no deal.
    """
    out[:] = np.float32(0.0)
    out[0] = 1.0 - time / max_rounds
    out[1] = 1.0 if time >= max_rounds else 0.0
    out[2] = 1.0 if opens else 0.0
    if standing >= 0:
        out[3] = 1.0
        out[4] = facts[LAST]
        out[5] = facts[BEST]
        out[6] = facts[FIRST]
        out[7] = facts[SUM] / facts[COUNT]
        out[8] = (facts[LAST] - facts[FIRST]) / 2.0
        out[9] = (facts[LAST] - facts[BEFORE]) / 2.0
        out[13] = places[standing, 0]
        out[14] = places[standing, 1]
    if own >= 0:
        out[10] = 1.0
        out[11] = max(-1.0, utilities[own])
        out[12] = (1.0 - facts[LEAST_OWN]) / 2.0
        out[15] = places[own, 0]
        out[16] = places[own, 1]
    out[17] = acceptable / len(utilities)


def level_outcome(
    level: int, ranked: FloatArray, order: IntArray, places: FloatArray, standing: int, made: IntArray
) -> int:
    """What level ``level`` of ``LEVELS`` offers: of the outcomes worth at least level / (LEVELS − 1), one.

    It is one that the seat has offered least often, so that whoever stays at a level offers all there is; of those the
    nearest to the standing offer (the sum of both issues' distances, each issue's range being 1), of equals the best;
    before any offer, the one worth least of them.

    Parameters
    ----------
    ranked, order : (m,)
        Own utilities from the best down, and the outcomes they belong to.
    made : (m,)
        How often the seat has offered each outcome in this session.
    """
    least = max(0.0, level / (LEVELS - 1) - 1e-12)  # what is worth less than no deal is no level's
    chosen, nearest, fewest = order[0], np.inf, made[order[0]]
    for rank in range(len(ranked)):
        if rank and ranked[rank] < least:
            break
        outcome = order[rank]
        times = made[outcome]
        if times > fewest:
            continue
        far = -float(rank)
        if standing >= 0:
            far = abs(places[outcome, 0] - places[standing, 0])
            far += abs(places[outcome, 1] - places[standing, 1])
        if times < fewest or far < nearest:
            chosen, nearest, fewest = outcome, far, times
    return int(chosen)
