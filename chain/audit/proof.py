"""What happened, as far as a node can prove it: headers that hash and follow one another, receipts under their roots.

A node may say anything in ``eth_getLogs``. Here every header's hash is computed from its fields and must be the one its
child names; the receipts of every block whose bloom could hold one of the market's logs must hash to the header's
receipts root, their transactions to its transactions root (``chain.audit.senders``); and the logs of those receipts are
the events that are audited. What remains to be believed is the hash of
the last block alone, which anybody else who follows the chain can confirm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from eth_hash.auto import keccak
from web3 import Web3

from chain.audit import merkle, senders
from chain.audit.report import Findings
from chain.codec import party_of
from chain.errors import ChainFault
from chain.logs import NodeRefused, as_bytes, as_int, fetch_logs, log_of, request, request_many
from chain.port import Log
from market.terms import Party

SHORT = 20_000
"""Chains up to this many blocks are read from their first; on longer ones the market's first block is looked for."""


class ChainMoved(ChainFault):
    """The chain was reorganised while it was being read."""

    def __init__(self, block: int, found: str, expected: str) -> None:
        super().__init__(
            f"block {block}: now {found}, was {expected}; expected it to stay: run the audit again"
        )


class MissingBlock(ChainFault):
    """A node has no block where there must be one."""

    def __init__(self, block: int) -> None:
        self.block = block
        super().__init__(f"block {block}: the node has none; expected one, for a later one exists")


@dataclass(frozen=True, slots=True)
class Transaction:
    """Who called what."""

    hash: str
    sender: Party
    to: Party | None
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All of the market's logs, with the times of their blocks and the transactions that made them."""

    head: int
    head_hash: str
    head_time: int
    times: Mapping[int, int]
    logs: tuple[Log, ...]
    transactions: Mapping[str, Transaction]
    """Those that made the logs, by hash."""
    creations: Mapping[Party, Transaction]
    """Those that created one of the contracts, by its address."""


def first_block(w3: Web3, addresses: Sequence[str], head: int) -> int:
    """The block in which the oldest of some contracts was created; 0 where the node cannot tell."""
    if head <= SHORT:
        return 0
    low, high = 0, head
    try:
        while low < high:
            middle = (low + high) // 2
            codes = request_many(w3, [("eth_getCode", [a, hex(middle)]) for a in addresses])
            low, high = (low, middle) if any(map(as_bytes, codes)) else (middle + 1, high)
    except Exception:  # noqa: BLE001  # a node without old states; each says so in its own way
        return 0
    return low


def gather(w3: Web3, addresses: Sequence[Party], head: int, findings: Findings) -> Evidence:
    """Read and prove everything that some contracts have logged up to block ``head``.

    What is not proved is a violation: ``blocks`` (a header), ``receipts`` (receipts, or logs the node gave otherwise),
    ``transactions`` (a transaction or its sender).

    Raises
    ------
    MissingBlock
        If the node lacks a block.
    """
    first = first_block(w3, addresses, head)
    blocks = _blocks(w3, first, head)
    _check_headers(blocks, findings)
    wanted = {as_bytes(address) for address in addresses}
    bits = [merkle.bloom_bits(address) for address in wanted]
    relevant = [b for b in blocks if any(_bloom(b) & bit == bit for bit in bits)]
    logs: list[Log] = []
    for block, receipts in zip(relevant, _receipts(w3, relevant), strict=True):
        logs += _proved(block, receipts, wanted, findings)
    _compare(logs, fetch_logs(w3, addresses, first, head), findings)
    makers = {log.tx_hash for log in logs}
    for block in relevant:
        senders.check(block, makers, findings)
    creations = {
        party_of(address): _transaction(found)
        for block in blocks
        for found in block["transactions"]
        if not found.get("to") and (address := _created(found)) in wanted
    }
    return Evidence(
        head=head,
        head_hash="0x" + as_bytes(blocks[-1]["hash"]).hex(),
        head_time=as_int(blocks[-1]["timestamp"]),
        times={as_int(b["number"]): as_int(b["timestamp"]) for b in blocks},
        logs=tuple(logs),
        transactions={
            t.hash: t
            for block in relevant
            for t in map(_transaction, block["transactions"])
            if bytes.fromhex(t.hash[2:]) in makers
        },
        creations=creations,
    )


def _blocks(w3: Web3, first: int, head: int) -> list[Mapping[str, Any]]:
    asked = [("eth_getBlockByNumber", [hex(number), True]) for number in range(first, head + 1)]
    blocks: list[Mapping[str, Any]] = request_many(w3, asked)
    for number, block in enumerate(blocks, start=first):
        if not block or as_int(block["number"]) != number:
            raise MissingBlock(number)
    return blocks


def _check_headers(blocks: Sequence[Mapping[str, Any]], findings: Findings) -> None:
    parent: bytes | None = None
    time = 0
    for block in blocks:
        findings.count("blocks")
        number, named = as_int(block["number"]), as_bytes(block["hash"])
        computed = merkle.header_hash(block)
        if computed != named:
            detail = f"block {number}: its fields hash to 0x{computed.hex()}, it is called 0x{named.hex()}"
            findings.violate("blocks", None, detail)
        if parent is not None and as_bytes(block["parentHash"]) != parent:
            detail = (
                f"block {number}: names parent {_hex(block['parentHash'])}, which hashes to 0x{parent.hex()}"
            )
            findings.violate("blocks", None, detail)
        if as_int(block["timestamp"]) < time:
            findings.violate("blocks", None, f"block {number}: earlier than the block before it")
        parent, time = computed, as_int(block["timestamp"])


def _receipts(w3: Web3, blocks: Sequence[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
    try:
        return request_many(w3, [("eth_getBlockReceipts", [hex(as_int(b["number"]))]) for b in blocks])
    except Exception:  # noqa: BLE001  # not every node has it, and each refuses in its own way
        return [_each_receipt(w3, block) for block in blocks]


def _each_receipt(w3: Web3, block: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    method = "eth_getTransactionReceipt"
    try:
        receipts = request_many(w3, [(method, [t["hash"]]) for t in block["transactions"]])
    except Exception as error:
        raise NodeRefused(method, f"block {as_int(block['number'])}: {error}") from error
    if any(receipt is None for receipt in receipts):
        raise NodeRefused(method, f"block {as_int(block['number'])}: none for a transaction in it")
    return receipts


def _proved(
    block: Mapping[str, Any], receipts: Sequence[Mapping[str, Any]], wanted: set[bytes], findings: Findings
) -> list[Log]:
    number = as_int(block["number"])
    findings.count("receipts", len(receipts))
    root, named = merkle.receipts_root(receipts), as_bytes(block["receiptsRoot"])
    if root != named:
        detail = f"block {number}: its receipts hash to 0x{root.hex()}, its header says 0x{named.hex()}"
        findings.violate("receipts", None, detail)
    logs: list[Log] = []
    index = 0
    for place, (receipt, transaction) in enumerate(zip(receipts, block["transactions"], strict=True)):
        for found in receipt["logs"]:
            log = log_of(found)
            # where a log stands is not under the root: it is counted, not believed
            logs.append(
                Log(log.address, log.topics, log.data, number, as_bytes(transaction["hash"]), place, index)
            )
            index += 1
    return [log for log in logs if log.address in wanted]


def _compare(proved: Sequence[Log], given: Sequence[Log], findings: Findings) -> None:
    if sorted(map(_key, proved)) == sorted(map(_key, given)):
        return
    known, told = set(proved), set(given)
    for log in sorted(told - known, key=_key):
        detail = f"block {log.block}, log {log.log_index}: eth_getLogs tells of a log that no receipt has"
        findings.violate("receipts", "0x" + log.tx_hash.hex(), detail)
    for log in sorted(known - told, key=_key):
        detail = (
            f"block {log.block}, log {log.log_index}: eth_getLogs does not tell of a log that a receipt has"
        )
        findings.violate("receipts", "0x" + log.tx_hash.hex(), detail)
    if known == told:
        findings.violate("receipts", None, "eth_getLogs tells of a log twice")


def check_head(w3: Web3, evidence: Evidence) -> None:
    """Refuse if the chain has been reorganised since it was read (``ChainMoved``)."""
    block = request(w3, "eth_getBlockByNumber", [hex(evidence.head), False])
    found = "none" if block is None else _hex(block["hash"])
    if found != evidence.head_hash:
        raise ChainMoved(evidence.head, found, evidence.head_hash)


def _transaction(found: Mapping[str, Any]) -> Transaction:
    to = found.get("to")
    data = found.get("input", found.get("data", "0x"))
    return Transaction(
        _hex(found["hash"]),
        party_of(as_bytes(found["from"])),
        party_of(as_bytes(to)) if to else None,
        as_bytes(data),
    )


def _created(found: Mapping[str, Any]) -> bytes:
    """The address that a transaction without a recipient creates."""
    return keccak(rlp.encode([as_bytes(found["from"]), as_int(found["nonce"])]))[12:]


def _key(log: Log) -> tuple[int, int, int, bytes]:
    return log.block, log.tx_index, log.log_index, log.address + b"".join(log.topics) + log.data


def _bloom(block: Mapping[str, Any]) -> int:
    bloom = block["logsBloom"]
    return bloom if isinstance(bloom, int) else int.from_bytes(as_bytes(bloom))


def _hex(value: Any) -> str:
    return "0x" + as_bytes(value).hex()
