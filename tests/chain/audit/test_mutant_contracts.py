"""The real contracts with rules taken out, deployed and played: the audit names the rule and the transaction.

Two compilations: one negotiator and one registry from which several rules are missing at once; each test breaks one of
them. That the code is not the artifact's is found as well, every time; the tests ask for the rule.
"""

from dataclasses import replace

import pytest

from market.ledger.port import OpenRequest, ProviderOrder, Reading, Recorded
from market.terms import NOBODY, Lock
from tests.chain.audit.mutants import Mutant, Mutations, audited, mutate, named
from tests.ledger_suite.world import World, recorded, settled

pytestmark = pytest.mark.node

MUTATIONS: dict[str, Mutations] = {
    "UtilityNegotiator": {
        "contracts/negotiator/DealBook.sol": [
            # the seller gets a unit less, the buyer a unit more
            ("if (paid != 0) _credit(deal.seller, paid);", "if (paid != 0) _credit(deal.seller, paid - 1);"),
            # the escrow of a run is that of its first interval
            ("_debit(deal.buyer, escrow);", "_debit(deal.buyer, escrow / deal.count);"),
        ],
        "contracts/negotiator/SessionBook.sol": [
            # whoever calls, it is his turn
            ("if (msg.sender != party.account()) revert OutOfTurn", "if (false) revert OutOfTurn"),
            # a lock may be set on another value than the standing one
            ("if (!kept || !allowed || !repeated) revert", "if (!kept || !allowed) revert"),
        ],
        "contracts/shared/MarketTime.sol": [
            ("if (block.timestamp > gate) revert GateClosed", "if (false) revert GateClosed"),
        ],
        "contracts/negotiator/SignedSessions.sol": [
            # one signature is enough in a batch
            (
                "if (!Signatures.byKey(acceptor, digest, item.acceptorR, item.acceptorVs))",
                "if (false)",
            ),
        ],
    },
    "MeterRegistry": {
        "contracts/registry/EnergyQueue.sol": [
            # the queue does not advance
            ("slot.withQueue(end, market, from)", "slot.withQueue(position, market, from)"),
        ],
        "contracts/registry/ReadingDesk.sol": [
            ("if (slot.recorded()) revert ReadingExists(id, interval);", ""),
            ("if (most > rating) revert RatingExceeded(id, interval, most, rating);", ""),
        ],
    },
}


@pytest.fixture(scope="module")
def mutants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mutant]:
    return {name: mutate(name, each, tmp_path_factory.mktemp(name)) for name, each in MUTATIONS.items()}


@pytest.fixture
def negotiator(mutants: dict[str, Mutant], monkeypatch: pytest.MonkeyPatch) -> World:
    return mutants["UtilityNegotiator"].deployed(monkeypatch)


@pytest.fixture
def registry(mutants: dict[str, Mutant], monkeypatch: pytest.MonkeyPatch) -> World:
    return mutants["MeterRegistry"].deployed(monkeypatch)


def opened(world: World, seller_meter: int, buyer_meter: int) -> int:
    session = world.ledger.open(
        world["bo"],
        OpenRequest(
            counterpart=NOBODY, selling=False, meter=buyer_meter, interval=10, max_rounds=8, timeout=600
        ),
    )
    world.ledger.join(world["ana"], session, seller_meter, 0)
    return session


def test_settlement_pays_a_unit_less(negotiator: World) -> None:
    world = negotiator
    ana, bo = world.meter("ana"), world.meter("bo")
    deal = world.deal(world.terms(seller_meter=ana, buyer_meter=bo))
    world.deliver(ana, 10, 500)
    settled(world.settle(deal))
    found = named(audited(world, "UtilityNegotiator"), "storage")
    assert [detail for detail in found if detail.startswith(f"internal balance of {world['ana']}")]


def test_a_run_is_escrowed_for_one_interval(negotiator: World) -> None:
    world = negotiator
    ana, bo = world.meter("ana"), world.meter("bo")
    world.deal(world.terms(seller_meter=ana, buyer_meter=bo, count=2))
    found = named(audited(world, "UtilityNegotiator"), "storage")
    assert [detail for detail in found if detail.startswith(f"internal balance of {world['bo']}")]


def test_out_of_turn(negotiator: World) -> None:
    world = negotiator
    session = opened(world, world.meter("ana"), world.meter("bo"))
    world.ledger.offer(world["ana"], session, 250, 100, Lock.NONE)
    found = named(audited(world, "UtilityNegotiator"), "turns")
    assert found == [f"session {session}: OfferMade by {world['ana']}, expected {world['bo']}"]


def test_a_lock_on_another_value(negotiator: World) -> None:
    world = negotiator
    session = opened(world, world.meter("ana"), world.meter("bo"))
    world.ledger.offer(world["bo"], session, 250, 100, Lock.NONE)
    world.ledger.offer(world["ana"], session, 260, 100, Lock.PRICE)
    report = audited(world, "UtilityNegotiator")
    assert len(named(report, "turns")) == 1
    assert any("InvalidLock" in detail for detail in named(report, "replay"))


def test_recorded_with_one_signature(negotiator: World) -> None:
    world = negotiator
    ana, bo = world.meter("ana"), world.meter("bo")
    terms = world.terms(seller_meter=ana, buyer_meter=bo)
    agreed = world.agree(terms, world.move(10))
    assert agreed.acceptance is not None
    recorded(world.record(replace(agreed, acceptance=agreed.acceptance[::-1])))
    (found,) = named(audited(world, "UtilityNegotiator"), "signatures")
    assert f"signature of the acceptor {terms.acceptor(0)}" in found


def test_the_queue_does_not_advance(registry: World) -> None:
    world = registry
    ana, bo, cy = world.meter("ana"), world.meter("bo"), world.meter("cy")
    world.deal(world.terms(seller_meter=ana, buyer_meter=bo))
    world.deal(world.terms(seller_meter=ana, buyer="cy", buyer_meter=cy, nonce=2))
    report = audited(world, "MeterRegistry")
    assert "placed at 0, the queue ends at 500" in named(report, "queue")[0]
    assert any("position 0, by the rules 500" in detail for detail in named(report, "replay"))
    assert any(
        v.check == "storage" and v.detail.startswith(f"meter {ana}, interval 10") for v in report.violations
    )


def test_read_twice_and_above_the_rating(registry: World) -> None:
    world = registry
    ana = world.meter("ana")
    world.ledger.advance_to(world.ledger.rules.end(3))
    for exported in (400, 1001):
        (posted,) = world.ledger.post_readings(
            [Reading(meter=ana, interval=3, exported=exported, imported=0)]
        )
        assert isinstance(posted, Reading)
    report = audited(world, "MeterRegistry")
    found = named(report, "readings")
    assert [detail for detail in found if "a second reading" in detail]
    assert [detail for detail in found if "1001 base units, above the rating 1000" in detail]


def test_recorded_after_the_gate(negotiator: World) -> None:
    world = negotiator
    bo = world.meter("bo")
    gate = world.ledger.rules.gate_of(10)
    world.ledger.advance_to(gate + 1)
    order = ProviderOrder(
        party=world["bo"], number=1, meter=bo, interval=10, energy=50, limit=300, selling=False
    )
    (deal,) = world.ledger.trade_with_provider([order])
    assert isinstance(deal, Recorded)
    report = audited(world, "UtilityNegotiator")
    (found,) = named(report, "gates")
    assert f"after the gate {gate}" in found
    assert any("GateClosed" in detail for detail in named(report, "replay"))
