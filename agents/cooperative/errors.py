"""What is refused before a week starts: a plan, a member or a truth that does not fit the others.

Each carries the key, the value found and the rule it breaks (``energy.errors.SpecError``, exit code 2).
"""

from energy.errors import SpecError


class PlanError(SpecError):
    """A week that cannot be simulated."""


class MemberError(SpecError):
    """A member that cannot take part."""


class LinkError(SpecError):
    """Limits of links that are none."""
