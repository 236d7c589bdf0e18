"""A mechanism for the joint gain, under the paper's limits of information: nobody learns another's utilities.

Five ideas, each of which can be left out (``wattpact reproduce rec`` shows what each contributes):

1. *No deal is the floor.* An agent negotiates for what gains, instead of for a quantile of its utility.
2. *Even concession* (``agents.loans.even``): both sides give way at one pace, so that a loan which brings one side much
   and the other little is found before one that is merely good for the other's rank order.
3. *Several sessions a period*, with new contract spaces after every loan, while somebody still agrees.
4. *Favours*: who is ahead of where it would be without loans (``agents.cooperative.accounts``) takes an offer that costs
   it next to nothing, where such an offer gains its maker thirty times as much or more; who is not asks for a margin and
   concedes slower. Over a week favours come round, and as the account is the agent's own, it can see to its own end.
5. *Peers by own observation*: ε-greedy on the mean gain that an agent saw with each peer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.cooperative.accounts import Accounts
from agents.cooperative.errors import PlanError
from agents.cooperative.exchange import Exchange
from agents.cooperative.mechanism import Negotiations
from agents.cooperative.peers import Acquaintance, OwnPeers, Peers
from agents.cooperative.record import SessionRecord
from agents.cooperative.session import Bidding, QuantileBidding, Table, negotiate
from agents.loans.even import Pace, Stance
from agents.loans.even_sessions import run_even_session
from agents.loans.negotiation import Outcome


@dataclass(frozen=True, slots=True)
class EvenBidding:
    """Even concession from each side's own balance.

    Attributes
    ----------
    accounts : Accounts or None
        Where balances stand; None: nobody grants favours.
    pace : Pace
    favour : float
        What a loan may cost an agent that is ahead [kWh of utility].
    reserve : float
        How far ahead it must be [kWh of utility].
    margin : float
        Gain that an agent asks for which is not [kWh of utility].
    patience : float
        How many times slower such an agent concedes.
    """

    accounts: Accounts | None
    pace: Pace
    favour: float
    reserve: float
    margin: float
    patience: float

    def play(self, table: Table) -> tuple[Outcome, float, float]:
        """One session."""
        stance_a, stance_b = (
            self.stance(agent, no_deal)
            for agent, no_deal in zip((table.a, table.b), table.no_deal, strict=True)
        )
        outcome = run_even_session(
            table.u_a,
            table.u_b,
            (stance_a, stance_b),
            pace=self.pace,
            deadline=table.deadline,
            allowed=table.allowed,
        )
        return outcome, _limit(stance_a), _limit(stance_b)

    def stance(self, agent: int, no_deal: float) -> Stance:
        """What `agent` takes, by what it knows of itself."""
        if self.accounts is None:
            return Stance(no_deal)
        if self.accounts.balance(agent, no_deal) > self.reserve:
            return Stance(no_deal, favour=self.favour)
        return Stance(no_deal, margin=self.margin, patience=self.patience)


def _limit(stance: Stance) -> float:
    return stance.no_deal + stance.margin - stance.favour


@dataclass(frozen=True, slots=True, kw_only=True)
class JointMechanism:
    """The mechanism and its ideas; the defaults are all of them.

    Attributes
    ----------
    peers : Peers
        Who meets whom.
    sessions : int
        Most rounds of meetings in a period, >= 1; every agent is in at most one session of a round.
    even : bool
        Even concession; otherwise the paper's quantiles.
    favours : bool
        Keep accounts and grant favours.
    pace : Pace
    favour, reserve, margin, patience : float
        As in `EvenBidding`.
    """

    peers: Peers = field(default_factory=OwnPeers)
    sessions: int = 8
    even: bool = True
    favours: bool = True
    pace: Pace = field(default_factory=Pace)
    favour: float = 0.001
    reserve: float = 0.2
    margin: float = 0.001
    patience: float = 4.0

    def __post_init__(self) -> None:
        if self.sessions < 1:
            raise PlanError("sessions", self.sessions, "a whole number, at least 1")
        for key in ("favour", "reserve", "margin"):
            if not (math.isfinite(getattr(self, key)) and getattr(self, key) >= 0):
                raise PlanError(key, getattr(self, key), "finite and at least 0")

    def begin(self, n: int) -> Negotiations:
        return _SeveralSessions(self, self.peers.begin(n), Accounts(n) if self.favours else None)


class _SeveralSessions:
    def __init__(self, rules: JointMechanism, known: Acquaintance, accounts: Accounts | None) -> None:
        self._rules = rules
        self._known = known
        self._accounts = accounts

    def negotiate(self, exchange: Exchange) -> Sequence[SessionRecord]:
        if self._accounts is not None:
            self._accounts.open_period(exchange)
        bidding = self._bidding(exchange)
        records: list[SessionRecord] = []
        settled: set[tuple[int, int]] = set()
        for _ in range(self._rules.sessions):
            pairs = self._known.pairs(exchange.rng, settled)
            if not pairs:
                break
            exchange.spaces([agent for pair in pairs for agent in pair])
            for a, b in pairs:
                record = negotiate(exchange, a, b, bidding)
                self._known.learn(record)
                records.append(record)
                # Who agreed has other plans now and may meet anybody again; who did not has nothing new for this peer.
                if record.agreed:
                    settled = {pair for pair in settled if a not in pair and b not in pair}
                else:
                    settled.add((min(a, b), max(a, b)))
        return records

    def _bidding(self, exchange: Exchange) -> Bidding:
        rules = self._rules
        if not rules.even:
            return QuantileBidding(tuple(exchange.member(i).aspiration_quantile for i in range(exchange.n)))
        return EvenBidding(
            self._accounts, rules.pace, rules.favour, rules.reserve, rules.margin, rules.patience
        )
