"""Votes of communities: who votes is fixed first, then leaves are posted and all of them published (``ICommunityBallots``)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from market.forward.port import Hash, VoteState
from market.forward.terms import MOST_VOTERS, NOTHING, VoteStatus
from market.forward.trees import leaf_nodes, root_from, tree_root, voter_node, voter_nodes
from market.ledger.errors import (
    BadRoster,
    BadTimes,
    EmptyRoster,
    LeafExists,
    LeafMissing,
    NotAVoter,
    NotDecided,
    NotTheCommunity,
    UnknownVote,
    VoteClosed,
    VoteExists,
    VoteIsPublished,
    VoteStillOpen,
    VoteVoid,
    WrongLeafCount,
    ZeroLeaf,
)
from market.terms import Party

VoteKey = Callable[[Party, int], bytes]
"""The 32 bytes by which a ledger names a community's vote of a number."""

TIME_END = 2**40
"""Deadlines from here on are refused."""


def plain_vote_key(community: Party, nonce: int) -> bytes:
    """A vote's slot where there is no chain."""
    return sha256(f"vote|{community}|{nonce}".encode()).digest()


@dataclass(slots=True)
class _Vote:
    community: Party
    roster: tuple[Party, ...]
    roster_root: bytes
    close: int
    deadline: int
    posted: dict[int, bytes] = field(default_factory=dict)
    published: bool = False
    leaves: tuple[bytes, ...] = ()
    root: bytes = NOTHING
    result: bytes = NOTHING

    def view(self) -> VoteState:
        return VoteState(
            community=self.community,
            roster=self.roster,
            close=self.close,
            deadline=self.deadline,
            posted=self.posted.copy(),
            published=self.published,
            leaves=self.leaves,
            root=self.root,
            result=self.result,
        )

    def copy(self) -> "_Vote":
        return _Vote(
            self.community,
            self.roster,
            self.roster_root,
            self.close,
            self.deadline,
            self.posted.copy(),
            self.published,
            self.leaves,
            self.root,
            self.result,
        )


class Votes:
    """The votes of all communities, by their keys."""

    __slots__ = ("_hash", "_votes")

    def __init__(self, hash: Hash) -> None:
        self._hash = hash
        self._votes: dict[bytes, _Vote] = {}

    def copy(self) -> "Votes":
        """Independent votes in the same state."""
        other = Votes(self._hash)
        other._votes = {key: vote.copy() for key, vote in self._votes.items()}
        return other

    def view(self, key: bytes) -> VoteState | None:
        """A vote; None where none was opened."""
        vote = self._votes.get(key)
        return None if vote is None else vote.view()

    def views(self) -> dict[bytes, VoteState]:
        """All votes."""
        return {key: vote.view() for key, vote in self._votes.items()}

    def open(
        self, key: bytes, community: Party, roster: Sequence[Party], close: int, deadline: int, now: int
    ) -> None:
        """Fix who votes.

        Raises
        ------
        EmptyRoster, BadTimes, VoteExists, BadRoster
        """
        if not roster:
            raise EmptyRoster()
        if not now < close < deadline < TIME_END:
            raise BadTimes(close, deadline, now)
        if key in self._votes:
            raise VoteExists(key)
        last = 0
        for index, member in enumerate(roster):
            if int(member, 16) <= last or index == MOST_VOTERS:
                raise BadRoster(index, member)
            last = int(member, 16)
        root = tree_root(voter_nodes(roster, self._hash), self._hash)
        self._votes[key] = _Vote(community, tuple(roster), root, close, deadline)

    def post(
        self, key: bytes, member: Party, index: int, leaf: bytes, proof: Sequence[bytes], now: int
    ) -> None:
        """A member posts its own leaf, until the close.

        Raises
        ------
        UnknownVote, VoteClosed, NotAVoter, ZeroLeaf, LeafExists
        """
        vote = self._known(key)
        if now > vote.close:
            raise VoteClosed(key, vote.close, now)
        if root_from(voter_node(index, member, self._hash), proof, self._hash) != vote.roster_root:
            raise NotAVoter(key, index, member)
        if leaf == NOTHING:
            raise ZeroLeaf(key, index)
        if index in vote.posted:
            raise LeafExists(key, index)
        vote.posted[index] = leaf

    def publish(self, key: bytes, caller: Party, leaves: Sequence[bytes], result: bytes, now: int) -> bytes:
        """The community publishes all leaves and the result, after the close and until the deadline; returns the root.

        Raises
        ------
        UnknownVote, NotTheCommunity, VoteStillOpen, VoteVoid, VoteIsPublished, WrongLeafCount, LeafMissing
        """
        vote = self._known(key)
        if caller != vote.community:
            raise NotTheCommunity(key, caller, vote.community)
        if now <= vote.close:
            raise VoteStillOpen(key, vote.close, now)
        if now > vote.deadline:
            raise VoteVoid(key, vote.deadline, now)
        if vote.published:
            raise VoteIsPublished(key)
        if len(leaves) != len(vote.roster):
            raise WrongLeafCount(key, len(leaves), len(vote.roster))
        for index in sorted(vote.posted):
            if leaves[index] != vote.posted[index]:
                raise LeafMissing(key, index, vote.posted[index])
        vote.root = tree_root(leaf_nodes(leaves, self._hash), self._hash)
        vote.published, vote.leaves, vote.result = True, tuple(leaves), result
        return vote.root

    def check_decided(self, key: bytes, community: Party, expected: bytes, now: int) -> None:
        """Refuse unless a published vote of ``community`` has decided on ``expected`` (``NotDecided``)."""
        vote = self._votes.get(key)
        if vote is None:
            raise NotDecided(key, VoteStatus.NONE, NOTHING, expected)
        if not vote.published or vote.community != community or vote.result != expected:
            raise NotDecided(key, vote.view().status(now), vote.result, expected)

    def _known(self, key: bytes) -> _Vote:
        vote = self._votes.get(key)
        if vote is None:
            raise UnknownVote(key)
        return vote
