"""A single agent that negotiates a tariff: the paper's section 2, and what each negotiation agent of a community is.

It offers what its tactics give, rate by rate, accepts an offer that is worth at least its own next one, and withdraws
when that would be worth less than its least acceptable agreement. Where its tactics have no such offer left but the one it
received is acceptable, it takes that.
"""

from dataclasses import dataclass

from agents.community.errors import PreferencesError
from agents.community.preferences import TariffPreferences
from agents.community.tactics import Tactic
from agents.concession import no_worse, to_tick, within
from market.issues import Domain, Values
from market.negotiation import Accept, Action, Propose, Turn, Withdraw


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffAgent:
    """Preferences and a tactic for each rate: a `market.negotiation.Negotiator` over whole packages of rates.

    Raises
    ------
    PreferencesError
        If there is not one tactic a rate.
    """

    preferences: TariffPreferences
    tactics: tuple[Tactic, ...]
    deadline: int | None = None
    """Turns of both sides after which it leaves; None: it stays as long as the rules let it."""

    def __post_init__(self) -> None:
        if len(self.tactics) != len(self.preferences.goals):
            raise PreferencesError(
                "tactics", self.tactics, f"{len(self.preferences.goals)}, one for each rate"
            )

    def next_offer(self, domain: Domain, time: int) -> Values | None:
        """What it would offer at ``time``; None if that is worth less than its least acceptable agreement.

        Rates are rounded to the domain's ticks the way their owner concedes, never beyond its limits.
        """
        wanted = self.preferences
        offer = tuple(
            _on_grid(tactic.value(goal, limit, time), limit, sense, issue.low, issue.high, issue.tick)
            for tactic, goal, limit, sense, issue in zip(
                self.tactics, wanted.goals, wanted.limits, wanted.senses, domain.issues, strict=True
            )
        )
        return offer if wanted.accepts(offer) else None

    def accepts(self, received: Values, own_next: Values | None) -> bool:
        """Whether ``received`` is worth at least the own next offer, or, without one, the least acceptable agreement."""
        if own_next is None:
            return self.preferences.accepts(received)
        return self.preferences.utility(received) >= self.preferences.utility(own_next)

    def act(self, turn: Turn) -> Action:
        """Accept, offer, or leave; rates are never agreed one by one."""
        if self.deadline is not None and turn.time > self.deadline:
            return Withdraw()
        own = self.next_offer(turn.domain, turn.time)
        if turn.standing is not None and self.accepts(turn.standing, own):
            return Accept()
        return Withdraw() if own is None else Propose(own)


def _on_grid(value: float, limit: int, sense: int, low: int, high: int, tick: int) -> int:
    wanted = to_tick(value, low, high, tick, sense)
    last = within(limit, low, high, tick, sense)
    return wanted if no_worse(wanted, last, sense) else last
