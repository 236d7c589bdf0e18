"""A contract from its vote to its last bill, on any ledger: what is voted, signed, joined, metered, billed and left.

What is decided in negotiation and what meters will read is given; here is only what becomes of it. The ledger's clock is
moved from event to event: nothing happens in between.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import TypeVar

from market.forward.port import ForwardSigner, MemberBill, MemberExit
from market.forward.terms import Bill, ForwardTerms, Joining, Membership, SignedForward
from market.forward.trees import Roster, schedule_of, terms_hash
from market.ledger.errors import LedgerError
from market.ledger.faults import Fault, LateMeter, SilentMeter, register_deliveries
from market.ledger.port import Four, Ledger, Registers
from scenarios.community.ballots import Vote, hold_vote
from scenarios.community.forward import (
    Times,
    amount,
    decided_of,
    intervals_of,
    meter_of,
    roster_of,
    terms_of,
    times_of,
)
from scenarios.community.negotiated import Contract
from scenarios.community.tariff_load import TariffScenario
from scenarios.community.year import MeterYear
from scenarios.market_setup import PartyOf

_T = TypeVar("_T")


@dataclass(slots=True)
class Running:
    """A contract that was signed, and how far its members are."""

    contract: Contract
    terms: ForwardTerms
    key: bytes
    roster: Roster
    schedule: bytes
    last: dict[str, int]
    """Periods that are billed in all, by member who joined."""


@dataclass(slots=True)
class TariffRecord:
    """What happened, in its order."""

    votes: list[Vote] = field(default_factory=list)
    signed: list[Running] = field(default_factory=list)
    bills: list[tuple[str, str, MemberBill]] = field(default_factory=list)
    """(community, member, bill)."""
    exits: list[tuple[str, str, MemberExit]] = field(default_factory=list)
    refunded: dict[str, int] = field(default_factory=dict)
    """Of the retailer's deposit, by community, token units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where it is played: the ledger, whose parties are funded at its forward desk and whose meters are registered."""

    scenario: TariffScenario
    ledger: Ledger
    signer: ForwardSigner
    party_of: PartyOf
    meters: Mapping[str, int]
    years: Mapping[str, MeterYear]
    seed: int

    @property
    def times(self) -> Times:
        """The scenario's."""
        return times_of(self.scenario)


def play(
    stage: Stage, contracts: Sequence[Contract], on_month: Callable[[int], None] = lambda month: None
) -> TariffRecord:
    """Play it to the end; ``on_month`` is told each month of the contract when it is billed.

    Raises
    ------
    LedgerError
        What the ledger refuses: the scenario was checked before, so that is a fault of who composed it.
    """
    record = TariffRecord()
    _decide(stage, contracts, record)
    _sign(stage, contracts, record)
    boundaries = intervals_of(stage.scenario, stage.ledger.rules)
    faults = faults_of(stage.scenario, boundaries)
    _leave(stage, record, before=boundaries[0])
    _read(stage, record, faults, boundary=0, at=boundaries[0])
    for period, at in enumerate(boundaries[1:]):
        _leave(stage, record, before=at)
        posted = _read(stage, record, faults, boundary=period + 1, at=at)
        silent = frozenset(name for _, name in _billed(record, period)) - posted.on_time
        _bill(stage, record, period, silent, metered=True)
        if silent:
            stage.ledger.advance_to(stage.ledger.rules.start(at) + stage.ledger.rules.window)
            if posted.late:
                stage.ledger.post_registers(posted.late)  # refused, each of them: silence is final by now
            _bill(stage, record, period, silent, metered=False)
        on_month(period + 1)
    for running in record.signed:
        record.refunded[running.contract.community.name] = stage.ledger.forward.close(running.terms)
    return record


def _decide(stage: Stage, contracts: Sequence[Contract], record: TariffRecord) -> None:
    """Every community that voted publishes its vote, between the close and the deadline."""
    stage.ledger.advance_to(stage.times.opens)
    for number, contract in enumerate(contracts, 1):
        record.votes.append(
            hold_vote(
                contract,
                stage.ledger,
                stage.signer,
                stage.party_of,
                nonce=number,
                times=stage.times,
                posts=stage.scenario.table.signing.posts_leaf,
                seed=stage.seed,
                result=decided_of(stage.scenario, contract, stage.party_of, stage.ledger.forward),
            )
        )
    stage.ledger.advance_to(stage.times.closes + 1)
    for vote in record.votes:
        vote.publish(stage.ledger)


def _sign(stage: Stage, contracts: Sequence[Contract], record: TariffRecord) -> None:
    """Retailer and community sign, and members join."""
    desk, rules = stage.ledger.forward, stage.ledger.rules
    for number, (contract, vote) in enumerate(zip(contracts, record.votes, strict=True), 1):
        if contract.rates is None:
            continue
        roster = roster_of(contract, stage.meters, stage.party_of, desk)
        terms = terms_of(
            stage.scenario,
            contract,
            number=number,
            rules=rules,
            roster=roster,
            decision=vote.key,
            party_of=stage.party_of,
        )
        signatures = [stage.signer.sign_forward(party, terms) for party in (terms.retailer, terms.community)]
        key = desk.sign(SignedForward(terms, *signatures))
        running = Running(
            contract=contract,
            terms=terms,
            key=key,
            roster=roster,
            schedule=schedule_of(terms.blocks, terms.zone, desk.hash),
            last={member.name: terms.periods for member in contract.members},
        )
        for index, member in enumerate(contract.members):
            desk.join(_joining(stage, running, index, member.name))
        record.signed.append(running)


def _joining(stage: Stage, running: Running, index: int, name: str) -> Joining:
    table = meter_of(stage.scenario, name)
    consent = Membership(
        terms=terms_hash(running.terms, stage.ledger.forward.hash),
        member=stage.party_of(name),
        meter=stage.meters[name],
        max_deposit=amount(stage.scenario, f"meter of {name}: deposit", table.deposit),
        expiry=running.terms.expiry,
    )
    return Joining(
        terms=running.terms,
        membership=consent,
        volumes=running.roster.entries[index].volumes,
        proof=running.roster.proof(index),
        signature=stage.signer.sign_membership(consent) if table.joins == "signature" else b"",
    )


def _leave(stage: Stage, record: TariffRecord, *, before: int) -> None:
    """Exits that are due before the start of an interval and have not happened."""
    zone, rules = stage.scenario.case.zone, stage.ledger.rules
    gone = {name for _, name, _ in record.exits}
    due = sorted(
        (int(datetime(each.on.year, each.on.month, each.on.day, tzinfo=zone).timestamp()), each.member)
        for each in stage.scenario.table.exits
        if each.member not in gone
    )
    for time, name in due:
        if time >= rules.start(before):
            return
        for running in record.signed:
            if name in running.last:
                stage.ledger.advance_to(time)
                done = stage.ledger.forward.exit(stage.party_of(name), running.terms, stage.meters[name])
                running.last[name] = done.last_periods
                record.exits.append((running.contract.community.name, name, done))


def faults_of(scenario: TariffScenario, boundaries: Sequence[int]) -> tuple[Fault, ...]:
    """The registers that are missing, as faults of meters in the intervals at whose start they would stand."""
    return tuple(
        (LateMeter if each.late else SilentMeter)(
            meter=each.member, first=boundaries[each.month], last=boundaries[each.month]
        )
        for each in scenario.table.missing
    )


@dataclass(frozen=True, slots=True)
class _Posted:
    on_time: frozenset[str]
    """Members whose registers stand."""
    late: tuple[Registers, ...]


def _read(stage: Stage, record: TariffRecord, faults: Sequence[Fault], *, boundary: int, at: int) -> _Posted:
    """Post the registers of all who are still billed."""
    stage.ledger.advance_to(stage.ledger.rules.start(at))
    counted = [
        Registers(
            meter=stage.meters[name],
            at=at,
            schedule=running.schedule,
            imported=_four(stage.years[name].imported[boundary]),
            exported=_four(stage.years[name].exported[boundary]),
        )
        for running, name in _billed(record, max(boundary - 1, 0))
    ]
    names = {meter: name for name, meter in stage.meters.items()}
    deliveries = register_deliveries(counted, faults, meters=names)
    posted = _all_done(stage.ledger.post_registers(deliveries.on_time)) if deliveries.on_time else []
    return _Posted(frozenset(names[each.meter] for each in posted), deliveries.late)


def _bill(stage: Stage, record: TariffRecord, period: int, silent: frozenset[str], *, metered: bool) -> None:
    """Bill a period of those whose registers were posted, or of the silent, with whose bills their volumes go."""
    for running in record.signed:
        names = [
            name
            for each, name in _billed(record, period)
            if each is running and (name not in silent) is metered
        ]
        volumes = {entry.meter: () if metered else entry.volumes for entry in running.roster.entries}
        bills = [
            Bill(meter=stage.meters[name], period=period, volumes=volumes[stage.meters[name]])
            for name in names
        ]
        if bills:
            done = _all_done(stage.ledger.forward.bill_batch(running.terms, bills))
            community = running.contract.community.name
            record.bills += [(community, name, bill) for name, bill in zip(names, done, strict=True)]


def _billed(record: TariffRecord, period: int) -> Iterable[tuple[Running, str]]:
    """Who is billed for a period, in the order of contracts and names."""
    return chain.from_iterable(
        ((running, name) for name, last in running.last.items() if period < last) for running in record.signed
    )


def _four(values: Sequence[int]) -> Four:
    a, b, c, d = (*values, 0, 0, 0, 0)[:4]
    return a, b, c, d


def _all_done(results: Sequence[_T | LedgerError]) -> list[_T]:
    """Results of a batch, or the first refusal in it."""
    done: list[_T] = []
    for result in results:
        if isinstance(result, LedgerError):
            raise result
        done.append(result)
    return done
