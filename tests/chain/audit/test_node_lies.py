"""A node that lies about one thing between the audit and a true chain: the lie is refuted by name."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.audit import AuditReport, audit
from chain.audit.proof import MissingBlock
from chain.decoding import TOPICS
from chain.events import (
    DealRecorded,
    DealSettled,
    Deposited,
    LoanRecorded,
    LoanSettled,
    OfferMade,
    ReadingPosted,
)
from chain.logs import NodeRefused, as_bytes
from tests.chain.audit.stage import Lie, Stage

KINDS = (DealRecorded, DealSettled, Deposited, ReadingPosted, OfferMade, LoanRecorded, LoanSettled)


def lied(stage: Stage, lie: Lie) -> AuditReport:
    report = audit(stage.w3(lie), stage.registry)
    assert report.verdict == "fail"
    return report


def found(report: AuditReport) -> set[str]:
    return {violation.check for violation in report.violations}


def of_kind(log: Any, kind: type) -> bool:
    return bool(log["topics"]) and as_bytes(log["topics"][0]) == TOPICS[kind]


def flipped(data: str, byte: int) -> str:
    raw = bytearray(as_bytes(data))
    raw[byte] ^= 1
    return "0x" + raw.hex()


Change = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def in_logs(method: str, change: Change) -> Lie:
    """Change the list of logs of ``eth_getLogs``, or of each receipt."""

    def lie(asked: str, params: Any, result: Any) -> Any:
        if asked != method:
            return result
        if method == "eth_getLogs":
            return change([dict(log) for log in result])
        return {**result, "logs": change([dict(log) for log in result["logs"]])}

    return lie


def altering(kind: type, byte: int) -> Change:
    done: list[bool] = []

    def change(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for log in logs:
            if not done and of_kind(log, kind):
                log["data"] = flipped(log["data"], byte)
                done.append(True)
        return logs

    return change


def dropping(kind: type) -> Change:
    return lambda logs: [log for log in logs if not of_kind(log, kind)]


def doubling(kind: type) -> Change:
    return lambda logs: [log for log in logs for _ in range(1 + of_kind(log, kind))]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change", [lambda kind: altering(kind, 31), dropping, doubling], ids=["alter", "drop", "double"]
)
def test_logs_that_no_receipt_has(stage: Stage, kind: type, change: Callable[[type], Change]) -> None:
    """``eth_getLogs`` against the receipts: the receipts are under the header's root, the logs are not."""
    report = lied(stage, in_logs("eth_getLogs", change(kind)))
    assert found(report) == {"receipts"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change", [lambda kind: altering(kind, 31), dropping, doubling], ids=["alter", "drop", "double"]
)
def test_receipts_that_are_not_under_their_root(
    stage: Stage, kind: type, change: Callable[[type], Change]
) -> None:
    report = lied(stage, in_logs("eth_getTransactionReceipt", change(kind)))
    assert "receipts" in found(report)
    assert any("its receipts hash to" in violation.detail for violation in report.violations)


def test_time_of_a_block(stage: Stage) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        if method == "eth_getBlockByNumber" and result["number"] == 30:
            return {**result, "timestamp": result["timestamp"] + 1}
        return result

    report = lied(stage, lie)
    assert any(v.check == "blocks" and v.detail.startswith("block 30:") for v in report.violations)
    assert any(v.detail.startswith("block 31: names parent") for v in report.violations)


def test_a_block_of_another_chain(stage: Stage) -> None:
    """A header that hashes well but is no child of the one before it."""

    def lie(method: str, params: Any, result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] in (20, "0x14"):
            return {**result, "parentHash": "0x" + "11" * 32}
        return result

    assert "blocks" in found(lied(stage, lie))


def test_a_missing_block(stage: Stage) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        return None if method == "eth_getBlockByNumber" and params[0] in (20, "0x14") else result

    with pytest.raises(MissingBlock, match="block 20"):
        audit(stage.w3(lie), stage.registry)


def test_every_storage_word(stage: Stage) -> None:
    """Each word read, changed by one: found, with its place; those of deals, queues and balances with a transaction."""
    asked: list[tuple[str, str]] = []

    def listen(method: str, params: Any, result: Any) -> Any:
        if method == "eth_getStorageAt":
            asked.append((params[0], params[1]))
        return result

    audit(stage.w3(listen), stage.registry)
    assert len(asked) == len(set(asked)) > 80

    def lie(method: str, params: Any, result: Any) -> Any:
        if method != "eth_getStorageAt":
            return result
        return "0x" + (int.from_bytes(as_bytes(result)) ^ 1).to_bytes(32).hex()

    report = lied(stage, lie)
    assert found(report) == {"storage"}
    assert len(report.violations) == len(asked)
    for what, slots in (("deal slot", 12), ("loan slot", 8)):
        found_slots = [violation for violation in report.violations if violation.detail.startswith(what)]
        assert len(found_slots) == slots
        assert all(violation.transaction for violation in found_slots)


def test_a_byte_of_code(stage: Stage) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        return flipped(result, 100) if method == "eth_getCode" and params[0] == stage.negotiator else result

    report = lied(stage, lie)
    assert any(v.check == "code" and "UtilityNegotiator" in v.detail for v in report.violations)


def test_a_byte_of_the_desks_code(stage: Stage) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        return flipped(result, 100) if method == "eth_getCode" and params[0] == stage.loans else result

    report = lied(stage, lie)
    assert any(v.check == "code" and v.detail.startswith("EnergyLoans at") for v in report.violations)


def test_an_immutable(stage: Stage) -> None:
    """The market's private copy of the registry's clock: masked in the code, found by running the constructor again."""
    from chain.artifact import load

    start = load("UtilityNegotiator").immutables[0][0]

    def lie(method: str, params: Any, result: Any) -> Any:
        if method == "eth_getCode" and params[0] == stage.negotiator:
            return flipped(result, start + 31)
        return result

    report = lied(stage, lie)
    assert any(v.check == "code" and f"immutable at byte {start}" in v.detail for v in report.violations)


def test_a_signature_in_call_data(stage: Stage) -> None:
    """Readings carry no signature in their event: it is in the call, and is checked there (of bo's, the third)."""
    from chain.audit.readings import _POST_BATCH

    def lie(method: str, params: Any, result: Any) -> Any:
        if method != "eth_getBlockByNumber" or not result or not params[1]:
            return result
        transactions = [
            {**t, "data": flipped(t["data"], 4 + 64 + 2 * 256 + 4 * 32)}
            if as_bytes(t["data"])[:4] == _POST_BATCH and len(as_bytes(t["data"])) > 4 + 64 + 2 * 256
            else t
            for t in result["transactions"]
        ]
        return {**result, "transactions": transactions}

    assert found(lied(stage, lie)) == {"reading_signatures", "transactions"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", "0x" + "22" * 20),
        ("to", "0x" + "22" * 20),
        ("value", 1),
        ("nonce", 99),
    ],
)
def test_a_field_of_a_transaction(stage: Stage, field: str, value: Any) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        if method != "eth_getBlockByNumber" or not result or not params[1] or result["number"] < 30:
            return result
        return {**result, "transactions": [{**t, field: value} for t in result["transactions"]]}

    assert "transactions" in found(lied(stage, lie))


def test_too_little_ether_behind_the_tokens(stage: Stage) -> None:
    def lie(method: str, params: Any, result: Any) -> Any:
        return result - 1 if method == "eth_getBalance" else result

    assert found(lied(stage, lie)) == {"token"}


def test_a_transaction_of_another_name(stage: Stage) -> None:
    """A node that names a transaction that it does not have cannot give its receipt."""

    def lie(method: str, params: Any, result: Any) -> Any:
        if method != "eth_getBlockByNumber" or not result or not params[1] or result["number"] < 30:
            return result
        renamed = [{**t, "hash": "0x" + "22" * 32} for t in result["transactions"]]
        return {**result, "transactions": renamed}

    with pytest.raises(NodeRefused, match="eth_getTransactionReceipt"):
        audit(stage.w3(lie), stage.registry)
