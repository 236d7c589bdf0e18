"""One market in which everything that can happen has happened, on an embedded chain, and a way to lie about it.

Played once and saved; each test opens a copy, so that it may put a liar between the audit and the node.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web3 import Web3
from web3.middleware import Web3Middleware

from chain.embedded import EmbeddedNetwork
from chain.ledger import ChainLedger
from market.ledger.errors import LedgerError
from market.ledger.port import OpenRequest, ProviderOrder, Reading, TariffStep
from market.loans.terms import LoanTranscript
from market.terms import NOBODY, Deal, Lock, Party, Transcript
from tests.chain.audit.lending import lend_later, lend_out
from tests.chain.worlds import ChainWorlds
from tests.ledger_suite.world import World, recorded

TOKENS = {"price": 250, "energy": 100}


@dataclass(frozen=True)
class Stage:
    """A played market: its chain's database, where it stands, and the transcripts of which only heads are on chain."""

    database: dict[bytes, bytes]
    registry: Party
    negotiator: Party
    token: Party
    loans: Party
    transcripts: tuple[Transcript, ...] = ()
    loan_transcripts: tuple[LoanTranscript, ...] = ()

    def network(self) -> EmbeddedNetwork:
        return EmbeddedNetwork(dict(self.database))

    def w3(self, liar: "Lie | None" = None) -> Web3:
        w3 = self.network().w3
        if liar is not None:
            w3.middleware_onion.add(lying(liar), "liar")
        return w3


Lie = Callable[[str, Any, Any], Any]
"""Given a method, its parameters and the true result: what the node says instead."""


def lying(lie: Lie) -> type[Web3Middleware]:
    class Liar(Web3Middleware):
        def wrap_make_request(self, make_request: Any) -> Any:
            def middleware(method: Any, params: Any) -> Any:
                response = make_request(method, params)
                if "result" in response:
                    response = {**response, "result": lie(str(method), params, response["result"])}
                return response

            return middleware

    return Liar


def ledger_of(world: World) -> ChainLedger:
    assert isinstance(world.ledger, ChainLedger)
    return world.ledger


def stage_of(
    world: World,
    transcripts: tuple[Transcript, ...] = (),
    loan_transcripts: tuple[LoanTranscript, ...] = (),
) -> Stage:
    market = ledger_of(world)._market
    network = market.network
    assert isinstance(network, EmbeddedNetwork)
    return Stage(
        dict(network.backend.database),
        market.registry.address,
        market.negotiator.address,
        market.token.address,
        market.loans.address,
        transcripts,
        loan_transcripts,
    )


def play(worlds: ChainWorlds) -> Stage:
    """A day with every kind of event, on the embedded chain."""
    world = worlds.make()
    return stage_of(world, *play_out(world))


def play_out(world: World) -> tuple[tuple[Transcript, ...], tuple[LoanTranscript, ...]]:
    """The day itself; gives the transcripts of deals and of loans of which only the head is on chain."""
    ledger = world.ledger
    rules = ledger.rules
    ana, bo, cy, old = world.meter("ana"), world.meter("bo"), world.meter("cy"), world.meter("dov")
    heads: list[Transcript] = []
    loan_heads = lend_out(world, ana, bo, cy)

    def sign(nonce: int, interval: int, *prices: int, **terms: Any) -> Transcript:
        parties = {"seller": "ana", "buyer": "bo", "seller_meter": ana, "buyer_meter": bo, **terms}
        agreed = world.terms(nonce=nonce, interval=interval, **parties)
        moves = [world.move(interval, price=price, energy=300) for price in prices]
        return world.agree(agreed, *moves)

    def record(transcript: Transcript, *, disclose: bool) -> Deal:
        if not disclose and len(transcript.offers) > 1:
            heads.append(transcript)
        return recorded(world.record(transcript, disclose=disclose)).deal

    # Signed sessions: alone, disclosed, head only, a run, cancelled, released, refused
    deals = [record(sign(1, 10, 250), disclose=False), record(sign(2, 10, 200, 280, 240), disclose=True)]
    deals.append(record(sign(3, 10, 210, 270, buyer="cy", buyer_meter=cy), disclose=False))
    run = record(sign(4, 11, 230, count=2), disclose=True)
    ledger.cancel(world["ana"], world["bo"], 5)
    ledger.release(record(sign(6, 12, 260), disclose=False))
    again = ledger.record([sign(1, 10, 250), sign(7, 13, 255)], disclose=False)
    assert isinstance(again[0], LedgerError)
    deals.append(recorded(again[1]).deal)

    # Sessions on chain: agreed issue by issue, withdrawn, expired
    first = ledger.open(world["bo"], _request(bo, 11, selling=False))
    ledger.join(world["ana"], first, ana, 0)
    ledger.offer(world["bo"], first, 200, 100, Lock.NONE)
    ledger.offer(world["ana"], first, 240, 100, Lock.ENERGY)
    ledger.offer(world["bo"], first, 220, 100, Lock.ENERGY)
    deals.append(ledger.accept(world["ana"], first, 2, 220, 100).deal)
    second = ledger.open(world["cy"], _request(cy, 11, selling=True, counterpart=world["bo"]))
    ledger.withdraw_from(world["cy"], second)
    third = ledger.open(world["cy"], _request(cy, 11, selling=True))
    ledger.advance_to(ledger.now() + 700)
    ledger.expire(third)

    # The provider, and its notice
    ledger.append_tariff([TariffStep(from_interval=200, buy_price=90, sell_price=310)])
    trades = ledger.trade_with_provider(
        [_order(world["bo"], bo, selling=False), _order(world["ana"], ana, selling=True)]
    )
    deals += [recorded(trade).deal for trade in trades]

    # Delivery: short, in full, silent; a conflict; a retirement; what lies open
    ledger.retire_meter(old, 60)
    for interval, exported in ((10, 700), (11, 400), (13, 300)):
        ledger.advance_to(rules.end(interval) + 1)
        posted = ledger.post_readings(
            [Reading(meter=ana, interval=interval, exported=exported, imported=0)] * 2
            + [Reading(meter=bo, interval=interval, exported=0, imported=250)]
        )
        assert isinstance(posted[1], LedgerError)
    ledger.prove_conflict(
        Reading(meter=ana, interval=13, exported=300, imported=0),
        Reading(meter=ana, interval=13, exported=301, imported=0),
    )
    ledger.advance_to(rules.closed(12))
    due = [(deal, 0) for deal in deals] + [(run, 0), (run, 1), (deals[0], 0)]
    settled = ledger.settle(due)
    assert [isinstance(each, LedgerError) for each in settled] == [False] * (len(due) - 1) + [True]
    recorded(world.record(sign(8, 40, 250, seller="cy", seller_meter=cy)))

    ledger.withdraw(world["ana"], 1_000)
    ledger.redeem_tokens(world["ana"], 500)
    until = ledger.now() + rules.pause_length
    lend_later(world, cy, bo, (until - rules.epoch) // rules.interval - 2)
    ledger.pause()
    ledger.loans.pause()
    ledger.advance_to(until)
    return tuple(heads), loan_heads


def _request(meter: int, interval: int, *, selling: bool, counterpart: Party = NOBODY) -> OpenRequest:
    return OpenRequest(
        counterpart=counterpart, selling=selling, meter=meter, interval=interval, max_rounds=10, timeout=600
    )


def _order(party: Party, meter: int, *, selling: bool) -> ProviderOrder:
    limit = 80 if selling else 300
    return ProviderOrder(
        party=party, number=1, meter=meter, interval=12, energy=50, limit=limit, selling=selling
    )
