"""Where a run's ledger lives: in memory with exact integers here; on a chain in ``scenarios/chain_host.py``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from market.forward.port import ForwardSigner
from market.ledger.digest import conserved
from market.ledger.memory import MemoryLedger
from market.ledger.port import Ledger, MarketRules, OfferSigner, TariffStep
from market.ledger.unsigned import UNSIGNED_FORWARDS, HashChain, LoanHashChain
from market.loans.port import LoanSigner
from market.terms import NOBODY, Party
from scenarios.market_setup import PartyOf
from scenarios.report.folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who has an account on a run's ledger, by name."""

    provider: str | None
    """Who trades at the tariff; None in a market without."""
    owners: tuple[str, ...]
    """All others."""

    @property
    def names(self) -> tuple[str, ...]:
        """Everyone."""
        return self.owners if self.provider is None else (self.provider, *self.owners)


class Ground(Protocol):
    """What a ledger is made with."""

    @property
    def rules(self) -> MarketRules: ...

    @property
    def tariff(self) -> Sequence[TariffStep]:
        """The provider's; empty without one."""
        ...

    @property
    def opens(self) -> int:
        """First interval at whose start something happens."""
        ...

    @property
    def notice(self) -> int:
        """Seconds before that by which meters and their owners must be there."""
        ...


MakeGround = Callable[[int], Ground]
"""The market on a ledger whose interval 0 starts at the given time, or at a later one that it chooses itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ledger that is ready for the scenario's parties."""

    ledger: Ledger
    signer: OfferSigner
    loan_signer: LoanSigner
    forward_signer: ForwardSigner
    party_of: PartyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an audit of the finished run said."""

    verdict: str
    checks: Mapping[str, int]
    violations: list[dict[str, Any]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The part of ``run --json`` that holds it."""
        return {"verdict": self.verdict, "checks": dict(self.checks), "violations": self.violations}


@dataclass(frozen=True, slots=True, kw_only=True)
class GasRow:
    """What one kind of transaction cost on the run's chain; the simulated ledger has none."""

    kind: str
    transactions: int
    items: int
    """Deals, readings, … carried by them."""
    gas: int
    fees_wei: int


class Host(Protocol):
    """A place for a run's ledger."""

    @property
    def label(self) -> str:
        """``simulated``, ``memory``, ``anvil`` or an address: what the run's output calls its ledger."""
        ...

    def check(self, interval: int) -> None:
        """Refuse what cannot work with intervals of so many seconds, before anything is begun."""
        ...

    def open(self, cast: Cast, folder: RunFolder, make: MakeGround, *, seed: int, resume: bool) -> Opened:
        """A ledger for the run; with ``resume`` the one on which the interrupted run went on."""
        ...

    def audit(self, folder: RunFolder, minted: int) -> Verdict:
        """Prove or refute that every rule was kept."""
        ...

    def gas(self) -> list[GasRow]: ...

    def keep(self, folder: RunFolder) -> None:
        """Save what a later command needs to go on, or to look at the ledger again."""
        ...

    def close(self) -> None: ...


class SimulatedHost:
    """The exact in-memory ledger: nothing is signed, mined or paid for."""

    label = "simulated"
    EPOCH = 1_767_225_600
    """2026-01-01T00:00Z; no result depends on it."""

    def __init__(self) -> None:
        self._ledger: Ledger | None = None

    def check(self, interval: int) -> None:
        """Nothing can be wrong."""

    def open(self, cast: Cast, folder: RunFolder, make: MakeGround, *, seed: int, resume: bool) -> Opened:
        opened = simulated(cast, make(self.EPOCH))
        self._ledger = opened.ledger
        return opened

    def audit(self, folder: RunFolder, minted: int) -> Verdict:
        """There is no chain to read: only that no token was made or lost is checked."""
        assert self._ledger is not None
        good = conserved(self._ledger.state(), minted)
        violation = {"check": "conservation", "transaction": None, "detail": "tokens were made or lost"}
        return Verdict(
            verdict="pass" if good else "fail",
            checks={"conservation": 1},
            violations=[] if good else [violation],
            notes=("a simulated ledger has no chain to audit",),
        )

    def gas(self) -> list[GasRow]:
        return []

    def keep(self, folder: RunFolder) -> None:
        """Nothing: a simulated run takes a second, and starts anew."""

    def close(self) -> None:
        """Nothing to close."""


def simulated(cast: Cast, ground: Ground) -> Opened:
    """A new ledger in memory for the cast, its clock an interval before the first step."""
    rules = ground.rules
    ledger = MemoryLedger(
        rules=rules,
        provider=NOBODY if cast.provider is None else pseudo_address(cast.provider),
        tariff=ground.tariff,
        address=pseudo_address("market"),
        now=rules.start(ground.opens) - rules.interval - ground.notice,
    )
    return Opened(
        ledger=ledger,
        signer=HashChain(),
        loan_signer=LoanHashChain(),
        forward_signer=UNSIGNED_FORWARDS,
        party_of=pseudo_address,
    )


def pseudo_address(name: str) -> Party:
    """An address for a party that needs none."""
    return Party("0x" + sha256(name.encode()).hexdigest()[:40])
