"""How agents come to loans: what a mechanism is, and the paper's own.

A mechanism gets one period after another as an `Exchange` and commits loans to it. The paper's holds one session per
agent and period: peers by section 4.2, aspirations by quantile (Definition 2), alternating offers (Algorithm 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.cooperative.exchange import Exchange
from agents.cooperative.peers import Acquaintance, Peers, RandomPeers
from agents.cooperative.record import SessionRecord
from agents.cooperative.session import QuantileBidding, negotiate


class Negotiations(Protocol):
    """A mechanism at work in one cooperative: it may remember what happened in earlier periods."""

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        """Hold one period's sessions and commit what was agreed; one record for each session."""
        ...


class Mechanism(Protocol):
    """The rules of a mechanism; `begin` gives them the blank memory of n agents."""

    def begin(self, n: int) -> Negotiations: ...


@dataclass(frozen=True, slots=True)
class PaperMechanism:
    """The paper's mechanism.

    Attributes
    ----------
    peers : Peers
        How agents choose each other.
    literal_aspiration : bool
        The quantile as it is, even below no deal; the default has no deal as its floor.
    literal_nash : bool
        The Nash solution by Eq. 15 as it is printed (product of utilities) instead of the product of gains.
    """

    peers: Peers = field(default_factory=RandomPeers)
    literal_aspiration: bool = False
    literal_nash: bool = False

    def begin(self, n: int) -> Negotiations:
        return _OneSessionEach(self, self.peers.begin(n))


class _OneSessionEach:
    def __init__(self, rules: PaperMechanism, known: Acquaintance) -> None:
        self._rules = rules
        self._known = known

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        quantiles = tuple(exchange.member(i).aspiration_quantile for i in range(exchange.n))
        bidding = QuantileBidding(quantiles, literal=self._rules.literal_aspiration)
        pairs = self._known.pairs(exchange.rng)
        exchange.spaces([agent for pair in pairs for agent in pair])
        records = [
            negotiate(exchange, a, b, bidding, literal_nash=self._rules.literal_nash) for a, b in pairs
        ]
        for record in records:
            self._known.learn(record)
        return records
