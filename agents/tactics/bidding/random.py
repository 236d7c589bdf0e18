"""The random walker: any outcome that is good enough."""

from dataclasses import dataclass

from agents.tactics.errors import require_number
from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Random:
    """An outcome drawn evenly from those worth at least ``least``, in [0, 1]; a control ("zero intelligence").

    D. Gode, S. Sunder, "Allocative efficiency of markets with zero-intelligence traders", *Journal of Political Economy*
    101, 1993: random offers, constrained to what is no loss.
    """

    least: float = 0.0

    def __post_init__(self) -> None:
        require_number(self, "least", least=0, most=1)

    def bid(self, view: View) -> Values:
        good = max(1, view.space.down_to(self.least))
        return view.space[int(view.seat.rng.integers(good))]
