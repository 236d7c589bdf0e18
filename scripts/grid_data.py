"""Make the extract of SimBench's low-voltage grids again, or check that the shipped one is what SimBench's files give.

Needs the Python package ``simbench`` (91 MB, not a dependency): install it anywhere, without its dependencies, and
name its folder. What is taken is in ``energy.grid.simbench`` and ``energy.grid.trade``.
"""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, fail, progress


def main(
    folder: Annotated[
        Path | None,
        typer.Option(help="The package's folder, or the one with Node.csv. Without: the installed package."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write/--check", help="Replace the shipped files, or compare them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the extract of SimBench's grids again, or check the shipped one.

    Example: `pip install --no-deps --target /tmp/simbench simbench`, then
    `wattpact grid-data --folder /tmp/simbench/simbench --check`.
    """
    from importlib.util import find_spec

    from energy.grid import simbench, trade
    from energy.profiles.packing import SIMBENCH_FOLDER

    if folder is None:
        package = find_spec("simbench")
        if package is None or not package.submodule_search_locations:
            fail(
                "--folder: the package simbench is not installed here; install it anywhere and name its folder"
            )
        folder = Path(package.submodule_search_locations[0])
    inside = folder / SIMBENCH_FOLDER
    inside = inside if inside.is_dir() else folder
    with progress("Reading SimBench", silent=as_json):
        grids = simbench.read_grids(inside)
        profiles = trade.read_trade(inside)
    packed = {simbench.GRIDS_FILE: simbench.pack(grids), trade.TRADE_FILE: trade.pack_trade(profiles)}
    made = trade.unpack_trade(packed[trade.TRADE_FILE])
    off = max(float(abs(made[name] - profiles[name]).max()) for name in trade.TRADE)
    if write:
        for file, content in packed.items():
            file.write_bytes(content)
        same = True
    else:
        shipped = trade.load_trade()
        # Compared by value: another compressor writes other bytes for the same profiles.
        same = list(simbench.load_grids().values()) == list(grids) and all(
            bool((made[name] == shipped[name]).all()) for name in trade.TRADE
        )
    hashes = {file.name: simbench.digest(content) for file, content in packed.items()}
    if as_json:
        emit_json(
            {
                "files": hashes,
                "grids": {grid.name: len(grid.buses) for grid in grids},
                "largest_difference": off,
                "equal": same,
            }
        )
    else:
        print(f"{len(grids)} grids, {len(made)} profiles")
        for file, content in packed.items():
            print(f"{file.name}: {len(content):,} bytes, sha256 {hashes[file.name]}")
        print(
            f"largest difference of a profile from SimBench: {off:.2e} of the unit (allowed: {trade.TRADE_ERROR:.2e})"
        )
        print(
            "the shipped extract holds the same values" if same else "the shipped extract holds other values"
        )
        known = {simbench.GRIDS_SHA256, trade.TRADE_SHA256}
        if write and set(hashes.values()) != known:
            print("set GRIDS_SHA256 and TRADE_SHA256 in energy/grid/ to these hashes")
    if not same:
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
