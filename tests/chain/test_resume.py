"""A run that was interrupted anywhere and is started again ends as if nothing had happened: nothing is done twice."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chain.deploy import open_market
from chain.ledger import ChainLedger
from chain.port import Network
from chain.record import DeploymentRecord
from chain.sender import Sender
from market.ledger.errors import LedgerError
from market.ledger.port import (
    LedgerState,
    OpenRequest,
    ProviderOrder,
    Reading,
    Recorded,
    Settlement,
    TariffStep,
)
from market.terms import NOBODY, Lock, Party
from tests.chain.faults import WatchedNetwork
from tests.chain.worlds import ChainWorlds, Master, keyring_for, people, stake, world_of
from tests.ledger_suite.world import World


def attempt(results: list[object], call: Callable[[], object]) -> None:
    """Note what a call gives or what it is refused with."""
    try:
        results.append(call())
    except LedgerError as refusal:
        results.append(refusal)


def story(world: World, provider: Party) -> list[object]:
    """Every operation of the port, refused ones among them; returns all that the ledger said."""
    ledger, rules = world.ledger, world.ledger.rules
    said: list[object] = []
    stake(ledger, {**world.people, "provider": provider})

    def note(call: Callable[[], object]) -> None:
        attempt(said, call)

    ana, bo, cy = world["ana"], world["bo"], world["cy"]
    note(lambda: ledger.deposit(cy, 10**15))  # more than he has
    note(lambda: ledger.buy_tokens(cy, 1000))
    note(lambda: ledger.deposit(cy, 700))
    note(lambda: ledger.withdraw(cy, 10**15))
    note(lambda: ledger.withdraw(cy, 200))
    note(lambda: ledger.redeem_tokens(cy, 300))
    note(lambda: ledger.balance(cy))
    seller, buyer, third = (world.meter(name) for name in ("ana", "bo", "cy"))
    note(lambda: ledger.retire_meter(third, 40))
    note(lambda: ledger.retire_meter(third, 41))
    note(lambda: ledger.append_tariff([TariffStep(from_interval=300, buy_price=90, sell_price=310)]))
    note(lambda: ledger.append_tariff([TariffStep(from_interval=299, buy_price=90, sell_price=310)]))
    note(ledger.now)

    # A session on the ledger, offer by offer, with a wrong turn; one that is left, one that expires.
    request = OpenRequest(
        counterpart=NOBODY, selling=False, meter=buyer, interval=12, max_rounds=4, timeout=600
    )
    note(lambda: ledger.open(bo, request))
    note(lambda: ledger.join(ana, 1, seller, 0))
    note(lambda: ledger.offer(ana, 1, 90, 100, Lock.NONE))
    note(lambda: ledger.offer(bo, 1, 80, 100, Lock.NONE))
    note(lambda: ledger.offer(ana, 1, 120, 100, Lock.ENERGY))
    note(lambda: ledger.session(1))
    note(lambda: ledger.accept(bo, 1, 1, 119, 100))
    note(lambda: ledger.accept(bo, 1, 1, 120, 100))
    note(lambda: ledger.open(bo, replace(request, interval=13)))
    note(lambda: ledger.withdraw_from(bo, 2))
    note(lambda: ledger.open(bo, replace(request, interval=14)))
    note(lambda: ledger.expire(3))
    ledger.advance_to(ledger.now() + 601)
    note(lambda: ledger.expire(3))

    # Signed sessions: three are recorded, one of them twice, one cannot be paid for; one is cancelled, one released.
    def agreed(nonce: int, *, energy: int = 50, interval: int = 10, count: int = 1) -> object:
        terms = world.terms(
            seller_meter=seller, buyer_meter=buyer, nonce=nonce, interval=interval, count=count
        )
        first = world.move(interval, price=200, energy=energy)
        return world.agree(terms, first, replace(first, price=210))

    batch = [agreed(1), agreed(2, count=2), agreed(1), agreed(3, energy=2**31), agreed(4, interval=11)]
    note(lambda: ledger.record(batch, disclose=True))  # type: ignore[arg-type]
    note(lambda: ledger.cancel(bo, ana, 9))
    note(lambda: ledger.cancel(ana, bo, 9))
    released = agreed(20, interval=20)
    note(lambda: ledger.record([released], disclose=False))  # type: ignore[list-item]
    note(lambda: ledger.balance(bo))
    note(lambda: ledger.release(released.deal))  # type: ignore[attr-defined]
    note(lambda: ledger.release(released.deal))  # type: ignore[attr-defined]
    note(lambda: ledger.balance(bo))

    orders = [
        ProviderOrder(party=bo, number=1, meter=buyer, interval=10, energy=30, limit=300, selling=False),
        ProviderOrder(party=bo, number=2, meter=buyer, interval=10, energy=30, limit=299, selling=False),
        ProviderOrder(party=ana, number=1, meter=seller, interval=10, energy=70, limit=80, selling=True),
    ]
    note(lambda: ledger.trade_with_provider(orders))

    ledger.advance_to(rules.end(10))
    note(ledger.now)
    readings = [
        Reading(meter=seller, interval=10, exported=120, imported=0),
        Reading(meter=buyer, interval=11, exported=0, imported=5),
        Reading(meter=seller, interval=10, exported=121, imported=0),
        Reading(meter=buyer, interval=10, exported=0, imported=5),
    ]
    note(lambda: ledger.post_readings(readings))
    due = [
        (result.deal, 0)
        for batch in said
        if isinstance(batch, list)
        for result in batch
        if isinstance(result, Recorded) and result.deal.interval <= 11
    ]
    note(lambda: ledger.settle(due))
    ledger.advance_to(rules.closed(12))
    note(lambda: ledger.settle([*due, *((deal, 1) for deal, _ in due)]))
    one, other = readings[0], readings[2]
    note(lambda: ledger.prove_conflict(one, one))
    note(lambda: ledger.prove_conflict(one, other))
    note(ledger.pause)
    note(ledger.pause)
    note(lambda: ledger.record([agreed(30, interval=60)], disclose=False))  # type: ignore[list-item]
    return said


def play(
    master: Master, network: Network, record: DeploymentRecord | None = None
) -> tuple[list[object], LedgerState]:
    """The story on a chain, going on from whatever has been done on it."""
    market = open_market(network, record or master.record, "test")
    keyring = keyring_for(network)
    ledger = ChainLedger(market, keyring, Sender(network), resume=True)
    provider = people(keyring)["provider"]
    return story(world_of(ledger, market, keyring), provider), ledger.state()


@pytest.fixture(scope="module")
def master(chain_worlds: ChainWorlds) -> Master:
    """A market in which nothing has happened yet."""
    return chain_worlds.master({}, staked=False)


def test_the_story_has_everything(master: Master) -> None:
    said, state = play(master, WatchedNetwork(dict(master.database)))
    refusals = [each for each in said if isinstance(each, LedgerError)]
    assert [type(each).__name__ for each in refusals] == [
        "InsufficientBalance",
        "InsufficientBalance",
        "RetiredMeter",
        "StepOutOfOrder",
        "OutOfTurn",
        "StandingOfferDiffers",
        "TurnNotExpired",
        "KeyUsed",
        "WrongDealStatus",
        "NoConflict",
        "PauseTooSoon",
    ]
    flat = [each for batch in said if isinstance(batch, list) for each in batch]
    assert sum(isinstance(each, Recorded) for each in flat) == 6  # 1, 2, 4, 20 and two with the provider
    assert (
        sum(isinstance(each, Settlement) for each in flat) == 6
    )  # all but 20, one of them over two intervals
    assert [type(each).__name__ for each in flat if isinstance(each, LedgerError)].count("PausedUntil") == 1
    assert state.escrowed > 0


def test_a_second_run_sends_nothing(master: Master) -> None:
    database = dict(master.database)
    said, state = play(master, WatchedNetwork(database))
    network = WatchedNetwork(database)
    assert play(master, network) == (said, state)
    assert network.sent == 0


def test_killed_anywhere_and_run_again_it_ends_the_same(master: Master) -> None:
    network = WatchedNetwork(dict(master.database))
    said, state = play(master, network)
    assert network.sent == len(network.moments) > 40
    for place, moment in enumerate(network.moments):
        resumed = WatchedNetwork(moment, watched=False)
        again, after = play(master, resumed)
        assert again == said, f"killed after {place} transactions"
        assert after == state, f"killed after {place} transactions"
        # Nothing is sent twice; a refused transaction leaves no trace to go by and is not even sent again.
        assert resumed.sent <= network.sent - place
