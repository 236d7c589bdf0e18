"""Opponents' tactics, compiled: what one offers next, and whether it takes what stands; the plain forms are in agents.tactics.

They concede on utility. A copy's opponent has its own row of each array, and of its session's tables those of the other seat:
``ranked`` and ``order`` from the best outcome down, of which the first ``count`` are no worse than no deal.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from energy.compiled import compiled_together

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
WordArray = NDArray[np.uint64]

BINS: Final = 20
"""Values of an issue that the frequency model tells apart (``agents.tactics.models.frequency``)."""
FIRST, SECOND, WEIGHT, TOP = 0, BINS, 2 * BINS, 2 * BINS + 2
"""Where in a model the counts of both issues' bins are, both weights, and both greatest counts."""
MODEL: Final = 2 * BINS + 4
LEARNING: Final = 0.05
"""0.1 shared among two issues."""
BY_THEN: Final = 0.9
"""Part of the session after which the Nash point itself is offered."""

NEXT, CONST, TIME, COMBI, LOWEST = range(5)
ALPHA, BETA, AFTER, EXPECTED = 1, 2, 3, 4
"""Places in a rule of acceptance, behind its kind."""
RULE: Final = 5
MAX, MEAN, NUMBER = range(3)


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
def good_enough(value: float, ranked: FloatArray, count: int) -> int:
    """How many outcomes may be offered by who asks for ``value``: the last one is worth least of them."""
    best, worst = ranked[0], ranked[count - 1]
    value = min(max(value, min(best, worst)), max(best, worst))
    return max(1, min(count, down_to(ranked, value)))


@compiled_together
def imitated(
    step: int,
    back: int,
    c: int,
    words: WordArray,
    heard: IntArray,
    theirs: int,
    own: float,
    utilities: FloatArray,
    ranked: FloatArray,
    count: int,
) -> float:
    """The next utility of tit-for-tat (Faratin et al. 1998): ``step`` 1 the same step, 0 in proportion, over ``back`` offers.

    The same step has up to a hundredth of the range more by chance.
    """
    before, after = utilities[heard[theirs - 1 - back]], utilities[heard[theirs - 1]]
    if step == 1:
        extra = float(draw(words, c, 2)) * (max(ranked[0] - ranked[count - 1], 1e-9) / 100)
        return float(own + (before - after) - extra)
    if before > 0.0 and after > 0.0:
        return float(own * before / after)
    return own


@compiled_together
def stride(made: int, before: int, last: int, turns: int) -> int:
    """Rank of the next new offer of a rushed MiCRO: made · last / (turns − 1), rounded half to even, none twice."""
    parts = max(1, turns - 1)
    rank, rest = divmod(made * last, parts)
    if 2 * rest > parts or (2 * rest == parts and rank % 2 == 1):
        rank += 1
    return max(min(last, rank), before + 1)


@compiled_together
def forget_model(model: FloatArray) -> None:
    """A frequency model that has seen nothing."""
    model[:WEIGHT] = 1.0
    model[WEIGHT : WEIGHT + 2] = 0.5
    model[TOP : TOP + 2] = 1.0


@compiled_together
def note_offer(model: FloatArray, lengths: IntArray, outcome: int, before: int) -> None:
    """The counterpart offered ``outcome``, and ``before`` that another one, or −1."""
    total = 0.0
    for i in range(2):
        value = outcome // lengths[1] if i == 0 else outcome % lengths[1]
        bins = min(lengths[i], BINS)
        place = i * BINS + value * bins // lengths[i]
        if before >= 0:
            old = before // lengths[1] if i == 0 else before % lengths[1]
            if i * BINS + old * bins // lengths[i] == place:
                model[WEIGHT + i] += LEARNING
        model[place] += 1.0
        model[TOP + i] = max(model[TOP + i], model[place])
        total += model[WEIGHT + i]
    if before >= 0:
        model[WEIGHT] /= total
        model[WEIGHT + 1] /= total


@compiled_together
def liked(model: FloatArray, lengths: IntArray, outcome: int) -> float:
    """What the model thinks an outcome is worth to the counterpart."""
    total = 0.0
    for i in range(2):
        value = outcome // lengths[1] if i == 0 else outcome % lengths[1]
        place = i * BINS + value * min(lengths[i], BINS) // lengths[i]
        total += model[WEIGHT + i] * (model[place] / model[TOP + i])
    return total


@compiled_together
def nash_aimed(
    progress: float, model: FloatArray, lengths: IntArray, ranked: FloatArray, order: IntArray, count: int
) -> int:
    """From the best outcome towards the Nash point of the own and the modelled utilities."""
    fair, most, smaller = -1, 0.0, 0.0
    for rank in range(count):
        own, other = ranked[rank], liked(model, lengths, order[rank])
        if own > 0.0 and other > 0.0:
            product, least = own * other, min(own, other)
            if fair < 0 or product > most or (product == most and least > smaller):
                fair, most, smaller = rank, product, least
    if fair < 0:
        return int(order[0])
    part = min(1.0, progress / BY_THEN)
    if part >= 1.0:
        return int(order[fair])
    good = max(1, min(count, down_to(ranked, ranked[0] + part * (ranked[fair] - ranked[0]))))
    top, low = -1.0, 2.0
    for rank in range(good):
        other = liked(model, lengths, order[rank])
        top, low = max(top, other), min(low, other)
    if low >= top - 1e-12:
        return int(order[good - 1])
    for rank in range(good):
        if liked(model, lengths, order[rank]) >= top - 1e-12:
            return int(order[rank])
    return int(order[0])


@compiled_together
def accepts(
    rule: FloatArray,
    worth: float,
    bid: float,
    least_own: float,
    time: int,
    max_rounds: int,
    heard: IntArray,
    theirs: int,
    utilities: FloatArray,
) -> bool:
    """Whether what stands, worth no less than no deal, is taken (Baarslag et al. 2014); ``bid`` is what the own offer is worth.

    Parameters
    ----------
    least_own
        The least that it has offered so far; 1 before any offer.
    heard, theirs
        Offers of the counterpart, and how many.
    """
    kind = int(rule[0])
    if kind == NEXT:
        return bool(rule[ALPHA] * worth + rule[BETA] >= bid - 1e-12)
    if kind == CONST:
        return bool(worth >= rule[ALPHA] - 1e-12)
    if kind == LOWEST:
        return worth >= min(least_own, bid) - 1e-12
    late = bool(min(1.0, time / max(1, max_rounds - 1)) >= rule[AFTER])
    if kind == TIME:
        return late
    if worth >= bid - 1e-12:
        return True
    if not late:
        return False
    if rule[EXPECTED] == NUMBER:
        return bool(worth >= rule[ALPHA] - 1e-12)
    window = min(theirs, max(0, (max_rounds - time) // 2))
    if window == 0:
        return worth >= -1e-12
    best, total = -np.inf, 0.0
    for k in range(theirs - window, theirs):
        best = max(best, utilities[heard[k]])
        total += utilities[heard[k]]
    return bool(worth >= (best if rule[EXPECTED] == MAX else total / window) - 1e-12)
