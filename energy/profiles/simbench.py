"""The shipped extract of SimBench: a year of quarter hours, five household loads and eight PV profiles.

SimBench does not say which of its profiles were measured and which were made; so neither do we. The data is under
ODbL 1.0 (contents: DbCL 1.0): see ``data/SOURCE.md`` for the attribution and for what was changed.
"""

from functools import cache
from pathlib import Path

from energy.profiles.errors import ProfileDataError, ProfileFileError
from energy.profiles.packing import digest, unpack
from energy.profiles.profile_set import ProfileSet

SIMBENCH_FILE = Path(__file__).parent / "data" / "simbench-2016.npz"
SIMBENCH_SHA256 = "f6e3b29fdd61d460972368b5ff9a1ed3514190b2144994bf1900c2f1f67f43f8"
"""Of the shipped file. Another file is another data set, and a run's results would not be comparable."""

SOURCE = "SimBench (simbench.net), ODbL 1.0"


def load_simbench() -> ProfileSet:
    """The extract: per-unit columns H0-A, -B, -C, -G, -L and PV1 to PV8, shape (35136,), 0.25 h, year 2016.

    Raises
    ------
    ProfileFileError
        If the file is not there.
    ProfileDataError
        If it is not the file that this version shipped.
    """
    return _read(SIMBENCH_FILE)


@cache
def _read(file: Path) -> ProfileSet:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ProfileFileError(
            file, "file", str(error.strerror), "the shipped extract of SimBench"
        ) from error
    found = digest(content)
    if found != SIMBENCH_SHA256:
        raise ProfileDataError(file, "file", f"sha256 {found}", f"sha256 {SIMBENCH_SHA256}")
    return ProfileSet(columns=unpack(content), interval_h=0.25, year=2016, source=SOURCE, sha256=found)
