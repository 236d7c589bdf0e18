"""What every test shares: how long property tests search, and readable failures in the suites that are no test files.

``pytest`` alone searches anew each time; ``--hypothesis-profile=ci`` (``.ci/run``) takes the same examples every time;
``--hypothesis-profile=deep`` (``make deep``) takes many more. No test has a deadline: the machines differ.
"""

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.ledger_suite")

settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile(
    "deep",
    settings.get_profile("default"),
    max_examples=2000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("default")
