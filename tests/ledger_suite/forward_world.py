"""A retailer, a community and its members in the market under test, and what the tests of forward contracts need.

Ana is the retailer, Bo the community; Cy and Dov may join, with a meter each. Two rates: 5 token units by day (Monday to
Friday 7:00 to 22:00), 3 otherwise. Three periods of 100 intervals from interval 100 on, which lies beyond the horizon of
a fresh market.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from market.forward.port import MemberBill
from market.forward.schedule import blocks_of, zone_word
from market.forward.terms import (
    Bill,
    ForwardTerms,
    Joining,
    Membership,
    MemberState,
    SignedForward,
)
from market.forward.trees import Entry, Roster, schedule_of, terms_hash
from market.ledger.errors import LedgerError
from market.ledger.port import Registers
from tests.ledger_suite.world import World

BLOCKS = blocks_of(
    [(range(5), range(7, 22))],
    [(range(5), (*range(7), 22, 23)), ((5, 6), range(24))],
)
ZONE = zone_word("Europe/London")
RATES = (5, 3)
BOUNDARIES = (100, 200, 300, 400)
VOLUMES = (100, 40, 110, 50, 120, 60)
"""Contracted with every member: by day and otherwise in the first period, then in the second and third."""
DEPOSIT = 5_000
"""What a member brings at most, unless told."""
RETAILER_DEPOSIT = 900
FEE = 70
PURSE = 100_000
"""What everyone brings to the desk."""


@dataclass
class Community:
    """A contract about to be signed, and who may join it."""

    world: World
    terms: ForwardTerms
    roster: Roster
    meters: dict[str, int]
    places: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> bytes:
        """The contract's."""
        terms = self.terms
        return self.world.ledger.forward.key(terms.retailer, terms.community, terms.nonce)

    def signed(self, terms: ForwardTerms | None = None) -> SignedForward:
        """Terms with the signatures of both parties."""
        terms = self.terms if terms is None else terms
        signer = self.world.forward_signer
        return SignedForward(
            terms,
            signer.sign_forward(terms.retailer, terms),
            signer.sign_forward(terms.community, terms),
        )

    def sign(self) -> "Community":
        """Record the contract."""
        assert self.world.ledger.forward.sign(self.signed()) == self.key
        return self

    def joining(self, name: str = "cy", *, signed: bool = True, **changes: Any) -> Joining:
        """A member's consent; ``changes`` are of the membership."""
        index = self.places[name]
        entry = self.roster.entries[index]
        base = Membership(
            terms=terms_hash(self.terms, self.world.ledger.forward.hash),
            member=entry.member,
            meter=entry.meter,
            max_deposit=DEPOSIT,
            expiry=self.world.ledger.now() + 10_000,
        )
        membership = replace(base, **changes)
        return Joining(
            terms=self.terms,
            membership=membership,
            volumes=entry.volumes,
            proof=self.roster.proof(index),
            signature=self.world.forward_signer.sign_membership(membership) if signed else b"",
        )

    def join(self, *names: str, **changes: Any) -> "Community":
        """Members take part."""
        for name in names:
            self.world.ledger.forward.join(self.joining(name, **changes))
        return self

    def member(self, name: str = "cy") -> MemberState:
        """What stands of a member."""
        return self.world.ledger.state().forward.contracts[self.key].members[self.meters[name]]

    def left(self) -> int:
        """What is left of the retailer's deposit."""
        return self.world.ledger.state().forward.contracts[self.key].retailer_deposit

    def balance(self, name: str) -> int:
        """A party's free balance at the desk."""
        return self.world.ledger.forward.balance(self.world[name])

    def registers(
        self, name: str, boundary: int, *imported: int, exported: tuple[int, int] = (0, 0)
    ) -> Registers:
        """Registers of a member's meter at a boundary, base units by day and otherwise."""
        by_day, otherwise = imported
        return Registers(
            meter=self.meters[name],
            at=self.terms.boundaries[boundary],
            schedule=schedule_of(self.terms.blocks, self.terms.zone, self.world.ledger.forward.hash),
            imported=(by_day, otherwise, 0, 0),
            exported=(*exported, 0, 0),
        )

    def read(self, name: str, boundary: int, *imported: int, exported: tuple[int, int] = (0, 0)) -> None:
        """Wait for a boundary and post registers there."""
        ledger = self.world.ledger
        ledger.advance_to(ledger.rules.start(self.terms.boundaries[boundary]))
        registers = self.registers(name, boundary, *imported, exported=exported)
        assert ledger.post_registers([registers]) == [registers]

    def silent(self, boundary: int) -> None:
        """Wait until no registers of a boundary are accepted any more."""
        rules = self.world.ledger.rules
        self.world.ledger.advance_to(rules.start(self.terms.boundaries[boundary]) + rules.window)

    def bill(self, name: str, period: int, *, volumes: bool = True) -> MemberBill:
        """Bill a period, with the contracted volumes at hand."""
        return self.world.ledger.forward.bill(self.terms, self.due(name, period, volumes=volumes))

    def due(self, name: str, period: int, *, volumes: bool = True) -> Bill:
        """The bill of a member's period."""
        published = self.roster.entries[self.places[name]].volumes if volumes else ()
        return Bill(meter=self.meters[name], period=period, volumes=published)

    def refusal(self, name: str, period: int, *, volumes: bool = True) -> LedgerError:
        """Why a bill of a batch is refused."""
        (result,) = self.world.ledger.forward.bill_batch(
            self.terms, [self.due(name, period, volumes=volumes)]
        )
        assert isinstance(result, LedgerError), result
        return result


def community(
    world: World,
    *,
    members: tuple[str, ...] = ("cy", "dov"),
    volumes: tuple[int, ...] = VOLUMES,
    boundaries: tuple[int, ...] = BOUNDARIES,
    nonce: int = 1,
    **changes: Any,
) -> Community:
    """A contract of Ana with Bo's community, with meters for its members; everyone has :data:`PURSE` at the desk."""
    desk = world.ledger.forward
    for name in world.people:
        desk.deposit(world[name], PURSE)
    meters = {name: world.meter(name) for name in members}
    entries = tuple(Entry(world[name], meters[name], volumes) for name in members)
    roster = Roster(entries, desk.hash)
    base = ForwardTerms(
        retailer=world["ana"],
        community=world["bo"],
        nonce=nonce,
        boundaries=boundaries,
        blocks=BLOCKS,
        zone=ZONE,
        rates=RATES,
        expected=(660, 300),
        roster=roster.root,
        exit_fee=FEE,
        retailer_deposit=RETAILER_DEPOSIT,
        expiry=world.ledger.rules.gate_of(boundaries[0]),
    )
    terms = replace(base, **changes)
    return Community(world, terms, roster, meters, {name: index for index, name in enumerate(members)})


def billed(result: MemberBill | LedgerError) -> MemberBill:
    """The bill of a result that must be one."""
    assert isinstance(result, MemberBill), result
    return result
