"""The gas that is given to each kind of transaction is enough, with room."""

from collections.abc import Sequence

from chain.deploy import open_market
from chain.embedded import EmbeddedNetwork
from chain.ledger import ChainLedger
from chain.port import RawTransaction, Receipt
from chain.sender import Sender
from market.ledger.port import Recorded, Settlement
from market.terms import Transcript
from tests.chain.test_resume import play
from tests.chain.worlds import ChainWorlds, keyring_for, world_of


class MeasuringNetwork(EmbeddedNetwork):
    """Notes gas given and used of every transaction."""

    def __init__(self, database: dict[bytes, bytes]) -> None:
        super().__init__(database)
        self.uses: list[tuple[int, Receipt]] = []

    def send(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        receipts = super().send(transactions)
        self.uses += [(each.gas, receipt) for each, receipt in zip(transactions, receipts, strict=True)]
        return receipts


def test_every_operation_has_room(chain_worlds: ChainWorlds) -> None:
    master = chain_worlds.master({}, staked=False)
    network = MeasuringNetwork(dict(master.database))
    play(master, network)
    assert all(receipt.gas_used <= 0.9 * gas for gas, receipt in network.uses)


def test_batches_are_cut_and_have_room(chain_worlds: ChainWorlds) -> None:
    # 200 deals, every third over four intervals, with long transcripts: several transactions, none of which fails.
    master = chain_worlds.master({})
    network = MeasuringNetwork(dict(master.database))
    market = open_market(network, master.record, "test")
    keyring = keyring_for(network)
    ledger = ChainLedger(market, keyring, Sender(network))
    world = world_of(ledger, market, keyring)
    seller, buyer = world.meter("ana", rating=10**6), world.meter("bo")
    transcripts: list[Transcript] = []
    for nonce in range(200):
        terms = world.terms(
            seller_meter=seller, buyer_meter=buyer, nonce=nonce, count=4 if nonce % 3 == 0 else 1
        )
        moves = [world.move(10, price=10 + number, energy=1) for number in range(nonce % 25 + 1)]
        transcripts.append(world.agree(terms, *moves))
    sent = len(network.uses)
    results = ledger.record(transcripts, disclose=True)
    assert all(isinstance(result, Recorded) for result in results)
    recording = network.uses[sent:]
    assert len(recording) > 3
    assert all(gas <= 16_000_000 for gas, _ in recording)
    ledger.advance_to(ledger.rules.closed(14))
    made = [result.deal for result in results if isinstance(result, Recorded)]
    due = [(deal, index) for deal in made for index in range(deal.count)]
    sent = len(network.uses)
    assert all(isinstance(result, Settlement) for result in ledger.settle(due))
    assert len(network.uses) - sent > 1
    assert all(receipt.ok for _, receipt in network.uses)
    assert ledger.state().escrowed == 0
