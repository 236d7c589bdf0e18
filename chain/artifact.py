"""Compiled contracts as they lie in the repository: what deploys, what decodes, what is compared with the chain.

Loading needs no compiler. How an artifact comes to be is :mod:`chain.compile`'s matter.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "artifacts"
"""Where the market's own artifacts lie."""


class ArtifactError(Exception):
    """An artifact that is missing or not one; names the file, what was found and what was expected."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One compiled contract."""

    contract: str
    """The contract's name in the sources."""
    abi: Sequence[Mapping[str, Any]]
    """Functions, events and errors as JSON ABI entries."""
    bytecode: bytes
    """What is sent to create it, before the constructor's arguments."""
    deployed_bytecode: bytes
    """What then stands on chain, with zeros in place of its immutables."""
    immutables: tuple[tuple[int, int], ...]
    """Where those zeros are: (first byte, length in bytes), ascending."""
    storage_layout: Mapping[str, Any]
    compiler: Mapping[str, Any]
    """Version and settings."""
    sources: Mapping[str, str]
    """Every source file it was compiled from, with its SHA-256 in hex."""

    def masked(self, code: bytes) -> bytes:
        """``code`` with zeros where this contract's immutables stand; code of another length is returned as it is."""
        if len(code) != len(self.deployed_bytecode):
            return bytes(code)
        plain = bytearray(code)
        for start, length in self.immutables:
            plain[start : start + length] = bytes(length)
        return bytes(plain)

    def matches(self, code: bytes) -> bool:
        """Whether ``code``, as found on chain, is this contract, whatever its immutables are."""
        return self.masked(code) == self.deployed_bytecode

    def immutable_values(self, code: bytes) -> tuple[bytes, ...]:
        """What stands in ``code`` at each place in ``immutables``.

        Raises:
            ValueError: ``code`` is not this contract.
        """
        if not self.matches(code):
            raise ValueError(
                f"{len(code)} bytes of code are not {self.contract} ({len(self.deployed_bytecode)} bytes)"
            )
        return tuple(bytes(code[start : start + length]) for start, length in self.immutables)

    def entries(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """The ABI entries of one type: ``function``, ``event`` or ``error``."""
        return tuple(entry for entry in self.abi if entry["type"] == kind)


def from_json(document: Mapping[str, Any]) -> Artifact:
    """The artifact that a parsed JSON file describes.

    Raises:
        KeyError, ValueError: something is missing, or hex is not hex.
    """
    places = [
        (place["start"], place["length"])
        for references in document["immutableReferences"].values()
        for place in references
    ]
    return Artifact(
        contract=document["contract"],
        abi=document["abi"],
        bytecode=bytes.fromhex(document["bytecode"].removeprefix("0x")),
        deployed_bytecode=bytes.fromhex(document["deployedBytecode"].removeprefix("0x")),
        immutables=tuple(sorted(places)),
        storage_layout=document["storageLayout"],
        compiler=document["compiler"],
        sources=document["sources"],
    )


@cache
def load(contract: str, folder: Path = FOLDER) -> Artifact:
    """The committed artifact of ``contract``, from ``folder/contract.json``.

    Raises:
        ArtifactError: there is none, or it cannot be read.
    """
    file = folder / f"{contract}.json"
    try:
        artifact = from_json(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ArtifactError(f"{file}: no artifact of {contract}; there are: {known}") from None
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise ArtifactError(f"{file}: not a compiled contract: {fault!r}") from fault
    if artifact.contract != contract:
        raise ArtifactError(f"{file}: holds {artifact.contract}, expected {contract}")
    return artifact
