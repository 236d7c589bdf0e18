"""The forward desk in memory: the port of ``market.forward.port`` over the rules, for one in-memory ledger.

Beyond the port, for the replay of a chain's events and for experiments: :meth:`MemoryForward.bill_one`,
:meth:`~MemoryForward.burn`, :meth:`~MemoryForward.open_vote_as`, :meth:`~MemoryForward.pause_by` and the read-only
views at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from market.forward.port import (
    ForwardDeskState,
    ForwardSeals,
    ForwardState,
    Hash,
    MemberBill,
    MemberExit,
    VoteState,
)
from market.forward.terms import Bill, ForwardStatus, ForwardTerms, Joining, SignedForward
from market.ledger import forward_terms
from market.ledger.balances import MemoryBalances
from market.ledger.ballots import VoteKey, Votes, plain_vote_key
from market.ledger.batches import each
from market.ledger.deals import KeyHash
from market.ledger.errors import LedgerError
from market.ledger.forward import Forwards, plain_forward_key
from market.ledger.pause import check_running
from market.ledger.port import MarketRules
from market.ledger.ranges import UINT32, UINT64, unsigned, word
from market.ledger.registry import Registry
from market.ledger.tokens import Purse, Tokens
from market.ledger.unsigned import UNSIGNED_FORWARDS, plain_hash
from market.terms import DealKey, Party


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardNames:
    """How a forward desk names and checks things; by default as where there is no chain."""

    address: Party | None = None
    """The desk's own; None to make one of the market's."""
    keys: KeyHash = plain_forward_key
    """A contract's key."""
    vote_keys: VoteKey = plain_vote_key
    hash: Hash = plain_hash
    """Of trees, schedules and tariffs."""
    seals: ForwardSeals | None = UNSIGNED_FORWARDS
    """How signatures are checked; None to take them as given."""


PLAIN_NAMES = ForwardNames()
"""Of a market without a chain."""


class MemoryForward(MemoryBalances):
    """The forward desk of a :class:`market.ledger.memory.MemoryLedger` (``market.forward.port.ForwardDesk``).

    Parameters
    ----------
    rules, registry, tokens, clock
        What it shares with the market of deals.
    address
        The desk's own.
    guardian
        Who may pause.
    names
        How it names and checks things.
    """

    def __init__(
        self,
        *,
        rules: MarketRules,
        registry: Registry,
        tokens: Tokens,
        clock: Callable[[], int],
        address: Party,
        guardian: Party,
        names: ForwardNames,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._address = address
        self._guardian = guardian
        self._names = names
        self._paused_until = 0
        self._purse = Purse(tokens)
        self._votes = Votes(names.hash)
        self._forwards = Forwards(
            rules,
            registry,
            self._purse,
            self._votes,
            market=address,
            keys=names.keys,
            hash=names.hash,
            seals=names.seals,
        )

    def copy(self, *, registry: Registry, tokens: Tokens, clock: Callable[[], int]) -> "MemoryForward":
        """An independent desk in the same state, over copies of what it shares."""
        other = MemoryForward.__new__(MemoryForward)
        other.__dict__.update(self.__dict__)
        other._clock = clock
        other._purse = self._purse.copy(tokens)
        other._votes = self._votes.copy()
        other._forwards = self._forwards.copy(registry, other._purse, other._votes)
        return other

    @property
    def hash(self) -> Hash:
        """What trees, schedules and tariffs are hashed with."""
        return self._names.hash

    def key(self, a: Party, b: Party, nonce: int) -> bytes:
        """The slot of a contract between two parties, in either order."""
        low, high = sorted((a, b), key=str.lower)
        return self._names.keys(DealKey(low, high, nonce))

    def vote_key(self, community: Party, nonce: int) -> bytes:
        """The slot of a community's vote."""
        return self._names.vote_keys(community, nonce)

    # Contracts --------------------------------------------------------------------------------------------------------

    def sign(self, signed: SignedForward) -> bytes:
        """Record what both signed, and take the retailer's deposit; returns the contract's key."""
        forward_terms.encodable(signed.terms)
        check_running(self._paused_until, self._clock())
        return self._forwards.sign(signed, self._clock())

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn a contract's number before it is signed."""
        self._forwards.cancel(party, counterpart, nonce)

    def burn(self, key: bytes) -> None:
        """Cancel by the key alone, as an event names it."""
        self._forwards.burn(word("key", key))

    def join(self, joining: Joining) -> None:
        """A member takes part; its deposit is taken. Without a signature the member is believed to call itself."""
        forward_terms.encodable_joining(joining)
        check_running(self._paused_until, self._clock())
        self._forwards.join(joining, self._clock())

    def bill(self, terms: ForwardTerms, bill: Bill) -> MemberBill:
        """Bill one period of one member."""
        forward_terms.encodable(terms)
        return self._forwards.bill(terms, forward_terms.encodable_bill(bill), self._clock())

    def bill_batch(self, terms: ForwardTerms, bills: Sequence[Bill]) -> list[MemberBill | LedgerError]:
        """Bill many members of one contract; each refusal stands at its place.

        Raises
        ------
        TermsMismatch, WrongForwardStatus
            Of all.
        """
        items = [forward_terms.encodable_bill(bill) for bill in bills]
        self._forwards.running(forward_terms.encodable(terms))
        return each(items, lambda bill: self._forwards.bill(terms, bill, self._clock()))

    def exit(self, party: Party, terms: ForwardTerms, meter: int) -> MemberExit:
        """``party``, the member itself, leaves with the period that is running."""
        forward_terms.encodable(terms)
        return self._forwards.exit(party, terms, unsigned("meter", meter, UINT32), self._clock())

    def close(self, terms: ForwardTerms) -> int:
        """The retailer's deposit goes back, returned in token units."""
        return self._forwards.close(forward_terms.encodable(terms), self._clock())

    # Votes ------------------------------------------------------------------------------------------------------------

    def open_vote(
        self, community: Party, nonce: int, roster: Sequence[Party], *, close: int, deadline: int
    ) -> bytes:
        """The community fixes who votes, in ascending order of addresses; returns the vote's key."""
        key = self.vote_key(community, unsigned("nonce", nonce, UINT64))
        self.open_vote_as(key, community, roster, close=close, deadline=deadline)
        return key

    def open_vote_as(
        self, key: bytes, community: Party, roster: Sequence[Party], *, close: int, deadline: int
    ) -> None:
        """As :meth:`open_vote`, under a key that is known already: an event does not tell its number."""
        unsigned("close", close, UINT64)
        unsigned("deadline", deadline, UINT64)
        self._votes.open(word("key", key), community, roster, close, deadline, self._clock())

    def post_leaf(self, member: Party, vote: bytes, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
        """A member posts its own leaf, with its place on the roster."""
        for name, value in (("vote", vote), ("leaf", leaf), *(("proof", node) for node in proof)):
            word(name, value)
        self._votes.post(vote, member, unsigned("index", index, UINT32), leaf, proof, self._clock())

    def publish_vote(self, community: Party, vote: bytes, leaves: Sequence[bytes], result: bytes) -> bytes:
        """The community publishes all leaves and what was decided; returns the root of the leaves' tree."""
        for name, value in (("vote", vote), ("result", result), *(("leaf", leaf) for leaf in leaves)):
            word(name, value)
        return self._votes.publish(vote, community, leaves, result, self._clock())

    # The rest ---------------------------------------------------------------------------------------------------------

    def contract(self, key: bytes) -> ForwardState | None:
        """A contract by its key; None where none was signed."""
        return self._forwards.view(key)

    def vote(self, key: bytes) -> VoteState | None:
        """A vote by its key; None where none was opened."""
        return self._votes.view(key)

    def state(self) -> ForwardDeskState:
        """All that the desk holds; zero balances and cancelled numbers hold nothing and are left out."""
        return ForwardDeskState(
            balances={party: amount for party, amount in self._purse.free.items() if amount},
            deposits=self._purse.escrowed,
            contracts=self._forwards.views(),
            votes=self._votes.views(),
        )

    def contract_status(self, key: bytes) -> ForwardStatus:
        """What stands in a contract's slot."""
        return self._forwards.status(key)

    def _time(self) -> int:
        return self._clock()
