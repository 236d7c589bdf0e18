"""What the loan model refuses, each with the key, the value found and the rule it breaks."""

from energy.errors import SpecError


class DomainError(SpecError):
    """A negotiation domain with which no contract space can be made."""


class ModelError(SpecError):
    """Weights, criteria or a control that make no utility."""


class SpaceError(SpecError):
    """Needs, a state of charge or a domain for which no contract space can be computed."""


class MemoryRuleError(SpecError):
    """More scenarios than memory allows, refused before anything is allocated."""


class SessionError(SpecError):
    """Utilities, aspirations or a deadline that make no session."""
