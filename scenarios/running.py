"""A run from its scenario to its folder: open the ledger, play the day, audit it, write what happened."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from market.day import DayRecord
from market.ledger.digest import conserved, digest
from market.ledger.port import LedgerState
from market.terms import Party
from market.transcripts import write_transcript
from scenarios.community.shares import ShareRow, communities_of, share_rows, submeter_rows
from scenarios.community.submeters import post_submeters
from scenarios.composition import Composition, RunName, cast_of, check_strategies, compose, faults_of
from scenarios.hosts import GasRow, Host, Verdict
from scenarios.load import Scenario
from scenarios.market_setup import MarketSetup, enroll, market_setup
from scenarios.places import Places, build_places
from scenarios.report.charge import charge_rows
from scenarios.report.folder import RunFolder, open_folder
from scenarios.report.lending import LendingRow, lending_rows, report_lending
from scenarios.report.run import BalanceRow, write_report
from scenarios.report.welfare import Balance, WelfareRow, balance, welfare_rows
from scenarios.variation import vary

Progress = Callable[[str, int, int], None]
"""(what is being done, how many steps of it are over, how many there are)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a user may choose beside the scenario."""

    seed: int | None = None
    interval: int | None = None
    """Seconds of the ledger's intervals, for a chain whose clock cannot be set."""
    out: Path = Path("runs")
    pictures: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run."""

    folder: RunFolder
    seed: int
    ledger: str
    intervals: int
    record: DayRecord
    state: LedgerState
    digest: str
    conserved: bool
    audit: Verdict
    gas: tuple[GasRow, ...]
    seconds: float
    """From the first step to the settlement of the last deal, set-up and audit not included."""
    setup_seconds: float
    audit_seconds: float
    resumed: bool
    """It went on after an interruption: its gas is that of the transactions since."""
    scenario: Scenario
    composition: Composition
    setup: MarketSetup
    shares: tuple[ShareRow, ...]
    """What the deals of each community come to for its members."""

    @property
    def welfare(self) -> list[WelfareRow]:
        """What each party gained over the provider."""
        names = list(self.composition.names.values())
        return welfare_rows(self.record.deals, names, self.scenario.table.provider.name)

    @property
    def worth(self) -> Balance:
        """The gain of all, set against what the chain cost."""
        return balance(self.record.deals, self.welfare, self.gas, wei_per_unit=self.setup.rules.wei_per_unit)

    @property
    def loans(self) -> dict[str, int]:
        """How many loans were recorded, and how they ended: all returned, some of it compensated, or nothing lent."""
        rows = self.record.loans.loans
        ended = {
            "repaid": sum(row.status == "settled" and row.shortfall == 0 for row in rows),
            "defaulted": sum(row.shortfall > 0 for row in rows),
            "voided": sum(row.status == "voided" for row in rows),
        }
        return {"opened": len(rows), **ended}

    @property
    def lending(self) -> list[LendingRow]:
        """How each home decides its loans, and what it expected to gain by them."""
        return lending_rows(self.scenario.table.party, self.composition.lenders)

    def summary(self) -> dict[str, Any]:
        """What ``run --json`` prints (DESIGN.md), and a few figures more."""
        deals, sessions = self.record.deals, self.record.sessions
        return {
            "scenario": self.scenario.table.name,
            "seed": self.seed,
            "ledger": self.ledger,
            "intervals": self.intervals,
            "sessions": len(sessions),
            "agreements": sum(row.outcome == "agreed" for row in sessions),
            "settled": len(deals),
            "refunds": sum(row.refunded > 0 for row in deals),
            "loans": self.loans,
            "loan_sessions": len(self.record.loans.sessions),
            "lent": sum(row.principal for row in self.record.loans.loans),
            "not_returned": sum(row.shortfall for row in self.record.loans.loans),
            "lending": [asdict(row) for row in self.lending],
            "shares": [asdict(row) for row in self.shares],
            "tokens_conserved": self.conserved,
            "digest": self.digest,
            "audit": self.audit.as_json(),
            "withdrawn_by_fault": sum(bool(row.reason) for row in sessions if row.outcome == "withdrawn"),
            "resumed": self.resumed,
            "welfare": asdict(self.worth),
            "seconds": round(self.seconds, 3),
            "setup_seconds": round(self.setup_seconds, 3),
            "audit_seconds": round(self.audit_seconds, 3),
            "folder": str(self.folder.path),
        }


def run_scenario(
    scenario: Scenario, host: Host, options: RunOptions, progress: Progress = lambda what, done, total: None
) -> RunResult:
    """Run ``scenario`` on the ledger of ``host`` and write its folder.

    An interrupted run (KeyboardInterrupt, or any failure on the way) keeps what its ledger needs to go on; the same call
    then continues it: what has happened on the ledger is taken from there and not done twice.

    Raises
    ------
    ScenarioError, ProfileError, NetworkError, LedgerError, …
        Wrong input is refused before anything is sent.
    """
    seed = scenario.table.seed if options.seed is None else options.seed
    scenario = vary(scenario, seed)
    check_strategies(scenario)
    faults_of(scenario)
    places = build_places(scenario, seed)
    setup = market_setup(scenario, epoch=0, interval=options.interval)
    host.check(setup.rules.interval)
    opened = open_folder(options.out, scenario, seed, host.label, places.data_sha256)
    if opened.resumes:
        progress(f"Going on with {opened.folder.path}", 0, 1)
    try:
        return _run(scenario, host, options, seed, places, opened.folder, opened.resumes, progress)
    except BaseException as stopped:
        stopped.add_note(f"{opened.folder.path} keeps what was done; the same command goes on from there")
        host.keep(opened.folder)
        opened.folder.update(status="interrupted")
        raise
    finally:
        opened.close()


def _run(
    scenario: Scenario,
    host: Host,
    options: RunOptions,
    seed: int,
    places: Places,
    folder: RunFolder,
    resume: bool,
    progress: Progress,
) -> RunResult:
    started = perf_counter()
    progress("Setting up", 0, 1)
    opened = host.open(
        cast_of(scenario),
        folder,
        lambda epoch: market_setup(scenario, epoch=epoch, interval=options.interval),
        seed=seed,
        resume=resume,
    )
    setup = market_setup(scenario, epoch=opened.ledger.rules.epoch, interval=options.interval)
    meters = enroll(opened.ledger, scenario, setup, opened.party_of)
    composition = compose(
        scenario,
        seed=seed,
        places=places,
        setup=setup,
        opened=opened,
        meters=meters,
        run=RunName(str(folder.path.resolve()), resume),
    )
    ready = perf_counter()
    steps = setup.plan.steps
    communities = communities_of(places.sites)

    def stepped(step: int) -> None:
        progress("Trading", step - steps.start + 1, len(steps))
        if step == steps[-1]:
            post_submeters(opened.ledger, communities, meters, step)

    record = composition.day.run(stepped)
    over = perf_counter()
    progress("Auditing", 0, 1)
    state = opened.ledger.state()
    minted = setup.minted
    host.keep(folder)
    folder.update(status="finished")
    _write_transcripts(folder, record)
    audit = host.audit(folder, minted)
    result = RunResult(
        folder=folder,
        seed=seed,
        ledger=host.label,
        intervals=scenario.table.intervals,
        record=record,
        state=state,
        digest=digest(state, composition.names, composition.meters),
        conserved=conserved(state, minted),
        audit=audit,
        gas=tuple(host.gas()),
        seconds=over - ready,
        setup_seconds=ready - started,
        audit_seconds=perf_counter() - over,
        resumed=resume,
        scenario=scenario,
        composition=composition,
        setup=setup,
        shares=tuple(share_rows(communities, record.deals)),
    )
    progress("Drawing", 0, 1)
    write_report(
        folder,
        scenario=scenario,
        source=places.source,
        first=setup.plan.first,
        record=record,
        balances=_balances(composition.names, setup, state),
        welfare=result.welfare,
        gas=result.gas,
        charge=charge_rows(places.sites, setup.plan.first),
        shares=result.shares,
        submeters=submeter_rows(communities, setup.plan.first),
        pictures=options.pictures,
    )
    if scenario.table.loans is not None:
        report_lending(folder, result.lending, pictures=options.pictures)
    folder.update(result=result.summary())
    return result


def _write_transcripts(folder: RunFolder, record: DayRecord) -> None:
    """Every signed session as a file, those without an agreement too."""
    for meeting in record.meetings:
        if meeting.transcript is not None:
            write_transcript(folder.transcripts / f"session-{meeting.number:05d}.json", meeting.transcript)
    for negotiated in record.loans.meetings:
        write_transcript(folder.transcripts / f"loan-{negotiated.number:05d}.json", negotiated.transcript)


def _balances(names: Mapping[Party, str], setup: MarketSetup, state: LedgerState) -> list[BalanceRow]:
    """What each party brought and what it holds at the end."""
    return [
        BalanceRow(
            party=name,
            brought=setup.deposits[name] + setup.collateral.get(name, 0),
            free=state.balances.get(party, 0) + state.loans.balances.get(party, 0),
            outside=state.tokens.get(party, 0),
        )
        for party, name in names.items()
    ]
