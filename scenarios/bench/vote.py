"""Votes of a community: a Borda tally of 10,000 members over their 10,000 proposals, and how every strategy's time grows.

The tally is the one that SBV takes, from the members' preferences and the offers to the points, against the same in plain
numpy (one voter at a time: utilities, ``argsort``, shared points of equal ones), in one run. Three rates, proposals all
different, on two threads by the clock, and in processor time beside it.

Growth: one round of each strategy with as many members as proposals, from the call for proposals to the decision, in time
per ballot entry (members × the offers that are looked at: all of them, or the mediator's one under RM and RM-IDM). The
figure is the largest, over the steps 10 → 100 → 1,000 → 10,000, of the factor by which that time grows, divided by the
factor by which log n grows: at most 1 means that no step grows faster than log n. On one thread, in its own time on the
processor. What a round costs besides the ballots falls with their number and hides how these alone grow: the tallies by
themselves are listed beside it.
"""

import math
import resource
import sys
import time
from collections.abc import Mapping
from itertools import pairwise
from statistics import median

import numpy as np

from agents.community.community import Community
from agents.community.electorate import APPROVAL, BORDA, FAVOURITE, Electorate
from agents.community.meeting import Delegation, Meeting
from agents.community.members import Member, Role
from agents.community.preferences import TariffPreferences
from agents.community.strategies import TeamStrategy
from agents.community.tactics import ByTime
from agents.community.tally import IntArray
from agents.community.voting import TEAM_STRATEGIES, team_strategy
from market.issues import Domain, Issue, Values
from scenarios.bench.figures import BenchFailed, Figure, figure
from scenarios.running import Progress

RATES = ("peak", "day", "night")
DOMAIN = Domain(tuple(Issue(name, 0, 1_000_000) for name in RATES))
REPEATS: Mapping[int, int] = {10: 31, 100: 21, 1000: 7, 10_000: 3}
"""Rounds of each size of which the median is taken."""
LARGEST = 10_000
TURN = 3


def bench_vote(progress: Progress, *, runs: int = 3, seed: int = 0) -> list[Figure]:
    """The largest tally and its baseline, then the growth of each strategy.

    Raises
    ------
    BenchFailed
        If the members' proposals are not all different.
    """
    rng = np.random.default_rng(seed)
    steps = 3 + len(REPEATS)
    progress(f"{LARGEST:,} members", 0, steps)
    members = example_members(rng, LARGEST)
    offers = _proposals(members)
    everyone = Electorate.of(members)
    nothing = np.zeros(len(everyone))
    everyone.tally(BORDA, offers[:10], nothing)  # compiled now
    progress("Borda, compiled", 1, steps)
    wall, processor = [], []
    for _ in range(runs):
        begun, used = time.perf_counter(), time.process_time()
        points = everyone.tally(BORDA, offers, nothing, workers=2)
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    peak = _peak_mib()
    progress("Borda, plain numpy", 2, steps)
    begun, used = time.perf_counter(), time.process_time()
    plain = plain_borda(everyone, offers)
    plain_wall, plain_processor = time.perf_counter() - begun, time.process_time() - used
    figures = [
        figure("vote.borda_10000", median(wall), "s", at_most=4.0, baseline=plain_wall),
        figure("vote.borda_10000.processor", median(processor), "s", baseline=plain_processor),
        figure("vote.borda_10000.memory", peak, "MiB, the whole process", at_most=1024),
        figure("vote.borda_10000.equal", float(np.mean(points == plain)), "share of offers", at_least=1),
    ]
    seconds: dict[str, dict[int, float]] = {name: {} for name in TEAM_STRATEGIES}
    for at, (size, repeats) in enumerate(REPEATS.items()):
        progress(f"All strategies, {size:,} members", 3 + at, steps)
        some = members[:size]
        delegation = _delegation(some, rng)
        for name in TEAM_STRATEGIES:
            strategy = team_strategy(name)
            entries = size if strategy.representative else size * size
            round_seconds(strategy, delegation)
            taken = [round_seconds(strategy, delegation) for _ in range(repeats)]
            seconds[name][size] = median(taken) / entries
    progress("Done", steps, steps)
    figures += _tallies(everyone, offers)
    for name, by_size in seconds.items():
        figures.append(figure(f"vote.growth.{name}", growth(by_size), "times log n", at_most=1.0))
        figures.append(figure(f"vote.entry.{name}", 1e9 * by_size[LARGEST], "ns per ballot entry"))
    return figures


def _tallies(everyone: Electorate, offers: list[Values]) -> list[Figure]:
    """How the tallies alone grow, and what a ballot entry costs at the largest size."""
    figures = []
    for name, kind in (("approval", APPROVAL), ("favourite", FAVOURITE), ("borda", BORDA)):
        by_size = {}
        for size, repeats in REPEATS.items():
            some = Electorate(everyone.slopes[:size], everyone.limits[:size], everyone.sizes[:size])
            # Proposals stand in ascending order: these are from the whole range.
            asked = offers[:: len(offers) // size]
            taken = []
            for _ in range(repeats + 1):
                begun = time.thread_time()
                some.tally(kind, asked, np.full(size, 0.5))
                taken.append(time.thread_time() - begun)
            by_size[size] = median(taken[1:]) / size**2
        figures.append(figure(f"vote.growth.tally.{name}", growth(by_size), "times log n"))
        figures.append(figure(f"vote.entry.tally.{name}", 1e9 * by_size[LARGEST], "ns per ballot entry"))
    return figures


def example_members(rng: np.random.Generator, count: int) -> list[Member]:
    """Negotiation agents with preferences of their own, no two of whom propose the same."""
    goals = rng.integers(80_000, 120_000, (count, len(RATES)))
    limits = goals + rng.integers(40_000, 90_000, goals.shape)
    weights = rng.dirichlet(np.ones(len(RATES)), count)
    energy = rng.integers(1_000_000, 50_000_000, goals.shape)
    return [
        Member(
            name=f"member {i:05}",
            role=Role.NEGOTIATOR,
            energy=tuple(energy[i].tolist()),
            old_rates=tuple(limits[i].tolist()),
            preferences=TariffPreferences(
                goals=tuple(goals[i].tolist()),
                limits=tuple(limits[i].tolist()),
                weights=tuple(weights[i].tolist()),
            ),
            tactics=(ByTime(20, 0.8),) * len(RATES),
        )
        for i in range(count)
    ]


def plain_borda(everyone: Electorate, offers: list[Values]) -> IntArray:
    """Twice the Borda points in plain numpy, one voter at a time: the baseline."""
    table = np.array(offers, np.float64)
    n = len(offers)
    total = np.zeros(n, np.int64)
    for slopes, limits in zip(everyone.slopes, everyone.limits, strict=True):
        worth = np.zeros(n)
        for k, slope in enumerate(slopes):
            worth += slope * (table[:, k] - limits[k])
        order = np.argsort(worth)
        ordered = worth[order]
        new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
        starts = np.flatnonzero(new)
        points = 2 * starts + np.diff(np.append(starts, n)) - 1
        total[order] += points[np.cumsum(new) - 1]
    return total


def round_seconds(strategy: TeamStrategy, delegation: Delegation) -> float:
    """Processor seconds of one round on this thread."""
    begun = time.thread_time()
    strategy.decide(Meeting(delegation, DOMAIN, TURN, None))
    return time.thread_time() - begun


def growth(seconds: Mapping[int, float]) -> float:
    """The largest factor from one size to the next, over that of log n; ``seconds`` ascending in its keys, all > 1."""
    sizes = list(seconds)
    return max(
        seconds[larger] / seconds[smaller] / (math.log(larger) / math.log(smaller))
        for smaller, larger in pairwise(sizes)
    )


def _delegation(members: list[Member], rng: np.random.Generator) -> Delegation:
    community = Community(name="bench", members=tuple(members))
    return Delegation(community, members[0].name, rng=rng)


def _proposals(members: list[Member]) -> list[Values]:
    """What the members propose, in ascending order."""
    made = {agent.next_offer(DOMAIN, TURN) for member in members if (agent := member.agent) is not None}
    offers = sorted(offer for offer in made if offer is not None)
    if len(offers) != len(members):
        raise BenchFailed(f"{len(offers)} different proposals, expected {len(members)}")
    return offers


def _peak_mib() -> float:
    """The most memory that this process has had so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
