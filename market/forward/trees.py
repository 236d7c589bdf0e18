"""Merkle trees of rosters and leaves, and the hashes by which a contract's terms name what they do not carry.

Exactly the trees and encodings of the contracts, over any hash (:data:`market.forward.port.Hash`). Nodes are combined
as OpenZeppelin's ``MerkleProof`` checks them: the hash of the two in ascending order. The nodes of a level are paired
from the left; one that is left over goes up as it is. What stands in a leaf is hashed twice, so that no inner node can
be taken for a leaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from market.forward.port import Hash
from market.forward.terms import ForwardTerms
from market.forward.words import address, array, number, offset, words
from market.ledger.ranges import INT64, UINT64, signed, unsigned, word
from market.terms import Party

TERMS_TYPE = (
    b"ForwardTerms(address retailer,address community,uint64 nonce,uint32[] boundaries,uint168[] blocks,bytes32 zone,"
    b"uint64[] rates,int64[] expected,bytes32 roster,uint64 exitFee,uint64 retailerDeposit,bytes32 decision,"
    b"uint64 expiry)"
)
"""How EIP-712 writes the type of a contract's terms."""


def tree_root(nodes: Sequence[bytes], hash: Hash) -> bytes:
    """Root of the tree over ``nodes``, in their order.

    Raises
    ------
    ValueError
        There are none.
    """
    return _levels(nodes, hash)[-1][0]


def tree_proof(nodes: Sequence[bytes], index: int, hash: Hash) -> tuple[bytes, ...]:
    """The branch that shows that ``nodes[index]`` stands under the root (:func:`root_from`)."""
    proof = []
    for level in _levels(nodes, hash)[:-1]:
        beside = index ^ 1
        if beside < len(level):
            proof.append(level[beside])
        index //= 2
    return tuple(proof)


def root_from(node: bytes, proof: Sequence[bytes], hash: Hash) -> bytes:
    """The root that a node and its branch lead to."""
    for beside in proof:
        node = _pair(node, beside, hash)
    return node


def member_leaf(member: Party, meter: int, volumes_hash: bytes, hash: Hash) -> bytes:
    """Leaf of a contract's roster: who may join, with which meter and contracted volumes."""
    return hash(hash(address(member) + number(meter) + word("volumes_hash", volumes_hash)))


def node_of(index: int, content: bytes, hash: Hash) -> bytes:
    """Leaf of a vote's trees: what stands at a place."""
    return hash(hash(number(index) + word("content", content)))


def volumes_hash(volumes: Sequence[int], hash: Hash) -> bytes:
    """Hash of contracted volumes (base units, int64), as a contract encodes them."""
    return hash(offset(1) + array(signed("volume", volume, INT64) for volume in volumes))


def schedule_of(blocks: Sequence[int], zone: bytes, hash: Hash) -> bytes:
    """Names the hours that each register counts."""
    return hash(offset(2) + word("zone", zone) + array(blocks))


def terms_hash(terms: ForwardTerms, hash: Hash) -> bytes:
    """EIP-712 struct hash of a contract's terms: what stands in its slot and in a member's consent."""
    return hash(
        hash(TERMS_TYPE)
        + address(terms.retailer)
        + address(terms.community)
        + words(terms.nonce)
        + hash(words(*terms.boundaries))
        + hash(words(*terms.blocks))
        + terms.zone
        + hash(words(*terms.rates))
        + hash(words(*terms.expected))
        + terms.roster
        + words(terms.exit_fee, terms.retailer_deposit)
        + terms.decision
        + words(terms.expiry)
    )


def tariff_hash(terms: ForwardTerms, hash: Hash) -> bytes:
    """What a vote decides on: retailer, rates, blocks and zone."""
    return offer_hash(terms.retailer, terms.rates, terms.blocks, terms.zone, hash)


def offer_hash(
    retailer: Party, rates: Sequence[int], blocks: Sequence[int], zone: bytes, hash: Hash
) -> bytes:
    """:func:`tariff_hash` before there are terms: a tariff as it is negotiated."""
    second = 4 + 1 + len(rates)
    head = address(retailer) + offset(4) + offset(second) + word("zone", zone)
    return hash(head + array(unsigned("rate", rate, UINT64) for rate in rates) + array(blocks))


def ballot_leaf(digest: bytes, signature: bytes, hash: Hash) -> bytes:
    """What is published of a member's ballots: the hash of their digest and its signature."""
    return hash(digest + signature)


@dataclass(frozen=True)
class Entry:
    """Who may join a contract: with which meter and contracted volumes (base units, period by period)."""

    member: Party
    meter: int
    volumes: tuple[int, ...]


@dataclass(frozen=True)
class Roster:
    """The roster of a contract; its ``root`` stands in the terms."""

    entries: tuple[Entry, ...]
    hash: Hash

    @cached_property
    def nodes(self) -> tuple[bytes, ...]:
        """Leaves, in the order of the entries."""
        return tuple(
            member_leaf(each.member, each.meter, volumes_hash(each.volumes, self.hash), self.hash)
            for each in self.entries
        )

    @cached_property
    def root(self) -> bytes:
        return tree_root(self.nodes, self.hash)

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The branch of an entry, which its member joins with."""
        return tree_proof(self.nodes, index, self.hash)


def voter_nodes(roster: Sequence[Party], hash: Hash) -> tuple[bytes, ...]:
    """Leaves of a vote's roster: member ``i`` at place ``i``."""
    return tuple(voter_node(index, member, hash) for index, member in enumerate(roster))


def voter_node(index: int, member: Party, hash: Hash) -> bytes:
    """One leaf of :func:`voter_nodes`."""
    return node_of(index, address(member), hash)


def leaf_nodes(leaves: Sequence[bytes], hash: Hash) -> tuple[bytes, ...]:
    """Leaves of a vote's published tree: the hash of member ``i``'s ballots at place ``i``."""
    return tuple(node_of(index, leaf, hash) for index, leaf in enumerate(leaves))


def _levels(nodes: Sequence[bytes], hash: Hash) -> list[list[bytes]]:
    if not nodes:
        raise ValueError("found no node, expected at least one")
    levels = [[word("node", node) for node in nodes]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        level = [_pair(below[at], below[at + 1], hash) for at in range(0, len(below) - 1, 2)]
        levels.append(level + below[len(level) * 2 :])
    return levels


def _pair(a: bytes, b: bytes, hash: Hash) -> bytes:
    return hash(a + b if a < b else b + a)
