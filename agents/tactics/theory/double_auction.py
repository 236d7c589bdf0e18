"""Chatterjee and Samuelson's bargaining: each side names one price, and trade is in the middle.

K. Chatterjee, W. Samuelson, "Bargaining under incomplete information", *Operations Research* 31, 1983, with the buyer's
value v and the seller's cost c drawn evenly from [0, 1] and known to their owners alone. In the linear equilibrium the
buyer bids 2v/3 + 1/12 and the seller asks 2c/3 + 1/4, so that they trade where v ≥ c + 1/4.
"""

from dataclasses import dataclass
from fractions import Fraction

from market.issues import Issue
from market.negotiation import Accept, Action, Propose, Turn, Withdraw


def bid_of(value: Fraction) -> Fraction:
    """The buyer's bid in the linear equilibrium, never above its value; below 1/4 it does not trade either way."""
    return min(value, Fraction(2, 3) * value + Fraction(1, 12))


def ask_of(cost: Fraction) -> Fraction:
    """The seller's ask in the linear equilibrium, never below its cost; above 3/4 it does not trade either way."""
    return max(cost, Fraction(2, 3) * cost + Fraction(1, 4))


def price_of(price: Fraction, issue: Issue) -> int:
    """A price in [0, 1] on the grid of ``issue``, which stands for it; rounded down where it lies between."""
    return issue.low + int(price * (issue.high - issue.low)) // issue.tick * issue.tick


@dataclass(frozen=True)
class SealedPrice:
    """A side of the double auction in a session of two offers about one price.

    The opener names its price. The responder's was fixed before: if the two cross, it offers the middle (rounded down
    to the grid), otherwise its own price. The opener takes what is no worse than what it named. So whoever opens against
    this side plays exactly the sealed-bid game.

    Attributes
    ----------
    price : int
        Its sealed price, on the issue's grid.
    sense : int
        +1 for the seller, −1 for the buyer.
    """

    price: int
    sense: int

    def act(self, turn: Turn) -> Action:
        """As above."""
        issue = turn.domain.issues[0]
        if turn.standing is None:
            return Propose((self.price,))
        named = turn.standing[0]
        crossed = (named - self.price) * self.sense >= 0
        if turn.time >= 2:
            return Accept() if crossed else Withdraw()
        middle = issue.low + ((named + self.price) // 2 - issue.low) // issue.tick * issue.tick
        return Propose((middle if crossed else self.price,))
