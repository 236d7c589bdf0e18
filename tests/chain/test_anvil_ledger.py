"""The same story on a spawned anvil: it ends as on the embedded chain, and goes on from its state after an end."""

from pathlib import Path

from chain.anvil import AnvilNetwork
from chain.network import connect
from market.ledger.digest import digest
from market.ledger.errors import LedgerError
from market.ledger.port import LedgerState, MarketRules
from tests.chain.faults import WatchedNetwork
from tests.chain.test_network import needs_anvil
from tests.chain.test_resume import play
from tests.chain.worlds import ChainWorlds, deployed, keyring_for, people
from tests.ledger_suite.world import EARLY, RULES


def outcome(state: LedgerState, network: AnvilNetwork | WatchedNetwork) -> str:
    names = {party: name for name, party in people(keyring_for(network)).items()}
    return digest(state, names, {1: "ana-1", 2: "bo-2", 3: "cy-3"})


def kinds(said: list[object]) -> list[object]:
    """What was said, without what differs from chain to chain."""
    flat = [each for batch in said for each in (batch if isinstance(batch, list) else [batch])]
    return [type(each) if isinstance(each, LedgerError) else type(each).__name__ for each in flat]


@needs_anvil
def test_the_same_story_on_anvil(chain_worlds: ChainWorlds, tmp_path: Path) -> None:
    master = chain_worlds.master({}, staked=False)
    embedded = WatchedNetwork(dict(master.database))
    expected, state = play(master, embedded)
    file = tmp_path / "state.json"
    with connect("anvil", state=file) as network:
        assert isinstance(network, AnvilNetwork)
        _, record, _ = deployed(network, MarketRules(epoch=network.now() + EARLY, **RULES))
        said, found = play(master, network, record)
        assert kinds(said) == kinds(expected)
        assert outcome(found, network) == outcome(state, embedded)
        blocks = network.block_number()
    with connect("anvil", state=file) as network:
        assert isinstance(network, AnvilNetwork)
        again, after = play(master, network, record)
        assert again == said
        assert after == found
        assert network.block_number() == blocks
