"""What the replay says must stand in a loan desk's storage (part of the check ``storage``)."""

from collections.abc import Iterable

from eth_hash.auto import keccak

from chain.audit.words import Expected, Layout, mapped
from chain.audit.world import World
from chain.events import (
    Deposited,
    LoanCancelled,
    LoanRecorded,
    LoanReleased,
    LoanSettled,
    LoanVoided,
    Transfer,
    Withdrawn,
)
from chain.loans.signing import loan_words
from market.ledger.lending import MemoryLoans
from market.loans.terms import LoanStatus
from market.terms import NOBODY, Party


def words(world: World, desk: MemoryLoans) -> Iterable[Expected]:
    """Every word of the desk: balances, slots, the end of a pause."""
    if world.loans == NOBODY:
        return
    layout = Layout(world.artifacts["EnergyLoans"])
    yield from _balances(world, desk, layout)
    yield from _loans(world, desk, layout)
    until = layout.slot("_pausedUntil")
    yield Expected(world.loans, until, desk.paused_until, "end of the desk's pause", None)


def _balances(world: World, desk: MemoryLoans, layout: Layout) -> Iterable[Expected]:
    last: dict[Party, str] = {}
    made = world.lent()
    for event in world.events:
        where = event.at.transaction
        if isinstance(event, Deposited | Withdrawn) and event.at.address == world.loans:
            last[event.party] = where
        elif isinstance(event, LoanRecorded):
            last[event.lender] = last[event.borrower] = where
        elif isinstance(event, LoanSettled | LoanVoided | LoanReleased) and event.key in made:
            loan = made[event.key].loan
            last[loan.lender] = last[loan.borrower] = where
    root = layout.slot("balanceOf")
    holders = (party for event in world.of(Transfer) for party in (event.sender, event.to))
    # also those who never came: a balance that nothing led to would be somebody's
    known = dict.fromkeys((*world.owners(), world.provider, *holders, *last))
    known.pop(NOBODY, None)
    for party in known:
        what = f"balance of {party} at the desk"
        yield Expected(world.loans, mapped(root, party), desk.balance(party), what, last.get(party))


def _loans(world: World, desk: MemoryLoans, layout: Layout) -> Iterable[Expected]:
    last: dict[bytes, str] = {}
    for event in world.events:
        if isinstance(event, LoanRecorded | LoanCancelled | LoanReleased | LoanSettled | LoanVoided):
            last[event.key] = event.at.transaction
    made, root = world.lent(), layout.slot("_loans")
    for key, where in last.items():
        value = int(LoanStatus.CANCELLED)
        if key in made:
            loan = made[key].loan
            held = desk.loan(loan.key)
            value = 0
            if held is not None:
                value = held.status | held.given_position << 8 | held.returned_position << 40
            value |= int.from_bytes(keccak(loan_words(loan))[:23]) << 72
        yield Expected(world.loans, mapped(root, key), value, f"loan slot 0x{key.hex()}", where)
