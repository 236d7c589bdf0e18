"""A community's vote on a ledger: what each member proposed and voted, sealed, and what is published of it.

A member's ballots are all that it proposed and voted in the negotiation, round by round, as canonical JSON; it signs their
hash with a salt. In this simulation salts come from the run's seed; members of flesh and blood draw theirs.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.community.session import Negotiated
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A vote that was opened; ``sealed`` holds what its members gave the mediator, in the order of the roster."""

    community: Party
    key: bytes
    """Zero where the community's strategy holds no votes, or nobody has one."""
    names: tuple[str, ...]
    sealed: tuple[SignedBallots, ...]
    opened: tuple[Any, ...]
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
        return Vote(community=community, key=NOTHING, names=(), sealed=(), opened=(), result=result)
    roster = [party_of(name) for name in names]
    key = desk.open_vote(community, nonce, roster, close=times.closes, deadline=times.deadline)
    sealed = []
    for index, name in enumerate(names):
        salt = np.random.default_rng([seed, nonce, *name.encode()]).bytes(SALT)
        text = json.dumps(votes[name], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        ballots = Ballots(vote=key, index=index, votes=desk.hash(text.encode("ascii")), salt=salt)
        sealed.append(signer.sign_ballots(roster[index], ballots))
    nodes = voter_nodes(roster, desk.hash)
    for index, name in enumerate(names):
        if name in posts:
            desk.post_leaf(roster[index], key, index, sealed[index].leaf, tree_proof(nodes, index, desk.hash))
    return Vote(
        community=community,
        key=key,
        names=names,
        sealed=tuple(sealed),
        opened=tuple(votes[name] for name in names),
        result=result,
    )


def ballots_of(negotiated: Negotiated) -> dict[str, list[dict[str, Any]]]:
    """What each voting member proposed and voted, round by round; empty where no vote was held."""
    voters = [member.name for member in negotiated.community.members if member.votes]
    found: dict[str, list[dict[str, Any]]] = {}
    for meeting in (meeting for meeting in negotiated.meetings if meeting.votes):
        authors = meeting.authors()
        for name in voters:
            found.setdefault(name, []).append(
                {
                    "time": meeting.time,
                    "proposal": list(authors[name]) if name in authors else None,
                    "votes": [meeting.ballot(vote, name).tolist() for vote in meeting.votes],
                }
            )
    return found
