"""What the checks look at: one market's constants, its events in their order, and who called what.

Gathered once; the checks are functions of it and ask the node nothing, except where a rule is itself a question to a
contract (ERC-1271, and the final comparison with storage).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from web3 import Web3

from chain.artifact import Artifact
from chain.audit.proof import Transaction
from chain.events import DealRecorded, Event, LoanRecorded, MeterRegistered
from chain.signing import Domain, deal_key, slot_key
from market.ledger.port import MarketRules
from market.loans.terms import LoanTranscript
from market.terms import NOBODY, Deal, DealKey, Party, Transcript

E = TypeVar("E", bound=Event)

DOMAIN_NAME = "Wattpact"
DOMAIN_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One market (a negotiator with its token, tariff and loan desk) under a registry, at one block."""

    w3: Web3
    chain_id: int
    block: int
    time: int
    """Of that block, seconds since 1970."""
    rules: MarketRules
    registry: Party
    registrar: Party
    negotiator: Party
    guardian: Party
    token: Party
    tariff: Party
    """``NOBODY`` where there is no provider."""
    provider: Party
    loans: Party = NOBODY
    """Its loan desk; ``NOBODY`` where there is none."""
    forward: Party = NOBODY
    """Its desk of forward contracts, likewise."""
    proofs: Mapping[tuple[bytes, int], tuple[bytes, ...]] = field(default_factory=dict)
    """By which members showed that they are on a contract's roster, by contract and meter."""
    events: Sequence[Event]
    """Of the registry, the negotiator, the token, the tariff and the desks, in their order."""
    transactions: Mapping[str, Transaction]
    creations: Mapping[Party, Transaction] = field(default_factory=dict)
    """What created each contract, where that was a transaction of its own."""
    transcripts: Mapping[DealKey, Transcript] = field(default_factory=dict)
    """From files, by the first interval's slot."""
    loan_transcripts: Mapping[DealKey, LoanTranscript] = field(default_factory=dict)
    """From files, by the loan's slot."""
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    """By contract name: what the deployed code is compared with, and where things lie in storage."""
    _index: dict[type[Event], list[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index: dict[type[Event], list[Any]] = defaultdict(list)
        for event in self.events:
            index[type(event)].append(event)
        object.__setattr__(self, "_index", dict(index))

    def of(self, kind: type[E]) -> list[E]:
        """All events of one kind, in their order."""
        return self._index.get(kind, [])

    def caller(self, event: Event) -> Party | None:
        """Who called the contract that emitted an event; None if that was another contract."""
        made = self.transactions.get(event.at.transaction)
        return made.sender if made is not None and made.to == event.at.address else None

    def calldata(self, event: Event) -> bytes:
        """What that contract was called with; empty if another contract called it."""
        made = self.transactions.get(event.at.transaction)
        return made.data if made is not None and made.to == event.at.address else b""

    def created_by(self, event: Event) -> bool:
        """Whether the event is from a constructor: its transaction calls nobody."""
        made = self.transactions.get(event.at.transaction)
        return made is not None and made.to is None

    def key(self, deal: Deal, index: int = 0) -> bytes:
        """The slot of one interval of a deal."""
        low, high = DealKey.of(deal).low, DealKey.of(deal).high
        return slot_key(deal_key(self.chain_id, self.negotiator, low, high, deal.nonce), index)

    def loan_key(self, key: DealKey) -> bytes:
        """The slot of a loan."""
        return deal_key(self.chain_id, self.loans, key.low, key.high, key.nonce)

    def owners(self) -> list[Party]:
        """Of the registered meters."""
        return [event.owner for event in self.of(MeterRegistered)]

    def lent(self) -> dict[bytes, LoanRecorded]:
        """The recording of each loan's slot; of two, the first."""
        found: dict[bytes, LoanRecorded] = {}
        for event in self.of(LoanRecorded):
            found.setdefault(event.key, event)
        return found

    def recorded(self) -> dict[bytes, DealRecorded]:
        """The recording of each slot; of two, the first."""
        found: dict[bytes, DealRecorded] = {}
        for event in self.of(DealRecorded):
            found.setdefault(event.key, event)
        return found

    @property
    def market_domain(self) -> Domain:
        """Where offers are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.negotiator)

    @property
    def loans_domain(self) -> Domain:
        """Where offers of loans are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.loans)

    @property
    def forward_domain(self) -> Domain:
        """Where forward contracts, consents to them and ballots are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.forward)

    @property
    def registry_domain(self) -> Domain:
        """Where readings are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.chain_id, self.registry)
