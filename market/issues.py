"""What is negotiated: issues on integer grids, the domain they span, and the values of an offer."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

Values = tuple[int, ...]
"""One value for each issue of a domain, in its order."""


@dataclass(frozen=True, slots=True)
class Issue:
    """An integer issue on the grid ``low, low + tick, … ≤ high``; the unit is the ledger's (token units, base units).

    Raises
    ------
    ValueError
        If ``tick`` is not positive or ``high`` is below ``low``.
    """

    name: str
    low: int
    high: int
    tick: int = 1

    def __post_init__(self) -> None:
        if self.tick < 1:
            raise ValueError(f"issue {self.name}: tick is {self.tick}, expected at least 1")
        if self.high < self.low:
            raise ValueError(f"issue {self.name}: range {self.low}..{self.high} is empty")

    def __len__(self) -> int:
        return (self.high - self.low) // self.tick + 1

    def __contains__(self, value: object) -> bool:
        return (
            isinstance(value, int) and self.low <= value <= self.high and (value - self.low) % self.tick == 0
        )

    def values(self) -> range:
        """All values, ascending."""
        return range(self.low, self.high + 1, self.tick)


@dataclass(frozen=True, slots=True)
class Domain:
    """The issues of a negotiation; an outcome is one value of each."""

    issues: tuple[Issue, ...]

    def __len__(self) -> int:
        total = 1
        for issue in self.issues:
            total *= len(issue)
        return total

    def __contains__(self, values: object) -> bool:
        return (
            isinstance(values, tuple)
            and len(values) == len(self.issues)
            and all(value in issue for value, issue in zip(values, self.issues, strict=True))
        )

    def outcomes(self) -> Iterator[Values]:
        """Every outcome, the last issue varying fastest."""
        return product(*(issue.values() for issue in self.issues))


def trade_domain(*, price: Issue, energy: Issue) -> Domain:
    """The domain of a trade: price (token units per base unit) first, energy (base units) second."""
    return Domain((price, energy))
