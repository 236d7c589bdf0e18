"""Every compiled opponent plays as its plain form in ``market.session``: same offers, same acceptances, same end."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from agents.loans.negotiation import Negotiator as PaperSide
from agents.tactics.acceptance.combi import Combi
from agents.tactics.acceptance.const import Const
from agents.tactics.acceptance.lowest import Lowest
from agents.tactics.acceptance.next import Next
from agents.tactics.acceptance.time import Time
from agents.tactics.models.base import Unknown
from agents.tactics.models.frequency import Frequency
from agents.tactics.negotiator import Composed
from agents.tactics.table import TABLE_STRATEGIES, table_seat
from learning.session.bank import BankError, SessionBank, gains, trade_stakes
from learning.session.core import Sessions
from learning.session.opponents import OPPONENTS, Acceptance, Opponent, opponents_of
from learning.session.selfplay import SessionPairs
from market.issues import Issue, Values, trade_domain
from market.negotiation import Accept, Action, Negotiator, Propose, Turn
from market.session import Agreed, Deadline, SessionRules, SessionRun

ACCEPTANCES: tuple[Acceptance, ...] = (
    Next(1.1, -0.05),
    Const(0.6),
    Time(0.5),
    Combi(0.5, "max"),
    Combi(0.3, "mean"),
    Combi(0.4, "const", 0.35),
    Lowest(),
)
WORD = 2**64 - 1


class Stream:
    """SplitMix64 in Python's whole numbers, in place of a numpy Generator."""

    def __init__(self, word: int) -> None:
        self.word = word

    def integers(self, low: int, high: int | None = None) -> int:
        """From ``low`` on below ``high``; with one number, from 0 on below it."""
        if high is not None:
            return low + self.integers(high - low)
        high = low
        self.word = (self.word + 0x9E3779B97F4A7C15) & WORD
        z = self.word
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
        return (((z ^ (z >> 31)) >> 32) * high) >> 32


class Aspiring:
    """Algorithms 4 and 5 over a table; who has offered everything repeats its last offer."""

    def __init__(self, table: np.ndarray, outcomes: list[Values]) -> None:
        # Definition 2: the quantile 0.7 of its utilities and no deal, 0, and no less than that.
        border = max(0.0, float(np.quantile(np.append(table, 0.0), 0.7)))
        self._side = PaperSide(table, border, np.flatnonzero(table >= border))
        self._outcomes, self._last = outcomes, -1

    def act(self, turn: Turn) -> Action:
        if turn.standing is not None and self._side.accept_offer(self._outcomes.index(turn.standing)):
            return Accept()
        offer = self._side.make_offer()
        self._last = self._last if offer is None else offer
        return Propose(self._outcomes[self._last])


@dataclass
class Scripted:
    """Plays the given actions in turn."""

    actions: list[Action]

    def act(self, turn: Turn) -> Action:
        return self.actions.pop(0)


def sessions(rng: np.random.Generator, rounds: int) -> SessionBank:
    """A bank of eight trades."""
    domain = trade_domain(price=Issue("price", 10, 30, 4), energy=Issue("energy", 1, 5))
    tables = []
    for s in range(8):
        mine = trade_stakes(domain, s % 2 == 0, int(10 + 4 * rng.integers(6)), 1, int(rng.integers(2, 6)))
        theirs = trade_stakes(domain, s % 2 == 1, int(10 + 4 * rng.integers(6)), 1, int(rng.integers(2, 6)))
        tables.append([gains(domain, mine), gains(domain, theirs)])
    return SessionBank(domain, np.array(tables), rounds)


@pytest.mark.parametrize("rounds", [1, 2, 7, 16])
@pytest.mark.parametrize("name", [*OPPONENTS, None])
def test_whole_sessions_are_those_of_the_state_machine(name: str | None, rounds: int) -> None:
    agreed = assert_equal_sessions(opponents_of(OPPONENTS if name is None else (name,)), rounds)
    assert name == "hardliner" or rounds < 7 or agreed > 0


@pytest.mark.parametrize("rounds", [2, 7, 16])
@pytest.mark.parametrize("acceptance", ACCEPTANCES, ids=lambda each: type(each).__name__)
def test_every_acceptance_condition_is_its_plain_form(acceptance: Acceptance, rounds: int) -> None:
    names = [name for name in OPPONENTS if name != "aspiration"]
    assert assert_equal_sessions(tuple(Opponent(name, acceptance) for name in names), rounds) > 0


def assert_equal_sessions(pool: tuple[Opponent, ...], rounds: int) -> int:
    """Play many sessions at random, and each of them again by the state machine; how many agreed."""
    rng = np.random.default_rng(rounds)
    bank = sessions(rng, rounds)
    n, seed = 6, 11
    core = Sessions(bank, n, opponents=pool)
    core.begin(seed)
    streams = [Stream(int(word)) for word in np.random.default_rng(seed).integers(0, 2**63, n, np.uint64)]
    outcomes: list[Values] = list(bank.domain.outcomes())
    started = [begin(stream, len(bank), pool) for stream in streams]
    taken: list[list[Action]] = [[] for _ in range(n)]
    ended = agreed = 0
    for _ in range(80):
        actions = np.array([rng.choice(np.flatnonzero(mask)) for mask in core.masks])
        core.advance(actions)
        for c in range(n):
            action = actions[c]
            taken[c].append(Accept() if action == len(outcomes) else Propose(outcomes[action]))
            if not core.dones[c]:
                continue
            row, kind, opens = started[c]
            run = played(bank, row, kind, opens, taken[c], streams[c])
            assert isinstance(run.outcome, Agreed | Deadline)
            deal, utility = False, 0.0
            if isinstance(run.outcome, Agreed):
                deal, utility = True, bank.utilities[row, 0, outcomes.index(run.outcome.values)]
            assert core.rewards[c] == np.float32(utility)
            # All that the agent had decided has been played, and the time that it saw at the end is the trace's.
            assert core.terminal[c, 0] == np.float32(1 - len(run.trace) / rounds)
            assert_saw_the_trace(core.terminal[c], bank, row, run, opens)
            started[c], taken[c] = begin(streams[c], len(bank), pool), []
            ended, agreed = ended + 1, agreed + deal
    assert ended > 20
    return agreed


def begin(stream: Stream, rows: int, pool: tuple[Opponent, ...]) -> tuple[int, Opponent, bool]:
    """Row, opponent, and whether the agent opens."""
    return stream.integers(rows), pool[stream.integers(len(pool))], stream.integers(2) == 0


def played(
    bank: SessionBank,
    row: int,
    kind: Opponent,
    opens: bool,
    actions: list[Action],
    stream: Stream,
) -> SessionRun:
    opponent: Negotiator
    if kind.bidding == "aspiration":
        opponent = Aspiring(bank.utilities[row, 1], list(bank.domain.outcomes()))
    else:
        seat = table_seat(bank.domain, bank.utilities[row, 1], stream)  # type: ignore[arg-type]
        model = Frequency() if kind.bidding == "nash" else Unknown()
        opponent = Composed(seat, TABLE_STRATEGIES[kind.bidding].bidding, kind.acceptance, model)
    agent: Negotiator = Scripted(actions)
    rules = SessionRules(domain=bank.domain, max_rounds=bank.max_rounds, issue_by_issue=False)
    sides: Callable[[Negotiator, Negotiator], SessionRun] = lambda first, second: SessionRun(  # noqa: E731
        rules, opener=first, responder=second
    )
    run = sides(agent, opponent) if opens else sides(opponent, agent)
    run.finish()
    assert not actions
    return run


def assert_saw_the_trace(
    terminal: np.ndarray, bank: SessionBank, row: int, run: SessionRun, opens: bool
) -> None:
    """The opponent's last offer and the best of its offers, as the agent last saw them."""
    outcomes = list(bank.domain.outcomes())
    theirs = [
        max(-1.0, bank.utilities[row, 0, outcomes.index(offer.values)])
        for offer in run.trace
        if (offer.who == 0) != opens
    ]
    expected = (1.0, theirs[-1], max(theirs), theirs[0]) if theirs else (0.0,) * 4
    assert terminal[3:7].tolist() == pytest.approx(expected, abs=1e-6)


def test_what_is_no_opponent_is_refused() -> None:
    bank = sessions(np.random.default_rng(0), 5)
    with pytest.raises(BankError, match="opponents: found \\['boulwar'\\]"):
        Sessions(bank, 1, opponents=("linear", "boulwar"))
    with pytest.raises(BankError, match="its own acceptance"):
        Sessions(bank, 1, opponents=(Opponent("aspiration", Const(0.5)),))
    with pytest.raises(BankError, match="opponents: found none"):
        Sessions(bank, 1, opponents=())


def test_without_rationality_every_outcome_may_be_offered_and_taken() -> None:
    bank = sessions(np.random.default_rng(3), 9)
    rng = np.random.default_rng(4)
    core = Sessions(bank, 40, opponents=("conceder", "random"), rational=False)
    strict = Sessions(bank, 40, opponents=("conceder", "random"))
    core.begin(7)
    strict.begin(7)
    assert (core.observations == strict.observations).all()
    assert core.masks[:, :-1].all()
    assert not strict.masks[:, :-1].all()
    offered = core.observations[:, 3] == 1
    assert (core.masks[:, -1] == offered).all()
    worst = 0.0
    for _ in range(60):
        core.advance(np.array([rng.choice(np.flatnonzero(mask)) for mask in core.masks]))
        worst = min(worst, float(core.rewards.min()))
    assert worst == -1.0, "a loss is what it costs"
    pairs = SessionPairs(bank, 4, rational=False)
    pairs.begin(0)
    mover = pairs.masks.sum(axis=2) > 1
    assert (mover.sum(axis=1) == 1).all()
    assert pairs.masks[mover][:, :-1].all()
    with pytest.raises(BankError, match="rational: found False, expected the encoding outcomes"):
        Sessions(bank, 1, encoding="levels", rational=False)
