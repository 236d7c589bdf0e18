"""An honest market passes, everything in it is looked at, and the report says what DESIGN promises."""

import json
from pathlib import Path

import pytest

from chain.audit import audit
from chain.audit.run import NAMES
from chain.audit.transcripts import NoTranscripts
from chain.logs import NotAMarket
from market.transcripts import write_transcript
from tests.chain.audit.stage import Stage
from tests.chain.worlds import ChainWorlds


def test_everything_happened_and_passes(stage: Stage) -> None:
    report = audit(stage.w3(), stage.registry)
    assert report.violations == ()
    assert report.verdict == "pass"
    assert list(report.checks) == list(NAMES)
    idle = {name for name, count in report.checks.items() if not count}
    assert all(name.startswith("forward.") for name in idle), idle  # nobody signs one here
    # from the play: agreements 1–4, 6–8 and one release; two meters read in three intervals, and six readings for loans;
    # seven deals and a run of two
    assert report.checks["signatures"] == 7 + 1
    assert report.checks["readings"] == 6 + 6
    assert report.checks["reading_signatures"] == 6 + 6
    assert report.checks["settlement"] == 9
    assert report.checks["code"] == 6
    # loans 1–6 and 8, one of them released; each two places, and those of two voids and a release looked at again;
    # two settled, two voided, one released
    assert report.checks["loans.signatures"] == 7 + 1
    assert report.checks["loans.terms"] == 7 + 1 + 1
    assert report.checks["loans.places"] == 2 * 7 + 3
    assert report.checks["loans.settlement"] == 5
    assert report.checks["replay"] == report.checks["events"] == report.events


def test_says_what_it_could_not_follow(stage: Stage) -> None:
    notes = [note.detail for note in audit(stage.w3(), stage.registry).notes]
    assert any(note.startswith("1 agreements have only their last offer on chain") for note in notes)
    assert "1 intervals of deals could be settled by anyone and are not" in notes
    assert any(note.startswith("1 loans have only their last offer on chain") for note in notes)
    assert "1 loans could be settled or voided by anyone and are not" in notes
    assert "1 loans are open and not yet final" in notes


def test_follows_heads_through_their_files(stage: Stage, tmp_path: Path) -> None:
    bare = audit(stage.w3(), stage.registry)
    for number, transcript in enumerate(stage.transcripts):
        write_transcript(tmp_path / f"session-{number}.json", transcript)
    for number, lent in enumerate(stage.loan_transcripts):
        write_transcript(tmp_path / f"loan-{number}.json", lent)
    report = audit(stage.w3(), stage.registry, transcripts=tmp_path)
    assert report.violations == ()
    assert report.checks["transcripts"] == bare.checks["transcripts"] + len(stage.transcripts)
    loans = "loans.transcripts"
    assert report.checks[loans] == bare.checks[loans] + len(stage.loan_transcripts)
    assert not any(note.check in ("transcripts", loans) for note in report.notes)


def test_json_has_the_promised_shape(stage: Stage) -> None:
    report = json.loads(json.dumps(audit(stage.w3(), stage.registry).as_json()))
    assert report["verdict"] == "pass"
    assert report["violations"] == []
    assert isinstance(report["events"], int)
    assert isinstance(report["seconds"], float)
    assert report["checks"]["events"] == report["events"]


def test_a_market_where_nothing_has_happened_passes(chain_worlds: ChainWorlds) -> None:
    market, _ = chain_worlds.market()
    report = audit(market.network.w3, market.registry.address)
    assert report.verdict == "pass"
    assert report.checks["deals"] == report.checks["readings"] == 0


def test_refuses_an_address_that_is_no_registry(stage: Stage) -> None:
    with pytest.raises(NotAMarket, match="no code"):
        audit(stage.w3(), "0x" + "11" * 20)
    with pytest.raises(NotAMarket, match=r"markets\(\)"):
        audit(stage.w3(), stage.token)


def test_refuses_a_folder_that_is_not_there(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(NoTranscripts):
        audit(stage.w3(), stage.registry, transcripts=tmp_path / "none")
