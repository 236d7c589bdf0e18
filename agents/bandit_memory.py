"""What an adaptive party remembers from one run to the next: a JSON file that people can read.

It holds the bandit's table, where each peer's last price stood, and for the last few runs every episode: which ψ was
chosen in it and what it earned. A run that goes on after an interruption plays its day again from the start; by these
episodes (named by step, delivery interval and peer, once a run) it then decides as it did before, and learns from none
twice. A run that begins has no episodes yet, whatever it is called.
"""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from agents.bandit import ARMS, SITUATIONS, Bandit, Tried, arm_name

FORMAT: Final = "wattpact-adaptive"
VERSION: Final = 1
RUNS: Final = 3
"""How many runs' episodes are kept."""


class MemoryDamaged(ValueError):
    """A file that holds no memory of this kind; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, path: Path, place: str, found: object, expected: str) -> None:
        self.path, self.place, self.found, self.expected = path, place, found, expected
        super().__init__(f"{path}: {place}: found {found}, expected {expected}")


class MemoryNotWritten(OSError):
    """The disk refuses a memory; what the file held before is still there."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"{path}: found {reason}, expected a file that can be written")


@dataclass(frozen=True, slots=True)
class Episode:
    """One session: what was chosen where, and what it earned in parts of the most it could; None: not over yet."""

    where: str
    arm: int
    earned: float | None = None


@dataclass(slots=True)
class Content:
    """All that is remembered."""

    bandit: Bandit = field(default_factory=Bandit)
    peers: dict[str, float] = field(default_factory=dict)
    """Where each peer's last price stood (``agents.policy.park_view.price_share``)."""
    runs: dict[str, dict[str, Episode]] = field(default_factory=dict)
    """Episodes of the last runs by name, oldest run first."""


class Memory:
    """A memory that may have a file; without one, or in no named run, nothing is written.

    Parameters
    ----------
    path
        Read if it is there.
    exploration
        Of the bandit.

    Raises
    ------
    MemoryDamaged
    """

    def __init__(self, path: Path | None = None, exploration: float = 1.0) -> None:
        self._path = path
        self._content = Content() if path is None else read_memory(path)
        self._content.bandit.exploration = exploration
        self._writes = False
        self._episodes: dict[str, Episode] = {}

    @property
    def bandit(self) -> Bandit:
        """What chooses."""
        return self._content.bandit

    def begin(self, run: str, *, resumes: bool) -> None:
        """From here on this is ``run``: one that goes on, or a new one.

        Raises
        ------
        MemoryNotWritten
        """
        runs = self._content.runs
        self._episodes = runs.pop(run, {}) if resumes else {}
        runs.pop(run, None)
        runs[run] = self._episodes
        for old in list(runs)[:-RUNS]:
            del runs[old]
        self._writes = self._path is not None
        self._write()

    def last_share(self, peer: str) -> float | None:
        """Where the peer's last price stood when it was last met."""
        return self._content.peers.get(peer)

    def episode(self, key: str) -> Episode | None:
        """The episode of this name in this run, if it has been begun."""
        return self._episodes.get(key)

    def chosen(self, key: str, where: str, arm: int) -> None:
        """An episode begins. It is written with the next that ends: until then the same choice would be made again."""
        self._episodes.setdefault(key, Episode(where, arm))

    def ended(self, key: str, earned: float, peer: str, last_share: float | None) -> None:
        """An episode has ended; told again (by a run that goes on), it changes nothing.

        Raises
        ------
        MemoryNotWritten
        """
        begun = self._episodes[key]
        if begun.earned is not None:
            return
        self._episodes[key] = Episode(begun.where, begun.arm, earned)
        self.bandit.learn(SITUATIONS[begun.where], begun.arm, earned)
        if last_share is not None:
            self._content.peers[peer] = last_share
        self._write()

    def _write(self) -> None:
        if self._path is not None and self._writes:
            write_memory(self._path, self._content)


def write_memory(path: Path, content: Content) -> None:
    """Replace the file at once: a reader finds the old one or the new one, also after a crash.

    Raises
    ------
    MemoryNotWritten
    """
    experience: dict[str, dict[str, Any]] = {}
    for where, arm, tried in content.bandit:
        entry = {"episodes": tried.episodes, "earned": tried.earned}
        experience.setdefault(where, {})[arm_name(arm)] = entry
    document = {
        "format": FORMAT,
        "version": VERSION,
        "experience": experience,
        "peers": dict(sorted(content.peers.items())),
        "runs": {
            run: {
                key: {"situation": e.where, "psi": arm_name(e.arm), "earned": e.earned}
                for key, e in episodes.items()
            }
            for run, episodes in content.runs.items()
        },
    }
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(document, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise MemoryNotWritten(path, str(error)) from error


def read_memory(path: Path) -> Content:
    """What the file holds; nothing where there is none.

    Raises
    ------
    MemoryDamaged
        Naming the file, and the first place in it that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Content()
    except (OSError, UnicodeDecodeError) as error:
        raise MemoryDamaged(path, "file", error, "a readable memory") from error
    try:
        document = json.loads(text)
    except ValueError as error:
        raise MemoryDamaged(path, "syntax", error, "whole JSON") from error
    return _Reader(path).content(document)


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path

    def content(self, document: object) -> Content:
        table = self._table("file", document)
        for key, expected in (("format", FORMAT), ("version", VERSION)):
            if table.get(key) != expected:
                raise MemoryDamaged(self.path, key, repr(table.get(key)), repr(expected))
        content = Content()
        for where, arms in self._table("experience", table.get("experience")).items():
            for name, entry in self._table(f"experience.{where}", arms).items():
                place = f"experience.{where}.{name}"
                fields = self._table(place, entry)
                count, earned = fields.get("episodes"), fields.get("earned")
                if isinstance(count, bool) or not isinstance(count, int) or count < 1:
                    raise MemoryDamaged(self.path, f"{place}.episodes", repr(count), "a whole number above 0")
                total = self._number(f"{place}.earned", earned, 0.0, float(count))
                content.bandit.know(self._where(place, where), self._arm(place, name), Tried(count, total))
        for peer, share in self._table("peers", table.get("peers")).items():
            content.peers[peer] = self._number(f"peers.{peer}", share, -1.0, 1.0)
        for run, episodes in self._table("runs", table.get("runs")).items():
            kept = content.runs.setdefault(run, {})
            for key, entry in self._table(f"runs.{run}", episodes).items():
                kept[key] = self._episode(f"runs.{run}.{key}", entry)
        return content

    def _episode(self, place: str, entry: object) -> Episode:
        fields = self._table(place, entry)
        earned = fields.get("earned")
        if earned is not None:
            earned = self._number(f"{place}.earned", earned, 0.0, 1.0)
        where, psi = str(fields.get("situation")), str(fields.get("psi"))
        return Episode(self._where(f"{place}.situation", where), self._arm(f"{place}.psi", psi), earned)

    def _table(self, place: str, found: object) -> Mapping[str, Any]:
        if not isinstance(found, dict):
            raise MemoryDamaged(self.path, place, repr(found), "a table")
        return found

    def _number(self, place: str, found: object, low: float, high: float) -> float:
        whole = isinstance(found, int | float) and not isinstance(found, bool)
        # A sum of floats may miss a whole number by a little.
        if not whole or not math.isfinite(float(found)) or not low - 1e-6 <= float(found) <= high + 1e-6:  # type: ignore[arg-type]
            raise MemoryDamaged(self.path, place, repr(found), f"a number in [{low:g}, {high:g}]")
        return float(found)  # type: ignore[arg-type]

    def _where(self, place: str, name: str) -> str:
        if name not in SITUATIONS:
            raise MemoryDamaged(self.path, place, repr(name), f"a situation, as {next(iter(SITUATIONS))!r}")
        return name

    def _arm(self, place: str, name: str) -> int:
        if name not in ARMS:
            raise MemoryDamaged(self.path, place, repr(name), f"a ψ of the grid, as {next(iter(ARMS))!r}")
        return ARMS[name]
