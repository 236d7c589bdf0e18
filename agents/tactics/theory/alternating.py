"""Alternating offers with a last round and full information, solved by backward induction.

I. Ståhl, *Bargaining Theory*, 1972; A. Rubinstein, "Perfect equilibrium in a bargaining model", *Econometrica* 50, 1982,
without its infinite horizon. Any finite set of outcomes, whole packages; exact where gains and discounts are fractions.
"""

from dataclasses import dataclass
from fractions import Fraction

from market.issues import Values
from market.negotiation import Accept, Action, Propose, Turn, Withdraw
from market.session import OPENER

Gains = tuple[Fraction, Fraction]
"""Of the opener and of the responder."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """What the two sides know.

    Attributes
    ----------
    gains : mapping
        Both sides' gains over no deal for each outcome.
    discounts : tuple
        Of opener and responder, in (0, 1]: an outcome offered as the t-th offer (from 0) is worth gain × discount^t.
    max_rounds : int
        Most offers; after the last one no deal is left but to take it.
    """

    gains: dict[Values, Gains]
    discounts: Gains
    max_rounds: int


@dataclass(frozen=True)
class Plan:
    """The subgame-perfect equilibrium, entries by the time of the mover's turn."""

    offers: tuple[Values, ...]
    """What the mover offers, at each t < max_rounds."""
    values: tuple[Gains, ...]
    """What both get if the mover offers, discounted to that time; (0, 0) at t = max_rounds."""


def solve(game: Game) -> Plan:
    """Backward induction from the last offer.

    At t the counterpart takes an outcome whose gain is at least what refusing it brings: its discount × its value as the
    mover of t + 1. The mover offers the best outcome that is taken, or one that is not if waiting is better for it. Who is
    indifferent accepts; equally good outcomes are decided in the other's favour, then by the values.
    """
    offers: list[Values] = []
    values: list[Gains] = [(Fraction(0), Fraction(0))]
    for t in reversed(range(game.max_rounds)):
        mover = t % 2
        other = 1 - mover
        later = tuple(game.discounts[side] * values[-1][side] for side in (0, 1))
        taken = [o for o, gain in game.gains.items() if gain[other] >= later[other]]
        refused = [o for o, gain in game.gains.items() if gain[other] < later[other]]
        best = max(taken, key=lambda o: (game.gains[o][mover], game.gains[o][other], o), default=None)
        if best is not None and (not refused or game.gains[best][mover] >= later[mover]):
            offers.append(best)
            values.append(game.gains[best])
        else:
            offers.append(min(refused, key=lambda o: (game.gains[o][other], o)))
            values.append((later[0], later[1]))
    return Plan(tuple(reversed(offers)), tuple(reversed(values)))


@dataclass(frozen=True)
class Equilibrium:
    """A side that plays the equilibrium from whatever turn it finds itself in (``market.negotiation.Negotiator``)."""

    game: Game
    plan: Plan
    side: int = OPENER

    def act(self, turn: Turn) -> Action:
        """Take what is at least the value of refusing it, offer what the plan says otherwise."""
        if turn.standing is not None:
            refusing = self.game.discounts[self.side] * self.plan.values[turn.time][self.side]
            if self.game.gains[turn.standing][self.side] >= refusing:
                return Accept()
        return Withdraw() if turn.time >= turn.max_rounds else Propose(self.plan.offers[turn.time])
