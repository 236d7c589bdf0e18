"""Markets on the embedded chain for the tests: deployed once for each set of rules, then copied."""

import pytest

from tests.chain.worlds import ChainWorlds
from tests.ledger_suite.world import Ledgers


@pytest.fixture(scope="session")
def chain_worlds() -> ChainWorlds:
    return ChainWorlds()


@pytest.fixture
def ledgers(chain_worlds: ChainWorlds) -> Ledgers:
    """A fresh market on a chain of its own."""
    return chain_worlds.make
