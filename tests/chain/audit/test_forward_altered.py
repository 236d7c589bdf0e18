"""Every field of every event of forward contracts, votes, registers, supplies and submeters, altered, dropped or repeated:
some check must say so."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from web3 import Web3

from chain.audit import Findings, audit
from chain.audit.run import CHECKS
from chain.audit.world import World as Audited
from chain.events import (
    Event,
    ForwardClosed,
    ForwardSigned,
    LeafPosted,
    MemberBilled,
    MemberClosed,
    MemberExited,
    MemberJoined,
    RegistersPosted,
    Supplied,
    SupplyEnded,
    VotePublished,
)
from market.forward.terms import Ballots
from market.forward.trees import offer_hash, tree_proof, voter_nodes
from market.terms import Party
from tests.chain.audit.test_events_altered import examined, others, world_of
from tests.chain.worlds import ChainWorlds
from tests.ledger_suite.forward_world import BOUNDARIES, community
from tests.ledger_suite.world import World

KINDS = {
    "ForwardSigned",
    "ForwardCancelled",
    "MemberJoined",
    "MemberBilled",
    "MemberExited",
    "MemberClosed",
    "ForwardClosed",
    "VoteOpened",
    "LeafPosted",
    "VotePublished",
    "RegistersPosted",
    "Supplied",
    "SupplyEnded",
    "Aggregated",
}


@dataclass
class Played:
    """What the fixtures of the other alterations give."""

    web3: Web3
    registry: Party

    def w3(self) -> Web3:
        return self.web3


def play(world: World, boundaries: tuple[int, ...] = BOUNDARIES) -> None:
    """A vote, a contract on it, two members of whom one leaves, a missing register, and a submeter."""
    ledger, desk = world.ledger, world.ledger.forward
    made = community(world, boundaries=boundaries)
    roster = sorted((world["cy"], world["dov"]), key=lambda party: int(party, 16))
    close = ledger.now() + 10
    vote = desk.open_vote(world["bo"], 1, roster, close=close, deadline=close + 10)
    sealed = [
        world.forward_signer.sign_ballots(
            party, Ballots(vote=vote, index=index, votes=bytes([index + 1]) * 32, salt=b"\x05" * 32)
        )
        for index, party in enumerate(roster)
    ]
    proof = tree_proof(voter_nodes(roster, desk.hash), 0, desk.hash)
    desk.post_leaf(roster[0], vote, 0, sealed[0].leaf, proof)
    ledger.advance_to(close + 1)
    terms = made.terms
    tariff = offer_hash(terms.retailer, terms.rates, terms.blocks, terms.zone, desk.hash)
    desk.publish_vote(world["bo"], vote, [each.leaf for each in sealed], tariff)
    made.terms = replace(terms, decision=vote, expiry=ledger.rules.gate_of(terms.boundaries[0]))
    desk.cancel(world["ana"], world["bo"], 9)
    made.sign().join("cy")
    made.join("dov", signed=False)
    parent, child = world.meter("ana"), world.meter("ana")
    ledger.aggregate_meter(child, parent)
    for name in ("cy", "dov"):
        made.read(name, 0, 10, 20)
    made.read("cy", 1, 60, 30)
    made.read("dov", 1, 10, 20, exported=(30, 0))
    for name in ("cy", "dov"):
        made.bill(name, 0)
    desk.exit(world["dov"], made.terms, made.meters["dov"])
    made.silent(2)
    for name in ("cy", "dov"):
        made.bill(name, 1)
    made.read("cy", 3, 200, 90)
    made.bill("cy", 2)
    desk.close(made.terms)


@pytest.fixture(scope="module")
def honest(chain_worlds: ChainWorlds) -> Audited:
    world = chain_worlds.make()
    play(world)
    market = world.ledger._market  # type: ignore[attr-defined]
    report = audit(market.network.w3, market.registry.address)
    assert report.violations == ()
    # Two parties, two members, an exit, a number burnt, and three acts of a vote
    assert report.checks["forward.signatures"] == 9
    assert all(
        count
        for name, count in report.checks.items()
        if name.startswith("forward.") and name != "forward.pause"
    )
    return world_of(Played(market.network.w3, market.registry.address))  # type: ignore[arg-type]


def near(value: Any) -> Iterator[Any]:
    """As ``others``, inside arrays and structs too: their first and last entries."""
    if isinstance(value, tuple):
        for place in sorted({0, len(value) - 1} if value else ()):
            for other in others(value[place]):
                yield (*value[:place], other, *value[place + 1 :])
    elif hasattr(value, "__dataclass_fields__"):
        for member in fields(value):
            for other in near(getattr(value, member.name)):
                yield replace(value, **{member.name: other})
    else:
        yield from others(value)


def places(events: list[Event]) -> list[int]:
    """The first and the last event of each kind."""
    by_kind: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        if type(event).__name__ in KINDS:
            by_kind.setdefault(type(event).__name__, []).append(place)
    assert set(by_kind) == KINDS
    return sorted({place for found in by_kind.values() for place in (found[0], found[-1])})


def test_each_altered_field_is_found(honest: Audited) -> None:
    events = list(honest.events)
    survivors: list[str] = []
    for place in places(events):
        event = events[place]
        for member in fields(event):
            for other in near(getattr(event, member.name)) if member.name != "at" else ():
                altered = replace(event, **{member.name: other})
                if not examined(honest, [*events[:place], altered, *events[place + 1 :]]).violations:
                    survivors.append(
                        f"{type(event).__name__}.{member.name}: {getattr(event, member.name)} → {other}"
                    )
    assert "\n".join(survivors) == ""


@pytest.mark.parametrize(
    ("kind", "change", "check"),
    [
        (MemberBilled, {"amount": 1}, "forward.bills"),
        (MemberBilled, {"paid": 10**9}, "forward.tokens"),
        (MemberExited, {"fee": 1}, "forward.exits"),
        (MemberClosed, {"refunded": 1}, "forward.exits"),
        (ForwardClosed, {"refunded": 1}, "forward.exits"),
        (RegistersPosted, {"imported": (1, 1, 0, 0)}, "forward.registers"),
        (MemberJoined, {"volumes": (1,) * 6}, "forward.terms"),
        (ForwardSigned, {"key": b"\x01" * 32}, "forward.terms"),
        (VotePublished, {"root": b"\x01" * 32}, "forward.votes"),
        (LeafPosted, {"leaf": b"\x01" * 32}, "forward.votes"),
        (Supplied, {"to_interval": 500}, "forward.supply"),
        (SupplyEnded, {"to_interval": 100}, "forward.supply"),
    ],
)
def test_the_rule_that_is_broken_is_named_without_the_replay(
    honest: Audited, kind: type[Event], change: dict[str, Any], check: str
) -> None:
    events = list(honest.events)
    place = max(place for place, event in enumerate(events) if type(event) is kind)
    events[place] = replace(events[place], **change)
    findings = Findings()
    world = replace(honest, events=events)
    for name, each in CHECKS.items():
        if name.startswith("forward."):
            each(world, findings)
    assert check in {violation.check for violation in findings.violations}


def test_each_dropped_or_repeated_event_is_found(honest: Audited) -> None:
    events = list(honest.events)
    missed = []
    for place in places(events):
        # Nobody reads a slot that no event names: that a cancellation was dropped is seen by the receipts' root.
        seen = type(events[place]).__name__ != "ForwardCancelled"
        if seen and not examined(honest, [*events[:place], *events[place + 1 :]]).violations:
            missed.append(f"dropped {events[place]}")
        if not examined(honest, [*events[: place + 1], *events[place:]]).violations:
            missed.append(f"repeated {events[place]}")
    assert "\n".join(missed) == ""
