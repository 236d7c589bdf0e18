"""Bids instead of a contract: a community decides by the same votes what it bids in a day-ahead market, hour by hour.

The paper's other use of its team model (section 5): members "propose and vote on the best bids to submit to spot … markets
without negotiating with opponents"; how, it leaves open. Here, in each hour:

- A bid is a price and a number of energy steps. It is for what the members on the side of the community's balance take (or
  feed in) together; they alone decide on it, carry what comes of it in proportion to their energy, and have the rest at
  their old rates, as all others have everything.
- A member would not bid beyond its old rate of that hour, and opens at the price that it expects; one that expects to gain
  wants many steps, one that does not wants few. It concedes on both by its tactic of that hour's block, and values a
  bid additively, as it does a tariff.
- There is no opponent. The team strategy is asked round by round, members conceding, until it sends a bid; where it
  withdraws or the rounds are over there is none.
- The market has one price for all: a bid to buy is accepted where it is at least that price, a bid to sell where it is
  at most that, and the price is paid, not the bid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from agents.community.community import Community
from agents.community.errors import BidError
from agents.community.mediator import by_size, check_mediator
from agents.community.meeting import Delegation, Meeting
from agents.community.members import Kind, Member
from agents.community.preferences import TariffPreferences
from agents.community.strategies import Pass, TeamStrategy
from market.issues import Domain, Issue
from market.negotiation import Propose

EVEN: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class BidRules:
    """What can be bid.

    Raises
    ------
    BidError
    """

    prices: Issue
    """Token units per Wh."""
    step: int
    """Wh of a step; the last one is filled up to what is needed."""
    rounds: int
    """Most rounds in which the team is asked."""
    weight_of_price: float = EVEN
    """Of the price in a member's utility; the steps have the rest."""

    def __post_init__(self) -> None:
        if self.step < 1:
            raise BidError("step", self.step, "at least 1 Wh")
        if self.rounds < 1:
            raise BidError("rounds", self.rounds, "at least 1")
        if not 0 <= self.weight_of_price <= 1:
            raise BidError("weight_of_price", self.weight_of_price, "0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour to bid for, as it is known before.

    Attributes
    ----------
    block : int
        Place of the hour's block.
    energy : mapping of str to int
        Wh that each member takes in it, negative: feeds in.
    expected : int
        Price that members expect [token units per Wh].
    """

    block: int
    energy: Mapping[str, int]
    expected: int

    @property
    def balance(self) -> int:
        """Wh of all together; positive: taken."""
        return sum(self.energy.values())


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid [token units per Wh, Wh]; ``energy`` is positive whether it is bought or sold."""

    buys: bool
    price: int
    energy: int
    rounds: int
    """Rounds that the team took."""

    def accepted(self, clearing: int) -> bool:
        """Whether it is, at this price of the market."""
        return self.price >= clearing if self.buys else self.price <= clearing


def decide_bids(
    community: Community,
    strategy: TeamStrategy,
    hours: Sequence[Hour],
    rules: BidRules,
    *,
    rng: np.random.Generator,
    mediator: str,
) -> tuple[Bid | None, ...]:
    """What the community bids in each of ``hours``; None: no bid.

    Parameters
    ----------
    mediator
        In hours in which it does not stand on the community's side, who moves most of those who do and negotiate.
    rng
        Decides the ties that strategies leave to chance.

    Raises
    ------
    StrategyNotAllowed, MediatorError, NotAMember
    BidError
        If an hour has another block or other members than the community.
    """
    strategy.check(community)
    check_mediator(community, mediator)
    names = {member.name for member in community.members}
    for i, hour in enumerate(hours):
        if set(hour.energy) != names:
            raise BidError(f"hours[{i}].energy", sorted(hour.energy), f"one for each of {sorted(names)}")
        if not 0 <= hour.block < len(community.energy):
            raise BidError(f"hours[{i}].block", hour.block, f"0 to {len(community.energy) - 1}")
    return tuple(_decide(community, strategy, hour, rules, rng, mediator) for hour in hours)


def on_side(hour: Hour) -> frozenset[str]:
    """Members on the side of the hour's balance; nobody where that is 0."""
    return frozenset(name for name, energy in hour.energy.items() if energy * hour.balance > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPaid:
    """What an hour costs [token units]; a member's share of the market may be a fraction of one."""

    accepted: bool
    energy: int
    """Wh bought or sold in the market."""
    paid: Mapping[str, Fraction]
    at_old_rates: Mapping[str, int]


def settle(community: Community, hour: Hour, bid: Bid | None, clearing: int) -> HourPaid:
    """The costs of one hour at the market's price, beside those at the old rates alone.

    ``clearing`` is in token units per Wh. Over the members, what is paid is the market's bill and the old rates of the rest:
    nothing is lost or made between them.
    """
    rates = {member.name: member.old_rates[hour.block] for member in community.members}
    old = {name: rates[name] * energy for name, energy in hour.energy.items()}
    if bid is None or not bid.accepted(clearing):
        plain = {name: Fraction(cost) for name, cost in old.items()}
        return HourPaid(accepted=False, energy=0, paid=plain, at_old_rates=old)
    side = on_side(hour)
    share = Fraction(bid.energy, sum(abs(hour.energy[name]) for name in side))
    paid = {
        name: cost + (share * hour.energy[name] * (clearing - rates[name]) if name in side else 0)
        for name, cost in ((name, Fraction(cost)) for name, cost in old.items())
    }
    return HourPaid(accepted=True, energy=bid.energy, paid=paid, at_old_rates=old)


def _decide(
    community: Community,
    strategy: TeamStrategy,
    hour: Hour,
    rules: BidRules,
    rng: np.random.Generator,
    mediator: str,
) -> Bid | None:
    side, wanted = on_side(hour), abs(hour.balance)
    steps = -(-wanted // rules.step)
    members = tuple(
        _bidder(member, hour, rules, steps) for member in community.members if member.name in side
    )
    negotiators = {member.name for member in members if member.agent is not None}
    if not negotiators:
        return None
    bidders = replace(community, members=members, trust=Fraction(0))
    speaker = mediator if mediator in negotiators else by_size(bidders)
    delegation = Delegation(bidders, speaker, rng=rng)
    domain = Domain((rules.prices, Issue("steps", 0, steps)))
    for time in range(rules.rounds):
        try:
            decision = strategy.decide(Meeting(delegation, domain, time, None))
        except Exception:  # noqa: BLE001 - foreign code: a team that fails does not bid
            return None
        if isinstance(decision, Pass):
            continue
        if not isinstance(decision, Propose) or decision.values not in domain or not decision.values[1]:
            return None
        price, count = decision.values
        return Bid(hour.balance > 0, price, min(count * rules.step, wanted), time + 1)
    return None


def _bidder(member: Member, hour: Hour, rules: BidRules, steps: int) -> Member:
    """``member`` as it wants one hour's bid: a price no worse than its old rate, and steps as far as it expects to gain."""
    rate, sense = member.old_rates[hour.block], -1 if hour.balance > 0 else 1
    gains = (hour.expected - rate) * sense > 0
    # One that expects nothing opens a tick from its rate: a goal is better than its limit.
    goal = hour.expected if gains else rate + sense * rules.prices.tick
    most, least = (steps, 0) if gains else (0, steps)
    energy = hour.energy[member.name]
    tactic = member.tactics[hour.block : hour.block + 1]
    return replace(
        member,
        kind=Kind.PROSUMER,
        # Its energy beside the price, so that votes by size and costs are those of this hour.
        energy=(energy, 0),
        old_rates=(rate, 0),
        preferences=TariffPreferences(
            goals=(goal, most),
            limits=(rate, least),
            weights=(rules.weight_of_price, 1 - rules.weight_of_price),
            least=member.preferences.least,
        ),
        tactics=tactic * 2,
    )
