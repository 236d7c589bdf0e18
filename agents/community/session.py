"""A community against an opponent: alternating offers of whole tariffs, with turns in which a team has no offer to make.

Time is the number of turns taken by both sides, offers or not. The opponent is any `market.negotiation.Negotiator`; when the
community passes, it sees the community's last offer again and a later time. One that raises or acts against the rules
has withdrawn, as in ``market.session``; so has a team whose strategy does. There the two differ from this in one thing: a
side there cannot pass.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.community.community import Community, leavers
from agents.community.errors import NegotiationError, ZeroEnergy
from agents.community.interaction import ContractNet, Interaction
from agents.community.mediator import MediatorRule, by_tariff
from agents.community.meeting import Delegation, Meeting
from agents.community.strategies import Decision, Pass, TeamStrategy
from market.issues import Domain, Values
from market.negotiation import Accept, Negotiator, Propose, Turn, Withdraw
from market.session import Agreed, Deadline, Offer, Outcome, Withdrawn

COMMUNITY: Final = 0
OPPONENT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRules:
    """What is negotiated and how long.

    Raises
    ------
    NegotiationError
    """

    domain: Domain
    """One issue for each rate [token units per Wh]."""
    max_turns: int
    """Turns of both sides; after the last one the other side can still accept."""
    first: int = OPPONENT
    """Who moves first."""

    def __post_init__(self) -> None:
        if not self.domain.issues:
            raise NegotiationError("domain", 0, "at least one rate")
        if self.max_turns < 1:
            raise NegotiationError("max_turns", self.max_turns, "at least 1")
        if self.first not in (COMMUNITY, OPPONENT):
            raise NegotiationError("first", self.first, f"{COMMUNITY} (community) or {OPPONENT} (opponent)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiated:
    """A negotiation's end. Sides in ``outcome`` and ``offers`` are `COMMUNITY` and `OPPONENT`."""

    outcome: Outcome
    offers: tuple[Offer, ...]
    """With the turn in which each was made."""
    passes: tuple[int, ...]
    """Turns in which no offer of the community reached the quota."""
    turns: int
    """Turns taken, the one that ended it not counted."""
    mediator: str
    meetings: tuple[Meeting, ...]
    """The community's rounds, with what the mediator alone knows of them."""
    net: ContractNet
    """The messages between mediator and members; a member's view is its `seen_by`."""

    @property
    def rates(self) -> Values | None:
        """The tariff agreed on."""
        return self.outcome.values if isinstance(self.outcome, Agreed) else None


def negotiate(
    community: Community,
    strategy: TeamStrategy,
    opponent: Negotiator,
    rules: TariffRules,
    *,
    rng: np.random.Generator,
    mediator: str | MediatorRule = by_tariff,
    workers: int = 1,
) -> Negotiated:
    """Negotiate to the end.

    Parameters
    ----------
    mediator
        A member's name, or the rule to choose one.
    rng
        Decides the ties that strategies leave to chance; nothing else is random.
    workers
        Threads of the tallies; the result is the same with any number.

    Raises
    ------
    StrategyNotAllowed, MediatorError, NotAMember
    NegotiationError
        If the domain has another number of rates than the members.
    ZeroEnergy
        If the members move no energy at all.
    """
    if len(rules.domain.issues) != len(community.energy):
        rates = len(community.energy)
        raise NegotiationError("domain", len(rules.domain.issues), f"{rates} rates, as the members have")
    _require_energy(community)
    strategy.check(community)
    name = mediator if isinstance(mediator, str) else mediator(community)
    delegation = Delegation(community, name, rng=rng, workers=workers)
    run = _Run(delegation, strategy, opponent, rules)
    while run.outcome is None:
        run.advance()
    delegation.net.publish(run.outcome)
    return Negotiated(
        outcome=run.outcome,
        offers=tuple(run.offers),
        passes=tuple(run.passes),
        turns=run.time,
        mediator=name,
        meetings=tuple(run.meetings),
        net=delegation.net,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A community bound by its contract, and who left rather than sign it."""

    community: Community
    left: tuple[str, ...]


def sign(community: Community, rates: Values) -> Signed:
    """Let those leave who may and to whom ``rates`` are worth less than nothing agreed; the rest are bound.

    Raises
    ------
    NoNegotiationAgent
        If nobody were left to speak for it.
    ZeroEnergy
        If those who stay move no energy.
    AlreadySigned
    """
    left = leavers(community, rates) if community.signed is None else ()
    for name in left:
        community = community.leave(name)
    _require_energy(community)
    return Signed(community=community.sign(rates), left=left)


def _require_energy(community: Community) -> None:
    if not any(member.size for member in community.members):
        raise ZeroEnergy(
            f"{community.name}.energy", community.energy, "some energy that a contract can be about"
        )


class _Run:
    """The turns of one negotiation."""

    def __init__(
        self, delegation: Delegation, strategy: TeamStrategy, opponent: Negotiator, rules: TariffRules
    ) -> None:
        self.delegation = delegation
        self.strategy = strategy
        self.opponent = opponent
        self.rules = rules
        self.time = 0
        self.offers: list[Offer] = []
        self.passes: list[int] = []
        self.meetings: list[Meeting] = []
        self.outcome: Outcome | None = None

    def advance(self) -> None:
        """One turn."""
        mover = (self.rules.first + self.time) % 2
        standing = self._last(1 - mover)
        try:
            decision: object = (
                self._ask_team(standing) if mover == COMMUNITY else self._ask_opponent(standing)
            )
        except Exception as fault:  # noqa: BLE001 - foreign code: whatever it raises is its own side's loss
            self.outcome = Withdrawn(mover, f"{type(fault).__name__}: {fault}")
            return
        if isinstance(decision, Accept):
            if standing is None:
                self.outcome = Withdrawn(mover, "accepted before there was an offer")
            else:
                self.outcome = Agreed(standing, mover)
        elif isinstance(decision, Withdraw):
            self.outcome = Withdrawn(mover)
        elif self.time >= self.rules.max_turns:
            self.outcome = Deadline()
        elif isinstance(decision, Propose):
            if decision.values not in self.rules.domain or decision.locked:
                self.outcome = Withdrawn(mover, f"found {decision!r}, expected rates of the domain, unlocked")
                return
            self.offers.append(Offer(self.time, mover, decision.values))
            self.time += 1
        elif isinstance(decision, Pass) and mover == COMMUNITY:
            self.passes.append(self.time)
            self.time += 1
        else:
            self.outcome = Withdrawn(
                mover, f"found {decision!r}, expected an offer, acceptance or withdrawal"
            )

    def _ask_team(self, standing: Values | None) -> Decision:
        meeting = Meeting(self.delegation, self.rules.domain, self.time, standing)
        self.meetings.append(meeting)
        decision = self.strategy.decide(meeting)
        if self.delegation.community.interaction >= Interaction.RESPONSIVE:
            self.delegation.net.publish(decision)
        return decision

    def _ask_opponent(self, standing: Values | None) -> Decision:
        turn = Turn(
            time=self.time,
            max_rounds=self.rules.max_turns,
            domain=self.rules.domain,
            issue_by_issue=False,
            standing=standing,
            locked=0,
            own_last=self._last(OPPONENT),
        )
        return self.opponent.act(turn)

    def _last(self, who: int) -> Values | None:
        return next((offer.values for offer in reversed(self.offers) if offer.who == who), None)
