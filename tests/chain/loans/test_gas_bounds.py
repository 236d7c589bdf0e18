"""The gas that is given to each kind of transaction about loans is enough, with room."""

from chain.deploy import open_market
from chain.ledger import ChainLedger
from chain.sender import Sender
from market.loans.port import LoanSettlement, RecordedLoan
from market.loans.terms import LoanTranscript
from tests.chain.loans.story import play
from tests.chain.test_gas_bounds import MeasuringNetwork
from tests.chain.worlds import ChainWorlds, keyring_for, world_of


def test_every_operation_has_room(chain_worlds: ChainWorlds) -> None:
    master = chain_worlds.master({}, staked=False)
    network = MeasuringNetwork(dict(master.database))
    play(master, network)
    assert all(receipt.gas_used <= 0.9 * gas for gas, receipt in network.uses)


def test_batches_are_cut_and_have_room(chain_worlds: ChainWorlds) -> None:
    # 150 loans with long transcripts: several transactions, none of which fails; every third is void.
    master = chain_worlds.master({})
    network = MeasuringNetwork(dict(master.database))
    market = open_market(network, master.record, "test")
    keyring = keyring_for(network)
    ledger = ChainLedger(market, keyring, Sender(network))
    world = world_of(ledger, market, keyring)
    world.cover("bo")
    lender, other = world.meter("ana", rating=10**6), world.meter("ana", rating=10**6)
    borrower = world.meter("bo", rating=10**6)
    transcripts: list[LoanTranscript] = []
    for nonce in range(150):
        terms = world.loan_terms(
            opener_meter=other if nonce % 3 == 0 else lender, responder_meter=borrower, nonce=nonce
        )
        transcripts.append(world.agree_loan(terms, *[(1, 1 + n) for n in range(nonce % 25 + 1)]))
    sent = len(network.uses)
    results = ledger.loans.record(transcripts, disclose=True)
    assert all(isinstance(result, RecordedLoan) for result in results)
    recording = network.uses[sent:]
    assert len(recording) > 2
    assert all(gas <= 16_000_000 for gas, _ in recording)
    world.deliver(lender, 10, 1000)
    ledger.advance_to(ledger.rules.closed(36))
    sent = len(network.uses)
    ends = ledger.loans.settle([transcript.loan for transcript in transcripts])
    found = [end.status.name for end in ends if isinstance(end, LoanSettlement)]
    assert (found.count("VOIDED"), found.count("SETTLED")) == (50, 100)
    assert len(network.uses) - sent > 1
    assert all(receipt.ok and receipt.gas_used <= 0.9 * gas for gas, receipt in network.uses)
    assert ledger.state().loans.collateral == 0
