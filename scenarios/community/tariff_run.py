"""A contract's year from its file to its folder: negotiate, vote, sign, join, bill, audit, write what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from energy.profiles import load_simbench
from market.forward.terms import NOTHING
from market.ledger.digest import conserved, digest
from market.ledger.port import Ledger, LedgerState
from market.terms import Party
from scenarios.community.billing import Stage, TariffRecord, play
from scenarios.community.forward import (
    cast_of,
    funds_of,
    hours_of,
    made_at,
    specs_of,
    tariff_ground,
    times_of,
)
from scenarios.community.negotiated import Contract, negotiate_contract
from scenarios.community.opened import open_vote_file, write_opened
from scenarios.community.tariff_load import TariffScenario
from scenarios.community.tariff_report import BillRow, MemberRow, bill_rows, member_rows, write_tariff_report
from scenarios.community.year import MeterYear, meter_years
from scenarios.errors import ScenarioError
from scenarios.hosts import GasRow, Host, SimulatedHost, Verdict
from scenarios.market_setup import PartyOf
from scenarios.report.folder import RunFolder, open_folder
from scenarios.running import Progress, RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffResult:
    """A finished year."""

    folder: RunFolder
    seed: int
    ledger: str
    scenario: TariffScenario
    contracts: tuple[Contract, ...]
    record: TariffRecord
    bills: tuple[BillRow, ...]
    members: tuple[MemberRow, ...]
    state: LedgerState
    digest: str
    conserved: bool
    audit: Verdict
    gas: tuple[GasRow, ...]
    intervals: int
    """Of the ledger, from the vote's opening to the contract's end."""
    seconds: float
    """From the vote's opening to the last bill, set-up and audit not included."""
    setup_seconds: float
    audit_seconds: float
    resumed: bool

    def summary(self) -> dict[str, Any]:
        """What ``run --json`` prints (DESIGN.md), and ``community`` beside it."""
        record = self.record
        return {
            "scenario": self.scenario.table.name,
            "seed": self.seed,
            "ledger": self.ledger,
            "intervals": self.intervals,
            "sessions": len(self.contracts),
            "agreements": len(record.signed),
            "settled": len(record.bills),
            "refunds": sum(row.refunded > 0 for row in self.members),
            "loans": {"opened": 0, "repaid": 0, "defaulted": 0, "voided": 0},
            "tokens_conserved": self.conserved,
            "digest": self.digest,
            "audit": self.audit.as_json(),
            "community": {
                "bills": len(self.bills),
                "missing": sum(not row.metered for row in self.bills),
                "exits": len(record.exits),
                "shortfalls": sum(row.short > 0 for row in self.bills),
                "short": sum(row.short for row in self.bills),
                "billed": sum(row.amount for row in self.bills),
                "at_old_rates": sum(row.at_old_rates for row in self.bills),
                "contracts": [_contract_json(contract) for contract in self.contracts],
            },
            "resumed": self.resumed,
            "seconds": round(self.seconds, 3),
            "setup_seconds": round(self.setup_seconds, 3),
            "audit_seconds": round(self.audit_seconds, 3),
            "folder": str(self.folder.path),
        }


def _contract_json(contract: Contract) -> dict[str, Any]:
    names = contract.case.blocks.names
    return {
        "community": contract.community.name,
        "strategy": contract.strategy,
        "mediator": contract.mediator,
        "turns": contract.negotiated.turns,
        "rates": None if contract.rates is None else dict(zip(names, contract.rates, strict=True)),
        "members": [member.name for member in contract.members],
        "left": list(contract.left),
    }


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that is known of a year before its ledger is opened."""

    contracts: tuple[Contract, ...]
    years: Mapping[str, MeterYear]
    source: str
    """Whose profiles they are."""
    hashes: Mapping[str, str]


def prepare(scenario: TariffScenario, seed: int) -> Prepared:
    """Negotiate, and let the meters count; everything that can be wrong with a file is found here.

    Raises
    ------
    ScenarioError, StrategyError, SpecError
    """
    tariff_ground(scenario, 0)
    funds_of(scenario)
    _check_exits(scenario)
    profiles = load_simbench()
    years = meter_years(scenario, made_at(scenario), profiles)
    contracts = tuple(
        negotiate_contract(scenario.case, community.name, seed=seed)
        for community in scenario.case.communities
    )
    return Prepared(contracts, years, profiles.source, {"simbench-2016.npz": profiles.sha256})


def run_tariff(
    scenario: TariffScenario,
    host: Host,
    options: RunOptions,
    progress: Progress = lambda what, done, total: None,
) -> TariffResult:
    """Run ``scenario`` on the ledger of ``host`` and write its folder; an interrupted run goes on, as market days do.

    Raises
    ------
    ScenarioError, NetworkError, LedgerError, …
        Wrong input is refused before anything is sent.
    """
    seed = scenario.table.seed if options.seed is None else options.seed
    if options.interval is not None:
        found = f"--interval {options.interval}"
        raise ScenarioError(scenario.path, "ledger.interval", found, "the file's: a year is not waited for")
    progress("Negotiating", 0, 1)
    prepared = prepare(scenario, seed)
    host.check(scenario.table.ledger.interval)
    opened = open_folder(options.out, scenario, seed, host.label, prepared.hashes)
    try:
        return _run(scenario, prepared, host, options, seed, opened.folder, opened.resumes, progress)
    except BaseException as stopped:
        stopped.add_note(f"{opened.folder.path} keeps what was done; the same command goes on from there")
        host.keep(opened.folder)
        opened.folder.update(status="interrupted")
        raise
    finally:
        opened.close()


def _run(
    scenario: TariffScenario,
    prepared: Prepared,
    host: Host,
    options: RunOptions,
    seed: int,
    folder: RunFolder,
    resume: bool,
    progress: Progress,
) -> TariffResult:
    started = perf_counter()
    progress("Setting up", 0, 1)
    cast = cast_of(scenario)
    opened = host.open(
        cast, folder, lambda earliest: tariff_ground(scenario, earliest), seed=seed, resume=resume
    )
    meters = enroll(scenario, opened.ledger, opened.party_of)
    stage = Stage(
        scenario=scenario,
        ledger=opened.ledger,
        signer=opened.forward_signer,
        party_of=opened.party_of,
        meters=meters,
        years=prepared.years,
        seed=seed,
    )
    ready = perf_counter()
    months = scenario.table.contract.months
    record = play(stage, prepared.contracts, lambda month: progress("Billing", month, months))
    over = perf_counter()
    progress("Auditing", 0, 1)
    state, minted = opened.ledger.state(), sum(funds_of(scenario).values())
    host.keep(folder)
    folder.update(status="finished")
    audit = host.audit(folder, minted)
    names: dict[Party, str] = {opened.party_of(name): name for name in cast.names}
    bills = tuple(bill_rows(scenario, prepared.contracts, record))
    rules = opened.ledger.rules
    result = TariffResult(
        folder=folder,
        seed=seed,
        ledger=host.label,
        scenario=scenario,
        contracts=prepared.contracts,
        record=record,
        bills=bills,
        members=tuple(member_rows(scenario, prepared.contracts, record, bills)),
        state=state,
        digest=digest(state, names, {meter: name for name, meter in meters.items()}),
        conserved=conserved(state, minted),
        audit=audit,
        gas=tuple(host.gas()),
        intervals=(times_of(scenario).boundaries[-1] - rules.epoch) // rules.interval,
        seconds=over - ready,
        setup_seconds=ready - started,
        audit_seconds=perf_counter() - over,
        resumed=resume,
    )
    progress("Drawing", 0, 1)
    write_tariff_report(
        folder,
        scenario,
        prepared.source,
        record=record,
        bills=result.bills,
        members=result.members,
        gas=result.gas,
        pictures=options.pictures,
    )
    _write_votes(result, stage)
    folder.update(result=result.summary())
    return result


def _write_votes(result: TariffResult, stage: Stage) -> None:
    """Each community's opened ballots: ``wattpact audit --community`` counts them again."""
    hours = hours_of(result.scenario)
    retailer = stage.party_of(result.scenario.table.retailer.name)
    for contract, vote in zip(result.contracts, result.record.votes, strict=True):
        if vote.key != NOTHING:
            opened = open_vote_file(
                vote,
                contract.negotiated,
                strategy=contract.table.strategy,
                retailer=retailer,
                blocks=hours.masks,
                zone=hours.zone,
                agreed=contract.rates,
            )
            result.folder.votes.mkdir(exist_ok=True)
            write_opened(result.folder.votes / f"{contract.community.name}.json", opened)


def enroll(scenario: TariffScenario, ledger: Ledger, party_of: PartyOf) -> dict[str, int]:
    """Fund the retailer and the members at the forward desk, and register every member's meter."""
    for name, amount in funds_of(scenario).items():
        if amount:
            ledger.buy_tokens(party_of(name), amount)
            ledger.forward.deposit(party_of(name), amount)
    return {name: ledger.register_meter(spec) for name, spec in specs_of(scenario, party_of).items()}


def rehearse_tariff(scenario: TariffScenario, seed: int | None = None) -> tuple[Prepared, TariffRecord]:
    """The year on the exact ledger in memory, nothing written: for tests and experiments."""
    chosen = scenario.table.seed if seed is None else seed
    prepared = prepare(scenario, chosen)
    host = SimulatedHost()
    opened = host.open(
        cast_of(scenario),
        RunFolder(Path()),
        lambda earliest: tariff_ground(scenario, earliest),
        seed=chosen,
        resume=False,
    )
    stage = Stage(
        scenario=scenario,
        ledger=opened.ledger,
        signer=opened.forward_signer,
        party_of=opened.party_of,
        meters=enroll(scenario, opened.ledger, opened.party_of),
        years=prepared.years,
        seed=chosen,
    )
    return prepared, play(stage, prepared.contracts)


def _check_exits(scenario: TariffScenario) -> None:
    edges = [edge.date() for edge in scenario.case.boundaries]
    for number, each in enumerate(scenario.table.exits, 1):
        if not edges[0] <= each.on < edges[-1]:
            raise ScenarioError(
                scenario.path,
                f"exit[{number}].on",
                str(each.on),
                f"a day of the contract, {edges[0]} to {edges[-1]}, the last not included",
            )
