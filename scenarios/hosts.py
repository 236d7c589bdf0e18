"""Where a run's ledger lives: in memory with exact integers here; on a chain in ``scenarios/chain_host.py``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from market.ledger.digest import conserved
from market.ledger.memory import MemoryLedger
from market.ledger.port import Ledger, OfferSigner
from market.ledger.unsigned import HashChain, LoanHashChain
from market.loans.port import LoanSigner
from market.terms import Party
from scenarios.load import Scenario
from scenarios.market_setup import MarketSetup, PartyOf
from scenarios.report.folder import RunFolder

MakeSetup = Callable[[int], MarketSetup]
"""The market of the scenario on a ledger whose interval 0 starts at the given time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ledger that is ready for the scenario's parties."""

    ledger: Ledger
    signer: OfferSigner
    loan_signer: LoanSigner
    party_of: PartyOf
    setup: MarketSetup


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

    def open(
        self, scenario: Scenario, folder: RunFolder, make_setup: MakeSetup, *, seed: int, resume: bool
    ) -> Opened:
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

    def open(
        self, scenario: Scenario, folder: RunFolder, make_setup: MakeSetup, *, seed: int, resume: bool
    ) -> Opened:
        opened = simulated(scenario, make_setup(self.EPOCH))
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


def simulated(scenario: Scenario, setup: MarketSetup) -> Opened:
    """A new ledger in memory for the scenario's parties, its clock an interval before the first step."""
    ledger = MemoryLedger(
        rules=setup.rules,
        provider=pseudo_address(scenario.table.provider.name),
        tariff=setup.tariff,
        address=pseudo_address("market"),
        now=setup.rules.start(setup.plan.opens) - setup.rules.interval - setup.notice,
    )
    return Opened(
        ledger=ledger,
        signer=HashChain(),
        loan_signer=LoanHashChain(),
        party_of=pseudo_address,
        setup=setup,
    )


def pseudo_address(name: str) -> Party:
    """An address for a party that needs none."""
    return Party("0x" + sha256(name.encode()).hexdigest()[:40])
