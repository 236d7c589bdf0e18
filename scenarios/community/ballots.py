"""A community's vote on a ledger: what each member proposed and voted, sealed, and what is published of it.

A member's ballots are all that it proposed and voted in the negotiation, round by round, with the size that its votes are
weighted by where they are, as canonical JSON; it signs their hash with a salt. In this simulation salts come from the run's seed; members of flesh and blood draw theirs.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.community.electorate import APPROVAL, BORDA, FAVOURITE
from agents.community.meeting import Meeting
from agents.community.session import Negotiated
from agents.community.tally import Kernel
from market.forward.port import ForwardSigner
from market.forward.terms import NOTHING, Ballots, SignedBallots
from market.forward.trees import tree_proof, voter_nodes
from market.ledger.port import Ledger
from market.terms import Party
from scenarios.community.forward import Times
from scenarios.community.negotiated import Contract
from scenarios.market_setup import PartyOf

SALT = 32
"""Bytes."""
KINDS: Mapping[Kernel, str] = {APPROVAL: "approval", FAVOURITE: "favourite", BORDA: "borda"}


@dataclass(frozen=True, slots=True)
class Cast:
    """What a member signs: its size [Wh], and each round's proposal and votes with the offers that stood in them."""

    size: int
    rounds: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A vote that was opened; ``sealed`` holds what its members gave the mediator, in the order of the roster."""

    community: Party
    key: bytes
    """Zero where the community's strategy holds no votes, or nobody has one."""
    names: tuple[str, ...]
    roster: tuple[Party, ...]
    sealed: tuple[SignedBallots, ...]
    opened: tuple[Cast, ...]
    result: bytes

    def publish(self, ledger: Ledger) -> None:
        """All leaves and the result."""
        if self.key != NOTHING:
            leaves = [each.leaf for each in self.sealed]
            ledger.forward.publish_vote(self.community, self.key, leaves, self.result)


def hold_vote(
    contract: Contract,
    ledger: Ledger,
    signer: ForwardSigner,
    party_of: PartyOf,
    *,
    nonce: int,
    times: Times,
    posts: Collection[str],
    seed: int,
    result: bytes,
) -> Vote:
    """Open the vote for the members who vote, seal their ballots, and let those of ``posts`` post their own leaves."""
    desk = ledger.forward
    community = party_of(contract.community.name)
    votes = ballots_of(contract.negotiated)
    names = tuple(sorted(votes, key=lambda name: int(party_of(name), 16)))
    if not names:
        return Vote(
            community=community, key=NOTHING, names=(), roster=(), sealed=(), opened=(), result=result
        )
    roster = [party_of(name) for name in names]
    key = desk.open_vote(community, nonce, roster, close=times.closes, deadline=times.deadline)
    sealed = []
    for index, name in enumerate(names):
        salt = np.random.default_rng([seed, nonce, *name.encode()]).bytes(SALT)
        cast = votes[name]
        content = desk.hash(canonical(cast.size, cast.rounds))
        ballots = Ballots(vote=key, index=index, votes=content, salt=salt)
        sealed.append(signer.sign_ballots(roster[index], ballots))
    nodes = voter_nodes(roster, desk.hash)
    for index, name in enumerate(names):
        if name in posts:
            desk.post_leaf(roster[index], key, index, sealed[index].leaf, tree_proof(nodes, index, desk.hash))
    return Vote(
        community=community,
        key=key,
        names=names,
        roster=tuple(roster),
        sealed=tuple(sealed),
        opened=tuple(votes[name] for name in names),
        result=result,
    )


def canonical(size: int, rounds: Sequence[Mapping[str, Any]]) -> bytes:
    """What a member's ballots are hashed as: JSON without spaces, keys in order."""
    content = {"rounds": list(rounds), "size": size}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def ballots_of(negotiated: Negotiated) -> dict[str, Cast]:
    """What each voting member proposed and voted; empty where no vote was held."""
    meetings = [meeting for meeting in negotiated.meetings if meeting.votes]
    voters = [member for member in negotiated.community.members if member.votes] if meetings else []
    return {
        voter.name: Cast(voter.size, tuple(_round(each, voter.name) for each in meetings)) for voter in voters
    }


def _round(meeting: Meeting, name: str) -> dict[str, Any]:
    proposal = meeting.authors().get(name)
    return {
        "time": meeting.time,
        "proposal": None if proposal is None else list(proposal),
        "votes": [
            {
                "kind": KINDS[vote.kind],
                "offers": [list(offer) for offer in vote.offers],
                "given": meeting.ballot(vote, name).tolist(),
            }
            for vote in meeting.votes
        ],
    }
