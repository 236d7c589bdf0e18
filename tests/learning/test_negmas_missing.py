"""Where NegMAS is not installed its adapter says how to come by it, and everything else does without."""

import importlib
import sys

import pytest

from learning.negmas.errors import NegmasMissing


@pytest.mark.parametrize("module", ["library", "spaces", "ours", "theirs"])
def test_the_adapter_names_what_is_missing(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "negmas", None)  # as if it were not there
    for loaded in [name for name in sys.modules if name.startswith("learning.negmas.")]:
        if not loaded.endswith(".errors"):
            monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(NegmasMissing, match="make negmas") as refused:
        importlib.import_module(f"learning.negmas.{module}")
    assert refused.value.exit_code == 2
