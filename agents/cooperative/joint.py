"""A mechanism for the joint gain, under the paper's limits of information: nobody learns another's utilities.

Five ideas, each of which can be left out (``wattpact reproduce rec`` shows what each contributes):

1. *No deal is the floor.* An agent negotiates for what gains, instead of for a quantile of its utility.
2. *Even concession* (``agents.loans.even``): both sides give way at one pace, so that a loan which brings one side much
   and the other little is found before one that is merely good for the other's rank order.
3. *Several sessions a period*, with new contract spaces after every loan, while somebody still agrees.
4. *Favours*: who is ahead of where it would be without loans (``agents.cooperative.accounts``) takes offers that cost it
   a small share of its lead; who is not, takes none that does not gain it a margin. Over a week favours come round, and
   the lead is the agent's own, so that nobody ends below the line of equal improvement for having granted them.
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
from agents.loans.even import STEP, Stance
from agents.loans.even_sessions import run_even_session
from agents.loans.negotiation import Outcome


@dataclass(frozen=True, slots=True)
class EvenBidding:
    """Even concession from each side's own balance.

    Attributes
    ----------
    accounts : Accounts or None
        Where balances stand; None: nobody grants favours.
    generosity : float
        Share of an agent's lead over `reserve` that one loan may cost it, in [0, 1].
    most : float
        And no more than that [kWh of utility], >= 0.
    reserve : float
        Lead that is never given away [kWh of utility].
    margin : float
        Gain that an agent without a lead asks for, >= 0 [kWh of utility].
    step : float
        Pace of concession [kWh of utility a round].
    """

    accounts: Accounts | None
    generosity: float
    most: float
    reserve: float
    margin: float
    step: float

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
            step=self.step,
            deadline=table.deadline,
            allowed=table.allowed,
        )
        return outcome, stance_a.no_deal + stance_a.limit, stance_b.no_deal + stance_b.limit

    def stance(self, agent: int, no_deal: float) -> Stance:
        """What `agent` takes, by what it knows of itself."""
        if self.accounts is None:
            return Stance(no_deal, 0.0, 0.0)
        lead = self.accounts.balance(agent, no_deal) - self.reserve
        if lead <= 0:
            return Stance(no_deal, self.margin, self.margin)
        return Stance(no_deal, 0.0, -min(self.generosity * lead, self.most))


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
    generosity, most, reserve, margin, step : float
        As in `EvenBidding`; a generosity of 0 keeps no accounts.
    """

    peers: Peers = field(default_factory=OwnPeers)
    sessions: int = 8
    even: bool = True
    generosity: float = 0.2
    most: float = 0.1
    reserve: float = 0.5
    margin: float = 0.001
    step: float = STEP

    def __post_init__(self) -> None:
        if self.sessions < 1:
            raise PlanError("sessions", self.sessions, "a whole number, at least 1")
        if not 0 <= self.generosity <= 1:
            raise PlanError("generosity", self.generosity, "a share in [0, 1]")
        for key in ("most", "reserve", "margin"):
            if not (math.isfinite(getattr(self, key)) and getattr(self, key) >= 0):
                raise PlanError(key, getattr(self, key), "finite and at least 0")

    def begin(self, n: int) -> Negotiations:
        return _SeveralSessions(self, self.peers.begin(n), Accounts(n) if self.generosity > 0 else None)


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
            self._accounts, rules.generosity, rules.most, rules.reserve, rules.margin, rules.step
        )
