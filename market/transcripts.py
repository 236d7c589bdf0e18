"""Transcripts as files: one JSON object for each signed session, so that an auditor can check what stayed off the ledger.

``{"terms": {…}, "offers": [{"round", "move": {…}, "previous", "hash", "signature"}], "acceptance": "0x…" | null}``; bytes
are hex with 0x, everything else is whole numbers, booleans and addresses, under the names of ``market.terms``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from market.terms import Lock, Move, Party, SessionTerms, SignedOffer, Transcript


class TranscriptError(ValueError):
    """A transcript file cannot be read: the file, where in it, what was found, what was expected."""

    exit_code = 2

    def __init__(self, file: Path, place: str, found: object, expected: str) -> None:
        super().__init__(f"{file}: {place}: found {found!r}, expected {expected}")
        self.file, self.place, self.found, self.expected = file, place, found, expected


def to_json(transcript: Transcript) -> dict[str, Any]:
    """The JSON object of a transcript."""
    return {
        "terms": asdict(transcript.terms),
        "offers": [
            {
                "round": offer.round,
                "move": {**asdict(offer.move), "locked": int(offer.move.locked)},
                "previous": _hex(offer.previous),
                "hash": _hex(offer.hash),
                "signature": _hex(offer.signature),
            }
            for offer in transcript.offers
        ],
        "acceptance": None if transcript.acceptance is None else _hex(transcript.acceptance),
    }


def write_transcript(path: Path, transcript: Transcript) -> None:
    """Write one transcript."""
    path.write_text(json.dumps(to_json(transcript), indent=1) + "\n")


def read_transcript(path: Path) -> Transcript:
    """Read one transcript.

    Raises
    ------
    TranscriptError
    """
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise TranscriptError(path, "file", str(error), "a readable JSON file") from None
    reader = _Reader(path)
    table = reader.table("transcript", content, {"terms", "offers", "acceptance"})
    terms = reader.table("terms", table["terms"], {f.name for f in fields(SessionTerms)})
    parties = {"seller", "buyer"}
    booleans = {"seller_opens", "issue_by_issue"}
    for key, value in terms.items():
        wanted = str if key in parties else bool if key in booleans else int
        reader.typed(f"terms.{key}", value, wanted)
    offers = []
    reader.typed("offers", table["offers"], list)
    for i, entry in enumerate(table["offers"]):
        place = f"offers[{i}]"
        offer = reader.table(place, entry, {"round", "move", "previous", "hash", "signature"})
        move = reader.table(f"{place}.move", offer["move"], {"price", "energy", "locked", "expiry"})
        for key, value in move.items():
            reader.typed(f"{place}.move.{key}", value, int)
        reader.typed(f"{place}.round", offer["round"], int)
        offers.append(
            SignedOffer(
                round=offer["round"],
                move=Move(
                    price=move["price"],
                    energy=move["energy"],
                    locked=Lock(move["locked"] & Lock.ALL),
                    expiry=move["expiry"],
                ),
                previous=reader.data(f"{place}.previous", offer["previous"]),
                hash=reader.data(f"{place}.hash", offer["hash"]),
                signature=reader.data(f"{place}.signature", offer["signature"]),
            )
        )
    accepted = table["acceptance"]
    return Transcript(
        terms=SessionTerms(**{**terms, **{key: Party(terms[key]) for key in parties}}),
        offers=tuple(offers),
        acceptance=None if accepted is None else reader.data("acceptance", accepted),
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

    def typed(self, place: str, value: Any, kind: type) -> None:
        if type(value) is not kind or (isinstance(value, int) and value < 0):
            raise TranscriptError(self.file, place, value, f"{kind.__name__}, not negative")

    def data(self, place: str, value: Any) -> bytes:
        try:
            if not value.startswith("0x"):
                raise ValueError
            return bytes.fromhex(value[2:])
        except (AttributeError, ValueError):
            raise TranscriptError(self.file, place, value, "hex bytes with 0x") from None


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
