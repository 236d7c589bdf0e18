"""The one place that imports NegMAS.

Raises
------
NegmasMissing
    On import, where NegMAS is not installed.
"""

from learning.negmas.errors import NegmasMissing

try:
    from negmas.outcomes import make_issue, make_os
    from negmas.preferences import MappingUtilityFunction
    from negmas.sao import ResponseType, SAOMechanism, SAONegotiator, SAOResponse
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "negmas":
        raise
    raise NegmasMissing from error

__all__ = [
    "MappingUtilityFunction",
    "ResponseType",
    "SAOMechanism",
    "SAONegotiator",
    "SAOResponse",
    "make_issue",
    "make_os",
]
