"""A small in-memory market for the tests of this folder: meter 1 is Ana's, meter 2 is Bo's."""

from dataclasses import replace

from market.ledger.memory import MemoryLedger
from market.ledger.port import (
    MarketRules,
    MeterSpec,
    TariffStep,
)
from market.ledger.unsigned import UNSIGNED
from market.terms import (
    Deal,
    Move,
    Party,
    SessionTerms,
    Transcript,
)

RULES = MarketRules(epoch=1_750_000_000)
ANA, BO, PROVIDER, MARKET, GUARDIAN = (Party(f"0x{digit * 40}") for digit in "abcde")
TARIFF = (TariffStep(from_interval=0, buy_price=80, sell_price=300),)


def fresh(**changes: object) -> MemoryLedger:
    arguments = {
        "rules": RULES,
        "provider": PROVIDER,
        "tariff": TARIFF,
        "address": MARKET,
        "guardian": GUARDIAN,
        "now": RULES.epoch,
        **changes,
    }
    ledger = MemoryLedger(**arguments)  # type: ignore[arg-type]
    for party in (ANA, BO, PROVIDER):
        ledger.buy_tokens(party, 10**9)
        ledger.deposit(party, 10**9)
    return ledger


def metered(**changes: object) -> MemoryLedger:
    """With meter 1 of Ana and meter 2 of Bo, 1000 base units each."""
    ledger = fresh(**changes)
    for owner, name in ((ANA, "a"), (BO, "b")):
        ledger.register_meter(MeterSpec(name=name, owner=owner, rating=1000))
    return ledger


def deal(**changes: object) -> Deal:
    base = Deal(
        seller=ANA,
        buyer=BO,
        nonce=1,
        seller_meter=1,
        buyer_meter=2,
        interval=10,
        count=1,
        price=250,
        energy=500,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def transcript(**changes: object) -> Transcript:
    base = SessionTerms(seller=ANA, buyer=BO, nonce=1, seller_meter=1, buyer_meter=2, interval=10)
    terms = replace(base, **changes)  # type: ignore[arg-type]
    move = Move(price=250, energy=500, expiry=RULES.gate_of(terms.interval))
    offer = UNSIGNED.sign(terms, move, 0, bytes(32))
    return Transcript(terms, (offer,), UNSIGNED.countersign(terms, offer))
