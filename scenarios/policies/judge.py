"""How good a park's policy is: on days that no training saw, against every other way to decide in the same seat.

All play the same days (common random numbers). What a seat earns is what its deals with neighbours earned over the
provider, token units, as the ledger settled them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from agents.policy.network import Policy
from agents.policy.park_view import FIRST_SESSION, GRID, WAIT, Fractions
from learning.execution.run import Backend, run_tasks
from learning.execution.task import Task
from learning.judging.measures import Estimate, bootstrap
from learning.judging.tournament import STRATEGIES
from learning.park.core import OneSeatPark, Parks
from learning.park.layout import CR, DL, STYLE, Bank
from scenarios.load import Scenario
from scenarios.park import STYLES
from scenarios.rehearsal import rehearse
from scenarios.running import Progress
from scenarios.variation import seated

IntArray = NDArray[np.int64]

SCRIPTED: Final = ("concession", *STRATEGIES)
"""Every strategy that ships."""
CHUNK: Final = 50
"""Days of one task."""


@dataclass(frozen=True)
class Standing:
    """What one way to decide earns in the seat.

    Attributes
    ----------
    name : str
    gain : Estimate
        Mean tokens a day, with a 95 % bootstrap interval over days.
    ahead : Estimate
        By how much the judged policy is ahead of it, day by day; of the policy itself None.
    violations : int or None
        Deals of the seat that were worse than the provider; None where the compiled park played, whose deals are only
        summed.
    """

    name: str
    gain: Estimate
    ahead: Estimate
    violations: int | None


@dataclass(frozen=True)
class Judgement:
    """A policy among others, from the best to the worst."""

    days: int
    policy: Standing
    scripted: tuple[Standing, ...]
    single: Standing
    """The best single ψ of the grid, chosen in hindsight over all days."""
    psi: Fractions
    hindsight: Estimate
    """The best ψ of the grid of each day, chosen in hindsight."""
    equal: bool
    """Whether the compiled park and the market day in memory earned the same on every day."""


def judge(
    scenario: Scenario,
    bank: Bank,
    policy: Policy,
    *,
    named: str,
    strategies: Sequence[str],
    backend: Backend,
    progress: Progress,
) -> Judgement:
    """Judge ``policy`` on the bank's days.

    Parameters
    ----------
    named
        As a scenario's ``policy`` parameter names it: the market days load it from there.
    """
    seeds = [int(seed) for seed in bank.seeds]
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    by_day = {
        name: (scripted_gains(bank, name), None)
        for name in strategies
        if name in STYLES and name != "learned"
    }
    slow = [name for name in strategies if name not in by_day]
    tasks = [
        Task.of(f"{name} {chunk[0]}", scenario, name, named, tuple(chunk), root=0)
        for name in ("learned", *slow)
        for chunk in chunks
    ]
    played = run_tasks(play_days, tasks, backend=backend, progress=progress, what="Market days")
    found: dict[str, tuple[IntArray, int | None]] = dict(by_day)
    for i, name in enumerate(("learned", *slow)):
        parts = played[i * len(chunks) : (i + 1) * len(chunks)]
        gains = np.array([gain for part in parts for gain in part["gains"]], np.int64)
        found[name] = gains, sum(part["violations"] for part in parts)
    own, violations = found.pop("learned")
    table = np.stack([psi_gains(bank, which) for which in range(len(GRID))])
    best = int(table.sum(axis=1).argmax())

    def standing(name: str, gains: IntArray, broken: int | None) -> Standing:
        return Standing(name, _estimate(gains), _estimate(own - gains), broken)

    others = [standing(name, gains, broken) for name, (gains, broken) in found.items()]
    return Judgement(
        days=len(seeds),
        policy=Standing("learned", _estimate(own), Estimate(None), violations),
        scripted=tuple(sorted(others, key=lambda s: -(s.gain.mean or 0.0))),
        single=standing("best single ψ", table[best], None),
        psi=GRID[best],
        hindsight=_estimate(table.max(axis=0)),
        equal=bool((policy_gains(bank, policy) == own).all()),
    )


def play_days(
    seed: np.random.SeedSequence, scenario: Scenario, strategy: str, named: str, seeds: Sequence[int]
) -> dict[str, Any]:
    """A task: what the seat earned on each day, played through the market and its ledger in memory."""
    del seed
    gains, violations = [], 0
    for day in seeds:
        given, seat = seated(scenario, day, strategy, named)
        played = rehearse(given, day)
        name = given.table.party[seat].name
        gains.append(played.gains[name])
        for deal in played.record.deals:
            violations += (deal.seller == name and deal.seller_gain < 0) + (
                deal.buyer == name and deal.buyer_gain < 0
            )
    return {"gains": gains, "violations": violations}


def policy_gains(bank: Bank, policy: Policy) -> IntArray:
    """What the seat earns with a policy on each day, (B,) token units, in the compiled park."""
    core = OneSeatPark(bank, len(bank), in_order=True)
    core.begin(0)
    while not core.dones.any():
        core.advance(policy.act(core.observations, core.masks))
    return _of_seats(bank, core.parks)


def psi_gains(bank: Bank, which: int) -> IntArray:
    """The same for who always asks the largest peer for a session with the one ψ of this place in the grid."""
    core = OneSeatPark(bank, len(bank), in_order=True)
    core.begin(0)
    action = FIRST_SESSION + which
    while not core.dones.any():
        core.advance(np.where(core.masks[:, action], action, WAIT))
    return _of_seats(bank, core.parks)


def scripted_gains(bank: Bank, strategy: str) -> IntArray:
    """The same for a scripted strategy that the park knows."""
    style, rate = STYLES[strategy]
    parties, psi = bank.parties.copy(), bank.psi.copy()
    days = np.arange(len(bank))
    parties[days, bank.seats, STYLE] = style
    psi[days, bank.seats, CR], psi[days, bank.seats, DL] = rate, 0.0
    parks = Parks(replace(bank, parties=parties, psi=psi), len(bank), seats=(), in_order=True)
    parks.begin(0)
    nothing = np.zeros((len(bank), 0), np.int64)
    while not parks.dones.any():
        parks.advance(nothing)
    return _of_seats(bank, parks)


def _of_seats(bank: Bank, parks: Parks) -> IntArray:
    gains: IntArray = parks.totals[np.arange(len(bank)), bank.seats].copy()
    return gains


def _estimate(gains: IntArray) -> Estimate:
    """In tokens."""
    return bootstrap([gain / 1e6 for gain in gains.tolist()], list(range(len(gains))), seed=0)


def as_rows(judgement: Judgement) -> list[dict[str, Any]]:
    """A row for every way to decide, for tables."""
    rows = []
    for each in (judgement.policy, judgement.single, *judgement.scripted):
        row = asdict(each)
        rows.append(
            {
                "name": row["name"],
                **{
                    f"{key}_{part}": row[key][part]
                    for key in ("gain", "ahead")
                    for part in ("mean", "low", "high")
                },
                "violations": row["violations"],
            }
        )
    return rows
