"""One session of a batch, compiled: who offers what, how it ends, what the agent sees, and how the next begins."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.policy import session_view
from agents.policy.session_view import LEAST_OWN, LEVELS, NONE
from energy.compiled import compiled_together
from learning.session.tactics import (
    COMBI,
    accepts,
    draw,
    forget_model,
    good_enough,
    imitated,
    nash_aimed,
    note_offer,
    stride,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Float32Array = NDArray[np.float32]
WordArray = NDArray[np.uint64]

# Of a session's whole numbers.
TIME, OPENER, ROW, KIND, LAST, MADE, HEARD, EPISODE, HOW, RANK = 0, 1, 2, 3, 4, 6, 7, 8, 9, 10
"""``LAST`` and the one after it: last outcome that the agent and the other seat offered; ``HOW``: the row of the opponent's rule
of acceptance; ``RANK``: that of its last new offer."""
STATE: Final = 11

BOULWARE, LINEAR, CONCEDER, MICRO, HARDLINER, RANDOM, ASPIRATION = range(7)
RESOURCE, MICRO_RUSHED, RELATIVE, ABSOLUTE, AVERAGED, NASH = range(7, 13)
BETAS: Final = (0.2, 1.0, 4.0)
"""β of the time-dependent opponents, which are the first of the kinds."""
PLANNED: Final = len(BETAS)
"""The plan of the resource-dependent one, which goes by the clock too."""

GOES_ON, AGREED, DEADLINE = range(3)
ACCEPT: Final = -1

forget = compiled_together(session_view.forget)
note_theirs = compiled_together(session_view.note_theirs)
note_own = compiled_together(session_view.note_own)
write_session = compiled_together(session_view.write_session)
level_outcome = compiled_together(session_view.level_outcome)


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
                good = good_enough(best + conceded[kind, time] * (worst - best), ranked[row, 1], count)
                out[row, kind, time] = order[row, 1, good - 1]


@compiled_together
def repeated(c: int, words: WordArray, mine: IntArray, made: int) -> int:
    """One of the ``made`` different offers so far."""
    return int(mine[draw(words, c, made)])


@compiled_together
def insert(mine: IntArray, made: int, new: int) -> int:
    """Keep a new offer among the ``made`` ones in their order."""
    place = made
    while place > 0 and mine[place - 1] > new:
        mine[place] = mine[place - 1]
        place -= 1
    mine[place] = new
    return int(new)


@compiled_together
def bid(
    c: int,
    max_rounds: int,
    state: IntArray,
    words: WordArray,
    mine: IntArray,
    heard: IntArray,
    theirs: int,
    model: FloatArray,
    lengths: IntArray,
    utilities: FloatArray,
    ranked: FloatArray,
    order: IntArray,
    count: int,
    plan: IntArray,
) -> int:
    """What the opponent of copy c would offer now; ``state`` and what follows are of the copy, the tables its own."""
    kind = state[KIND]
    if kind == HARDLINER:
        return int(order[0])
    if kind == RANDOM:
        return int(order[draw(words, c, count)])
    if kind == MICRO:
        made = state[MADE]
        if made <= state[HEARD] and made < count:
            state[MADE] = made + 1
            return insert(mine, made, order[made])
        return repeated(c, words, mine, made)
    if kind <= CONCEDER:
        return int(plan[kind, state[TIME]])
    if kind == RESOURCE:
        return int(plan[PLANNED, state[TIME]])
    if kind == MICRO_RUSHED:
        made = state[MADE]
        if made <= state[HEARD]:
            turns = max(1, (max_rounds + 1 - state[TIME] % 2) // 2)
            rank = stride(made, state[RANK], count - 1, turns)
            if rank < count:
                state[RANK] = rank
                state[MADE] = made + 1
                return insert(mine, made, order[rank])
        return repeated(c, words, mine, made)
    if kind == NASH:
        progress = min(1.0, state[TIME] / max(1, max_rounds - 1))
        return int(nash_aimed(progress, model, lengths, ranked, order, count))
    back = 2 if kind == AVERAGED else 1
    if theirs <= back or state[LAST + 1] < 0:
        return int(plan[LINEAR, state[TIME]])
    step = 1 if kind == ABSOLUTE else 0
    own = utilities[state[LAST + 1]]
    value = imitated(step, back, c, words, heard, theirs, own, utilities, ranked, count)
    return int(order[good_enough(value, ranked, count) - 1])


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
    rules: FloatArray,
    mine: IntArray,
    seen: IntArray,
    heard: IntArray,
    model: FloatArray,
    lengths: IntArray,
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
    kind, rule, theirs = state[KIND], rules[state[HOW]], 0
    if standing >= 0:
        if kind in (MICRO, MICRO_RUSHED) and seen[standing] != state[EPISODE]:
            seen[standing] = state[EPISODE]
            state[HEARD] += 1
        if kind > ASPIRATION or rule[0] == COMBI:
            theirs = (state[TIME] + 1 - state[OPENER]) // 2
            heard[theirs - 1] = standing
            if kind == NASH:
                note_offer(model, lengths, standing, heard[theirs - 2] if theirs > 1 else NONE)
    own = bid(
        c,
        max_rounds,
        state,
        words,
        mine,
        heard,
        theirs,
        model,
        lengths,
        utilities[1],
        ranked,
        order,
        count,
        plan,
    )
    if standing >= 0:
        worth = utilities[1, standing]
        if worth >= 0.0 and accepts(
            rule,
            worth,
            utilities[1, own],
            facts[1, LEAST_OWN],
            state[TIME],
            max_rounds,
            heard,
            theirs,
            utilities[1],
        ):
            return AGREED
    if state[TIME] >= max_rounds:
        return DEADLINE
    offered(state, facts, 1, own, utilities)
    return GOES_ON


@compiled_together
def start(
    c: int,
    sessions: int,
    pool: IntArray,
    state: IntArray,
    words: WordArray,
    model: FloatArray,
    facts: FloatArray,
) -> None:
    """A new session in copy c: which one, against which opponent, and who opens are drawn, in this order."""
    state[ROW] = draw(words, c, sessions)
    state[HOW] = draw(words, c, len(pool))
    state[KIND] = pool[state[HOW]]
    if state[KIND] == NASH:
        forget_model(model)
    state[OPENER] = draw(words, c, 2)
    state[TIME] = 0
    state[LAST] = state[LAST + 1] = NONE
    state[MADE] = state[HEARD] = 0
    state[RANK] = NONE
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
    rational: bool,
    max_rounds: int,
    actions: IntArray,
    pool: IntArray,
    rules: FloatArray,
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
    heard: IntArray,
    model: FloatArray,
    lengths: IntArray,
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
                    rules,
                    mine[c],
                    seen[c],
                    heard[c],
                    model[c],
                    lengths,
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
            start(c, len(utilities), pool, own, words, model[c], facts[c])
            row = own[ROW]
            made[c] = 0
            if own[OPENER] == 1:
                answer(
                    c,
                    max_rounds,
                    own,
                    words,
                    rules,
                    mine[c],
                    seen[c],
                    heard[c],
                    model[c],
                    lengths,
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
        masks[c, accept] = standing >= 0 and (not rational or utilities[row, 0, standing] >= 0.0)
        look(0, max_rounds, own, facts[c], utilities[row], places, counts[row, 0], observations[c])
