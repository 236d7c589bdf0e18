"""Batches: each item is done or refused for itself, and a refusal stands at its item's place."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from market.ledger.errors import LedgerError

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(items: Iterable[Item], operation: Callable[[Item], Result]) -> list[Result | LedgerError]:
    """``operation`` of every item, or its refusal.

    Every item is drawn before the first is done, so that one which cannot be (a value that fits no type) raises with
    nothing changed.
    """
    results: list[Result | LedgerError] = []
    for item in tuple(items):
        try:
            results.append(operation(item))
        except LedgerError as refusal:
            results.append(refusal)
    return results
