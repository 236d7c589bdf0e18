"""A transcript file that tells another story than the chain: refuted by name, for deals and for loans."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.audit import audit
from market.transcripts import write_transcript
from tests.chain.audit.stage import Stage

Change = Callable[[Any], Any]


def first(**changes: Any) -> Change:
    """The first offer with something else in it."""
    return lambda told: replace(told, offers=(replace(told.offers[0], **changes), *told.offers[1:]))


def earlier_move(told: Any) -> Any:
    move = told.offers[0].move
    return first(move=replace(move, expiry=move.expiry - 1))(told)


def earlier_signature(told: Any) -> Any:
    return first(signature=told.offers[1].signature)(told)


def without_the_first(told: Any) -> Any:
    return replace(told, offers=told.offers[1:])


def another_last(told: Any) -> Any:
    return replace(told, offers=told.offers[:-1])


def other_terms(told: Any) -> Any:
    return replace(told, terms=replace(told.terms, interval=told.terms.interval + 1))


@pytest.mark.parametrize("about", ["deals", "loans"])
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (earlier_move, "its offers hash to"),
        (earlier_signature, "round 0: not signed by"),
        (without_the_first, "rounds [] before round 1"),
        (another_last, "its last offer is not the one on chain"),
        (other_terms, "are not those signed"),
    ],
)
def test_another_story(stage: Stage, tmp_path: Path, about: str, change: Change, found: str) -> None:
    told = stage.transcripts[0] if about == "deals" else stage.loan_transcripts[0]
    write_transcript(tmp_path / "session.json", change(told))
    report = audit(stage.w3(), stage.registry, transcripts=tmp_path)
    check = "transcripts" if about == "deals" else "loans.transcripts"
    assert {violation.check for violation in report.violations} == {check}
    assert any(found in violation.detail for violation in report.violations)
    assert all(violation.transaction for violation in report.violations)
