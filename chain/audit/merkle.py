"""Hashes that tie a block's receipts to its header: trie roots, blooms, header hashes (Ethereum yellow paper, 4.3).

All from what a node's JSON says; nothing is asked here. A log that is not under its header's receipts root, or a header
whose hash is not the one its child names, did not happen on that chain.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import rlp
from eth_hash.auto import keccak

from chain.logs import as_bytes, as_int

EMPTY_ROOT = keccak(rlp.encode(b""))
"""Root of the trie of nothing."""


def trie_root(values: Sequence[bytes]) -> bytes:
    """Root of the Merkle-Patricia trie of ``values`` under the keys rlp(0), rlp(1), …"""
    if not values:
        return EMPTY_ROOT
    items = sorted((_nibbles(rlp.encode(index)), value) for index, value in enumerate(values))
    return keccak(rlp.encode(_node(items, 0)))


def _nibbles(key: bytes) -> bytes:
    return bytes(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _node(items: Sequence[tuple[bytes, bytes]], depth: int) -> list[Any]:
    # keys are RLP of integers: none is a prefix of another, so a branch holds no value of its own
    first = items[0][0]
    if len(items) == 1:
        return [_compact(first[depth:], leaf=True), items[0][1]]
    last = items[-1][0]
    common = depth
    while first[common] == last[common]:
        common += 1
    if common > depth:
        return [_compact(first[depth:common], leaf=False), _reference(_node(items, common))]
    children: list[Any] = [b""] * 17
    start = 0
    for stop in range(1, len(items) + 1):
        if stop == len(items) or items[stop][0][depth] != items[start][0][depth]:
            children[items[start][0][depth]] = _reference(_node(items[start:stop], depth + 1))
            start = stop
    return children


def _reference(node: list[Any]) -> Any:
    encoded = rlp.encode(node)
    return node if len(encoded) < 32 else keccak(encoded)


def _compact(nibbles: bytes, *, leaf: bool) -> bytes:
    odd = len(nibbles) % 2
    flag = 2 * leaf + odd
    padded = (flag, *nibbles) if odd else (flag, 0, *nibbles)
    return bytes(16 * high + low for high, low in zip(padded[::2], padded[1::2], strict=True))


@lru_cache(maxsize=65_536)
def bloom_bits(entry: bytes) -> int:
    """The three bits of one address or topic in a 2048-bit bloom."""
    hashed = keccak(entry)
    return sum({1 << (int.from_bytes(hashed[i : i + 2]) & 2047) for i in (0, 2, 4)})


def receipts_root(receipts: Sequence[Mapping[str, Any]]) -> bytes:
    """The root that a header must have for these receipts, in the order of their transactions."""
    return trie_root([_receipt(each) for each in receipts])


def _receipt(receipt: Mapping[str, Any]) -> bytes:
    bloom = 0
    logs = []
    for log in receipt["logs"]:
        address, topics = as_bytes(log["address"]), [as_bytes(topic) for topic in log["topics"]]
        for entry in (address, *topics):
            bloom |= bloom_bits(entry)
        logs.append([address, topics, as_bytes(log["data"])])
    status = as_int(receipt["status"])
    fields = [status, as_int(receipt["cumulativeGasUsed"]), bloom.to_bytes(256), logs]
    kind = as_int(receipt.get("type") or 0)
    return bytes((kind,)) * (kind > 0) + bytes(rlp.encode(fields))


_ALWAYS = (
    ("parentHash", 32),
    ("sha3Uncles", 32),
    ("miner", 20),
    ("stateRoot", 32),
    ("transactionsRoot", 32),
    ("receiptsRoot", 32),
    ("logsBloom", 256),
    ("difficulty", 0),
    ("number", 0),
    ("gasLimit", 0),
    ("gasUsed", 0),
    ("timestamp", 0),
    ("extraData", None),
    ("mixHash", 32),
    ("nonce", 8),
)
_EXTRA = 12
_SINCE = (
    ("baseFeePerGas", 0),
    ("withdrawalsRoot", 32),
    ("blobGasUsed", 0),
    ("excessBlobGas", 0),
    ("parentBeaconBlockRoot", 32),
    ("requestsHash", 32),
)
"""Fields that forks added, in their order (London, Shanghai, Cancun, Prague)."""


def header_hash(block: Mapping[str, Any]) -> bytes:
    """The hash of a header, from its fields."""
    fields = [_field(block[name], size) for name, size in _ALWAYS]
    for name, size in _SINCE:
        value = block.get(name)
        if value is None:
            break
        fields.append(_field(value, size))
    hashed = keccak(rlp.encode(fields))
    if hashed != as_bytes(block["hash"]) and len(fields[_EXTRA]) == 32:
        # eth-tester shows extra data padded to 32 bytes; only the true one gives the hash
        fields[_EXTRA] = fields[_EXTRA].rstrip(b"\0")
        unpadded = keccak(rlp.encode(fields))
        return unpadded if unpadded == as_bytes(block["hash"]) else hashed
    return hashed


def _field(value: Any, size: int | None) -> Any:
    if size == 0:
        return as_int(value)
    if isinstance(value, int) and size:  # eth-tester gives blooms as numbers
        return value.to_bytes(size)
    return as_bytes(value)
