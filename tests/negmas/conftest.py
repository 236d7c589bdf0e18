"""These tests run in NegMAS's own environment (``make test-negmas``), without the conftest of the others.

What its packages warn about while they are imported is not ours to mend; what warns in a session still fails a test.
"""

import importlib
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    importlib.import_module("negmas.sao.negotiators")
