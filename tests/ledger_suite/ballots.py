"""Votes of communities: a roster in order, members' own leaves until the close, all leaves until the deadline.

Bo is the community; whoever votes stands in ascending order of addresses, which differs from ledger to ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest

from market.forward.port import VoteState
from market.forward.terms import NOTHING, Ballots, SignedBallots, VoteStatus
from market.forward.trees import (
    leaf_nodes,
    node_of,
    root_from,
    tariff_hash,
    tree_proof,
    tree_root,
    voter_nodes,
)
from market.ledger.errors import (
    BadRoster,
    BadTimes,
    EmptyRoster,
    LeafExists,
    LeafMissing,
    LedgerError,
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
from market.ledger.ranges import NotEncodable
from market.terms import NOBODY, Party
from tests.ledger_suite.forward_world import community
from tests.ledger_suite.world import Ledgers, World, refuses

RESULT = b"\x77" * 32
LONG = 1000
"""Seconds until the close, and from there to the deadline."""


@dataclass
class Vote:
    """An open vote of three."""

    world: World
    key: bytes
    roster: tuple[Party, ...]
    close: int
    deadline: int

    def proof(self, index: int) -> tuple[bytes, ...]:
        hashed = self.world.ledger.forward.hash
        return tree_proof(voter_nodes(self.roster, hashed), index, hashed)

    def post(self, index: int, leaf: bytes) -> None:
        self.world.ledger.forward.post_leaf(self.roster[index], self.key, index, leaf, self.proof(index))

    def publish(self, leaves: Sequence[bytes], result: bytes = RESULT, by: str = "bo") -> bytes:
        return self.world.ledger.forward.publish_vote(self.world[by], self.key, leaves, result)

    def ballots(self, index: int) -> SignedBallots:
        ballots = Ballots(vote=self.key, index=index, votes=bytes((index,)) * 32, salt=b"\x09" * 32)
        return self.world.forward_signer.sign_ballots(self.roster[index], ballots)


def opened(world: World, nonce: int = 1) -> Vote:
    roster = tuple(sorted((world[name] for name in ("ana", "cy", "dov")), key=lambda p: int(p, 16)))
    now = world.ledger.now()
    close, deadline = now + LONG, now + 2 * LONG
    key = world.ledger.forward.open_vote(world["bo"], nonce, roster, close=close, deadline=deadline)
    return Vote(world, key, roster, close, deadline)


class TestVotes:
    def test_all_leaves_and_a_result_are_published(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        desk = world.ledger.forward
        assert vote.key == desk.vote_key(world["bo"], 1)
        view = VoteState(community=world["bo"], roster=vote.roster, close=vote.close, deadline=vote.deadline)
        assert desk.vote(vote.key) == view
        assert view.status(world.ledger.now()) is VoteStatus.OPEN
        signed = [vote.ballots(index) for index in range(3)]
        vote.post(2, signed[2].leaf)
        assert world.ledger.state().forward.votes == {vote.key: replace(view, posted={2: signed[2].leaf})}
        world.ledger.advance_to(vote.close + 1)
        # The first gave no ballots.
        leaves = (NOTHING, signed[1].leaf, signed[2].leaf)
        root = vote.publish(leaves)
        assert desk.vote(vote.key) == replace(
            view,
            posted={2: signed[2].leaf},
            published=True,
            leaves=leaves,
            root=root,
            result=RESULT,
        )
        # Everyone can show that his ballots are among them.
        nodes = leaf_nodes(leaves, desk.hash)
        for index, leaf in enumerate(leaves):
            branch = tree_proof(nodes, index, desk.hash)
            assert root_from(node_of(index, leaf, desk.hash), branch, desk.hash) == root
        assert tree_root(nodes, desk.hash) == root

    def test_what_is_wrong_with_a_roster(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        desk, now = world.ledger.forward, world.ledger.now()
        first, second, third = vote.roster

        def opening(roster: Sequence[Party], close: int, deadline: int, nonce: int = 1) -> bytes:
            return desk.open_vote(world["bo"], nonce, roster, close=close, deadline=deadline)

        refuses(world, EmptyRoster(), lambda: opening((), now, now))
        for close, deadline in ((now, now + 9), (now + 9, now + 9), (now + 9, 2**40)):
            refuses(
                world,
                BadTimes(close, deadline, now),
                partial(opening, (second, first), close, deadline),
            )
        close, deadline = vote.close, vote.deadline
        refuses(world, VoteExists(vote.key), lambda: opening((second, first), close, deadline))
        refuses(world, BadRoster(1, first), lambda: opening((second, first), close, deadline, 2))
        refuses(world, BadRoster(2, second), lambda: opening((first, second, second), close, deadline, 2))
        refuses(world, BadRoster(0, NOBODY), lambda: opening((NOBODY, third), close, deadline, 2))
        # Another community's number is another vote.
        other = desk.open_vote(world["cy"], 1, (first,), close=close, deadline=deadline)
        assert other != vote.key

    def test_what_is_wrong_with_a_leaf_of_ones_own(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        desk = world.ledger.forward
        leaf = vote.ballots(0).leaf
        refuses(
            world,
            UnknownVote(RESULT),
            lambda: desk.post_leaf(vote.roster[0], RESULT, 0, leaf, vote.proof(0)),
        )
        for member, index, proof in (
            (world["bo"], 0, vote.proof(0)),
            (vote.roster[1], 0, vote.proof(0)),
            (vote.roster[0], 1, vote.proof(0)),
            (vote.roster[0], 0, ()),
        ):
            refuses(
                world,
                NotAVoter(vote.key, index, member),
                partial(desk.post_leaf, member, vote.key, index, leaf, proof),
            )
        refuses(world, ZeroLeaf(vote.key, 0), lambda: vote.post(0, NOTHING))
        vote.post(0, leaf)
        refuses(world, LeafExists(vote.key, 0), lambda: vote.post(0, leaf))
        with pytest.raises(NotEncodable):
            vote.post(1, b"short")
        world.ledger.advance_to(vote.close + 1)
        refuses(
            world,
            VoteClosed(vote.key, vote.close, vote.close + 1),
            lambda: vote.post(1, vote.ballots(1).leaf),
        )

    def test_what_is_wrong_with_what_is_published(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        mine = vote.ballots(1).leaf
        vote.post(1, mine)

        def still(expected: LedgerError, leaves: Sequence[bytes], by: str = "bo") -> None:
            refuses(world, expected, lambda: vote.publish(leaves, by=by))

        refuses(
            world,
            UnknownVote(RESULT),
            lambda: world.ledger.forward.publish_vote(world["bo"], RESULT, (), RESULT),
        )
        still(NotTheCommunity(vote.key, world["cy"], world["bo"]), (), by="cy")
        still(VoteStillOpen(vote.key, vote.close, world.ledger.now()), ())
        world.ledger.advance_to(vote.close + 1)
        still(WrongLeafCount(vote.key, 2, 3), (NOTHING, mine))
        # The mediator cannot leave out who posted its leaf itself, nor replace it.
        still(LeafMissing(vote.key, 1, mine), (NOTHING, NOTHING, NOTHING))
        still(LeafMissing(vote.key, 1, mine), (NOTHING, vote.ballots(0).leaf, NOTHING))
        leaves = (NOTHING, mine, NOTHING)
        vote.publish(leaves)
        still(VoteIsPublished(vote.key), leaves)
        world.ledger.advance_to(vote.deadline + 1)
        still(VoteVoid(vote.key, vote.deadline, vote.deadline + 1), leaves)

    def test_an_unpublished_vote_is_void(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        world.ledger.advance_to(vote.deadline + 1)
        refuses(
            world,
            VoteVoid(vote.key, vote.deadline, vote.deadline + 1),
            lambda: vote.publish((NOTHING,) * 3),
        )
        found = world.ledger.forward.vote(vote.key)
        assert found is not None
        assert found.status(world.ledger.now()) is VoteStatus.VOID

    def test_a_contract_is_signed_on_what_was_decided(self, ledgers: Ledgers) -> None:
        world = ledgers()
        vote = opened(world)
        contract = community(world, decision=vote.key)
        desk = world.ledger.forward
        tariff = tariff_hash(contract.terms, desk.hash)

        def still(expected: LedgerError, decision: bytes = vote.key) -> None:
            terms = replace(contract.terms, decision=decision)
            refuses(world, expected, lambda: desk.sign(contract.signed(terms)))

        still(NotDecided(RESULT, VoteStatus.NONE, NOTHING, tariff), RESULT)
        still(NotDecided(vote.key, VoteStatus.OPEN, NOTHING, tariff))
        lapsed, nothing, dearer = (opened(world, nonce) for nonce in (2, 3, 4))
        of_others = desk.open_vote(world["cy"], 1, vote.roster, close=vote.close, deadline=vote.deadline)
        world.ledger.advance_to(max(vote.close, dearer.close) + 1)
        leaves = (NOTHING,) * 3
        desk.publish_vote(world["cy"], of_others, leaves, tariff)
        nothing.publish(leaves, NOTHING)
        dearer_tariff = tariff_hash(replace(contract.terms, rates=(6, 3)), desk.hash)
        dearer.publish(leaves, dearer_tariff)
        vote.publish(leaves, tariff)
        still(NotDecided(of_others, VoteStatus.PUBLISHED, tariff, tariff), of_others)
        still(NotDecided(nothing.key, VoteStatus.PUBLISHED, NOTHING, tariff), nothing.key)
        still(NotDecided(dearer.key, VoteStatus.PUBLISHED, dearer_tariff, tariff), dearer.key)
        world.ledger.advance_to(lapsed.deadline + 1)
        still(NotDecided(lapsed.key, VoteStatus.VOID, NOTHING, tariff), lapsed.key)
        assert contract.sign().world.ledger.state().forward.contracts[contract.key].terms.decision == vote.key
