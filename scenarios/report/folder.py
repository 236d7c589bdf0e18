"""The folder of a run and its manifest: what was run, with what, and how far it came.

A folder ``runs/NAME-NNN`` belongs to one run. A run that was stopped leaves its folder with status ``interrupted``; the
same command (same scenario file, seed and ledger) finds it there and goes on.
"""

import fcntl
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

PACKAGES = ("numpy", "web3", "eth-tester", "py-evm", "eth-account", "polars", "pydantic", "matplotlib")
"""Those whose version can change a run's figures or pictures."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run's files."""

    path: Path

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def tables(self) -> Path:
        return self.path / "tables"

    @property
    def pictures(self) -> Path:
        return self.path / "pictures"

    @property
    def transcripts(self) -> Path:
        return self.path / "transcripts"

    @property
    def votes(self) -> Path:
        """Communities' opened ballots."""
        return self.path / "votes"

    @property
    def deployment(self) -> Path:
        return self.path / "deployment.json"

    @property
    def chain(self) -> Path:
        """Database of the embedded chain."""
        return self.path / "chain.sqlite"

    @property
    def anvil_state(self) -> Path:
        """State file of a spawned anvil."""
        return self.path / "anvil.json"

    def lock(self) -> int | None:
        """Take this folder until the handle returned is closed; None if another run is at work in it."""
        handle = os.open(self.path / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        return handle

    def read(self) -> dict[str, Any]:
        """The manifest, or an empty one where there is none that can be read."""
        try:
            content = json.loads(self.manifest.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, content: Mapping[str, Any]) -> None:
        """Replace the manifest at once: a reader sees the old one or the new one."""
        draft = self.manifest.with_suffix(".part")
        draft.write_text(json.dumps(content, indent=2) + "\n")
        draft.replace(self.manifest)

    def update(self, **changes: Any) -> None:
        """Change entries of the manifest."""
        self.write({**self.read(), **changes})


@dataclass(frozen=True, slots=True)
class OpenFolder:
    """A folder taken for a run."""

    folder: RunFolder
    resumes: bool
    """It holds an interrupted run, which goes on."""
    handle: int

    def close(self) -> None:
        """Leave it to others."""
        os.close(self.handle)


class RunTable(Protocol):
    """A scenario's tables, as far as its folder goes."""

    @property
    def name(self) -> str: ...


class RunFile(Protocol):
    """A scenario's file."""

    @property
    def path(self) -> Path: ...

    @property
    def table(self) -> RunTable: ...

    @property
    def sha256(self) -> str: ...


def open_folder(
    root: Path, scenario: RunFile, seed: int, ledger: str, hashes: Mapping[str, str]
) -> OpenFolder:
    """The folder for this run: that of an interrupted one which it continues, or a new one.

    Parameters
    ----------
    root
        Parent of all runs.
    hashes
        sha256 of each data file that the run reads, by name.
    """
    identity = {
        "scenario": scenario.table.name,
        "scenario_sha256": scenario.sha256,
        "seed": seed,
        "ledger": ledger,
        "data_sha256": dict(hashes),
        "version": version("wattpact"),
    }
    earlier = sorted(root.glob(f"{scenario.table.name}-[0-9][0-9][0-9]"))
    for path in reversed(earlier):
        folder = RunFolder(path)
        found = folder.read()
        stopped = found.get("status") in ("running", "interrupted")
        if not stopped or any(found.get(key) != value for key, value in identity.items()):
            continue
        handle = folder.lock()
        if handle is not None:
            return OpenFolder(folder, True, handle)
    number = int(earlier[-1].name[-3:]) + 1 if earlier else 1
    folder = RunFolder(root / f"{scenario.table.name}-{number:03d}")
    for path in (folder.path, folder.tables, folder.pictures, folder.transcripts):
        path.mkdir(parents=True)
    (folder.path / "scenario.toml").write_bytes(scenario.path.read_bytes())
    packages = {name: version(name) for name in PACKAGES}
    handle = folder.lock()
    assert handle is not None, "a new folder is nobody else's"
    folder.write({**identity, "status": "running", "python": platform.python_version(), "packages": packages})
    return OpenFolder(folder, False, handle)
