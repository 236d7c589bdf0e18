"""Whole reproductions of small cases: what is drawn, what is said, what is kept, what is refused."""

import json
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.reproduce.rec.mechanisms import PAPER, RANDOM
from scenarios.reproduce.rec.reproduce import Options, RecReproduction, reproduce_rec
from scripts._console import emit_json
from tests.scenarios.reproduce.rec.small import small_case


def played(folder: Path, number: int, agents: int) -> RecReproduction:
    options = Options(
        case=number, out=folder / "out", mechanisms=(), file=small_case(folder, number, agents=agents)
    )
    return reproduce_rec(options, lambda what, done, total: None)


def test_case_1_shows_the_session_and_the_dispatch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = played(tmp_path, 1, 2)
    names = [path.stem for path in found.pictures]
    assert names == [f"figure-{k}" for k in (*range(2, 14),)] + ["best-possible"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in found.pictures)
    ids = {finding.claim.id for finding in found.findings}
    assert {"same-side", "fluctuating-dispatch", "neutral-losses", "nearer-to-nash-two"} <= ids
    tables = {table.title.partition(":")[0]: table for table in found.inputs}
    # Table 3 of the paper, word for word.
    assert [row[:6] for row in tables["Table 3"].rows] == [
        ("A", "52", "0.33", "0.67", "6.8", "0.9"),
        ("B", "50", "0.71", "0.29", "7", "0.8"),
    ]
    emit_json(found.machine_form())
    told = json.loads(capsys.readouterr().out)
    assert [set(claim) for claim in told["claims"]] == [{"id", "source", "paper", "ours", "holds"}] * len(
        found.findings
    )
    assert told["pictures"] == [str(path) for path in found.pictures]
    assert set(told["why"]) == {claim["id"] for claim in told["claims"] if not claim["holds"]}
    assert json.loads((found.folder / "claims.json").read_text(encoding="utf-8")) == told


def test_case_2_says_every_claim_and_a_second_run_finds_the_same(tmp_path: Path) -> None:
    found = played(tmp_path, 2, 3)
    ids = [finding.claim.id for finding in found.findings]
    assert len(ids) == len(set(ids))
    required = {finding.claim.id for finding in found.findings if finding.required}
    assert required == {"welfare-order", "above-line-most", "nearer-to-nash"}
    names = {path.stem for path in found.pictures}
    assert {"figure-9", "figure-10", "figure-11", "figure-12", "figure-13", "figure-15", "success"} <= names
    cache = found.folder.parent / "cache"
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    again = played(tmp_path, 2, 3)
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == kept
    assert again.findings == found.findings
    assert again.results == found.results


def test_a_mechanism_that_is_not_there_is_refused(tmp_path: Path) -> None:
    options = Options(
        case=2, out=tmp_path, mechanisms=("auctioneer",), file=small_case(tmp_path, 2, agents=2)
    )
    with pytest.raises(ScenarioError, match=rf"'auctioneer', expected one of {RANDOM}, {PAPER}") as refusal:
        reproduce_rec(options, lambda what, done, total: None)
    assert refusal.value.exit_code == 2
