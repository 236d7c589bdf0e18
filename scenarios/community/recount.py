"""Count a vote's opened ballots again, and hold them to what was published of them on chain.

Three things are refuted, each under a name of its own: ballots that are not those on chain (`community.ballots`), a
decision that does not follow from them by the team's strategy (`community.count`), and a result that is not that
decision's (`community.result`). The strategies that count here are those that negotiated; what they ask of a round is
answered from ballots alone.

What ballots do not show: whether a member's votes were its true ones, and which of several equal offers the mediator
preferred; any of them is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from eth_hash.auto import keccak

from agents.community.meeting import Meeting, TieRule
from agents.community.single import TariffAgent
from agents.community.strategies import Decision, Pass, TeamStrategy
from agents.community.tally import IntArray
from agents.community.voting import find_team_strategy
from chain.audit.report import Findings
from chain.audit.world import World
from chain.codec import party_of
from chain.events.forward import VoteOpened, VotePublished
from chain.forward.seals import SignedForwardSeals
from market.forward.terms import NOTHING, Ballots
from market.forward.trees import ballot_leaf, offer_hash
from market.issues import Values
from market.negotiation import Accept, Propose, Withdraw
from market.terms import Party
from scenarios.community.ballots import canonical
from scenarios.community.opened import OpenedBallot, OpenedMember, OpenedTurn, OpenedVote, read_opened

BALLOTS, COUNT, RESULT = "community.ballots", "community.count", "community.result"
CHECKS = (BALLOTS, COUNT, RESULT)


def recount_of(path: Path) -> Mapping[str, Callable[[World, Findings], None]]:
    """A check for :func:`chain.audit.audit`: of the opened ballots in a file.

    Raises
    ------
    ScenarioError, UnknownTeamStrategy, StrategyError
        If the file is none, or names a strategy that there is not.
    """
    opened = read_opened(path)
    strategy = find_team_strategy(opened.strategy, beside=path.parent)
    return {"community": lambda world, findings: recount(world, findings, opened, strategy)}


def recount(world: World, findings: Findings, opened: OpenedVote, strategy: TeamStrategy) -> None:
    """Check one opened vote against a market's events."""
    for check in CHECKS:
        findings.count(check, 0)
    key = bytes.fromhex(opened.vote[2:])
    called = [event for event in world.of(VoteOpened) if event.key == key]
    published = [event for event in world.of(VotePublished) if event.key == key]
    if not called or not published:
        found = "was never opened" if not called else "was not published: it is open, or void"
        findings.violate(BALLOTS, None, f"vote {opened.vote} {found}")
        return
    (roll, told) = called[0], published[0]
    said = _Said(findings, told.at.transaction)
    if party_of(bytes.fromhex(opened.community[2:])) != roll.community:
        said.violate(BALLOTS, f"the vote is of {roll.community}, not of {opened.community}")
    seals = SignedForwardSeals(world.forward_domain)
    counted = _check_ballots(opened, key, roll.roster, told.leaves, seals, said)
    findings.count(BALLOTS, len(opened.members))
    if counted is None:
        said.violate(
            COUNT, "not every ballot that was published is opened as it was signed: nothing is counted"
        )
        return
    sound = _check_rounds(opened, counted, strategy, said)
    findings.count(COUNT, len(opened.turns))
    findings.count(RESULT)
    if sound:
        _check_result(opened, told.result, said)


@dataclass(frozen=True, slots=True)
class _Said:
    """Where violations go: they show in the transaction that published the vote."""

    findings: Findings
    transaction: str

    def violate(self, check: str, detail: str) -> None:
        self.findings.violate(check, self.transaction, detail)


def _check_ballots(
    opened: OpenedVote,
    vote: bytes,
    roster: Sequence[Party],
    leaves: Sequence[bytes],
    seals: SignedForwardSeals,
    said: _Said,
) -> tuple[OpenedMember, ...] | None:
    """The members' ballots if they are all that was published, in the roster's order; None if anything is wrong."""
    sound = True
    at: dict[int, OpenedMember] = {}
    for member in opened.members:
        who = f"{member.name} ({member.party}), place {member.index}"
        party = party_of(bytes.fromhex(member.party[2:]))
        if member.index >= len(roster) or roster[member.index] != party:
            said.violate(BALLOTS, f"{who}: not a voter; the roster has {len(roster)} and not this one there")
            sound = False
            continue
        rounds = [each.model_dump(mode="json") for each in member.rounds]
        ballots = Ballots(
            vote=vote,
            index=member.index,
            votes=keccak(canonical(member.size, rounds)),
            salt=bytes.fromhex(member.salt[2:]),
        )
        message, signature = seals.ballot_digest(ballots), bytes.fromhex(member.signature[2:])
        if not seals.is_valid(party, message, signature):
            said.violate(BALLOTS, f"{who}: the signature is not this member's over these ballots")
            sound = False
        elif member.index in at:
            other = "other ballots" if at[member.index] != member else "the same ballots"
            said.violate(BALLOTS, f"{who}: signed twice; {other} of this member stand in the file too")
            sound = False
        elif ballot_leaf(message, signature, keccak) != leaves[member.index]:
            said.violate(BALLOTS, f"{who}: these ballots are not the leaf that was published for them")
            sound = False
        else:
            at[member.index] = member
    for index, leaf in enumerate(leaves):
        if leaf != NOTHING and index not in at:
            said.violate(
                BALLOTS, f"place {index} ({roster[index]}): published, and not opened as it was signed"
            )
            sound = False
    return tuple(at[index] for index in sorted(at)) if sound else None


def _check_rounds(
    opened: OpenedVote, members: Sequence[OpenedMember], strategy: TeamStrategy, said: _Said
) -> bool:
    """Whether each of the team's moves follows from the ballots of its round."""
    sound = True
    turns = {turn.time: turn for turn in opened.turns}
    times = sorted({each.time for member in members for each in member.rounds})
    if len(turns) != len(opened.turns):
        said.violate(COUNT, "a turn stands twice")
        return False
    late = [time for time in times if time not in turns]
    if late and late != times[-1:]:
        said.violate(COUNT, f"time {late[0]}: ballots were cast, and no move of the team is named")
        return False
    for turn in opened.turns:
        try:
            _check_turn(opened, turn, members, strategy)
        except _Refuted as refuted:
            said.violate(COUNT, f"time {turn.time}: {refuted}")
            sound = False
    return sound


def _check_turn(
    opened: OpenedVote, turn: OpenedTurn, members: Sequence[OpenedMember], strategy: TeamStrategy
) -> None:
    counted = CountedMeeting(opened, turn, members)
    try:
        decision = strategy.decide(counted)
    except _Refuted:
        raise
    except Exception as fault:
        raise _Refuted(f"{strategy.name} asks what ballots do not show ({fault})") from fault
    counted.finish()
    found, stated = _told(decision, turn.received), _told(_stated(turn), turn.received)
    if found != stated:
        raise _Refuted(f"by {strategy.name} the team would {found}; the file says it did {stated}")


def _check_result(opened: OpenedVote, result: bytes, said: _Said) -> None:
    """Whether what was published is the hash of what the last move came to."""
    last = opened.turns[-1] if opened.turns else None
    if opened.agreed is not None and (last is None or last.rates != opened.agreed):
        said.violate(RESULT, f"{opened.agreed} is said to be agreed on; the team's last move was {last}")
        return
    blocks = [int(mask, 16) for mask in opened.blocks]
    zone = bytes.fromhex(opened.zone[2:])
    expected = (
        NOTHING
        if opened.agreed is None
        else offer_hash(party_of(bytes.fromhex(opened.retailer[2:])), opened.agreed, blocks, zone, keccak)
    )
    if result != expected:
        said.violate(RESULT, f"published 0x{result.hex()}; the ballots' is 0x{expected.hex()}")
    elif opened.agreed is None and last is not None and last.act == "accept":
        said.violate(RESULT, f"the team accepted {last.rates}, and nothing is said to be agreed on")


class _Refuted(Exception):
    """What the file says of a round does not follow from its ballots."""


class CountedMeeting(Meeting):
    """A round as its ballots show it to a strategy: whatever is asked is counted, nobody's utility is known."""

    def __init__(self, opened: OpenedVote, turn: OpenedTurn, members: Sequence[OpenedMember]) -> None:
        self.time = turn.time
        self.received = turn.received
        self._turn = turn
        self._speaker = opened.mediator
        self._sizes = [member.size for member in members]
        self._names = [member.name for member in members]
        rounds = [
            next((each for each in member.rounds if each.time == turn.time), None) for member in members
        ]
        if None in rounds and any(rounds):
            raise _Refuted(f"{self._names[rounds.index(None)]} cast no ballot in it")
        self._rounds = [each for each in rounds if each is not None]
        if len({len(each.votes) for each in self._rounds}) > 1:
            raise _Refuted("members took part in different numbers of votes")
        self._asked = 0

    @property
    def voters(self) -> int:
        return len(self._names)

    @property
    def mediator(self) -> TariffAgent:
        return _Speaker(accepts_it=bool(self._rounds) and self._single() == self.received)

    @property
    def mediator_next(self) -> Values | None:
        """What a representative would send: what stood in the vote about it, if that was not the opponent's offer."""
        if not self._rounds:
            return None
        offer = self._single()
        return None if offer == self.received else offer

    def offers(self) -> tuple[Values, ...]:
        stood = {each.proposal for each in self._rounds if each.proposal is not None}
        if self.received is not None:
            stood.add(self.received)
        return tuple(sorted(stood))

    def authors(self) -> dict[str, Values]:
        pairs = zip(self._names, self._rounds, strict=True)
        return {name: each.proposal for name, each in pairs if each.proposal is not None}

    def approvals(self, offers: Sequence[Values], *, by_size: bool = False) -> IntArray:
        return self._count("approval", offers, by_size, _is_approval)

    def favourites(self, offers: Sequence[Values], *, by_size: bool = False) -> IntArray:
        return self._count("favourite", offers, by_size, _is_favourite)

    def borda(self, offers: Sequence[Values]) -> IntArray:
        return self._count("borda", offers, False, _is_ranking)

    def acceptable(self, offer: Values) -> tuple[int, int]:
        positive = int(self._count("approval", (offer,), False, _is_approval)[0])
        return positive, self.voters - positive

    def choose(self, offers: Sequence[Values], ties: Sequence[TieRule]) -> Values:
        """Of equal offers the one that the file names: which of them the mediator prefers no ballot shows."""
        stated = self._turn.rates
        return stated if stated is not None and stated in offers else min(offers)

    def finish(self) -> None:
        """Refuse votes that the strategy never asked for."""
        held = len(self._rounds[0].votes) if self._rounds else 0
        if held != self._asked:
            raise _Refuted(f"{held} votes were held; the strategy asks for {self._asked}")

    def _single(self) -> Values:
        if not self._rounds or not self._rounds[0].votes:
            raise _Refuted("no vote was held")
        return self._rounds[0].votes[0].offers[0]

    def _count(
        self, kind: str, offers: Sequence[Values], by_size: bool, fits: Callable[[Sequence[int], int], bool]
    ) -> IntArray:
        asked, self._asked = self._asked, self._asked + 1
        totals = np.zeros(len(offers), np.int64)
        if not self._rounds:
            raise _Refuted("no ballot was cast in it")
        if asked >= len(self._rounds[0].votes):
            raise _Refuted(f"the strategy asks for a vote over {list(offers)}; none was held")
        for name, size, each in zip(self._names, self._sizes, self._rounds, strict=True):
            ballot: OpenedBallot = each.votes[asked]
            if (ballot.kind, ballot.offers) != (kind, tuple(offers)):
                raise _Refuted(f"{name} voted in another vote ({ballot.kind} over {ballot.offers})")
            if len(ballot.given) != len(offers) or not fits(ballot.given, size if by_size else 1):
                raise _Refuted(f"{name}'s ballot {ballot.given} is none that a member has in this vote")
            totals += np.array(ballot.given, np.int64)
        return totals


class _Speaker(TariffAgent):
    """The mediator, of whom ballots show only what it put to the vote."""

    accepts_it: bool

    def __init__(self, *, accepts_it: bool) -> None:
        object.__setattr__(self, "accepts_it", accepts_it)

    def accepts(self, received: Values, own_next: Values | None) -> bool:
        return self.accepts_it


def _is_approval(given: Sequence[int], own: int) -> bool:
    return all(votes in (0, own) for votes in given)


def _is_favourite(given: Sequence[int], own: int) -> bool:
    return _is_approval(given, own) and any(votes == own for votes in given)


def _is_ranking(given: Sequence[int], own: int) -> bool:
    """Whether these are twice the points of some order of the offers, equal ones sharing those of their places."""
    expected: list[int] = []
    for points in sorted(set(given)):
        equal = sum(each == points for each in given)
        expected += [2 * len(expected) + equal - 1] * equal
    return sorted(given) == expected


def _stated(turn: OpenedTurn) -> Decision:
    if turn.act == "accept":
        return Accept()
    if turn.act == "withdraw":
        return Withdraw()
    if turn.act == "pass" or turn.rates is None:
        return Pass()
    return Propose(turn.rates)


def _told(decision: Decision, received: Values | None) -> str:
    if isinstance(decision, Propose):
        return f"propose {decision.values}"
    if isinstance(decision, Accept):
        return f"accept {received}"
    return "withdraw" if isinstance(decision, Withdraw) else "pass"
