"""The audit from its first request to its verdict: gather, decode, check, replay, compare."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from web3 import Web3

from chain.artifact import Artifact, load
from chain.audit import (
    agreements,
    code,
    coins,
    deals,
    meters,
    order,
    pauses,
    queues,
    readings,
    sessions,
    settlement,
    storage,
    tariffs,
    times,
)
from chain.audit.forward import bills, supplies, votes
from chain.audit.forward import signatures as forward_signatures
from chain.audit.forward import terms as forward_terms
from chain.audit.forward import tokens as forward_tokens
from chain.audit.forward.calls import proofs_of
from chain.audit.loans import agreements as loan_agreements
from chain.audit.loans import places, terms, tokens
from chain.audit.loans import settlement as loan_settlement
from chain.audit.loans import times as loan_times
from chain.audit.proof import Evidence, check_head, gather
from chain.audit.replay import Replay
from chain.audit.report import AuditReport, Findings
from chain.audit.transcripts import Filed, read_transcripts
from chain.audit.world import World
from chain.codec import party_of
from chain.decoding import EventError, decode
from chain.events import Event
from chain.logs import MarketContracts, MarketMap, NotAMarket, as_bytes, as_int, call, find_market, request
from market.ledger.errors import LedgerError
from market.ledger.port import MarketRules
from market.terms import NOBODY, Party

CONTRACTS = (
    "MeterRegistry",
    "UtilityNegotiator",
    "UtilityToken",
    "ProviderTariff",
    "EnergyLoans",
    "ForwardContracts",
)
Check = Callable[[World, Findings], None]
CHECKS: Mapping[str, Check] = {
    "events": order.check,
    "code": code.check,
    "meters": meters.check,
    "readings": readings.check,
    "signatures": agreements.check,
    "turns": sessions.check,
    "gates": times.check,
    "queue": queues.check,
    "deals": deals.check,
    "settlement": settlement.check,
    "pause": pauses.check,
    "tariff": tariffs.check,
    "token": coins.check,
    "loans.signatures": loan_agreements.check,
    "loans.terms": terms.check,
    "loans.places": places.check,
    "loans.gates": loan_times.check,
    "loans.settlement": loan_settlement.check,
    "loans.tokens": tokens.check,
    "forward.signatures": forward_signatures.check,
    "forward.terms": forward_terms.check,
    "forward.bills": bills.check,
    "forward.votes": votes.check,
    "forward.supply": supplies.check,
    "forward.tokens": forward_tokens.check,
}
NAMES = (
    "blocks",
    "receipts",
    "transactions",
    "events",
    "code",
    "meters",
    "readings",
    "reading_signatures",
    "signatures",
    "transcripts",
    "turns",
    "gates",
    "queue",
    "deals",
    "settlement",
    "pause",
    "tariff",
    "token",
    "loans.signatures",
    "loans.transcripts",
    "loans.terms",
    "loans.places",
    "loans.gates",
    "loans.settlement",
    "loans.pause",
    "loans.tokens",
    "forward.signatures",
    "forward.terms",
    "forward.registers",
    "forward.bills",
    "forward.exits",
    "forward.votes",
    "forward.supply",
    "forward.pause",
    "forward.tokens",
    "replay",
    "storage",
)
"""Every check, in the order of the report."""

Say = Callable[[str], None]


def audit(
    w3: Web3,
    registry: str,
    *,
    transcripts: Path | None = None,
    more: Mapping[str, Check] | None = None,
    say: Say = lambda _: None,
) -> AuditReport:
    """Prove or refute that a market kept its rules.

    Parameters
    ----------
    registry
        The address of its MeterRegistry.
    transcripts
        A folder with the transcript files of a run, for agreements of which only the last offer is on chain.
    more
        Further checks of each market, by name: of what is not on chain, as opened ballots are.
    say
        Called with the name of each step as it begins.

    Raises
    ------
    NotAMarket
        If there is no registry, or it lists no negotiator.
    ChainFault
        If the node refuses, lacks a block, or the chain was reorganised while it was read.
    TranscriptError
        If a transcript file cannot be read.
    """
    began = time.perf_counter()
    findings = Findings(dict.fromkeys(NAMES, 0))
    filed = Filed() if transcripts is None else read_transcripts(transcripts)
    say("blocks and receipts")
    head = as_int(request(w3, "eth_blockNumber", []))
    found = find_market(w3, registry, head)
    if not found.markets:
        raise NotAMarket(registry, "no negotiator in its list of markets", "at least one")
    for other in found.others:
        findings.note(
            "code", f"the registry lists {other}, which is neither a negotiator nor the desk of one"
        )
    names = found.names()
    evidence = gather(w3, list(names), head, findings)
    events = _decoded(evidence, names, findings)
    artifacts = {name: load(name) for name in CONTRACTS}
    for market in found.markets:
        world = _world(w3, found, market, evidence, events, artifacts, filed)
        examine(world, findings, checks={**CHECKS, **(more or {})}, say=say)
    check_head(w3, evidence)
    return AuditReport(
        registry=found.registry,
        chain_id=as_int(request(w3, "eth_chainId", [])),
        block=head,
        block_hash=evidence.head_hash,
        checks=findings.checks,
        violations=tuple(findings.violations),
        notes=tuple(findings.notes),
        events=len(events),
        seconds=time.perf_counter() - began,
    )


def examine(
    world: World,
    findings: Findings,
    *,
    checks: Mapping[str, Check] = CHECKS,
    say: Say = lambda _: None,
) -> None:
    """Hold one market to its rules: every check, the replay, and the comparison with storage."""
    for name, check in checks.items():
        say(name)
        check(world, findings)
    say("replay")
    try:
        ledger = Replay(world, findings).run()
    except LedgerError as refusal:
        findings.violate("replay", None, f"the tariff's first steps: the rules refuse them with {refusal}")
        return
    say("storage")
    try:
        storage.check(world, ledger, findings)
    except LedgerError as refusal:
        findings.violate("storage", None, f"the replay lacks what the events speak of: {refusal}")


def _decoded(evidence: Evidence, names: Mapping[Party, str], findings: Findings) -> list[Event]:
    events: list[Event] = []
    for log in evidence.logs:
        try:
            contract = names[party_of(log.address)]
            events.append(decode(log, time=evidence.times[log.block], contract=contract))
        except EventError as error:
            findings.violate("events", error.transaction, str(error))
    findings.count("events", len(events))
    return events


def _world(
    w3: Web3,
    found: MarketMap,
    market: MarketContracts,
    evidence: Evidence,
    events: Sequence[Event],
    artifacts: Mapping[str, Artifact],
    filed: Filed,
) -> World:
    mine = {found.registry, market.negotiator, market.token, market.tariff, market.loans, market.forward}
    registrar = _ask(w3, found.registry, "REGISTRAR", "address", evidence.head)
    guardian = _ask(w3, market.negotiator, "GUARDIAN", "address", evidence.head)
    provider: Any = NOBODY
    if market.tariff != NOBODY:
        provider = _ask(w3, market.tariff, "PROVIDER", "address", evidence.head)
    return World(
        w3=w3,
        chain_id=as_int(request(w3, "eth_chainId", [])),
        block=evidence.head,
        time=evidence.head_time,
        rules=_rules(w3, found.registry, market, evidence.head),
        registry=found.registry,
        registrar=_party(registrar),
        negotiator=market.negotiator,
        guardian=_party(guardian),
        token=market.token,
        tariff=market.tariff,
        provider=_party(provider),
        loans=market.loans,
        forward=market.forward,
        proofs=proofs_of(events, evidence.transactions),
        events=[event for event in events if event.at.address in mine],
        transactions=evidence.transactions,
        creations=evidence.creations,
        transcripts=filed.deals,
        loan_transcripts=filed.loans,
        artifacts=artifacts,
    )


def _rules(w3: Web3, registry: Party, market: MarketContracts, block: int) -> MarketRules:
    return MarketRules(
        epoch=_ask(w3, registry, "EPOCH", "uint64", block),
        interval=_ask(w3, registry, "INTERVAL", "uint32", block),
        gate=_ask(w3, registry, "GATE", "uint32", block),
        horizon=_ask(w3, registry, "HORIZON", "uint32", block),
        window=_ask(w3, registry, "WINDOW", "uint32", block),
        utility=market.utility,
        wei_per_unit=_ask(w3, market.token, "WEI_PER_UNIT", "uint256", block),
        provider_cap=_ask(w3, market.negotiator, "PROVIDER_CAP", "uint64", block),
        pause_length=_ask(w3, market.negotiator, "PAUSE_LENGTH", "uint32", block),
        pause_cooldown=_ask(w3, market.negotiator, "PAUSE_COOLDOWN", "uint32", block),
    )


def _ask(w3: Web3, address: Party, getter: str, kind: str, block: int) -> Any:
    return call(w3, address, f"{getter}()", [kind], block)[0]


def _party(address: str) -> Party:
    return party_of(as_bytes(address))
