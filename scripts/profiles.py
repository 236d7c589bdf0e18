"""Make the SimBench extract again, or check that the shipped one is what SimBench's own files give.

Needs the Python package ``simbench`` (91 MB, not a dependency): install it anywhere, without its dependencies, and
name its folder. How the extract is packed is in ``energy.profiles.packing``.
"""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json, fail, progress


def main(
    folder: Annotated[
        Path | None,
        typer.Option(
            help="The package's folder, or the one with LoadProfile.csv. Without: the installed package."
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write/--check", help="Replace the shipped file, or compare it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the SimBench extract again, or check the shipped one.

    Example: `pip install --no-deps --target /tmp/simbench simbench`, then
    `wattpact profiles --folder /tmp/simbench/simbench --check`.
    """
    from importlib.util import find_spec

    from energy.profiles import SIMBENCH_FILE, SIMBENCH_SHA256, load_simbench
    from energy.profiles.packing import (
        PV_ERROR,
        SIMBENCH_FOLDER,
        content_digest,
        differences,
        digest,
        pack,
        read_simbench,
        unpack,
    )

    if folder is None:
        package = find_spec("simbench")
        if package is None or not package.submodule_search_locations:
            fail(
                "--folder: the package simbench is not installed here; install it anywhere and name its folder"
            )
        folder = Path(package.submodule_search_locations[0])
    inside = folder / SIMBENCH_FOLDER
    with progress("Reading SimBench", silent=as_json):
        source = read_simbench(inside if inside.is_dir() else folder)
        content = pack(source)
    made = unpack(content)
    off = differences(made, source)
    if write:
        SIMBENCH_FILE.write_bytes(content)
        shipped = made
    else:
        shipped = dict(load_simbench().columns)
    same = content_digest(made) == content_digest(shipped)
    if as_json:
        emit_json(
            {
                "file": SIMBENCH_FILE,
                "bytes": len(content),
                "sha256": digest(content),
                "content_sha256": content_digest(made),
                "largest_difference": max(off.values()),
                "equal": same,
            }
        )
    else:
        print(f"{len(made)} columns, {len(content):,} bytes, sha256 {digest(content)}")
        print(
            f"largest difference from SimBench: {max(off.values()):.2e} of the unit (allowed: {PV_ERROR:.2e})"
        )
        print(
            "the shipped extract holds the same values" if same else "the shipped extract holds other values"
        )
        if write and digest(content) != SIMBENCH_SHA256:
            print("set SIMBENCH_SHA256 in energy/profiles/simbench.py to this hash")
    if not same:
        raise SystemExit(1)


cli = command(main)

if __name__ == "__main__":
    cli()
