"""SimBench's six low-voltage grids: made from SimBench's own files, packed into one readable file, and read from it.

SimBench draws every switch: each line ends at an auxiliary node behind one. Here nodes joined by closed switches are
one bus, which changes no result. A line behind an open switch keeps its loose end as a bus of its own. The
medium-voltage bus above the transformer is the slack, at the voltage SimBench sets there.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

from energy.grid.errors import GridDataError, GridError
from energy.grid.model import Bus, Customer, Grid, Line, Transformer

GRIDS_FILE = Path(__file__).parent / "data" / "simbench-lv.json"
GRIDS_SHA256 = "9beb7c1eeef7bd46bfcbbcac2daaef52608cab549c69aca3cd2dbbc1bd579753"
SOURCE = "SimBench (simbench.net), ODbL 1.0"

SUBNETS: Mapping[str, tuple[str, str]] = {
    "rural1": ("LV1.101", "rural, a hamlet"),
    "rural2": ("LV2.101", "rural, a village"),
    "rural3": ("LV3.101", "rural, a large village"),
    "semiurb4": ("LV4.101", "suburban, few customers"),
    "semiurb5": ("LV5.201", "suburban, many customers"),
    "urban6": ("LV6.201", "urban"),
}
"""SimBench's subnet by our name of the grid (SimBench's own code of it, without ``1-LV-`` and ``--0-sw``)."""

Row = Mapping[str, str]


def read_grids(folder: Path) -> tuple[Grid, ...]:
    """The six grids from SimBench's tables (``Node.csv`` and others) in `folder`.

    Raises
    ------
    GridDataError
        If a table, a column or an entry is not what SimBench has.
    """
    tables = {
        name: _table(folder / f"{name}.csv", columns)
        for name, columns in {
            "Node": ("id", "vmSetp", "vmR", "coordID", "subnet"),
            "Coordinates": ("id", "x", "y"),
            "Line": ("id", "nodeA", "nodeB", "type", "length", "subnet"),
            "LineType": ("id", "r", "x", "b", "iMax"),
            "Switch": ("nodeA", "nodeB", "cond", "subnet"),
            "Transformer": ("id", "nodeHV", "nodeLV", "type", "tappos", "subnet"),
            "TransformerType": (
                *("id", "sR", "vmHV", "vmLV", "vmImp", "pCu", "pFe", "iNoLoad"),
                *("tapside", "dVm", "tapNeutr"),
            ),
            "Load": ("id", "node", "profile", "pLoad", "qLoad", "subnet"),
        }.items()
    }
    return tuple(_grid(folder, tables, name, subnet, title) for name, (subnet, title) in SUBNETS.items())


def _table(file: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise GridDataError(
            file, "file", str(error.strerror), "a table of SimBench's complete data"
        ) from error
    reader = csv.DictReader(io.StringIO(text), delimiter=";")
    for column in columns:
        if column not in (reader.fieldnames or ()):
            raise GridDataError(file, "header", "no such column", f"a column {column!r}")
    return list(reader)


def _grid(folder: Path, tables: Mapping[str, Sequence[Row]], name: str, subnet: str, title: str) -> Grid:
    def of(table: str) -> list[Row]:
        return [row for row in tables[table] if row["subnet"] == subnet]

    def entry(table: str, key: str) -> Row:
        for row in tables[table]:
            if row["id"] == key:
                return row
        raise GridDataError(folder / f"{table}.csv", "column 'id'", f"no {key!r}", f"what {subnet} names")

    if len(of("Transformer")) != 1:
        raise GridDataError(
            folder / "Transformer.csv", subnet, f"{len(of('Transformer'))} transformers", "exactly one"
        )
    [drawn] = of("Transformer")
    kind = entry("TransformerType", drawn["type"])
    if kind["tapside"] != "HV":
        raise GridDataError(folder / "TransformerType.csv", kind["id"], f"taps on {kind['tapside']}", "on HV")
    joined = _join((row["nodeA"], row["nodeB"]) for row in of("Switch") if row["cond"] == "1")
    # The slack is the medium-voltage bus of the external grid; all others come in SimBench's order.
    top = joined.get(drawn["nodeHV"], drawn["nodeHV"])
    index = {top: 0}
    for row in of("Node"):
        index.setdefault(joined.get(row["id"], row["id"]), len(index))

    def at(node: str) -> int:
        return index[joined.get(node, node)]

    buses = []
    for node in index:
        row = entry("Node", node)
        place = entry("Coordinates", row["coordID"])
        buses.append(Bus(name=node, rated_kv=float(row["vmR"]), x=float(place["x"]), y=float(place["y"])))
    kinds = {row["type"]: entry("LineType", row["type"]) for row in of("Line")}
    return Grid(
        name=name,
        title=title,
        slack_pu=float(entry("Node", top)["vmSetp"]),
        buses=tuple(buses),
        lines=tuple(
            Line(
                name=row["id"],
                start=at(row["nodeA"]),
                end=at(row["nodeB"]),
                length_km=float(row["length"]),
                r_ohm_per_km=float(kinds[row["type"]]["r"]),
                x_ohm_per_km=float(kinds[row["type"]]["x"]),
                b_us_per_km=float(kinds[row["type"]]["b"]),
                limit_a=float(kinds[row["type"]]["iMax"]),
            )
            for row in of("Line")
        ),
        transformer=Transformer(
            name=drawn["id"],
            hv=at(drawn["nodeHV"]),
            lv=at(drawn["nodeLV"]),
            rated_kva=float(kind["sR"]) * 1000,
            hv_kv=float(kind["vmHV"]),
            lv_kv=float(kind["vmLV"]),
            short_circuit_percent=float(kind["vmImp"]),
            copper_loss_kw=float(kind["pCu"]),
            iron_loss_kw=float(kind["pFe"]),
            no_load_current_percent=float(kind["iNoLoad"]),
            tap_step_percent=float(kind["dVm"]),
            tap_position=int(drawn["tappos"]) - int(kind["tapNeutr"]),
        ),
        customers=tuple(
            Customer(
                name=row["id"],
                bus=at(row["node"]),
                profile=row["profile"],
                # MW with whole watts: the rounding takes back what binary fractions add.
                peak_kw=round(float(row["pLoad"]) * 1000, 6),
                peak_kvar=round(float(row["qLoad"]) * 1000, 6),
            )
            for row in of("Load")
        ),
    )


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each node behind a closed switch the node it is one with; SimBench names the busbar first."""
    return {auxiliary: busbar for busbar, auxiliary in pairs}


def pack(grids: Sequence[Grid]) -> bytes:
    """The grids as one JSON file, an entry a line."""
    parts = []
    for grid in grids:
        lines = [f'  "{grid.name}": {{']
        lines.append(f'    "title": {json.dumps(grid.title)},')
        lines.append(f'    "slack_pu": {json.dumps(grid.slack_pu)},')
        lines.append(f'    "transformer": {json.dumps(list(asdict(grid.transformer).values()))},')
        tables = []
        for key in ("buses", "lines", "customers"):
            rows = [f"      {json.dumps(list(asdict(row).values()))}" for row in getattr(grid, key)]
            tables.append(f'    "{key}": [\n' + ",\n".join(rows) + "\n    ]")
        parts.append("\n".join(lines) + "\n" + ",\n".join(tables) + "\n  }")
    heads = {
        kind.__name__.lower(): [field.name for field in fields(kind)]
        for kind in (Bus, Line, Transformer, Customer)
    }
    return ("{\n" + f'  "columns": {json.dumps(heads)},\n' + ",\n".join(parts) + "\n}\n").encode()


def unpack(content: bytes) -> tuple[Grid, ...]:
    """The grids of a packed file."""
    document: dict[str, Any] = json.loads(content)
    heads = document.pop("columns")

    def made(kind: Any, row: Sequence[Any]) -> Any:
        return kind(**dict(zip(heads[kind.__name__.lower()], row, strict=True)))

    return tuple(
        Grid(
            name=name,
            title=entry["title"],
            slack_pu=entry["slack_pu"],
            transformer=made(Transformer, entry["transformer"]),
            buses=tuple(made(Bus, row) for row in entry["buses"]),
            lines=tuple(made(Line, row) for row in entry["lines"]),
            customers=tuple(made(Customer, row) for row in entry["customers"]),
        )
        for name, entry in document.items()
    )


def digest(content: bytes) -> str:
    """SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def load_grids() -> Mapping[str, Grid]:
    """The six shipped grids by name, smallest first.

    Raises
    ------
    GridDataError
        If the file is missing, or is not the one that this version shipped.
    """
    return _read(GRIDS_FILE)


def load_grid(name: str) -> Grid:
    """The shipped grid called `name`.

    Raises
    ------
    GridError
        If there is none of that name.
    """
    grids = load_grids()
    if name not in grids:
        raise GridError("grid", name, f"one of {', '.join(grids)}")
    return grids[name]


@cache
def _read(file: Path) -> Mapping[str, Grid]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise GridDataError(file, "file", str(error.strerror), "the shipped grids of SimBench") from error
    found = digest(content)
    if found != GRIDS_SHA256:
        raise GridDataError(file, "file", f"sha256 {found}", f"sha256 {GRIDS_SHA256}")
    return {grid.name: grid for grid in unpack(content)}
