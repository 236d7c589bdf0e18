"""A run that lends and is interrupted anywhere ends as if nothing had happened, on the embedded chain and on anvil."""

from pathlib import Path

import pytest

from chain.anvil import AnvilNetwork
from chain.network import connect
from market.ledger.digest import conserved, digest
from market.ledger.port import LedgerState, MarketRules
from market.loans.port import LoanSettlement, RecordedLoan
from market.loans.terms import LoanStatus
from tests.chain.faults import WatchedNetwork
from tests.chain.loans.story import STAKED, play, refusals
from tests.chain.test_network import needs_anvil
from tests.chain.worlds import ChainWorlds, Master, deployed, keyring_for, people
from tests.ledger_suite.world import EARLY, RULES


@pytest.fixture(scope="module")
def master(chain_worlds: ChainWorlds) -> Master:
    """A market in which nothing has happened yet."""
    return chain_worlds.master({}, staked=False)


def test_the_story_has_everything(master: Master) -> None:
    said, state = play(master, WatchedNetwork(dict(master.database)))
    # a deposit and a withdrawal of too much; in the batch a number twice and no collateral; cancelled and released twice;
    # four settled and one voided too early; voided though lent, and again; settled before the returns, and once more
    assert refusals(said) == [
        *("InsufficientBalance", "InsufficientBalance"),
        *("LoanKeyUsed", "InsufficientBalance"),
        *("LoanKeyUsed", "WrongLoanStatus"),
        *("NotFinal",) * 5,
        *("PrincipalDelivered", "WrongLoanStatus"),
        *("NotFinal", "WrongLoanStatus", "NotFinal"),
        *("WrongLoanStatus", "WrongLoanStatus"),
        *("PauseTooSoon", "PausedUntil"),
    ]
    flat = [each for entry in said for each in (entry if isinstance(entry, list) else [entry])]
    assert sum(isinstance(each, RecordedLoan) for each in flat) == 5
    # 200 are not lent; of 300 lent, 250 come back; of 500 none; 20 stand behind them, and nobody reads
    ends = [each for each in flat if isinstance(each, LoanSettlement)]
    found = [(end.status, end.principal, end.returned, end.compensation) for end in ends]
    assert found == [
        (LoanStatus.VOIDED, 0, 0, 0),
        (LoanStatus.SETTLED, 300, 250, 50 * 30),
        (LoanStatus.SETTLED, 500, 0, 500 * 30),
        (LoanStatus.VOIDED, 0, 0, 0),
    ]
    assert (ends[0].freed, ends[3].freed) == (True, False)
    assert state.loans.collateral == 0
    assert conserved(state, 2 * STAKED)


def test_a_second_run_sends_nothing(master: Master) -> None:
    database = dict(master.database)
    said, state = play(master, WatchedNetwork(database))
    network = WatchedNetwork(database)
    assert play(master, network) == (said, state)
    assert network.sent == 0


def test_killed_anywhere_and_run_again_it_ends_the_same(master: Master) -> None:
    network = WatchedNetwork(dict(master.database))
    said, state = play(master, network)
    assert network.sent == len(network.moments) > 30
    for place, moment in enumerate(network.moments):
        resumed = WatchedNetwork(moment, watched=False)
        again, after = play(master, resumed)
        assert again == said, f"killed after {place} transactions"
        assert after == state, f"killed after {place} transactions"
        # Nothing is sent twice; a refused transaction leaves no trace to go by and is not even sent again.
        assert resumed.sent <= network.sent - place


def outcome(state: LedgerState, network: AnvilNetwork | WatchedNetwork) -> str:
    names = {party: name for name, party in people(keyring_for(network)).items()}
    return digest(state, names, {1: "ana-1", 2: "bo-2", 3: "cy-3"})


@needs_anvil
def test_the_same_story_on_anvil(master: Master, tmp_path: Path) -> None:
    embedded = WatchedNetwork(dict(master.database))
    expected, state = play(master, embedded)
    file = tmp_path / "state.json"
    with connect("anvil", state=file) as network:
        assert isinstance(network, AnvilNetwork)
        _, record, _ = deployed(network, MarketRules(epoch=network.now() + EARLY, **RULES))
        said, found = play(master, network, record)
        assert refusals(said) == refusals(expected)
        assert outcome(found, network) == outcome(state, embedded)
        blocks = network.block_number()
    with connect("anvil", state=file) as network:
        assert isinstance(network, AnvilNetwork)
        assert play(master, network, record) == (said, found)
        assert network.block_number() == blocks
