"""Trees and encodings, against OpenZeppelin's rule written out here and against an independent ABI encoder."""

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from market.forward.schedule import EVERY_HOUR, zone_word
from market.forward.trees import (
    Entry,
    Roster,
    ballot_leaf,
    leaf_nodes,
    member_leaf,
    node_of,
    offer_hash,
    root_from,
    schedule_of,
    tree_proof,
    tree_root,
    volumes_hash,
    voter_nodes,
)
from market.ledger.ranges import NotEncodable
from market.terms import Party

ANA = Party("0x" + "aB" * 20)
BO = Party("0x" + "01" * 20)
ZONE = zone_word("Europe/London")
words = st.binary(min_size=32, max_size=32)


def pair(a: bytes, b: bytes) -> bytes:
    return keccak(min(a, b) + max(a, b))


def test_a_tree_of_five() -> None:
    a, b, c, d, e = (bytes((n,)) * 32 for n in (5, 4, 3, 2, 1))
    inner = pair(pair(a, b), pair(c, d))
    # The odd last node goes up as it is, twice.
    assert tree_root([a, b, c, d, e], keccak) == pair(inner, e)
    assert tree_proof([a, b, c, d, e], 4, keccak) == (inner,)
    assert tree_proof([a, b, c, d, e], 2, keccak) == (d, pair(a, b), e)


def test_a_tree_of_one_is_its_node() -> None:
    assert tree_root([ZONE], keccak) == ZONE
    assert tree_proof([ZONE], 0, keccak) == ()


def test_a_tree_of_none_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="found no node"):
        tree_root([], keccak)


@given(st.lists(words, min_size=1, max_size=20, unique=True), st.data())
def test_a_branch_shows_its_node_and_no_other(contents: list[bytes], data: st.DataObject) -> None:
    nodes = leaf_nodes(contents, keccak)
    root = tree_root(nodes, keccak)
    index = data.draw(st.integers(0, len(nodes) - 1))
    other = data.draw(st.integers(0, len(nodes) - 1))
    branch = tree_proof(nodes, index, keccak)
    assert root_from(nodes[index], branch, keccak) == root
    if other != index:
        assert root_from(node_of(index, contents[other], keccak), branch, keccak) != root


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=12))
def test_volumes_are_encoded_as_a_contract_does(volumes: list[int]) -> None:
    assert volumes_hash(volumes, keccak) == keccak(encode(["int64[]"], [volumes]))


def test_leaves_are_encoded_as_a_contract_does() -> None:
    inner = keccak(encode(["address", "uint32", "bytes32"], [ANA, 7, ZONE]))
    assert member_leaf(ANA, 7, ZONE, keccak) == keccak(inner)
    inner = keccak(encode(["uint32", "bytes32"], [3, ZONE]))
    assert node_of(3, ZONE, keccak) == keccak(inner)
    content = int(ANA, 16).to_bytes(32)
    assert voter_nodes([BO, ANA], keccak)[1] == node_of(1, content, keccak)
    assert ballot_leaf(ZONE, b"signature", keccak) == keccak(ZONE + b"signature")


@given(st.lists(st.integers(0, EVERY_HOUR), min_size=1, max_size=4), st.lists(st.integers(0, 2**64 - 1)))
def test_schedules_and_tariffs_are_encoded_as_a_contract_does(blocks: list[int], rates: list[int]) -> None:
    encoded = encode(["uint168[]", "bytes32"], [blocks, ZONE])
    assert schedule_of(blocks, ZONE, keccak) == keccak(encoded)
    encoded = encode(["address", "uint64[]", "uint168[]", "bytes32"], [ANA, rates, blocks, ZONE])
    assert offer_hash(ANA, rates, blocks, ZONE, keccak) == keccak(encoded)


def test_a_roster_gives_its_members_branches() -> None:
    roster = Roster((Entry(ANA, 1, (5, -6)), Entry(BO, 2, (7, 8)), Entry(ANA, 3, (9, 10))), keccak)
    for index, entry in enumerate(roster.entries):
        leaf = member_leaf(entry.member, entry.meter, volumes_hash(entry.volumes, keccak), keccak)
        assert root_from(leaf, roster.proof(index), keccak) == roster.root


def test_what_fits_no_type_is_a_mistake() -> None:
    with pytest.raises(NotEncodable):
        volumes_hash([2**63], keccak)
    with pytest.raises(NotEncodable):
        node_of(2**32, ZONE, keccak)
    with pytest.raises(NotEncodable):
        tree_root([b"short"], keccak)
