"""The digest is the outcome's, not the ledger's: it sees every unit and no address."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from market.ledger.digest import Unnamed, canonical, conserved, digest
from market.ledger.port import DealState, LedgerState, MeterInterval
from market.loans.port import LoanDeskState, LoanState
from market.loans.terms import Loan, LoanStatus
from market.terms import Deal, DealKey, DealStatus, Party

ANA, BO, ZED = (Party("0x" + digit * 40) for digit in "12e")
NAMES = {ANA: "ana", BO: "bo", ZED: "zed"}
METERS = {1: "roof", 2: "home"}

DEAL = Deal(
    seller=ANA,
    buyer=BO,
    nonce=2**63 + 1,
    seller_meter=1,
    buyer_meter=2,
    interval=10,
    count=2,
    price=250,
    energy=500,
)
SETTLED = DealState(
    deal=DEAL,
    index=0,
    status=DealStatus.SETTLED,
    position=7,
    delivered=300,
    paid=75_000,
    refunded=50_000,
)
OPEN = DealState(deal=DEAL, index=1, status=DealStatus.RECORDED, position=0)
LOAN = Loan(
    lender=BO,
    borrower=ANA,
    nonce=3,
    lender_meter=2,
    borrower_meter=1,
    interval=9,
    return_after=2,
    quantity=100,
    price=30,
    collateral=4_000,
)
REPAID = LoanState(
    loan=LOAN,
    status=LoanStatus.SETTLED,
    given_position=1,
    returned_position=500,
    principal=90,
    returned=80,
    compensation=300,
    refunded=3_700,
)
OWED = LoanState(
    loan=replace(LOAN, nonce=4), status=LoanStatus.RECORDED, given_position=0, returned_position=0
)
STATE = LedgerState(
    balances={ANA: 75_000, BO: 5},
    tokens={BO: 9},
    escrowed=125_000,
    deals={DealKey.of(DEAL): SETTLED, DealKey.of(DEAL, 1): OPEN},
    meters={
        (1, 10): MeterInterval(exported=307, imported=1, committed=507, recorded=True),
        (1, 11): MeterInterval(committed=500),
    },
    loans=LoanDeskState(balances={BO: 300}, collateral=4_000, loans={OWED.loan.key: OWED, LOAN.key: REPAID}),
)


def test_the_hashed_text_is_known() -> None:
    # Written out by hand: the form is a promise to other implementations.
    deal = {
        "seller": "ana",
        "buyer": "bo",
        "nonce": 9223372036854775809,
        "seller_meter": "roof",
        "buyer_meter": "home",
        "interval": 10,
        "count": 2,
        "price": 250,
        "energy": 500,
    }
    settled = {
        "index": 0,
        "status": "SETTLED",
        "position": 7,
        "delivered": 300,
        "paid": 75000,
        "refunded": 50000,
    }
    recorded = {"index": 1, "status": "RECORDED", "position": 0, "delivered": 0, "paid": 0, "refunded": 0}
    loan = {
        "lender": "bo",
        "borrower": "ana",
        "lender_meter": "home",
        "borrower_meter": "roof",
        "interval": 9,
        "return_after": 2,
        "quantity": 100,
        "price": 30,
        "collateral": 4000,
    }
    repaid = {
        "nonce": 3,
        "status": "SETTLED",
        "given_position": 1,
        "returned_position": 500,
        "principal": 90,
        "returned": 80,
        "compensation": 300,
        "refunded": 3700,
    }
    owed = {
        "nonce": 4,
        "status": "RECORDED",
        "given_position": 0,
        "returned_position": 0,
        "principal": 0,
        "returned": 0,
        "compensation": 0,
        "refunded": 0,
    }
    expected = {
        "form": "wattpact-outcome-2",
        "free": {"ana": 75000, "bo": 5},
        "tokens": {"bo": 9},
        "escrowed": 125000,
        "deals": [{**deal, **settled}, {**deal, **recorded}],
        "desk": {"bo": 300},
        "collateral": 4000,
        "loans": [{**loan, **repaid}, {**loan, **owed}],
        "meters": [
            {
                "meter": "roof",
                "interval": 10,
                "exported": 307,
                "imported": 1,
                "committed": 507,
                "recorded": 1,
            },
            {"meter": "roof", "interval": 11, "exported": 0, "imported": 0, "committed": 500, "recorded": 0},
        ],
    }
    text = canonical(STATE, NAMES, METERS)
    assert json.loads(text) == expected
    assert text == json.dumps(expected, sort_keys=True, separators=(",", ":"))
    assert digest(STATE, NAMES, METERS) == sha256(text.encode()).hexdigest()


def test_addresses_ids_and_order_do_not_matter() -> None:
    # Another chain: other addresses, so the pair's order turns round; meters registered in another order.
    moved = {ANA: Party("0xf" + "0" * 39), BO: Party("0x0" + "f" * 39)}
    renumbered = {1: 5, 2: 3}
    deal = replace(DEAL, seller=moved[ANA], buyer=moved[BO], seller_meter=5, buyer_meter=3)
    loans = [
        replace(
            each,
            loan=replace(each.loan, lender=moved[BO], borrower=moved[ANA], lender_meter=3, borrower_meter=5),
        )
        for each in (REPAID, OWED)
    ]
    elsewhere = LedgerState(
        balances={moved[BO]: 5, moved[ANA]: 75_000, Party("0x" + "9" * 40): 0},
        tokens={moved[ANA]: 0, moved[BO]: 9},
        escrowed=125_000,
        deals={
            DealKey.of(deal, 1): replace(OPEN, deal=deal),
            DealKey.of(deal): replace(SETTLED, deal=deal),
        },
        meters={
            (5, 99): MeterInterval(),
            **{(renumbered[m], i): slot for (m, i), slot in reversed(list(STATE.meters.items()))},
        },
        loans=LoanDeskState(
            balances={moved[ANA]: 0, moved[BO]: 300},
            collateral=4_000,
            loans={each.loan.key: each for each in loans},
        ),
    )
    names = {moved[party]: NAMES[party] for party in moved}
    meters = {renumbered[meter]: name for meter, name in METERS.items()}
    assert digest(elsewhere, names, meters) == digest(STATE, NAMES, METERS)


@pytest.mark.parametrize(
    "other",
    [
        replace(STATE, balances={ANA: 75_001, BO: 5}),
        replace(STATE, balances={ANA: 5, BO: 75_000}),
        replace(STATE, tokens={}),
        replace(STATE, escrowed=0),
        replace(STATE, deals={DealKey.of(DEAL): SETTLED}),
        replace(STATE, deals={**STATE.deals, DealKey.of(DEAL): replace(SETTLED, position=8)}),
        replace(STATE, deals={**STATE.deals, DealKey.of(DEAL): replace(SETTLED, status=DealStatus.RELEASED)}),
        replace(STATE, meters={**STATE.meters, (1, 11): MeterInterval(committed=499)}),
        replace(STATE, meters={**STATE.meters, (1, 11): MeterInterval(committed=500, recorded=True)}),
        replace(STATE, meters={**STATE.meters, (2, 11): MeterInterval(imported=1)}),
        replace(STATE, loans=replace(STATE.loans, balances={ANA: 300})),
        replace(STATE, loans=replace(STATE.loans, collateral=4_001)),
        replace(STATE, loans=replace(STATE.loans, loans={LOAN.key: REPAID})),
        *(
            replace(STATE, loans=replace(STATE.loans, loans={LOAN.key: other, OWED.loan.key: OWED}))
            for other in (
                replace(REPAID, status=LoanStatus.VOIDED),
                replace(REPAID, given_position=2),
                replace(REPAID, returned_position=501),
                replace(REPAID, returned=81),
                replace(REPAID, loan=replace(LOAN, return_after=3)),
                replace(REPAID, loan=replace(LOAN, price=31)),
            )
        ),
    ],
)
def test_every_unit_matters(other: LedgerState) -> None:
    assert digest(other, NAMES, METERS) != digest(STATE, NAMES, METERS)


def test_who_holds_something_has_a_name_of_his_own() -> None:
    with pytest.raises(Unnamed, match=f"party '{BO}' has no name"):
        digest(STATE, {ANA: "ana"}, METERS)
    with pytest.raises(Unnamed, match="meter 2 has no name"):
        digest(STATE, NAMES, {1: "roof"})
    with pytest.raises(ValueError, match="the name 'ana' stands for two of kind party"):
        digest(STATE, {ANA: "ana", BO: "ana"}, METERS)
    with pytest.raises(ValueError, match="the name 'roof' stands for two of kind meter"):
        digest(STATE, NAMES, {1: "roof", 2: "roof"})


def test_a_provider_needs_no_meter() -> None:
    firm = replace(DEAL, seller=ZED, seller_meter=0, count=1)
    state = replace(STATE, deals={DealKey.of(firm): replace(OPEN, deal=firm, index=0)}, meters={})
    assert '"seller_meter":""' in canonical(state, NAMES, METERS)


def test_conservation_is_to_the_unit() -> None:
    minted = 75_000 + 5 + 9 + 125_000 + 300 + 4_000
    assert conserved(STATE, minted)
    assert not conserved(STATE, minted + 1)
    assert not conserved(STATE, minted - 1)
