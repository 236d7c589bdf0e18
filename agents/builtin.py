"""The built-in strategies: Eq. 1 on every issue, at three speeds, and one that does not concede.

Beside these a scenario may name those of the literature (``agents.tactics.presets``), whose parts can be combined.

On its turn at t an agent accepts an issue of the standing offer that is no worse than its own value at t rounded to the
tick, and within its limits; issue by issue such an issue is locked, and when all are, the offer is accepted. Where the
counterpart asks for at least as much as the agent's first offer gives, the agent does not concede on that issue: as the
paper's Prosumer 0, which "does not concede, as it assumes Prosumer 1 wants the highest amount of gas it could give,
according to previous offers" (Kröhling et al., section 5).
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar, Final

from agents import strategy
from agents.concession import Psi, PsiError, no_worse
from agents.policy.park_view import Fractions
from agents.strategy import ENERGY, PRICE, Context, ParameterError, Stake, Strategy
from agents.tactics.presets import PRESETS
from market.negotiation import Accept, Action, Propose, Turn, Withdraw

ISSUES = ("price", "energy")

LEARNED: Final = "learned"
"""The name of those who decide by a policy."""

ADAPTIVE: Final = "adaptive"
"""The name of those who adapt their ψ after every episode."""

EVENLY: Final[Fractions] = (0.0, 1.0, 1.0, 1.0, 1.0)
"""ψ of who is asked for a session without having chosen one: from the best to the reservation values, evenly."""


class UpsideDown(Exception):
    """An initial value that is worse than the reservation value for the side that an agent is on.

    It ends the session; neither value is told.
    """

    def __init__(self, issue: str, side: str) -> None:
        super().__init__(f"{issue}: ip is worse than rp for who {side}")


class Concession(Strategy):
    """Concession by Eq. 1.

    Parameters of the scenario, all optional: ``dl`` [offers] and ``cr`` for both issues, and tables ``price`` and
    ``energy`` with ``ip``, ``rp`` (in token/kWh and kWh, or token/m³ and m³), ``dl`` and ``cr`` for one of them.
    Without ip and rp, the price goes from the provider's other price to the reservation price, and the energy from the
    most to the least that the preference allows. Without dl, that is the session's last offer: then nobody leaves a
    session without having come to its reservation values.
    """

    CR: ClassVar[float] = 1.0
    """Concession rate where the scenario gives none."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.check(context.parameters)
        self.stakes = context.stakes
        self.psis = (
            self._psi("price", self.stakes[PRICE], context.price_unit),
            self._psi("energy", self.stakes[ENERGY], context.energy_unit),
        )
        self.possible = all(
            no_worse(stake.best, psi.rp, stake.sense)
            for stake, psi in zip(self.stakes, self.psis, strict=True)
        )
        """Whether its own reservation values leave anything to agree on; otherwise it withdraws."""

    @classmethod
    def check(cls, parameters: Mapping[str, Any]) -> None:
        """Refuse unknown keys and values with which Eq. 1 has no meaning."""
        _check_keys(parameters, ("dl", "cr", *ISSUES), "")
        _check_numbers({key: parameters[key] for key in ("dl", "cr") if key in parameters}, "")
        for issue in ISSUES:
            table = parameters.get(issue, {})
            if not isinstance(table, Mapping):
                raise ParameterError(issue, table, "a table with ip, rp, dl or cr")
            _check_keys(table, ("ip", "rp", "dl", "cr"), f"{issue}.")
            _check_numbers(table, f"{issue}.")

    def act(self, turn: Turn) -> Action:
        """Take what is no worse than the own values at this time, and offer these for the rest."""
        if not self.possible:
            return Withdraw()
        own = [self._own(i, turn) for i in range(len(self.stakes))]
        standing = turn.standing
        if standing is None:
            return Propose(tuple(own))
        good = turn.locked
        for i, stake in enumerate(self.stakes):
            if stake.allows(standing[i]) and no_worse(standing[i], own[i], stake.sense):
                good |= 1 << i
        if good == (1 << len(self.stakes)) - 1:
            return Accept()
        if not turn.issue_by_issue:
            return Propose(tuple(own))
        return Propose(tuple(standing[i] if good >> i & 1 else own[i] for i in range(len(own))), good)

    def _own(self, i: int, turn: Turn) -> int:
        stake, psi = self.stakes[i], self.psis[i]
        value, first = stake.value(psi, turn.time), stake.value(psi, 0)
        if turn.standing is not None and no_worse(turn.standing[i], first, stake.sense):
            value = first
        if turn.own_last is not None and no_worse(value, turn.own_last[i], stake.sense):
            return turn.own_last[i]  # what was conceded stays so
        return value

    def _psi(self, issue: str, stake: Stake, unit: int) -> Psi:
        shared, own = self.context.parameters, self.context.parameters.get(issue, {})
        dl = own.get("dl", shared.get("dl", max(1, self.context.brief.max_rounds - 1)))
        cr = own.get("cr", shared.get("cr", self.CR))
        ip = own["ip"] * unit if "ip" in own else stake.best
        rp = own["rp"] * unit if "rp" in own else stake.worst
        if not no_worse(ip, rp, stake.sense):
            raise UpsideDown(issue, "sells" if self.context.brief.selling else "buys")
        return Psi(ip, rp, dl, cr)


class Boulware(Concession):
    """Concedes late: cr 0.5, as Table 1's buyer."""

    CR = 0.5


class Linear(Concession):
    """Concedes evenly: cr 1."""

    CR = 1.0


class Conceder(Concession):
    """Concedes early: cr 2, as Table 1's seller."""

    CR = 2.0


class Hardliner(Concession):
    """Never concedes: repeats its first offer, and takes only what is as good."""

    def _own(self, i: int, turn: Turn) -> int:
        return self.stakes[i].value(self.psis[i], 0)


class Learned(Strategy):
    """``strategy = "learned"``; parameter ``policy``: the name of a shipped policy, or a file ``NAME.npz``.

    It names what a party is; what it decides is in ``agents.learned``, and a session's moves are :class:`ByFractions`'.
    """

    @classmethod
    def check(cls, parameters: Mapping[str, Any]) -> None:
        """Refuse anything but the policy's name."""
        for key, value in parameters.items():
            if key != "policy":
                raise ParameterError(key, value, "policy alone")
            if not isinstance(value, str):
                raise ParameterError(key, value, "a shipped policy's name or a file NAME.npz")

    def act(self, turn: Turn) -> Action:
        """As who is asked without having chosen."""
        return ByFractions(self.context, EVENLY).act(turn)


class Adaptive(Strategy):
    """``strategy = "adaptive"``: ψ by a contextual bandit that learns from every session.

    Parameters: ``memory``, a file ``NAME.json`` in which what was learned is kept from run to run (without one it lives
    for the run), and ``exploration``, by what the bandit's doubt is multiplied (1; at 0 it takes what was best so far).
    It names what a party is; what it decides is in ``agents.adaptive``, and a session's moves are :class:`ByFractions`'.
    """

    @classmethod
    def check(cls, parameters: Mapping[str, Any]) -> None:
        """Refuse unknown keys, a memory that is no file's name, and an exploration below 0."""
        _check_keys(parameters, ("memory", "exploration"), "")
        memory, exploration = parameters.get("memory", ".json"), parameters.get("exploration", 1.0)
        if not isinstance(memory, str) or not memory.endswith(".json"):
            raise ParameterError("memory", memory, "a file NAME.json")
        number = isinstance(exploration, int | float) and not isinstance(exploration, bool)
        if not number or not 0 <= exploration < float("inf"):
            raise ParameterError("exploration", exploration, "a finite number, at least 0")

    def act(self, turn: Turn) -> Action:
        """As who is asked without having chosen."""
        return ByFractions(self.context, EVENLY).act(turn)


class ByFractions(Concession):
    """Eq. 1 with a ψ given as parts of the way from the best to the worst value (``agents.policy.park_view.GRID``)."""

    def __init__(self, context: Context, fractions: Fractions) -> None:
        Strategy.__init__(self, context)
        ip, rp, dl, cr, amount = fractions
        last = max(1, context.brief.max_rounds - 1)
        self.stakes = context.stakes
        price, energy = self.stakes
        self.psis = (
            Psi(_between(price, ip), _between(price, rp), dl * last, cr),
            Psi(float(energy.best), _between(energy, amount), dl * last, 1.0),
        )
        self.possible = True


def _between(stake: Stake, part: float) -> float:
    return stake.best + part * (stake.worst - stake.best)


BUILTIN: Mapping[str, type[Strategy]] = {
    "concession": Concession,
    "boulware": Boulware,
    "linear": Linear,
    "conceder": Conceder,
    "hardliner": Hardliner,
}
"""Those that concede by Eq. 1."""

NAMED: Mapping[str, type[Strategy]] = {**BUILTIN, **PRESETS, LEARNED: Learned, ADAPTIVE: Adaptive}
"""Every name that a scenario may give."""


def load_strategy(name: str, *, beside: Path | None = None) -> type[Strategy]:
    """:func:`agents.strategy.find_strategy` with every built-in name."""
    return strategy.find_strategy(name, builtin=NAMED, beside=beside)


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            raise ParameterError(
                f"{place}{key}", table[key], f"one of {', '.join(known)}" + (f" ({near[0]}?)" if near else "")
            )


def _check_numbers(table: Mapping[str, Any], place: str) -> None:
    """Try every number in a ψ of its own, so that the rules stand in one place."""
    for key, value in table.items():
        try:
            Psi(**{"ip": 0.0, "rp": 0.0, "dl": 1.0, "cr": 1.0, key: value})
        except PsiError as error:
            raise ParameterError(f"{place}{key}", error.found, error.expected) from None
