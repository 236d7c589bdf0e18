"""Courses of load, generation and gas over time: the shipped SimBench extract, and a user's own files.

`load_simbench` reads the extract, `read_profiles` a CSV file with units in its header. Forecasts of such courses are
in ``energy.forecast``.
"""

from energy.profiles.errors import (
    ProfileColumnError,
    ProfileDataError,
    ProfileError,
    ProfileFileError,
    ProfileTimeError,
    ProfileUnitError,
    ProfileValueError,
)
from energy.profiles.own import OwnProfiles, read_profiles, write_template
from energy.profiles.profile_set import (
    PV_YIELD_KWH_PER_KWP,
    ProfileSet,
    day_rows,
    rows_from,
    scale_to_annual_kwh,
    scale_to_peak_kw,
    scale_to_yield,
    week_rows,
)
from energy.profiles.simbench import SIMBENCH_FILE, SIMBENCH_SHA256, load_simbench

__all__ = [
    "PV_YIELD_KWH_PER_KWP",
    "SIMBENCH_FILE",
    "SIMBENCH_SHA256",
    "OwnProfiles",
    "ProfileColumnError",
    "ProfileDataError",
    "ProfileError",
    "ProfileFileError",
    "ProfileSet",
    "ProfileTimeError",
    "ProfileUnitError",
    "ProfileValueError",
    "day_rows",
    "load_simbench",
    "read_profiles",
    "rows_from",
    "scale_to_annual_kwh",
    "scale_to_peak_kw",
    "scale_to_yield",
    "week_rows",
    "write_template",
]
