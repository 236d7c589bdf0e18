"""Compiled tallies: what each voter thinks of each offer, counted without keeping what anyone thought.

The utility of an offer p to a voter is Σ_k s_k·(p_k − l_k) over the rates (``agents.community.preferences``), summed in
their order, so that it is to the last bit what the plain `TariffPreferences.utility` gives. Votes and points are whole
numbers: a tally does not depend on the order of voters, nor on how they are shared among threads.

Each kernel is called with one kind of arguments, `Kernel` says which.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from energy.compiled import compiled

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PlaceArray = NDArray[np.int32]

Kernel = Callable[[FloatArray, FloatArray, FloatArray, IntArray, FloatArray, IntArray], None]
"""(slopes (m, K), limits (m, K), thresholds (m,), votes (m,), offers (K, n), out (n,)): adds to ``out``; C order all."""

TILE = 1024
"""Offers looked at together: they and their counts stay in the first cache while voters pass by."""
SMALL = 16
"""Entries up to which insertion sorts a group faster than anything else."""


@compiled
def _worths(slopes: FloatArray, limits: FloatArray, offers: FloatArray, out: FloatArray) -> None:
    """Utilities of all ``offers`` to one voter."""
    n = offers.shape[1]
    for j in range(n):
        out[j] = 0.0
    for k in range(slopes.size):
        slope, limit = slopes[k], limits[k]
        for j in range(n):
            out[j] += slope * (offers[k, j] - limit)


@compiled
def count_approvals(
    slopes: FloatArray,
    limits: FloatArray,
    thresholds: FloatArray,
    votes: IntArray,
    offers: FloatArray,
    out: IntArray,
) -> None:
    """Votes for each offer: a voter's go to all that are worth at least its threshold to it."""
    n = offers.shape[1]
    worth = np.empty(TILE)
    for first in range(0, n, TILE):
        tile = offers[:, first : first + TILE].copy()
        counts = np.zeros(tile.shape[1], np.int64)
        for i in range(thresholds.size):
            _worths(slopes[i], limits[i], tile, worth)
            least, own = thresholds[i], votes[i]
            for j in range(counts.size):
                counts[j] += own if worth[j] >= least else 0
        for j in range(counts.size):
            out[first + j] += counts[j]


@compiled
def count_favourites(
    slopes: FloatArray,
    limits: FloatArray,
    thresholds: FloatArray,
    votes: IntArray,
    offers: FloatArray,
    out: IntArray,
) -> None:
    """Votes for each offer: a voter's go to the one that is worth most to it, to each of them if there are several."""
    n = offers.shape[1]
    worth = np.empty(n)
    for i in range(thresholds.size):
        _worths(slopes[i], limits[i], offers, worth)
        most, own = worth[0], votes[i]
        for j in range(1, n):
            most = max(most, worth[j])
        for j in range(n):
            out[j] += own if worth[j] == most else 0


@compiled
def _swap(keys: FloatArray, places: PlaceArray, i: int, j: int) -> None:
    key, place = keys[i], places[i]
    keys[i], places[i] = keys[j], places[j]
    keys[j], places[j] = key, place


@compiled
def _sink(keys: FloatArray, places: PlaceArray, base: int, root: int, count: int) -> None:
    """Restore the heap (greatest first) below ``root``."""
    while 2 * root + 1 < count:
        child = 2 * root + 1
        if child + 1 < count and keys[base + child] < keys[base + child + 1]:
            child += 1
        if keys[base + root] >= keys[base + child]:
            return
        _swap(keys, places, base + root, base + child)
        root = child


@compiled
def _heap_sort(keys: FloatArray, places: PlaceArray, base: int, count: int) -> None:
    """Sort ``count`` keys from ``base`` on: n log n whatever they are."""
    for root in range(count // 2 - 1, -1, -1):
        _sink(keys, places, base, root, count)
    for last in range(count - 1, 0, -1):
        _swap(keys, places, base, base + last)
        _sink(keys, places, base, 0, last)


@compiled
def _scale(worth: FloatArray, low: float, intervals: int) -> float:
    """Intervals per utility between the least and the greatest; 0 where these are as good as equal."""
    high = worth[0]
    for j in range(1, worth.size):
        high = max(high, worth[j])
    scale = (intervals - 1) / (high - low) if high > low else 0.0
    return scale if np.isfinite(scale) else 0.0


@compiled
def _order(
    worth: FloatArray, dealt: PlaceArray, ends: PlaceArray, keys: FloatArray, places: PlaceArray
) -> None:
    """``keys`` become the utilities in ascending order, ``places`` where each stood.

    Utilities are dealt into equal intervals between the least and the greatest, twice as many as there are utilities, and
    sorted within them: one pass where they spread, and n log n where they crowd. ``dealt`` has n entries and ``ends`` one
    more than there are intervals; both are overwritten.
    """
    n = worth.size
    intervals = ends.size - 1
    low = worth[0]
    for j in range(1, n):
        low = min(low, worth[j])
    scale = _scale(worth, low, intervals)
    for i in range(ends.size):
        ends[i] = 0
    for j in range(n):
        dealt[j] = min(int((worth[j] - low) * scale), intervals - 1)
    for j in range(n):
        ends[dealt[j] + 1] += 1
    crowd = 0
    for i in range(intervals):
        crowd = max(crowd, ends[i + 1])
        ends[i + 1] += ends[i]
    # ends[i] is where interval i begins until its utilities have come, and then where it ends.
    for j in range(n):
        at = ends[dealt[j]]
        keys[at] = worth[j]
        places[at] = j
        ends[dealt[j]] = at + 1
    if crowd > SMALL:
        begin = 0
        for i in range(intervals):
            if ends[i] - begin > SMALL:
                _heap_sort(keys, places, begin, ends[i] - begin)
            begin = ends[i]
    for j in range(1, n):
        key = keys[j]
        if keys[j - 1] > key:
            place = places[j]
            at = j
            while at > 0 and keys[at - 1] > key:
                keys[at] = keys[at - 1]
                places[at] = places[at - 1]
                at -= 1
            keys[at] = key
            places[at] = place


@compiled
def count_borda(
    slopes: FloatArray,
    limits: FloatArray,
    thresholds: FloatArray,
    votes: IntArray,
    offers: FloatArray,
    out: IntArray,
) -> None:
    """Twice the Borda points of each offer: for each voter, 2 for each that is worth less to it and 1 for each as much.

    So the worst of n gets 0 and the best 2·(n − 1), and offers that are worth the same share what their places bring.
    """
    n = offers.shape[1]
    worth = np.empty(n)
    keys = np.empty(n)
    places = np.empty(n, np.int32)
    dealt = np.empty(n, np.int32)
    ends = np.empty(2 * n + 1, np.int32)
    for i in range(thresholds.size):
        _worths(slopes[i], limits[i], offers, worth)
        _order(worth, dealt, ends, keys, places)
        own = votes[i]
        begin = 0
        while begin < n:
            end = begin + 1
            while end < n and keys[end] == keys[begin]:
                end += 1
            points = own * (begin + end - 1)
            for j in range(begin, end):
                out[places[j]] += points
            begin = end
