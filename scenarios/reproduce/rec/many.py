"""The same case over many weeks and seeds: a claim that holds once may hold by chance."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from energy.errors import SpecError
from scenarios.rec.build import build_case
from scenarios.reproduce.rec.measures import Interval, Measures, bootstrap, measure
from scenarios.reproduce.rec.play import Optima, Progress, play


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One week and seed: figures of s0, s1, the markets and every mechanism by name, and the planner's."""

    week: int
    seed: int
    figures: dict[str, Measures]
    optima: Optima | None


@dataclass(frozen=True, slots=True)
class Samples:
    """All weeks and seeds, in order."""

    samples: tuple[Sample, ...]

    @property
    def weeks(self) -> list[int]:
        return sorted({sample.week for sample in self.samples})

    @property
    def seeds(self) -> list[int]:
        return sorted({sample.seed for sample in self.samples})

    def values(self, name: str, key: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """A figure of a strategy in every sample, shape (samples,)."""
        return np.array([float(getattr(sample.figures[name], key)) for sample in self.samples])

    def interval(self, values: Sequence[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> Interval:
        """Its mean with a bootstrap interval over weeks; the resampling draws from a stream of its own."""
        groups = np.array([sample.week for sample in self.samples], np.int64)
        return bootstrap(np.asarray(values, np.float64), groups, np.random.default_rng(0))

    def shares(self, name: str) -> list[float]:
        """Share of the planner's gain (by its bound, under loans) that a strategy captures, in every sample."""
        return [
            gain_share(sample.figures[name].sws, sample.figures["s1"].sws, sample.optima.loans_bound)
            for sample in self.samples
            if sample.optima is not None
        ]


def whole_numbers(key: str, text: str) -> tuple[int, ...]:
    """Numbers as a user lists them, ``3,10,16`` or ``0-4``; ``key`` names the option.

    Raises
    ------
    SpecError
        If the text is no such list.
    """
    found: list[int] = []
    for part in filter(None, text.split(",")):
        low, dash, high = part.strip().partition("-")
        if not (low.isdecimal() and (high.isdecimal() if dash else True)):
            raise SpecError(key, text, "whole numbers and ranges of them, as 3,10,16 or 0-4")
        found += range(int(low), int(high or low) + 1)
    return tuple(dict.fromkeys(found))


def gain_share(reached: float, before: float, best: float) -> float:
    """(sws(s2) − sws(s1)) / (sws(planner) − sws(s1)); NaN where the planner gains nothing."""
    return (reached - before) / (best - before) if best > before else float("nan")


def sample(
    case: str | Path,
    week: int,
    seed: int,
    mechanisms: Sequence[str],
    folder: Path,
    *,
    planner: bool,
    workers: int = 1,
    progress: Progress = lambda what, done, total: None,
) -> Sample:
    """Play one week with one seed, or read what was played of it before, and measure."""
    built = build_case(case, week=week, seed=seed)
    played = play(built, mechanisms, folder, workers=workers, planner=planner, progress=progress)
    weeks = {"s0": played.s0, "s1": played.s1, **played.markets, **played.s2}
    figures = {name: measure(played, one) for name, one in weeks.items()}
    return Sample(week=week, seed=seed, figures=figures, optima=played.optima)


def play_many(
    case: str | Path,
    weeks: Sequence[int],
    seeds: Sequence[int],
    mechanisms: Sequence[str],
    folder: Path,
    *,
    planner: bool,
    progress: Progress,
    processes: int | None = None,
) -> Samples:
    """Every week with every seed, over the machine's cores; an interrupted call goes on where it stopped."""
    jobs = [(week, seed) for week in weeks for seed in seeds]
    found: dict[tuple[int, int], Sample] = {}
    # Spawned, not forked: compiled functions may hold threads and locks that a fork would copy half-way.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=context) as pool:
        waiting = {
            pool.submit(sample, case, week, seed, mechanisms, folder, planner=planner): (week, seed)
            for week, seed in jobs
        }
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                found[waiting[future]] = future.result()
                progress(f"{len(weeks)} weeks × {len(seeds)} seeds", done, len(jobs))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return Samples(tuple(found[job] for job in jobs))
