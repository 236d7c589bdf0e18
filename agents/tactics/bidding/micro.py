"""MiCRO: one new offer for every new offer of the counterpart.

D. de Jonge, "An Analysis of the Linear Bilateral ANAC Domains Using the MiCRO Benchmark Strategy", IJCAI 2022: the own
outcomes are ranked; whoever has made no more different offers than the counterpart makes the next one of the ranking,
otherwise repeats one of its own, drawn at random. It needs no deadline, no model, and no parameter.
"""

from dataclasses import dataclass

from agents.tactics.view import View
from market.issues import Values


@dataclass(frozen=True)
class Micro:
    """MiCRO as published; see the module. Over a space that is thinned, the ranking is that of the outcomes kept."""

    def bid(self, view: View) -> Values:
        made = set(view.own)
        if len(made) <= len(set(view.theirs)):
            rank = self.next_rank(view, made)
            if rank is not None:
                return view.space[rank]
        return self._repeated(view)

    def next_rank(self, view: View, made: set[Values]) -> int | None:
        """Place in the ranking of the next new offer; None if all are made."""
        return next((rank for rank in range(len(view.space)) if view.space[rank] not in made), None)

    def _repeated(self, view: View) -> Values:
        """A random earlier offer that keeps the locks."""
        turn = view.turn
        possible = sorted(
            {
                offer
                for offer in view.own
                if turn.standing is None
                or all(not turn.locked >> i & 1 or value == turn.standing[i] for i, value in enumerate(offer))
            }
        )
        return possible[int(view.seat.rng.integers(len(possible)))] if possible else view.space[0]


@dataclass(frozen=True)
class RushedMicro(Micro):
    """MiCRO with strides: as wide as it takes to come through the ranking by the deadline.

    MiCRO concedes one outcome at a time, which a session of few rounds over many outcomes does not leave time for. Here
    the n-th new offer of at most N that a session has room for is the outcome of rank n·(K − 1)/(N − 1) of K. The rule of
    reciprocity is MiCRO's; the strides are this project's own choice.
    """

    def next_rank(self, view: View, made: set[Values]) -> int | None:
        last = len(view.space) - 1
        rank = min(last, round(len(made) * last / max(1, view.turns - 1)))
        while rank <= last and view.space[rank] in made:
            rank += 1
        return rank if rank <= last else None
