"""The same play and the same audit on another node: anvil, over JSON-RPC, asked in batches."""

import pytest

from chain.audit import audit
from chain.funding import dev_account
from chain.ledger import ChainLedger
from chain.network import connect
from chain.sender import Sender
from market.ledger.port import MarketRules
from tests.chain.audit.stage import play_out
from tests.chain.audit.test_forward_altered import play
from tests.chain.worlds import deployed, people, stake, world_of
from tests.ledger_suite.forward_world import BOUNDARIES
from tests.ledger_suite.world import EARLY, RULES


@pytest.mark.node
def test_passes_on_anvil() -> None:
    with connect("anvil") as network:
        market, _, keyring = deployed(network, MarketRules(epoch=network.now() + EARLY, **RULES))
        ledger = ChainLedger(market, keyring, Sender(network), funder=dev_account(network))
        stake(ledger, people(keyring))
        world = world_of(ledger, market, keyring)
        play_out(world)
        rules = ledger.rules
        passed = (ledger.now() - rules.epoch) // rules.interval + 1
        play(world, tuple(passed + boundary for boundary in BOUNDARIES))
        ledger.forward.pause()
        report = audit(network.w3, market.registry.address)
    assert report.violations == ()
    assert all(count > 0 for count in report.checks.values()), report.checks
