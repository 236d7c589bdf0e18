"""Every field of every kind of event, altered: some check must say so, by name and with the transaction.

The altered event is given to the checks directly, as if a node had lied consistently about receipts and headers too: the
proofs of ``chain.audit.proof`` are not what catches it here. The neutral fields are listed with the reason; everything
else must be found.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest
from web3.middleware import Web3Middleware

from chain.artifact import load
from chain.audit import Findings, examine
from chain.audit.proof import gather
from chain.audit.run import CHECKS, CONTRACTS, _decoded, _world
from chain.audit.transcripts import Filed
from chain.audit.world import World
from chain.events import Event, Origin
from chain.logs import find_market
from tests.chain.audit.stage import Stage

NEUTRAL = {
    # what a batch skipped changed nothing, and its event is a courtesy to whoever sent it
    ("ReadingSkipped", "meter"),
    ("ReadingSkipped", "interval"),
    ("ReadingSkipped", "reason"),
    ("ItemSkipped", "item"),
    ("ItemSkipped", "key"),
    ("ItemSkipped", "reason"),
    # allowances move nothing by themselves; what they let move is seen as a transfer
    ("Approval", "owner"),
    ("Approval", "spender"),
    ("Approval", "value"),
}


UNSEEN_IF_DROPPED = {"ReadingSkipped", "ItemSkipped", "Approval", "DealCancelled", "LoanCancelled"}
"""Of these no check misses one (nobody reads a slot that no event names); the receipts root does: test_node_lies.py."""


def remembering() -> type[Web3Middleware]:
    """For one node: its answers do not change from one alteration to the next."""
    known: dict[str, Any] = {}

    class Remembering(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Any:
            def middleware(method: Any, params: Any) -> Any:
                asked = f"{method}{params}"
                if asked not in known:
                    known[asked] = make_request(method, params)
                return known[asked]

            return middleware

    return Remembering


def world_of(stage: Stage) -> World:
    w3 = stage.w3()
    w3.middleware_onion.add(remembering(), "remembering")
    findings = Findings()
    head = w3.eth.block_number
    found = find_market(w3, stage.registry, head)
    names = found.names()
    evidence = gather(w3, list(names), head, findings)
    events = _decoded(evidence, names, findings)
    assert not findings.violations
    artifacts = {name: load(name) for name in CONTRACTS}
    return _world(w3, found, found.markets[0], evidence, events, artifacts, Filed())


@pytest.fixture(scope="module")
def honest(stage: Stage) -> World:
    return world_of(stage)


def examined(world: World, events: list[Event]) -> Findings:
    """All checks but that of the code, which looks at no event."""
    altered = replace(world, events=events)
    findings = Findings()
    examine(altered, findings, checks={name: check for name, check in CHECKS.items() if name != "code"})
    return findings


def others(value: Any) -> Iterator[Any]:
    """Values near ``value`` that are not it."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, Enum):
        kind = type(value)
        yield kind((value.value + 1) % len(kind))
    elif isinstance(value, int):
        yield value + 1
        if value > 0:
            yield value - 1
    elif isinstance(value, bytes):
        yield bytes((value[0] ^ 1,)) + value[1:] if value else b"\x01"
    elif isinstance(value, str):
        yield value[:-40] + "00" * 19 + "ff"
    elif is_dataclass(value) and not isinstance(value, type):
        for member in fields(value):
            for other in others(getattr(value, member.name)):
                yield replace(value, **{member.name: other})


def alterations(events: list[Event]) -> Iterator[tuple[str, str, int, Event]]:
    """(class, field, place, altered event) for the last event of each kind, and the first where it is another."""
    by_kind: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        by_kind.setdefault(type(event).__name__, []).append(place)
    for kind, places in by_kind.items():
        for place in sorted({places[0], places[-1]}):
            event = events[place]
            for member in fields(event):
                if member.name != "at":
                    for other in others(getattr(event, member.name)):
                        yield kind, member.name, place, replace(event, **{member.name: other})


def test_the_honest_events_pass(honest: World) -> None:
    assert examined(honest, list(honest.events)).violations == []


def test_each_altered_field_is_found(honest: World) -> None:
    events = list(honest.events)
    survivors: list[str] = []
    total = 0
    for kind, name, place, event in alterations(events):
        if (kind, name) in NEUTRAL:
            continue
        total += 1
        if not examined(honest, [*events[:place], event, *events[place + 1 :]]).violations:
            survivors.append(f"{kind}.{name}: {getattr(events[place], name)} → {getattr(event, name)}")
    assert total > 400
    assert survivors == []


def test_each_dropped_event_is_found(honest: World) -> None:
    events = list(honest.events)
    kept = [place for place, event in enumerate(events) if type(event).__name__ not in UNSEEN_IF_DROPPED]
    missed = [p for p in kept if not examined(honest, [*events[:p], *events[p + 1 :]]).violations]
    assert [str(events[place]) for place in missed] == []


def test_each_repeated_event_is_found(honest: World) -> None:
    events = list(honest.events)
    missed = [
        p for p in range(len(events)) if not examined(honest, [*events[: p + 1], *events[p:]]).violations
    ]
    assert [str(events[place]) for place in missed] == []


def test_moved_in_time_is_found(honest: World) -> None:
    """What was done at a time that the rules do not allow is found by its rule, and as out of order."""
    events = list(honest.events)
    expected = {
        "DealRecorded": "gates",
        "ReadingPosted": "readings",
        "OfferMade": "turns",
        "TariffAppended": "tariff",
        "MeterRetired": "meters",
        "DealReleased": "gates",
        "LoanRecorded": "loans.gates",
        "LoanReleased": "loans.gates",
        "Paused": "loans.pause",
    }
    for kind, check in expected.items():
        place = [i for i, event in enumerate(events) if type(event).__name__ == kind][-1]
        event = events[place]
        at = replace(event.at, time=event.at.time + 20_000_000)
        found = examined(honest, [*events[:place], replace(event, at=at), *events[place + 1 :]])
        assert (check, event.at.transaction) in {(v.check, v.transaction) for v in found.violations}, kind
        if place + 1 < len(events):
            assert any(v.check == "events" for v in found.violations), kind


def test_origins_sort_as_things_happened() -> None:
    early = Origin(1, 5, 9, 100, "0x01", "0x02")  # type: ignore[arg-type]
    late = Origin(2, 0, 0, 100, "0x00", "0x00")  # type: ignore[arg-type]
    assert sorted([late, early]) == [early, late]
