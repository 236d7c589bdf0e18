"""What every test shares: how long property tests search, and readable failures in the suites that are no test files.

``pytest`` alone searches anew each time; ``--hypothesis-profile=ci`` (``.ci/run``) takes the same examples every time;
``--hypothesis-profile=deep`` (``make deep``) takes ten times as many. No test has a deadline: the machines differ.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

DEEPER = 10

pytest.register_assert_rewrite("tests.ledger_suite")

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile(
    "deep",
    settings.get_profile("default"),
    max_examples=100 * DEEPER,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")

_OWN = "_hypothesis_internal_use_settings"
"""Where Hypothesis keeps a test's own settings; those win over any profile's."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let a test that states its number of examples go deeper too."""
    if config.getoption("--hypothesis-profile") != "deep":
        return
    seen: set[int] = set()
    for item in items:
        function = getattr(item, "function", None)
        machine = getattr(item, "cls", None)
        for owner, name in ((function, _OWN), (machine, "settings")):
            own: Any = getattr(owner, name, None)
            if isinstance(own, settings) and id(owner) not in seen:
                seen.add(id(owner))
                stated = own.max_examples != 100 * DEEPER
                setattr(owner, name, settings(own, max_examples=own.max_examples * (DEEPER if stated else 1)))
