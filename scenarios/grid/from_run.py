"""Courses of a market day: what the meters of a finished run read, and what they would have without the market.

The market changes what crosses a meter because a battery treats what its home sold as load. Without it the same homes
serve themselves alone: the same sites are realised again with nothing planned.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from energy.profiles import day_rows
from scenarios.errors import ScenarioError
from scenarios.grid.courses import Course, Courses
from scenarios.load import Scenario, load
from scenarios.places import build_places
from scenarios.report.folder import RunFolder
from scenarios.units import ELECTRICITY

FloatArray = NDArray[np.float64]

WH_PER_KWH = 1000


def run_courses(folder: Path, scenario: str | None = None) -> Courses:
    """Courses of the finished run in `folder`.

    Parameters
    ----------
    scenario : str, optional
        Name or path of the scenario, where its data file does not lie beside the copy in the folder.

    Raises
    ------
    ScenarioError
        If the folder holds no finished run of an electricity market.
    """
    run = RunFolder(folder)
    manifest = run.read()
    if manifest.get("status") != "finished":
        found = str(manifest.get("status", "none"))
        raise ScenarioError(run.manifest, "status", found, "the folder of a finished run")
    loaded = load(str(folder / "scenario.toml") if scenario is None else scenario)
    if loaded.sha256 != manifest.get("scenario_sha256"):
        raise ScenarioError(loaded.path, "sha256", loaded.sha256, str(manifest.get("scenario_sha256")))
    table = loaded.table
    if table.utility != ELECTRICITY.name:
        raise ScenarioError(
            loaded.path, "utility", table.utility, f"{ELECTRICITY.name}: a grid carries nothing else"
        )
    homes = tuple(party.name for party in table.party)
    with_market = _read(run, homes, table.intervals)
    hours = float(table.data.interval_h)
    return Courses(
        name=table.name,
        title=table.title,
        homes=homes,
        courses=(
            Course("alone", "own battery", _alone(loaded, int(manifest["seed"])) / hours),
            Course("market", "with the market", with_market / hours),
        ),
        interval_h=hours,
        rows=_rows(loaded),
        source=build_places(loaded, int(manifest["seed"])).source,
    )


def newest_run(root: Path, name: str) -> Path | None:
    """The last finished run of the scenario called `name` under `root`."""
    found = [path for path in sorted(root.glob(f"{name}-[0-9][0-9][0-9]")) if _finished(path)]
    return found[-1] if found else None


def _finished(path: Path) -> bool:
    return RunFolder(path).read().get("status") == "finished"


def _read(run: RunFolder, homes: tuple[str, ...], intervals: int) -> FloatArray:
    """Energy at each meter [kWh], positive imported, shape (homes, intervals)."""
    file = run.tables / "readings.parquet"
    if not file.is_file():
        raise ScenarioError(file, "file", "none", "the readings of a finished run")
    readings = pl.read_parquet(file)
    out = np.full((len(homes), intervals), np.nan)
    index = {home: i for i, home in enumerate(homes)}
    first = int(readings["interval"].min())  # type: ignore[arg-type]
    for meter, interval, imported, exported in readings.select(
        "meter", "interval", "imported", "exported"
    ).iter_rows():
        if meter not in index or not 0 <= interval - first < intervals:
            raise ScenarioError(file, "meter, interval", f"{meter}, {interval}", "those of the scenario")
        out[index[meter], interval - first] = (imported - exported) / WH_PER_KWH
    if np.isnan(out).any():
        raise ScenarioError(
            file,
            "rows",
            str(len(readings)),
            f"a reading of each of {len(homes)} meters in {intervals} intervals",
        )
    return out


def _alone(scenario: Scenario, seed: int) -> FloatArray:
    """Energy at each meter without a market [kWh]."""
    places = build_places(scenario, seed)
    out = np.empty((len(scenario.table.party), scenario.table.intervals))
    for i, party in enumerate(scenario.table.party):
        site = places.sites[party.name]
        for interval in range(scenario.table.intervals):
            exported, imported = site.realise(interval)
            out[i, interval] = (imported - exported) / WH_PER_KWH
    return out


def _rows(scenario: Scenario) -> slice | None:
    """The run's rows of the SimBench year, if that is where its profiles are from."""
    data = scenario.table.data
    if data.source != "simbench" or data.date is None:
        return None
    start = day_rows(date.fromisoformat(data.date)).start
    return slice(start, start + scenario.table.intervals)
