"""What a week leaves behind: every session, and every home's flows. All that the paper's Figures 6 to 15 show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One negotiation, seen from its first-named agent `a`, who opens it.

    Attributes
    ----------
    period, a, b : int
        When, and the agents' numbers.
    agreed : bool
        Whether it ended in a loan.
    q : float
        What `a` gives now and has back later [kWh]; 0 without an agreement.
    tau : int
        Return time [intervals]; 0 without an agreement.
    rounds : int
        Offers made and turns passed until the end.
    accepted_by : int
        The agent that accepted; -1 without an agreement.
    utility_a, utility_b : float
        Expected utilities (Eq. 14, higher is better) of what was agreed, or of no deal [kWh].
    no_deal_a, no_deal_b : float
        Of no deal (Definitions 5 and 6).
    aspiration_a, aspiration_b : float
        Aspiration values (Definition 2).
    nash_q : float
    nash_tau : int
        The Nash solution (Definition 7); 0 and 0 where no contract gains both.
    nash_a, nash_b : float
        Its utilities; those of no deal where no contract gains both.
    distance_agreement, distance_no_deal : float
        Euclidean distances to the Nash solution, utilities normalised within the session; NaN for the first without
        an agreement, for both where no contract gains both.
    """

    period: int
    a: int
    b: int
    agreed: bool
    q: float
    tau: int
    rounds: int
    accepted_by: int
    utility_a: float
    utility_b: float
    no_deal_a: float
    no_deal_b: float
    aspiration_a: float
    aspiration_b: float
    nash_q: float
    nash_tau: int
    nash_a: float
    nash_b: float
    distance_agreement: float
    distance_no_deal: float

    @property
    def below_no_deal_a(self) -> bool:
        """Whether `a` expects to lose by what it agreed to."""
        return self.agreed and self.utility_a < self.no_deal_a

    @property
    def below_no_deal_b(self) -> bool:
        """Whether `b` expects to lose by what it agreed to."""
        return self.agreed and self.utility_b < self.no_deal_b

    @property
    def distance(self) -> float:
        """To the Nash solution from how it ended: a failed session counts as the no-deal point. May be NaN."""
        return self.distance_agreement if self.agreed else self.distance_no_deal


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRecord:
    """A week of n agents as it happened; energies in kWh an interval.

    Attributes
    ----------
    net : ndarray, shape (n, periods)
        Net demand: load less generation (Eq. 3), positive when short.
    exchange : ndarray, shape (n, periods)
        Σ_j ex_ij of Eq. 4, positive where the agent gives.
    flow : ndarray, shape (n, periods)
        P, positive where the battery takes.
    residual : ndarray, shape (n, periods)
        net + exchange + flow (Eq. 4), positive where the agent imports.
    soc : ndarray, shape (n, periods + 1)
        State of charge [kWh], the first column before the first period.
    sessions : tuple of SessionRecord
        In the order in which they were held.
    """

    net: FloatArray
    exchange: FloatArray
    flow: FloatArray
    residual: FloatArray
    soc: FloatArray
    sessions: tuple[SessionRecord, ...]

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.net)

    @property
    def periods(self) -> int:
        """Number of intervals."""
        return int(self.net.shape[1])

    @property
    def agreements(self) -> tuple[SessionRecord, ...]:
        """The sessions that ended in a loan."""
        return tuple(session for session in self.sessions if session.agreed)

    @property
    def success_rate(self) -> float:
        """Share of the sessions that ended in a loan; NaN without a session."""
        return len(self.agreements) / len(self.sessions) if self.sessions else float("nan")

    @property
    def exchange_matrix(self) -> FloatArray:
        """Energy that i gave j over the week, first legs and returns, shape (n, n) [kWh], >= 0 (Figures 12 and 15)."""
        given = np.zeros((self.agents, self.agents))
        for s in self.agreements:
            given[s.a, s.b] += abs(s.q)
            given[s.b, s.a] += abs(s.q)
        return given

    def exchanged(self) -> FloatArray:
        """Energy that changes hands between all pairs, each loan's legs by itself, shape (periods,) [kWh] (Figure 12)."""
        total = np.zeros(self.periods)
        for s in self.agreements:
            total[s.period] += abs(s.q)
            total[s.period + s.tau] += abs(s.q)
        return total

    def distance_matrix(self) -> FloatArray:
        """Mean distance to Nash of each pair's sessions, shape (n, n), symmetric (Figure 15).

        NaN for pairs that never met, or only where no contract gained both.
        """
        total = np.zeros((self.agents, self.agents))
        count = np.zeros((self.agents, self.agents))
        for s in self.sessions:
            if np.isnan(s.distance):
                continue
            for i, j in ((s.a, s.b), (s.b, s.a)):
                total[i, j] += s.distance
                count[i, j] += 1
        met = count > 0
        return np.divide(total, count, out=np.full_like(total, np.nan), where=met)
