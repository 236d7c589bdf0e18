"""Strategies that do one thing, for tests that need to know what will happen."""

from agents.strategy import Strategy
from market.negotiation import Accept, Action, Propose, Turn


class Seventeen(Strategy):
    """Offers 17 for 2, whatever happens."""

    def act(self, turn: Turn) -> Action:
        return Propose((17, 2))


class Taker(Strategy):
    """Takes what stands; opens with its best price and least amount."""

    def act(self, turn: Turn) -> Action:
        price, energy = self.context.stakes
        return Accept() if turn.standing is not None else Propose((price.best, energy.low))


class Greedy(Strategy):
    """Offers one tick beyond its reservation price."""

    def act(self, turn: Turn) -> Action:
        price, energy = self.context.stakes
        return Propose((price.worst - price.sense * price.issue.tick, energy.low))


class Broken(Strategy):
    """Cannot do anything."""

    def act(self, turn: Turn) -> Action:
        raise RuntimeError("no idea")
