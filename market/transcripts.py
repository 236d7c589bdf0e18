"""Transcripts as files: one JSON object for each signed session, so that an auditor can check what stayed off the ledger.

``{"terms": {…}, "offers": [{"round", "move": {…}, "previous", "hash", "signature"}], "acceptance": "0x…" | null}``; bytes
are hex with 0x, everything else is whole numbers, booleans and addresses, under the names of ``market.terms`` for a deal
and of ``market.loans.terms`` for a loan. Which of the two it is about, the names of its terms say.
"""

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from market.loans.terms import LoanMove, LoanTerms, LoanTranscript, SignedLoanOffer
from market.terms import Lock, Move, Party, SessionTerms, SignedOffer, Transcript


class TranscriptError(ValueError):
    """A transcript file cannot be read: the file, where in it, what was found, what was expected."""

    exit_code = 2

    def __init__(self, file: Path, place: str, found: object, expected: str) -> None:
        super().__init__(f"{file}: {place}: found {found!r}, expected {expected}")
        self.file, self.place, self.found, self.expected = file, place, found, expected


def to_json(transcript: Transcript | LoanTranscript) -> dict[str, Any]:
    """The JSON object of a transcript."""
    return {
        "terms": asdict(transcript.terms),
        "offers": [
            {
                "round": offer.round,
                "move": {key: int(value) for key, value in asdict(offer.move).items()},
                "previous": _hex(offer.previous),
                "hash": _hex(offer.hash),
                "signature": _hex(offer.signature),
            }
            for offer in transcript.offers
        ],
        "acceptance": None if transcript.acceptance is None else _hex(transcript.acceptance),
    }


def write_transcript(path: Path, transcript: Transcript | LoanTranscript) -> None:
    """Write one transcript."""
    path.write_text(json.dumps(to_json(transcript), indent=1) + "\n")


def read_transcript(path: Path) -> Transcript:
    """Read the transcript of a session about a deal.

    Raises
    ------
    TranscriptError
    """
    return _deal(_Reader(path), _content(path))


def read_loan_transcript(path: Path) -> LoanTranscript:
    """Read the transcript of a session about a loan.

    Raises
    ------
    TranscriptError
    """
    return _loan(_Reader(path), _content(path))


def read_any_transcript(path: Path) -> Transcript | LoanTranscript:
    """Read a transcript, of whichever kind its terms are.

    Raises
    ------
    TranscriptError
    """
    content = _content(path)
    terms = content.get("terms") if isinstance(content, dict) else None
    about_a_loan = isinstance(terms, dict) and "opener" in terms
    return (_loan if about_a_loan else _deal)(_Reader(path), content)


def _content(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TranscriptError(path, "file", str(error), "a readable JSON file") from None


def _deal(reader: "_Reader", content: Any) -> Transcript:
    table = reader.table("transcript", content, {"terms", "offers", "acceptance"})
    terms = reader.record(
        "terms",
        table["terms"],
        SessionTerms,
        text={"seller", "buyer"},
        flags={"seller_opens", "issue_by_issue"},
    )
    return Transcript(
        terms=SessionTerms(**terms),
        offers=tuple(
            SignedOffer(number, Move(**{**move, "locked": Lock(move["locked"] & Lock.ALL)}), *sealed)
            for number, move, sealed in reader.offers(table["offers"], Move)
        ),
        acceptance=reader.acceptance(table["acceptance"]),
    )


def _loan(reader: "_Reader", content: Any) -> LoanTranscript:
    table = reader.table("transcript", content, {"terms", "offers", "acceptance"})
    terms = reader.record("terms", table["terms"], LoanTerms, text={"opener", "responder"})
    return LoanTranscript(
        terms=LoanTerms(**terms),
        offers=tuple(
            SignedLoanOffer(number, LoanMove(**move), *sealed)
            for number, move, sealed in reader.offers(table["offers"], LoanMove, negative={"quantity"})
        ),
        acceptance=reader.acceptance(table["acceptance"]),
    )


class _Reader:
    """Checks of one file's values, each naming its place."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def table(self, place: str, value: Any, keys: set[str]) -> Mapping[str, Any]:
        if not isinstance(value, dict) or set(value) != keys:
            found = sorted(value) if isinstance(value, dict) else value
            raise TranscriptError(self.file, place, found, f"a table with {', '.join(sorted(keys))}")
        return value

    def record(
        self,
        place: str,
        value: Any,
        kind: type,
        *,
        text: Set[str] = frozenset(),
        flags: Set[str] = frozenset(),
        negative: Set[str] = frozenset(),
    ) -> Mapping[str, Any]:
        """The values for a dataclass: whole numbers, but for those named."""
        table = self.table(place, value, {f.name for f in fields(kind)})
        for key, each in table.items():
            wanted = str if key in text else bool if key in flags else int
            self.typed(f"{place}.{key}", each, wanted, negative=key in negative)
        return {key: Party(each) if key in text else each for key, each in table.items()}

    def offers(
        self, value: Any, move: type, *, negative: Set[str] = frozenset()
    ) -> Iterator[tuple[int, Mapping[str, Any], tuple[bytes, bytes, bytes]]]:
        """Of each offer its round, the values of its move, and (previous, hash, signature)."""
        self.typed("offers", value, list)
        for i, entry in enumerate(value):
            place = f"offers[{i}]"
            offer = self.table(place, entry, {"round", "move", "previous", "hash", "signature"})
            values = self.record(f"{place}.move", offer["move"], move, negative=negative)
            self.typed(f"{place}.round", offer["round"], int)
            previous, digest, signature = (
                self.data(f"{place}.{key}", offer[key]) for key in ("previous", "hash", "signature")
            )
            yield offer["round"], values, (previous, digest, signature)

    def acceptance(self, value: Any) -> bytes | None:
        return None if value is None else self.data("acceptance", value)

    def typed(self, place: str, value: Any, kind: type, *, negative: bool = False) -> None:
        if type(value) is not kind or (isinstance(value, int) and value < 0 and not negative):
            expected = kind.__name__ if negative else f"{kind.__name__}, not negative"
            raise TranscriptError(self.file, place, value, expected)

    def data(self, place: str, value: Any) -> bytes:
        try:
            if not value.startswith("0x"):
                raise ValueError
            return bytes.fromhex(value[2:])
        except (AttributeError, ValueError):
            raise TranscriptError(self.file, place, value, "hex bytes with 0x") from None


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
