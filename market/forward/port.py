"""The forward desk of a ledger: where contracts of communities are signed, joined and billed, and their votes recorded.

It stands beside the deals of :class:`market.ledger.port.Ledger` (its attribute ``forward``), shares the ledger's clock,
meters, registers and tokens, and holds balances of its own, from which deposits are taken. The conventions are the
Ledger's: single operations raise a :class:`~market.ledger.errors.LedgerError` and have then changed nothing; batches
never raise for an item; an operation that an interrupted run has done already gives its recorded result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from market.forward.terms import (
    NOTHING,
    Ballots,
    Bill,
    ForwardStatus,
    ForwardTerms,
    Joining,
    Membership,
    MemberState,
    SignedBallots,
    SignedForward,
    VoteStatus,
)
from market.ledger.errors import LedgerError
from market.terms import Party

Hash = Callable[[bytes], bytes]
"""The hash of a ledger's trees and keys: keccak256 on a chain, SHA-256 where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberBill:
    """One period of one member, billed."""

    key: bytes
    """The contract's."""
    meter: int
    period: int
    metered: bool
    """By the difference of registers; otherwise by the contracted volumes."""
    volumes: tuple[int, int, int, int]
    """Net base units of each block."""
    amount: int
    """Token units owed by the rates; negative: to the member."""
    paid: int
    """Token units that moved, in the same direction."""
    refunded: int | None = None
    """After the member's last bill, what was left of its deposit; None while others follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberExit:
    """How a member left."""

    key: bytes
    meter: int
    last_periods: int
    """Periods that are billed in all."""
    fee: int
    """Token units, as far as the deposit reached."""
    refunded: int | None = None
    """What was left of its deposit, where nothing is billed any more; None otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardState:
    """A contract as a ledger holds it; cancelled numbers hold nothing."""

    terms: ForwardTerms
    status: ForwardStatus
    retailer_deposit: int
    """What is left of it, token units; 0 once closed."""
    members: Mapping[int, MemberState] = field(default_factory=dict)
    """By meter, those that have left among them."""

    @property
    def open_members(self) -> int:
        """Members of whom a bill is still due."""
        return sum(member.is_open for member in self.members.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteState:
    """A vote as a ledger holds it. Whether it is open or void is a matter of time: :meth:`status`."""

    community: Party
    roster: tuple[Party, ...]
    """Who votes, in ascending order."""
    close: int
    """Last second at which a member posts its own leaf."""
    deadline: int
    """Last second at which the vote is published."""
    posted: Mapping[int, bytes] = field(default_factory=dict)
    """Leaves that members posted themselves, by their places."""
    published: bool = False
    leaves: tuple[bytes, ...] = ()
    """One for each place, once published."""
    root: bytes = NOTHING
    """Of the leaves' tree."""
    result: bytes = NOTHING
    """What was decided: a tariff's hash; zero: nothing was agreed on."""

    def status(self, now: int) -> VoteStatus:
        """What stands of it at ``now``."""
        if self.published:
            return VoteStatus.PUBLISHED
        return VoteStatus.OPEN if now <= self.deadline else VoteStatus.VOID


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardDeskState:
    """All that a forward desk holds; nothing, unless told."""

    balances: Mapping[Party, int] = field(default_factory=dict)
    """Free balances at the desk, token units."""
    deposits: int = 0
    """Token units held for members and retailers of contracts."""
    contracts: Mapping[bytes, ForwardState] = field(default_factory=dict)
    """By their keys."""
    votes: Mapping[bytes, VoteState] = field(default_factory=dict)
    """By their keys."""


class ForwardDesk(Protocol):
    """The forward contracts of one market."""

    @property
    def address(self) -> Party:
        """The desk's own address, by which the registry knows it as a supplier."""
        ...

    @property
    def hash(self) -> Hash:
        """What trees, schedules and tariffs are hashed with here (``market.forward.trees``)."""
        ...

    def key(self, a: Party, b: Party, nonce: int) -> bytes:
        """The slot of a contract between two parties, in either order."""
        ...

    def vote_key(self, community: Party, nonce: int) -> bytes: ...

    # Money ------------------------------------------------------------------------------------------------------------
    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's balance at the desk."""
        ...

    def withdraw(self, party: Party, amount: int) -> None: ...

    def balance(self, party: Party) -> int:
        """Free balance at the desk, token units."""
        ...

    # Contracts --------------------------------------------------------------------------------------------------------
    def sign(self, signed: SignedForward) -> bytes:
        """Record what both signed, and take the retailer's deposit; returns the contract's key."""
        ...

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn a contract's number before it is signed."""
        ...

    def join(self, joining: Joining) -> None:
        """A member takes part, by its own call or by its signature; its deposit is taken."""
        ...

    def bill(self, terms: ForwardTerms, bill: Bill) -> MemberBill:
        """Bill one period of one member; anyone may."""
        ...

    def bill_batch(self, terms: ForwardTerms, bills: Sequence[Bill]) -> list[MemberBill | LedgerError]:
        """Bill many members of one contract in one batch."""
        ...

    def exit(self, party: Party, terms: ForwardTerms, meter: int) -> MemberExit:
        """``party``, the member itself, leaves with the period that is running."""
        ...

    def close(self, terms: ForwardTerms) -> int:
        """The retailer's deposit goes back, returned in token units; anyone may."""
        ...

    # Votes ------------------------------------------------------------------------------------------------------------
    def open_vote(
        self, community: Party, nonce: int, roster: Sequence[Party], *, close: int, deadline: int
    ) -> bytes:
        """The community fixes who votes, in ascending order of addresses; returns the vote's key."""
        ...

    def post_leaf(self, member: Party, vote: bytes, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
        """A member posts its own leaf; ``proof`` shows its place (``market.forward.trees.voter_nodes``)."""
        ...

    def publish_vote(self, community: Party, vote: bytes, leaves: Sequence[bytes], result: bytes) -> bytes:
        """The community publishes all leaves and what was decided; returns the root of the leaves' tree."""
        ...

    # The rest ---------------------------------------------------------------------------------------------------------
    def pause(self) -> None:
        """The guardian stops signing and joining for a while."""
        ...

    def contract(self, key: bytes) -> ForwardState | None:
        """A contract by its key; None where none was signed."""
        ...

    def vote(self, key: bytes) -> VoteState | None:
        """A vote by its key; None where none was opened."""
        ...

    def state(self) -> ForwardDeskState: ...


class ForwardSigner(Protocol):
    """How parties seal what they agree to and vote for."""

    def sign_forward(self, party: Party, terms: ForwardTerms) -> bytes:
        """The signature of ``party``, retailer or community, over the terms."""
        ...

    def sign_membership(self, membership: Membership) -> bytes:
        """The member's signature over its consent."""
        ...

    def sign_ballots(self, member: Party, ballots: Ballots) -> SignedBallots:
        """A member's ballots, sealed and with their leaf."""
        ...


class ForwardSeals(Protocol):
    """How a ledger, and whoever counts again, checks what a :class:`ForwardSigner` made."""

    def forward_digest(self, terms: ForwardTerms) -> bytes:
        """What retailer and community sign."""
        ...

    def membership_digest(self, membership: Membership) -> bytes: ...

    def ballot_digest(self, ballots: Ballots) -> bytes: ...

    def is_valid(self, party: Party, digest: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``party`` over a digest."""
        ...
