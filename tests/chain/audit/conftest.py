"""The played market, once for all tests of the audit."""

import pytest

from tests.chain.audit.stage import Stage, play
from tests.chain.worlds import ChainWorlds


@pytest.fixture(scope="session")
def stage() -> Stage:
    return play(ChainWorlds())
