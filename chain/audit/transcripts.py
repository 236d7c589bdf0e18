"""The transcript files of a run, by the deal or the loan that each of them led to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chain.errors import ChainFault
from market.loans.terms import LoanTranscript
from market.terms import DealKey, Transcript
from market.transcripts import read_any_transcript


@dataclass(frozen=True, slots=True)
class Filed:
    """Agreed transcripts from files."""

    deals: Mapping[DealKey, Transcript] = field(default_factory=dict)
    """By the first interval's slot."""
    loans: Mapping[DealKey, LoanTranscript] = field(default_factory=dict)
    """By the loan's slot."""


class NoTranscripts(ChainFault):
    """There is no folder of transcripts where one was named."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: found no folder, expected one with transcript files (*.json)")


def read_transcripts(folder: Path) -> Filed:
    """Every agreed transcript in ``folder`` (``*.json``); an empty folder gives none.

    Raises
    ------
    NoTranscripts
        If there is no such folder.
    TranscriptError
        If a file in it is no transcript.
    """
    if not folder.is_dir():
        raise NoTranscripts(folder)
    deals: dict[DealKey, Transcript] = {}
    loans: dict[DealKey, LoanTranscript] = {}
    for each in map(read_any_transcript, sorted(folder.glob("*.json"))):
        if each.acceptance is None:
            continue
        if isinstance(each, LoanTranscript):
            loans[each.terms.key] = each
        else:
            deals[DealKey.of(each.terms)] = each
    return Filed(deals, loans)
