"""Markets on the embedded chain for the tests: deployed once for each set of rules, then copied."""

import pytest

pytest.register_assert_rewrite("tests.ledger_suite")

from tests.chain.worlds import ChainWorlds  # noqa: E402
from tests.ledger_suite.world import Ledgers  # noqa: E402


@pytest.fixture(scope="session")
def chain_worlds() -> ChainWorlds:
    return ChainWorlds()


@pytest.fixture
def ledgers(chain_worlds: ChainWorlds) -> Ledgers:
    """A fresh market on a chain of its own."""
    return chain_worlds.make
