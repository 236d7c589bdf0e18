"""A community's place: the homes behind one meter, which together are one party of the market.

The community's meter reads the sum of what its members' submeters read; what one of them feeds in while another draws
stays behind it. A deal of the community's is worked for by its members: those whose forecasts pointed the other way are
taken as they were expected, and the rest is shared among those who had something to give (or needed something), in
proportion to what they were expected to have. Each battery serves its own home first, then its home's part of the deal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scenarios.sites import HomeSite, NoLoans


@dataclass(slots=True, kw_only=True)
class CommunitySite:
    """The places of a community's members behind its meter (``scenarios.sites.Site``)."""

    name: str
    members: tuple[HomeSite, ...]
    rating_wh: int
    """Of the community's own meter."""
    read: dict[str, list[tuple[int, int]]] = field(init=False)
    """What each submeter exported and imported in the intervals that have happened [Wh], by the member's name."""
    _expected: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """What each member was last expected to have left over in an interval [Wh], negative: missing."""
    _traded: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.read = {member.name: [] for member in self.members}

    def plan(self, interval: int, amount: int) -> None:
        total = self._traded[interval] = self._traded.get(interval, 0) + amount
        expected = self._expected.get(interval, (0,) * len(self.members))
        for member, part in zip(self.members, parts(total, expected), strict=True):
            member.planned_wh[interval] = part

    def lend(self, interval: int, amount: int) -> None:
        raise NoLoans(self.name)

    def call_off(self, interval: int, amount: int, *, blocked: bool) -> None:
        raise NoLoans(self.name)

    def net(self, step: int, interval: int) -> int:
        expected = self._expected[interval] = tuple(member.net(step, interval) for member in self.members)
        return max(-self.rating_wh, min(self.rating_wh, sum(expected)))

    def realise(self, interval: int) -> tuple[int, int]:
        net = 0
        for member in self.members:
            exported, imported = member.realise(interval)
            self.read[member.name].append((exported, imported))
            net += exported - imported
        return min(max(net, 0), self.rating_wh), min(max(-net, 0), self.rating_wh)

    def register(self, member: str) -> tuple[int, int]:
        """What a member's submeter has exported and imported so far [Wh]."""
        readings = self.read[member]
        return sum(exported for exported, _ in readings), sum(imported for _, imported in readings)


def parts(total: int, expected: Sequence[int]) -> tuple[int, ...]:
    """What each member is to sell (positive) or buy of a community's ``total`` [Wh]; the sum is ``total``, exactly.

    Nothing where nothing was traded. Otherwise members whose expectation has the other sign are taken as expected, and
    those with the same share the rest in proportion to theirs; all alike where none has the same sign.
    """
    if total == 0:
        return (0,) * len(expected)
    sign = 1 if total > 0 else -1
    own = [max(sign * amount, 0) for amount in expected]
    if not any(own):
        return tuple(sign * part for part in shared(abs(total), [1] * len(expected)))
    against = [min(sign * amount, 0) for amount in expected]
    given = shared(abs(total) - sum(against), own)
    return tuple(sign * (part + other) for part, other in zip(given, against, strict=True))


def shared(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """``total`` ≥ 0 in whole parts in proportion to ``weights``, of which one is above 0; the sum is ``total``.

    What whole parts leave over goes to the greatest fractions, the first among equals.
    """
    whole = sum(weights)
    found = [total * weight // whole for weight in weights]
    greatest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in greatest[: total - sum(found)]:
        found[i] += 1
    return tuple(found)
