"""The transcript files of a run, by the deal that each of them led to."""

from pathlib import Path

from chain.errors import ChainFault
from market.terms import DealKey, Transcript
from market.transcripts import read_transcript


class NoTranscripts(ChainFault):
    """There is no folder of transcripts where one was named."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: found no folder, expected one with transcript files (*.json)")


def read_transcripts(folder: Path) -> dict[DealKey, Transcript]:
    """Every agreed transcript in ``folder`` (``*.json``), by its first interval's slot; an empty folder gives none.

    Raises
    ------
    NoTranscripts
        If there is no such folder.
    TranscriptError
        If a file in it is no transcript.
    """
    if not folder.is_dir():
        raise NoTranscripts(folder)
    found = (read_transcript(path) for path in sorted(folder.glob("*.json")))
    return {DealKey.of(each.terms): each for each in found if each.acceptance is not None}
