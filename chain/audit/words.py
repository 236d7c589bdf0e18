"""Where a contract's variables stand in its storage, and what a storage word must be."""

from dataclasses import dataclass

from eth_hash.auto import keccak

from chain.artifact import Artifact
from chain.signing import address_bytes
from market.terms import Party


@dataclass(frozen=True, slots=True)
class Expected:
    """A storage word as it must be."""

    address: Party
    slot: int
    value: int
    what: str
    transaction: str | None
    """The last one that touched it."""


class Layout:
    """Where a contract's variables stand, by the storage layout of its artifact."""

    def __init__(self, artifact: Artifact) -> None:
        self._slots = {entry["label"]: int(entry["slot"]) for entry in artifact.storage_layout["storage"]}

    def slot(self, label: str) -> int:
        """The slot of a variable that has one of its own, or of a mapping's root."""
        return self._slots[label]


def mapped(slot: int, *keys: bytes | int | str) -> int:
    """The slot of a mapping's entry: keccak256(key . slot), once for each key (Solidity, layout of mappings)."""
    for key in keys:
        if isinstance(key, str):
            word = bytes(12) + address_bytes(key)
        else:
            word = key if isinstance(key, bytes) else key.to_bytes(32)
        slot = int.from_bytes(keccak(word + slot.to_bytes(32)))
    return slot
