"""Aiming at the Nash point: concede to what is thought fair, and no further.

The target is the Nash bargaining solution (J. Nash, "The bargaining problem", *Econometrica* 18, 1950) of the own
utilities and those that the model gives the counterpart, as in T. Baarslag, K. Hindriks, C. Jonker, "A tit for tat
negotiation strategy for real-time bilateral negotiations", 2013; there the counterpart's concession sets the pace, here
the clock.
"""

from dataclasses import dataclass

from agents.tactics.bidding.base import choose
from agents.tactics.errors import require_number
from agents.tactics.view import View
from market.issues import Values
from market.measures import nash_solution


@dataclass(frozen=True)
class NashAiming:
    """From the best outcome towards the estimated Nash point, reached at ``deadline``.

    Attributes
    ----------
    beta : float
        Pace as of the time-dependent tactics, > 0.
    deadline : float
        Part of the session after which the Nash point itself is offered, in (0, 1].
    """

    beta: float = 1.0
    deadline: float = 0.9

    def __post_init__(self) -> None:
        require_number(self, "beta", least=0, open_low=True)
        require_number(self, "deadline", least=0, most=1, open_low=True)

    def bid(self, view: View) -> Values:
        own = view.space.utilities
        fair = nash_solution(own, view.model.utilities(view.space.outcomes))
        progress = min(1.0, view.progress / self.deadline)
        if fair is None:
            return view.space[0]
        if progress >= 1.0:
            return view.space[fair]
        best = float(own[0])
        return choose(view, best + progress ** (1.0 / self.beta) * (float(own[fair]) - best))
