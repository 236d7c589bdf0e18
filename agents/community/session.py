"""A community against an opponent: alternating offers of whole tariffs, with turns in which a team has no offer to make.

Time is the number of turns taken by both sides, offers or not. The opponent is any `market.negotiation.Negotiator`; when the
community passes, it sees the community's last offer again and a later time. One that raises or acts against the rules
has withdrawn, as in ``market.session``; so has a team whose strategy does. There the two differ from this in one thing: a
side there cannot pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from agents.community.community import Community, leavers
from agents.community.errors import AlreadySigned, NegotiationError, ZeroEnergy
from agents.community.interaction import ContractNet, Interaction
from agents.community.mediator import MediatorRule, by_tariff
from agents.community.meeting import Delegation, Meeting
from agents.community.members import Role
from agents.community.strategies import Decision, Pass, TeamStrategy
from market.issues import Domain, Values
from market.negotiation import Accept, Negotiator, Propose, Turn, Withdraw
from market.session import Agreed, Deadline, Offer, Outcome, Withdrawn

COMMUNITY: Final = 0
OPPONENT: Final = 1

Membership = Callable[[int, Community, Values | None], Community]
"""(turn, community, the last offer that it sent) → the community from this turn on, with who joined and without who left."""


def unwilling_leave(turn: int, community: Community, sent: Values | None) -> Community:
    """A `Membership`: who may leave does when an offer went out that is not acceptable to it.

    The last negotiation agent stays whatever was sent: without one there is no community.
    """
    for name in () if sent is None else leavers(community, sent):
        if community.member(name).role is not Role.NEGOTIATOR or len(community.negotiators) > 1:
            community = community.leave(name)
    return community


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
    """Who mediated in the end."""
    community: Community
    """As it was in the end."""
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
    membership: Membership | None = None,
    workers: int = 1,
) -> Negotiated:
    """Negotiate to the end.

    Parameters
    ----------
    mediator
        A member's name, or the rule to choose one. Who mediates goes on doing so; where it leaves, another is chosen by
        the rule (`by_tariff` where there was a name).
    membership
        Asked before each turn of the community who is in it; None: nobody joins or leaves. What it raises, a community
        that the strategy does not fit, and one without energy end the negotiation as the community's withdrawal.
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
    AlreadySigned
        If the community has its contract.
    """
    if community.signed is not None:
        raise AlreadySigned(f"{community.name}.signed", community.signed, "no contract yet")
    if len(rules.domain.issues) != len(community.energy):
        rates = len(community.energy)
        raise NegotiationError("domain", len(rules.domain.issues), f"{rates} rates, as the members have")
    _require_energy(community)
    strategy.check(community)
    name = mediator if isinstance(mediator, str) else mediator(community)
    delegation = Delegation(community, name, rng=rng, workers=workers)
    rule = by_tariff if isinstance(mediator, str) else mediator
    run = _Run(delegation, strategy, opponent, rules, membership, rule)
    while run.outcome is None:
        run.advance()
    delegation.net.publish(run.outcome)
    return Negotiated(
        outcome=run.outcome,
        offers=tuple(run.offers),
        passes=tuple(run.passes),
        turns=run.time,
        mediator=delegation.net.mediator,
        community=run.delegation.community,
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
        self,
        delegation: Delegation,
        strategy: TeamStrategy,
        opponent: Negotiator,
        rules: TariffRules,
        membership: Membership | None,
        mediator_rule: MediatorRule,
    ) -> None:
        self.delegation = delegation
        self.strategy = strategy
        self.opponent = opponent
        self.rules = rules
        self.membership = membership
        self.mediator_rule = mediator_rule
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
        if self.membership is not None:
            community = self.delegation.community
            after = self.membership(self.time, community, self._last(COMMUNITY))
            if after != community:
                self._change(after)
        meeting = Meeting(self.delegation, self.rules.domain, self.time, standing)
        self.meetings.append(meeting)
        decision = self.strategy.decide(meeting)
        if self.delegation.community.interaction >= Interaction.RESPONSIVE:
            self.delegation.net.publish(decision)
        return decision

    def _change(self, community: Community) -> None:
        """Go on with other members; nothing changes where they cannot."""
        _require_energy(community)
        self.strategy.check(community)
        before = self.delegation
        mediator = before.net.mediator
        if mediator not in {member.name for member in community.negotiators}:
            mediator = self.mediator_rule(community)
        self.delegation = Delegation(
            community, mediator, rng=before.rng, workers=before.workers, net=before.net
        )

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
