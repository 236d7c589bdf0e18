"""What became of bills and exits, from the events that tell of them."""

from collections.abc import Sequence
from dataclasses import replace

from chain import events as ev
from chain.batches import of_type, refusal
from chain.errors import ChainError
from chain.port import Receipt
from market.forward.port import MemberBill, MemberExit
from market.ledger.errors import LedgerError


def billed(event: ev.MemberBilled, refunded: int | None = None) -> MemberBill:
    """The bill that an event tells of."""
    return MemberBill(
        key=event.key,
        meter=event.meter,
        period=event.period,
        metered=event.metered,
        volumes=event.volumes,
        amount=event.amount,
        paid=event.paid,
        refunded=refunded,
    )


def left(event: ev.MemberExited, refunded: int | None = None) -> MemberExit:
    """The exit that an event tells of."""
    return MemberExit(
        key=event.key,
        meter=event.meter,
        last_periods=event.last_periods,
        fee=event.fee,
        refunded=refunded,
    )


def bills(receipt: Receipt, desk: bytes, count: int) -> list[MemberBill | LedgerError]:
    """What became of each of the ``count`` items of a ``billBatch``."""
    skipped = {event.item: refusal(event.reason) for event in of_type(receipt.logs, desk, ev.ItemSkipped)}
    made: list[MemberBill] = []
    for event in of_type(receipt.logs, desk, ev.MemberBilled, ev.MemberClosed):
        if isinstance(event, ev.MemberBilled):
            made.append(billed(event))
        elif isinstance(event, ev.MemberClosed):
            made[-1] = _refunded(made[-1], event)
    following = iter(made)
    return [skipped[item] if item in skipped else next(following) for item in range(count)]


def exit_of(receipt: Receipt, desk: bytes) -> MemberExit:
    """The exit of a transaction."""
    done: ev.MemberExited | None = None
    refunded: int | None = None
    for event in of_type(receipt.logs, desk, ev.MemberExited, ev.MemberClosed):
        if isinstance(event, ev.MemberExited):
            done = event
        elif isinstance(event, ev.MemberClosed):
            refunded = event.refunded
    if done is None:
        raise ChainError("forward.exit", b"", "a transaction that succeeded without an exit")
    return left(done, refunded)


def closed(receipt: Receipt, desk: bytes) -> int:
    """What a ``closeForward`` gave the retailer, token units."""
    for event in of_type(receipt.logs, desk, ev.ForwardClosed):
        return event.refunded
    raise ChainError("forward.close", b"", "a transaction that succeeded without closing")


def one(found: Sequence[MemberBill | LedgerError]) -> MemberBill:
    """The bill of a transaction that bills one."""
    (result,) = found
    if isinstance(result, LedgerError):
        raise result
    return result


def _refunded(bill: MemberBill, event: ev.MemberClosed) -> MemberBill:
    if (bill.key, bill.meter) != (event.key, event.meter):
        raise ChainError("forward.bill", b"", f"meter {event.meter} closed after a bill of {bill.meter}")
    return replace(bill, refunded=event.refunded)
