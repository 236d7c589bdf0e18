"""Rubinstein's bargaining over a pie with patience and no last round.

A. Rubinstein, "Perfect equilibrium in a bargaining model", *Econometrica* 50, 1982: whoever offers keeps
x = (1 − δ_other) / (1 − δ_own · δ_other), and the other takes it at once. The one issue of the domain is the opener's part.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from market.negotiation import Accept, Action, Propose, Turn
from market.session import OPENER


def offerer_share(own: Fraction, other: Fraction) -> Fraction:
    """Share of the pie that whoever offers keeps; ``own`` and ``other`` are discounts in (0, 1), one at most 1."""
    if not (0 < own <= 1 and 0 < other <= 1 and own * other < 1):
        raise ValueError(f"discounts: found {own} and {other}, expected in (0, 1], not both 1")
    return (1 - other) / (1 - own * other)


@dataclass(frozen=True)
class Rubinstein:
    """A side that plays the equilibrium at every turn; shares are rounded to the grid in favour of who has to agree.

    Attributes
    ----------
    own, other : Fraction
        Discounts of an offer's delay.
    side : int
        ``market.session.OPENER`` gets the domain's value, ``RESPONDER`` the rest up to its highest.
    """

    own: Fraction
    other: Fraction
    side: int

    def act(self, turn: Turn) -> Action:
        """Take a share of at least δ × the one it would keep as offerer, offer that one otherwise."""
        issue = turn.domain.issues[0]
        pie = issue.high - issue.low
        kept = offerer_share(self.own, self.other)
        if turn.standing is not None:
            part = turn.standing[0] - issue.low
            if (part if self.side == OPENER else pie - part) >= self.own * kept * pie:
                return Accept()
        steps = pie // issue.tick
        own = math.floor(kept * steps)
        part = own if self.side == OPENER else steps - own
        return Propose((issue.low + part * issue.tick,))
