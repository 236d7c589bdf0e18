"""What the forward desk in memory does beyond the port: names and seals of a chain's, replay, copies."""

from hashlib import sha256

import pytest
from eth_hash.auto import keccak

from market.forward.port import ForwardDesk
from market.forward.terms import MOST_VOTERS, ForwardStatus, SignedForward
from market.forward.trees import schedule_of
from market.ledger.ballots import plain_vote_key
from market.ledger.errors import (
    BadRoster,
    BadSignature,
    ForwardKeyUsed,
    MarketAlreadyListed,
    NotGuardian,
    PausedUntil,
    VoteExists,
)
from market.ledger.forward import plain_forward_key
from market.ledger.forwarding import ForwardNames
from market.ledger.port import Registers
from market.ledger.unsigned import UNSIGNED, plain_hash
from market.terms import DealKey, Party
from tests.ledger_suite.forward_world import Community, community
from tests.ledger_suite.world import PURSE, World
from tests.market.ledger.plain import ANA, BO, GUARDIAN, MARKET, PROVIDER, RULES, fresh

PEOPLE = {
    name: Party("0x" + digit * 40) for name, digit in zip(("ana", "bo", "cy", "dov"), "ab12", strict=True)
}


def market(**changes: object) -> World:
    ledger = fresh(**changes)
    for party in PEOPLE.values():
        ledger.buy_tokens(party, PURSE)
    return World(ledger=ledger, people=PEOPLE, signer=UNSIGNED, key=ledger.key)


# Beyond the horizon of a market at its epoch.
LATER = (RULES.horizon + 8, RULES.horizon + 16)


def contract(**changes: object) -> Community:
    return community(market(**changes), boundaries=LATER, volumes=(1, 1))


def test_it_is_a_forward_desk() -> None:
    ledger = fresh()
    desk: ForwardDesk = ledger.forward
    assert desk.hash is plain_hash
    assert desk.key(BO, ANA, 7) == plain_forward_key(DealKey(ANA, BO, 7))
    assert desk.vote_key(BO, 7) == plain_vote_key(BO, 7)
    assert len({ledger.address, ledger.loans.address, desk.address}) == 3


def test_two_markets_are_not_one() -> None:
    with pytest.raises(MarketAlreadyListed):
        fresh(forward_names=ForwardNames(address=MARKET))


def test_names_and_hashes_are_those_of_another_ledger_if_told() -> None:
    names = ForwardNames(
        keys=lambda key: sha256(f"chain|{key.nonce}".encode()).digest(),
        vote_keys=lambda community, nonce: sha256(f"chain|{community}".encode()).digest(),
        hash=keccak,
    )
    made = contract(forward_names=names).sign().join("cy")
    desk = made.world.ledger.forward
    assert made.key == sha256(b"chain|1").digest()
    assert desk.vote_key(ANA, 1) == sha256(f"chain|{ANA}".encode()).digest()
    assert made.roster.hash is keccak
    made.read("cy", 0, 3, 4)
    assert {place[2] for place in made.world.ledger.state().registers} == {
        schedule_of(made.terms.blocks, made.terms.zone, keccak)
    }


def test_without_seals_signatures_are_taken_as_given() -> None:
    made = contract(forward_names=ForwardNames(seals=None))
    made.world.ledger.forward.sign(SignedForward(made.terms, b"", b""))
    sealed = contract()
    with pytest.raises(BadSignature):
        sealed.world.ledger.forward.sign(SignedForward(sealed.terms, b"", b""))


def test_events_are_replayed_by_their_keys() -> None:
    made = contract()
    ledger = fresh()
    desk, now = ledger.forward, RULES.epoch
    desk.burn(made.key)
    assert desk.contract_status(made.key) is ForwardStatus.CANCELLED
    with pytest.raises(ForwardKeyUsed):
        desk.burn(made.key)
    desk.open_vote_as(b"\x01" * 32, BO, (ANA, BO), close=now + 5, deadline=now + 9)
    with pytest.raises(VoteExists):
        desk.open_vote_as(b"\x01" * 32, ANA, (ANA,), close=now + 5, deadline=now + 9)
    assert set(desk.state().votes) == {b"\x01" * 32}


def test_a_vote_has_at_most_65535_members() -> None:
    desk = fresh().forward
    roster = [Party(f"0x{number:040x}") for number in range(1, MOST_VOTERS + 2)]
    with pytest.raises(BadRoster) as raised:
        desk.open_vote(BO, 1, roster, close=RULES.epoch + 5, deadline=RULES.epoch + 9)
    assert (raised.value.index, raised.value.member) == (MOST_VOTERS, roster[-1])


def test_a_pause_is_its_own_and_ends_by_itself() -> None:
    made = contract()
    ledger = made.world.ledger
    desk = ledger.forward
    with pytest.raises(NotGuardian):
        fresh().forward.pause_by(PROVIDER)
    desk.pause()
    with pytest.raises(PausedUntil):
        made.sign()
    replica = fresh().forward
    replica.pause_by(GUARDIAN)
    assert replica.paused_until == RULES.epoch + RULES.pause_length
    ledger.advance_to(RULES.epoch + RULES.pause_length)
    late = community(made.world, boundaries=(2_000, 2_010), volumes=(1, 1), nonce=2)
    assert late.sign().key == late.key


def test_a_copy_goes_its_own_way() -> None:
    ledger = fresh()
    for party in PEOPLE.values():
        ledger.buy_tokens(party, PURSE)
    world = World(ledger=ledger, people=PEOPLE, signer=UNSIGNED, key=ledger.key)
    made = community(world, boundaries=LATER, volumes=(1, 1)).sign().join("cy")
    vote = ledger.forward.open_vote(BO, 1, (PEOPLE["cy"],), close=ledger.now() + 5, deadline=ledger.now() + 9)
    before = ledger.state()
    copied = ledger.copy()
    desk, start = copied.forward, RULES.start(LATER[0])
    desk.post_leaf(PEOPLE["cy"], vote, 0, b"\x01" * 32, ())
    desk.join(made.joining("dov"))
    desk.cancel(ANA, BO, 9)
    desk.exit(PEOPLE["dov"], made.terms, made.meters["dov"])
    copied.advance_to(start)
    copied.post_register(
        Registers(
            meter=made.meters["cy"],
            at=LATER[0],
            schedule=b"\x01" * 32,
            imported=(0, 0, 0, 0),
            exported=(0, 0, 0, 0),
        )
    )
    desk.pause()
    copied.advance_to(RULES.start(LATER[1]) + RULES.window)
    desk.bill(made.terms, made.due("cy", 0))
    desk.close(made.terms)
    copied.aggregate_meter(made.meters["dov"], made.meters["cy"])
    assert ledger.state() == before
    assert ledger.forward.paused_until == 0
    assert ledger.forward.contract_status(ledger.forward.key(ANA, BO, 9)) is ForwardStatus.NONE
