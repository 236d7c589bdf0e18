"""The digest of forward contracts, votes, registers and supplies: every unit of them, and no address, hash or time."""

import json
from dataclasses import replace

import pytest

from market.forward.port import ForwardDeskState, ForwardState, VoteState
from market.forward.schedule import EVERY_HOUR, zone_word
from market.forward.terms import NOTHING, ForwardStatus, ForwardTerms, MemberState
from market.ledger.digest import canonical, conserved, digest
from market.ledger.port import Aggregate, LedgerState, Registers, Supply
from market.terms import Party

ANA, BO, CY, MARKET = (Party("0x" + digit * 40) for digit in "123d")
NAMES = {ANA: "ana", BO: "bo", CY: "cy"}
METERS = {1: "roof", 2: "home"}
TERMS = ForwardTerms(
    retailer=ANA,
    community=BO,
    nonce=3,
    boundaries=(100, 200, 300),
    blocks=(EVERY_HOUR,),
    zone=zone_word("Europe/London"),
    rates=(5,),
    expected=(-600,),
    roster=b"\x01" * 32,
    exit_fee=7,
    retailer_deposit=900,
    decision=b"\x02" * 32,
    expiry=10_000,
)
MEMBER = MemberState(
    member=CY,
    deposit=400,
    billed=1,
    last=2,
    based=True,
    accounted=(50, 0, 0, 0),
    volumes_hash=b"\x03" * 32,
)
CONTRACT = ForwardState(terms=TERMS, status=ForwardStatus.SIGNED, retailer_deposit=880, members={2: MEMBER})
VOTE = VoteState(
    community=BO,
    roster=(ANA, CY),
    close=500,
    deadline=600,
    posted={1: b"\x04" * 32},
    published=True,
    leaves=(NOTHING, b"\x04" * 32),
    root=b"\x05" * 32,
    result=b"\x06" * 32,
)
READ = Registers(meter=2, at=100, schedule=b"\x07" * 32, imported=(9, 0, 0, 0), exported=(1, 0, 0, 0))
STATE = LedgerState(
    balances={},
    tokens={},
    escrowed=0,
    deals={},
    meters={},
    forward=ForwardDeskState(
        balances={ANA: 20, CY: 0},
        deposits=1_280,
        contracts={b"\x08" * 32: CONTRACT},
        votes={b"\x02" * 32: VOTE},
    ),
    registers={READ.place: READ},
    supplies={2: (Supply(market=MARKET, from_interval=100, to_interval=300),)},
    aggregates={1: Aggregate(into=2, from_interval=97)},
)


def test_the_text_is_known() -> None:
    found = json.loads(canonical(STATE, NAMES, METERS))
    assert {key: found[key] for key in ("forward", "deposits", "registers", "supplies", "aggregates")} == {
        "forward": {"ana": 20},
        "deposits": 1_280,
        "registers": [{"meter": "home", "at": 100, "imported": [9, 0, 0, 0], "exported": [1, 0, 0, 0]}],
        "supplies": [{"meter": "home", "from": 100, "to": 300}],
        "aggregates": [{"meter": "roof", "into": "home", "from": 97}],
    }
    assert found["contracts"] == [
        {
            "retailer": "ana",
            "community": "bo",
            "nonce": 3,
            "boundaries": [100, 200, 300],
            "blocks": [EVERY_HOUR],
            "zone": (b"Europe/London" + bytes(19)).hex(),
            "rates": [5],
            "expected": [-600],
            "exit_fee": 7,
            "retailer_deposit": 900,
            "voted_on": True,
            "status": "SIGNED",
            "left": 880,
            "members": [
                {
                    "meter": "home",
                    "member": "cy",
                    "deposit": 400,
                    "billed": 1,
                    "last": 2,
                    "based": True,
                    "exited": False,
                    "accounted": [50, 0, 0, 0],
                }
            ],
        }
    ]
    assert found["votes"] == [
        {
            "community": "bo",
            "voters": [["ana", False, False], ["cy", True, True]],
            "published": True,
            "agreed": True,
        }
    ]


def test_a_market_without_them_says_nothing_of_them() -> None:
    bare = LedgerState(balances={ANA: 1}, tokens={}, escrowed=0, deals={}, meters={})
    assert sorted(json.loads(canonical(bare, NAMES, METERS))) == [
        "collateral",
        "deals",
        "desk",
        "escrowed",
        "form",
        "free",
        "loans",
        "meters",
        "tokens",
    ]


def test_addresses_ids_hashes_and_times_do_not_matter() -> None:
    ana, bo, cy = (Party("0x" + digit * 40) for digit in "fe9")
    terms = replace(
        TERMS, retailer=ana, community=bo, roster=b"\x11" * 32, decision=b"\x12" * 32, expiry=99_999
    )
    member = replace(MEMBER, member=cy, volumes_hash=b"\x13" * 32)
    vote = replace(
        VOTE,
        community=bo,
        roster=(cy, ana),
        close=700,
        deadline=900,
        posted={0: b"\x14" * 32},
        leaves=(b"\x14" * 32, NOTHING),
        root=b"\x15" * 32,
        result=b"\x16" * 32,
    )
    read = replace(READ, meter=8, schedule=b"\x17" * 32)
    elsewhere = replace(
        STATE,
        forward=ForwardDeskState(
            balances={ana: 20},
            deposits=1_280,
            contracts={b"\x18" * 32: replace(CONTRACT, terms=terms, members={8: member})},
            votes={b"\x12" * 32: vote},
        ),
        registers={read.place: read},
        supplies={8: (Supply(market=ana, from_interval=100, to_interval=300),)},
        aggregates={7: Aggregate(into=8, from_interval=97)},
    )
    names = {ana: "ana", bo: "bo", cy: "cy"}
    assert digest(elsewhere, names, {7: "roof", 8: "home"}) == digest(STATE, NAMES, METERS)


def contract(**changes: object) -> LedgerState:
    changed = replace(CONTRACT, **changes)  # type: ignore[arg-type]
    return replace(STATE, forward=replace(STATE.forward, contracts={b"\x08" * 32: changed}))


def vote(**changes: object) -> LedgerState:
    changed = replace(VOTE, **changes)  # type: ignore[arg-type]
    return replace(STATE, forward=replace(STATE.forward, votes={b"\x02" * 32: changed}))


@pytest.mark.parametrize(
    "other",
    [
        replace(STATE, forward=replace(STATE.forward, balances={ANA: 21})),
        replace(STATE, forward=replace(STATE.forward, deposits=1_281)),
        contract(status=ForwardStatus.CLOSED),
        contract(retailer_deposit=881),
        contract(members={}),
        contract(members={2: replace(MEMBER, deposit=401)}),
        contract(members={2: replace(MEMBER, billed=2)}),
        contract(members={2: replace(MEMBER, last=1)}),
        contract(members={2: replace(MEMBER, based=False)}),
        contract(members={2: replace(MEMBER, exited=True)}),
        contract(members={2: replace(MEMBER, accounted=(50, 1, 0, 0))}),
        contract(terms=replace(TERMS, rates=(6,))),
        contract(terms=replace(TERMS, boundaries=(100, 200, 301))),
        contract(terms=replace(TERMS, expected=(600,))),
        contract(terms=replace(TERMS, exit_fee=8)),
        contract(terms=replace(TERMS, decision=NOTHING)),
        vote(posted={}),
        vote(roster=(ANA, BO)),
        vote(leaves=(b"\x04" * 32, b"\x04" * 32)),
        vote(published=False, leaves=()),
        vote(result=NOTHING),
        replace(STATE, registers={READ.place: replace(READ, imported=(10, 0, 0, 0))}),
        replace(STATE, registers={}),
        replace(STATE, supplies={2: (Supply(market=MARKET, from_interval=100, to_interval=299),)}),
        replace(STATE, aggregates={}),
    ],
)
def test_every_unit_matters(other: LedgerState) -> None:
    assert digest(other, NAMES, METERS) != digest(STATE, NAMES, METERS)


def test_deposits_count_as_held() -> None:
    assert conserved(STATE, 1_300)
    assert not conserved(STATE, 1_299)
