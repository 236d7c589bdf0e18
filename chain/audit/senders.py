"""Check ``transactions``: who called what is what somebody signed, under the headers' transactions roots.

A node says of each transaction who sent it; here its signed form is encoded again from its fields (legacy, EIP-2930 and
EIP-1559), must hash to its name and, with the others of its block, to the header's transactions root; and the sender is
recovered from the signature.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import rlp
from eth_hash.auto import keccak

from chain.audit import merkle
from chain.audit.recovery import recover
from chain.audit.report import Findings
from chain.logs import as_bytes, as_int

CHECK = "transactions"
_FIRST = {
    0: ("nonce", "gasPrice", "gas"),
    1: ("chainId", "nonce", "gasPrice", "gas"),
    2: ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas"),
}
_SNAKE = {
    "gasPrice": "gas_price",
    "chainId": "chain_id",
    "maxPriorityFeePerGas": "max_priority_fee_per_gas",
    "maxFeePerGas": "max_fee_per_gas",
    "accessList": "access_list",
    "yParity": "y_parity",
    "storageKeys": "storage_keys",
    "input": "data",
}
"""eth-tester names the fields of a block's transactions its own way."""


def check(block: Mapping[str, Any], wanted: set[bytes], findings: Findings) -> None:
    """One block's transactions; senders of those whose hashes are ``wanted``."""
    number, transactions = as_int(block["number"]), block["transactions"]
    kinds = {_kind(transaction) for transaction in transactions}
    if not kinds <= _FIRST.keys():
        detail = f"block {number} holds transactions of type {max(kinds)}: who called is the node's word"
        findings.note(CHECK, detail)
        return
    encoded = [_signed(transaction) for transaction in transactions]
    root, named = merkle.trie_root(encoded), as_bytes(block["transactionsRoot"])
    if root != named:
        detail = f"block {number}: its transactions hash to 0x{root.hex()}, its header says 0x{named.hex()}"
        findings.violate(CHECK, None, detail)
    for transaction, raw in zip(transactions, encoded, strict=True):
        findings.count(CHECK)
        name = as_bytes(transaction["hash"])
        if keccak(raw) != name:
            detail = f"block {number}: its fields hash to 0x{keccak(raw).hex()}"
            findings.violate(CHECK, "0x" + name.hex(), detail)
        if name in wanted:
            sender = recover(*_signature(transaction))
            if sender is None or as_bytes(sender) != as_bytes(transaction["from"]):
                detail = f"sent by {sender}, the node says {transaction['from']}"
                findings.violate(CHECK, "0x" + name.hex(), detail)


def _kind(transaction: Mapping[str, Any]) -> int:
    return as_int(transaction.get("type") or 0)


def _get(transaction: Mapping[str, Any], name: str) -> Any:
    value = transaction.get(name)
    return transaction.get(_SNAKE.get(name, name)) if value is None else value


def _body(transaction: Mapping[str, Any], kind: int) -> list[Any]:
    """What is signed, but for the chain id of a legacy transaction."""
    to = transaction.get("to")
    body: list[Any] = [as_int(_get(transaction, name)) for name in _FIRST[kind]]
    body += [
        as_bytes(to) if to else b"",
        as_int(transaction["value"]),
        as_bytes(_get(transaction, "input")),
    ]
    if kind:
        access: Sequence[Mapping[str, Any]] = _get(transaction, "accessList") or ()
        body.append([[as_bytes(e["address"]), [as_bytes(k) for k in _get(e, "storageKeys")]] for e in access])
    return body


def _signed(transaction: Mapping[str, Any]) -> bytes:
    kind = _kind(transaction)
    r, s = as_int(transaction["r"]), as_int(transaction["s"])
    encoded = bytes(rlp.encode([*_body(transaction, kind), _v(transaction, kind), r, s]))
    return bytes((kind,)) + encoded if kind else encoded


def _v(transaction: Mapping[str, Any], kind: int) -> int:
    parity = _get(transaction, "yParity") if kind else None
    return as_int(transaction["v"] if parity is None else parity)


def _signature(transaction: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The digest that was signed, and the signature as 65 bytes."""
    kind = _kind(transaction)
    body, v = _body(transaction, kind), _v(transaction, kind)
    if kind == 0 and v >= 35:  # EIP-155
        body += [(v - 35) // 2, 0, 0]
        v = 27 + (v - 35) % 2
    elif kind:
        v += 27
    digest = keccak(bytes((kind,)) * (kind > 0) + rlp.encode(body))
    r, s = as_int(transaction["r"]).to_bytes(32), as_int(transaction["s"]).to_bytes(32)
    return digest, r + s + bytes((v,))
