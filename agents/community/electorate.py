"""Those who vote, as the compiled tallies take them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.community.errors import TallyError
from agents.community.members import Member
from agents.community.tally import (
    FloatArray,
    IntArray,
    Kernel,
    count_approvals,
    count_borda,
    count_favourites,
)
from market.issues import Values

APPROVAL: Final[Kernel] = count_approvals
"""A vote for every offer that is worth at least the voter's threshold."""
FAVOURITE: Final[Kernel] = count_favourites
"""A vote for the offer that is worth most; for each of them where several are."""
BORDA: Final[Kernel] = count_borda
"""Twice the Borda points."""

EXACT: Final = 2**53
"""Whole numbers below this are exact as floating-point numbers."""
WORTH_A_THREAD: Final = 200_000
"""Ballot entries below which another thread costs more than it saves."""


@dataclass(frozen=True, slots=True, eq=False)
class Electorate:
    """The voting members in their order: slopes and limits of their utilities, shape (voters, rates), and their votes."""

    slopes: FloatArray
    limits: FloatArray
    sizes: IntArray
    """Votes by size, shape (voters,)."""

    def __len__(self) -> int:
        return len(self.sizes)

    @classmethod
    def of(cls, members: Sequence[Member]) -> "Electorate":
        """The electorate of those ``members`` who vote.

        Raises
        ------
        TallyError
            If nobody votes, or a limit or the sizes together are too large to be counted exactly.
        """
        voters = [member for member in members if member.votes]
        if not voters:
            raise TallyError("members", len(members), "at least one who votes")
        if sum(voter.size for voter in voters) >= EXACT:
            raise TallyError("members.energy", sum(voter.size for voter in voters), f"less than {EXACT} Wh")
        for voter in voters:
            _require_exact(f"{voter.name}.limits", voter.preferences.limits)
        return cls(
            np.array([voter.preferences.slopes for voter in voters], np.float64),
            np.array([voter.preferences.limits for voter in voters], np.float64),
            np.array([voter.size for voter in voters], np.int64),
        )

    def tally(
        self,
        kind: Kernel,
        offers: Sequence[Values],
        thresholds: FloatArray,
        *,
        by_size: bool = False,
        workers: int = 1,
    ) -> IntArray:
        """Votes or points of each offer, shape (offers,).

        Parameters
        ----------
        kind
            How ballots are filled in.
        offers
            Distinct, at least one.
        thresholds
            Utility from which on a voter approves, shape (voters,).
        by_size
            Each voter has as many votes as its size, instead of one.
        workers
            Threads; the result is the same with any number.

        Raises
        ------
        TallyError
        """
        voters, rates = self.slopes.shape
        if thresholds.shape != (voters,):
            raise TallyError("thresholds", thresholds.shape, f"shape ({voters},), one for each voter")
        if not offers or {len(offer) for offer in offers} != {rates}:
            raise TallyError("offers", len(offers), f"at least one, each of {rates} rates")
        if workers < 1:
            raise TallyError("workers", workers, "at least 1")
        for offer in offers:
            _require_exact("offers", offer)
        table = np.ascontiguousarray(np.array(offers, np.float64).T)
        votes = self.sizes if by_size else np.ones(voters, np.int64)
        if 2 * len(offers) * int(votes.sum()) >= 2**63:
            raise TallyError("offers", len(offers), "fewer, or smaller voters: points are 64-bit numbers")
        limits = np.ascontiguousarray(thresholds, np.float64)
        shares = min(workers, voters, 1 + voters * len(offers) // WORTH_A_THREAD)
        edges = [voters * i // shares for i in range(shares + 1)]
        counts = np.zeros((shares, len(offers)), np.int64)

        def share(i: int) -> None:
            some = slice(edges[i], edges[i + 1])
            kind(self.slopes[some], self.limits[some], limits[some], votes[some], table, counts[i])

        if shares == 1:
            share(0)
        else:
            with ThreadPoolExecutor(shares) as threads:
                list(threads.map(share, range(shares)))
        total: IntArray = counts.sum(axis=0)
        return total


def _require_exact(key: str, rates: Values) -> None:
    if any(abs(rate) >= EXACT for rate in rates):
        raise TallyError(key, rates, f"rates below {EXACT}")
