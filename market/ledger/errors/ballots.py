"""Refusals of a community's votes (``ICommunityBallots``)."""

from market.ledger.errors.base import LedgerError, refusal


@refusal
class EmptyRoster(LedgerError):
    pass


@refusal
class BadRoster(LedgerError):
    index: int
    member: str


@refusal
class BadTimes(LedgerError):
    close: int
    deadline: int
    time: int


@refusal
class VoteExists(LedgerError):
    key: bytes


@refusal
class UnknownVote(LedgerError):
    key: bytes


@refusal
class NotTheCommunity(LedgerError):
    key: bytes
    caller: str
    community: str


@refusal
class NotAVoter(LedgerError):
    key: bytes
    index: int
    caller: str


@refusal
class ZeroLeaf(LedgerError):
    key: bytes
    index: int


@refusal
class LeafExists(LedgerError):
    key: bytes
    index: int


@refusal
class VoteClosed(LedgerError):
    key: bytes
    close: int
    time: int


@refusal
class VoteStillOpen(LedgerError):
    key: bytes
    close: int
    time: int


@refusal
class VoteVoid(LedgerError):
    key: bytes
    deadline: int
    time: int


@refusal
class VoteIsPublished(LedgerError):
    key: bytes


@refusal
class WrongLeafCount(LedgerError):
    key: bytes
    leaves: int
    roster: int


@refusal
class LeafMissing(LedgerError):
    key: bytes
    index: int
    expected: bytes


@refusal
class NotDecided(LedgerError):
    key: bytes
    status: int
    result: bytes
    expected: bytes
