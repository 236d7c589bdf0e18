"""One session of a batch, compiled: who offers what, how it ends, what the agent sees, and how the next begins."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy import session_view
from agents.policy.session_view import LEVELS, NONE
from energy.compiled import compiled_together

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Float32Array = NDArray[np.float32]
WordArray = NDArray[np.uint64]

# Of a session's whole numbers.
TIME, OPENER, ROW, KIND, LAST, MADE, HEARD, EPISODE = 0, 1, 2, 3, 4, 6, 7, 8
"""``LAST`` and the one after it: last outcome that the agent and the other seat offered."""
STATE: Final = 9

BOULWARE, LINEAR, CONCEDER, MICRO, HARDLINER, RANDOM, ASPIRATION = range(7)
BETAS: Final = (0.2, 1.0, 4.0)
"""β of the time-dependent opponents, which are the first of the kinds."""

GOES_ON, AGREED, DEADLINE = range(3)
ACCEPT: Final = -1

forget = compiled_together(session_view.forget)
note_theirs = compiled_together(session_view.note_theirs)
note_own = compiled_together(session_view.note_own)
write_session = compiled_together(session_view.write_session)
level_outcome = compiled_together(session_view.level_outcome)


@compiled_together
def draw(words: WordArray, c: int, high: int) -> np.int64:
    """The next number of copy c's own stream, 0 to high − 1 (SplitMix64, Steele et al. 2014)."""
    words[c] += np.uint64(0x9E3779B97F4A7C15)
    z = words[c]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(((z >> np.uint64(32)) * np.uint64(high)) >> np.uint64(32))


@compiled_together
def down_to(ranked: FloatArray, least: float) -> int:
    """How many of ``ranked``, from the best down, are worth at least ``least``, up to rounding."""
    low, high = 0, len(ranked)
    while low < high:
        middle = (low + high) // 2
        if -ranked[middle] <= -least + 1e-12:
            low = middle + 1
        else:
            high = middle
    return low


@compiled_together
def plans(conceded: FloatArray, ranked: FloatArray, order: IntArray, counts: IntArray, out: IntArray) -> None:
    """What each time-dependent opponent offers in each session at each time: (sessions, kinds, times) outcomes.

    ``conceded``, (kinds, times), is the share of its range that it has given up; of the outcomes worth at least what is
    left, the one worth least is offered.
    """
    for row in range(len(out)):
        count = counts[row, 1]
        best, worst = ranked[row, 1, 0], ranked[row, 1, count - 1]
        for kind in range(len(conceded)):
            for time in range(conceded.shape[1]):
                value = best + conceded[kind, time] * (worst - best)
                value = min(max(value, min(best, worst)), max(best, worst))
                good = max(1, min(count, down_to(ranked[row, 1], value)))
                out[row, kind, time] = order[row, 1, good - 1]


@compiled_together
def bid(
    c: int,
    state: IntArray,
    words: WordArray,
    mine: IntArray,
    order: IntArray,
    count: int,
    plan: IntArray,
) -> int:
    """What the opponent of copy c would offer now; ``state`` and ``mine`` are of the copy, the tables its own."""
    kind = state[KIND]
    if kind == HARDLINER:
        return int(order[0])
    if kind == RANDOM:
        return int(order[draw(words, c, count)])
    if kind == MICRO:
        made = state[MADE]
        if made <= state[HEARD] and made < count:
            new = order[made]
            place = made
            while place > 0 and mine[place - 1] > new:
                mine[place] = mine[place - 1]
                place -= 1
            mine[place] = new
            state[MADE] = made + 1
            return int(new)
        return int(mine[draw(words, c, made)])
    return int(plan[kind, state[TIME]])


@compiled_together
def aspire(state: IntArray, order: IntArray, ranked: FloatArray, least: float, nothing: int) -> int:
    """What the paper's lender offers next (Algorithm 4): its outcomes from the best down to its aspiration, each once."""
    made = state[MADE]
    if made < len(ranked) and ranked[made] >= least:
        state[MADE] = made + 1
        return int(order[made])
    return nothing if nothing >= 0 else int(order[max(made - 1, 0)])


@compiled_together
def offered(state: IntArray, facts: FloatArray, side: int, outcome: int, utilities: FloatArray) -> None:
    """``side`` offers ``outcome``."""
    state[LAST + side] = outcome
    state[TIME] += 1
    note_own(facts[side], utilities[side, outcome])
    note_theirs(facts[1 - side], utilities[1 - side, outcome])


@compiled_together
def answer(
    c: int,
    max_rounds: int,
    state: IntArray,
    words: WordArray,
    mine: IntArray,
    seen: IntArray,
    facts: FloatArray,
    utilities: FloatArray,
    order: IntArray,
    count: int,
    plan: IntArray,
    ranked: FloatArray,
    takes: FloatArray,
    nothing: int,
) -> int:
    """The opponent's turn: it accepts the standing offer, or makes one, for which there may be no time."""
    standing = state[LAST]
    if state[KIND] == ASPIRATION:
        if standing >= 0 and standing != nothing and utilities[1, standing] > takes[0]:
            return AGREED
        if state[TIME] >= max_rounds:
            return DEADLINE
        offered(state, facts, 1, aspire(state, order, ranked, takes[1], nothing), utilities)
        return GOES_ON
    if state[KIND] == MICRO and standing >= 0 and seen[standing] != state[EPISODE]:
        seen[standing] = state[EPISODE]
        state[HEARD] += 1
    own = bid(c, state, words, mine, order, count, plan)
    if standing >= 0:
        worth = utilities[1, standing]
        if worth >= 0.0 and worth >= utilities[1, own] - 1e-12:
            return AGREED
    if state[TIME] >= max_rounds:
        return DEADLINE
    offered(state, facts, 1, own, utilities)
    return GOES_ON


@compiled_together
def start(
    c: int, sessions: int, pool: IntArray, state: IntArray, words: WordArray, facts: FloatArray
) -> None:
    """A new session in copy c: which one, against which opponent, and who opens are drawn, in this order."""
    state[ROW] = draw(words, c, sessions)
    state[KIND] = pool[draw(words, c, len(pool))]
    state[OPENER] = draw(words, c, 2)
    state[TIME] = 0
    state[LAST] = state[LAST + 1] = NONE
    state[MADE] = state[HEARD] = 0
    state[EPISODE] += 1
    forget(facts[0])
    forget(facts[1])


@compiled_together
def look(
    side: int,
    max_rounds: int,
    state: IntArray,
    facts: FloatArray,
    utilities: FloatArray,
    places: FloatArray,
    count: int,
    out: Float32Array,
) -> None:
    """What ``side`` sees."""
    write_session(
        state[TIME],
        max_rounds,
        state[OPENER] == side,
        facts[side],
        state[LAST + side],
        state[LAST + 1 - side],
        utilities[side],
        places,
        count,
        out,
    )


@compiled_together
def chosen(
    action: int,
    levels: bool,
    side: int,
    state: IntArray,
    ranked: FloatArray,
    order: IntArray,
    places: FloatArray,
    made: IntArray,
) -> int:
    """The outcome of an action that is no acceptance; ``made``, of the side's offers by levels, counts it."""
    if levels:
        outcome = level_outcome(action, ranked[side], order[side], places, state[LAST + 1 - side], made)
        made[outcome] += 1
        return outcome
    return action


@compiled_together
def advance(
    begins: bool,
    levels: bool,
    max_rounds: int,
    actions: IntArray,
    pool: IntArray,
    plan: IntArray,
    legal: BoolArray,
    utilities: FloatArray,
    ranked: FloatArray,
    order: IntArray,
    counts: IntArray,
    places: FloatArray,
    takes: FloatArray,
    nothing: int,
    state: IntArray,
    words: WordArray,
    mine: IntArray,
    seen: IntArray,
    made: IntArray,
    facts: FloatArray,
    observations: Float32Array,
    masks: BoolArray,
    rewards: Float32Array,
    dones: BoolArray,
    terminal: Float32Array,
) -> None:
    """The agent's action and the opponent's answer in every copy, or (``begins``) a new session in each.

    An opponent that opens makes its first offer within the beginning, so that the agent is always on turn.
    """
    accept = masks.shape[1] - 1
    for c in range(len(state)):
        own, row = state[c], state[c, ROW]
        done, reward = begins, 0.0
        if not begins:
            if actions[c] == accept:
                done, reward = True, utilities[row, 0, own[LAST + 1]]
            elif own[TIME] >= max_rounds:
                done = True
            else:
                outcome = chosen(actions[c], levels, 0, own, ranked[row], order[row], places, made[c, 0])
                offered(own, facts[c], 0, outcome, utilities[row])
                ending = answer(
                    c,
                    max_rounds,
                    own,
                    words,
                    mine[c],
                    seen[c],
                    facts[c],
                    utilities[row],
                    order[row, 1],
                    counts[row, 1],
                    plan[row],
                    ranked[row, 1],
                    takes[row],
                    nothing,
                )
                done = ending != GOES_ON
                if ending == AGREED:
                    reward = utilities[row, 0, outcome]
            rewards[c] = reward
            dones[c] = done
            if done:
                look(0, max_rounds, own, facts[c], utilities[row], places, counts[row, 0], terminal[c])
        if done:
            start(c, len(utilities), pool, own, words, facts[c])
            row = own[ROW]
            made[c] = 0
            if own[OPENER] == 1:
                answer(
                    c,
                    max_rounds,
                    own,
                    words,
                    mine[c],
                    seen[c],
                    facts[c],
                    utilities[row],
                    order[row, 1],
                    counts[row, 1],
                    plan[row],
                    ranked[row, 1],
                    takes[row],
                    nothing,
                )
            if levels:
                masks[c, :LEVELS] = True
            else:
                for outcome in range(accept):
                    masks[c, outcome] = legal[row, outcome]
        standing = own[LAST + 1]
        masks[c, accept] = standing >= 0 and utilities[row, 0, standing] >= 0.0
        look(0, max_rounds, own, facts[c], utilities[row], places, counts[row, 0], observations[c])
