"""Transcripts survive the way to a file and back, and a damaged file is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from market.ledger.unsigned import HashChain, LoanHashChain
from market.loans.terms import LoanMove, LoanTerms, LoanTranscript
from market.terms import Lock, Move, Party, SessionTerms, Transcript
from market.transcripts import (
    TranscriptError,
    read_any_transcript,
    read_loan_transcript,
    read_transcript,
    to_json,
    write_transcript,
)


def transcript() -> Transcript:
    signer = HashChain()
    terms = SessionTerms(
        seller=Party("0x" + "11" * 20),
        buyer=Party("0x" + "22" * 20),
        nonce=7,
        seller_meter=1,
        buyer_meter=2,
        interval=3,
    )
    first = signer.sign(terms, Move(price=80, energy=100, expiry=9), 0, bytes(32))
    last = signer.sign(terms, Move(price=90, energy=100, locked=Lock.ENERGY, expiry=10), 1, first.hash)
    return Transcript(terms, (first, last), signer.countersign(terms, last))


def loan_transcript() -> LoanTranscript:
    signer = LoanHashChain()
    terms = LoanTerms(
        opener=Party("0x" + "11" * 20),
        responder=Party("0x" + "22" * 20),
        nonce=7,
        opener_meter=1,
        responder_meter=2,
        interval=3,
        price=30,
        cover=40,
        max_ahead_given=2**64 - 1,
    )
    first = signer.sign(terms, LoanMove(quantity=100, return_after=5, expiry=9), 0, bytes(32))
    last = signer.sign(terms, LoanMove(quantity=-100, return_after=8, expiry=10), 1, first.hash)
    return LoanTranscript(terms, (first, last), signer.countersign(terms, last))


def test_a_transcript_comes_back_as_it_was(tmp_path: Path) -> None:
    for made in (transcript(), Transcript(transcript().terms, (), None)):
        write_transcript(tmp_path / "t.json", made)
        assert read_transcript(tmp_path / "t.json") == made
        assert read_any_transcript(tmp_path / "t.json") == made


def test_a_loans_transcript_comes_back_as_it_was(tmp_path: Path) -> None:
    for made in (loan_transcript(), LoanTranscript(loan_transcript().terms, (), None)):
        write_transcript(tmp_path / "t.json", made)
        assert read_loan_transcript(tmp_path / "t.json") == made
        assert read_any_transcript(tmp_path / "t.json") == made
        with pytest.raises(TranscriptError, match="seller"):
            read_transcript(tmp_path / "t.json")


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("terms", "nonce"), "7", "terms.nonce"),
        (("terms", "interval"), -1, "terms.interval"),
        (("terms", "seller"), 5, "terms.seller"),
        (("terms", "seller_opens"), 1, "terms.seller_opens"),
        (("offers", 1, "move", "price"), 1.5, "offers[1].move.price"),
        (("offers", 0, "hash"), "ff", "offers[0].hash"),
        (("offers", 0, "signature"), "0xzz", "offers[0].signature"),
        (("offers",), {}, "offers"),
        (("acceptance",), 3, "acceptance"),
    ],
)
def test_each_damage_is_named(tmp_path: Path, path: tuple[Any, ...], value: Any, place: str) -> None:
    content = to_json(transcript())
    node: Any = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    file = tmp_path / "t.json"
    file.write_text(json.dumps(content))
    with pytest.raises(TranscriptError) as caught:
        read_transcript(file)
    assert (caught.value.file, caught.value.place, caught.value.found) == (file, place, value)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("terms", "cover"), None, "terms.cover"),
        (("terms", "price"), -1, "terms.price"),
        (("terms", "responder"), 5, "terms.responder"),
        (("offers", 1, "move", "quantity"), 0.5, "offers[1].move.quantity"),
        (("offers", 1, "move", "return_after"), -8, "offers[1].move.return_after"),
        (("offers", 0, "round"), True, "offers[0].round"),
        (("acceptance",), "0x1", "acceptance"),
    ],
)
def test_each_damage_to_a_loans_is_named(
    tmp_path: Path, path: tuple[Any, ...], value: Any, place: str
) -> None:
    content = to_json(loan_transcript())
    node: Any = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    file = tmp_path / "t.json"
    file.write_text(json.dumps(content))
    with pytest.raises(TranscriptError) as caught:
        read_any_transcript(file)
    assert (caught.value.file, caught.value.place, caught.value.found) == (file, place, value)


def test_missing_and_superfluous_keys_and_other_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    content = to_json(transcript())
    del content["terms"]["nonce"]
    file.write_text(json.dumps(content))
    with pytest.raises(TranscriptError, match="terms"):
        read_transcript(file)
    file.write_text("[]")
    for read in (read_transcript, read_loan_transcript, read_any_transcript):
        with pytest.raises(TranscriptError, match="transcript"):
            read(file)
    with pytest.raises(TranscriptError, match="readable JSON"):
        read_transcript(tmp_path / "none.json")
