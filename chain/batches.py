"""Batches: cut so that each transaction fits a block and a node's limits, and read back item by item from their logs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from chain import events as ev
from chain.decoding import TOPICS, decode
from chain.errors import ChainError
from chain.port import Log, Receipt
from chain.refusals import refusal_of
from market.ledger.errors import LedgerError
from market.ledger.port import Recorded, Settlement
from market.terms import Deal, DealKey

TX_GAS = 16_000_000
"""Most gas of one transaction: chains may cap it at 2**24 (EIP-7825)."""
BATCH_GAS = 150_000
"""What a batch uses besides its items."""
TX_BYTES = 120_000
"""Most call data of one transaction: nodes take 128 KiB."""

T = TypeVar("T")
E = TypeVar("E", bound=ev.Event)
Result = TypeVar("Result")


def chunks(
    items: Iterable[tuple[T, int, int]], block_gas: int, base_gas: int
) -> Iterator[tuple[list[T], int]]:
    """Cut (item, gas, bytes) into lists that fit one transaction, each with the gas it needs.

    ``base_gas`` is what a batch uses besides its items. An item too large for any transaction stands alone.
    """
    most = min(TX_GAS, block_gas * 9 // 10)
    chunk: list[T] = []
    gas, size = base_gas, 0
    for item, item_gas, item_bytes in items:
        if chunk and (gas + item_gas > most or size + item_bytes > TX_BYTES):
            yield chunk, gas
            chunk, gas, size = [], base_gas, 0
        chunk.append(item)
        gas, size = gas + item_gas, size + item_bytes
    if chunk:
        yield chunk, gas


def of_type(logs: Iterable[Log], contract: bytes, *types: type[E]) -> Iterator[E]:
    """The events of some types that a contract logged."""
    wanted = {TOPICS[each] for each in types}
    for log in logs:
        if log.address == contract and log.topics and log.topics[0] in wanted:
            event = decode(log, time=0)
            assert isinstance(event, types)  # the topic says so
            yield event


def recorded_of(receipt: Receipt, negotiator: bytes) -> Recorded:
    """The deal that a transaction recorded."""
    parts = list(of_type(receipt.logs, negotiator, ev.DealRecorded))
    if not parts:
        raise ChainError("record", b"", "a transaction that succeeded without recording")
    return Recorded(deal=parts[0].deal, positions=tuple(part.position for part in parts))


def recordings(receipt: Receipt, negotiator: bytes, deals: Sequence[Deal]) -> list[Recorded | LedgerError]:
    """What became of each item of a ``recordBatch``."""
    results: list[Recorded | LedgerError | None] = [None] * len(deals)
    parts: list[ev.DealRecorded] = []
    for event in of_type(receipt.logs, negotiator, ev.DealRecorded, ev.ItemSkipped):
        if isinstance(event, ev.ItemSkipped):
            results[event.item] = refusal(event.reason)
        elif isinstance(event, ev.DealRecorded):
            parts.append(event)
    place = 0
    out: list[Recorded | LedgerError] = []
    for result, deal in zip(results, deals, strict=True):
        if result is None:
            own = parts[place : place + deal.count]
            place += deal.count
            result = Recorded(deal=deal, positions=tuple(part.position for part in own))
        out.append(result)
    return out


def settlements(
    receipt: Receipt, negotiator: bytes, items: Sequence[tuple[Deal, int]]
) -> list[Settlement | LedgerError]:
    """What became of each item of a ``settleBatch``."""
    results: list[Settlement | LedgerError | None] = [None] * len(items)
    settled: list[ev.DealSettled] = []
    for event in of_type(receipt.logs, negotiator, ev.DealSettled, ev.ItemSkipped):
        if isinstance(event, ev.ItemSkipped):
            results[event.item] = refusal(event.reason)
        elif isinstance(event, ev.DealSettled):
            settled.append(event)
    following = iter(settled)
    return [
        _settlement(items[place], next(following)) if result is None else result
        for place, result in enumerate(results)
    ]


def postings(receipt: Receipt, registry: bytes) -> list[LedgerError | None]:
    """What became of each item of a ``postBatch``: None where it was posted."""
    return [
        refusal(event.reason) if isinstance(event, ev.ReadingSkipped) else None
        for event in of_type(receipt.logs, registry, ev.ReadingPosted, ev.ReadingSkipped)
    ]


def register_postings(receipt: Receipt, registry: bytes) -> list[LedgerError | None]:
    """What became of each item of a ``postRegistersBatch``: None where it was posted."""
    return [
        refusal(event.reason) if isinstance(event, ev.RegistersSkipped) else None
        for event in of_type(receipt.logs, registry, ev.RegistersPosted, ev.RegistersSkipped)
    ]


def _settlement(item: tuple[Deal, int], event: ev.DealSettled) -> Settlement:
    return Settlement(
        key=DealKey.of(*item), delivered=event.delivered, paid=event.paid, refunded=event.refunded
    )


def refusal(reason: bytes) -> LedgerError:
    """Why an item was skipped."""
    found = refusal_of(reason, "an item of a batch")
    if isinstance(found, LedgerError):
        return found
    raise found


def each(
    items: Sequence[T],
    known: Callable[[T], Result | None],
    send: Callable[[Sequence[T]], list[Result]],
) -> list[Result]:
    """Results in order: those that are known, and of the rest those that sending gives."""
    found = [known(item) for item in items]
    rest = [item for item, result in zip(items, found, strict=True) if result is None]
    sent = iter(send(rest) if rest else [])
    return [next(sent) if result is None else result for result in found]
