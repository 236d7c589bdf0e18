"""Checks ``forward.signatures`` and ``forward.registers``: what parties of forward contracts and their meters signed.

A contract's digest is computed from its event; a member that joined without a signature must have called itself, and
so must who leaves, opens a vote, posts a leaf or publishes. Registers are signed by their meters: signatures are in the
call data.
"""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.recovery import recover, signed_by
from chain.audit.report import Findings
from chain.audit.world import World
from chain.clients.forward import ForwardClient, membership_values
from chain.clients.registry import RegistryClient
from chain.events import (
    Aggregated,
    Event,
    ForwardCancelled,
    ForwardSigned,
    LeafPosted,
    MemberExited,
    MemberJoined,
    MeterRegistered,
    RegistersPosted,
    VoteOpened,
    VotePublished,
)
from chain.forward.registers import registers_of
from chain.forward.signing import membership_hash, registers_hash
from chain.signing import digest
from market.forward.trees import terms_hash
from market.ledger.port import Registers
from market.terms import NOBODY, Party

CHECK = "forward.signatures"
REGISTERS = "forward.registers"


def check(world: World, findings: Findings) -> None:
    """Every contract, consent, exit and vote; every register."""
    if world.forward != NOBODY:
        _contracts(world, findings)
        _callers(world, findings)
    _registers(world, findings)


def _contracts(world: World, findings: Findings) -> None:
    separator = world.forward_domain.separator()
    for event in world.of(ForwardSigned):
        message = digest(separator, terms_hash(event.terms, keccak))
        for role, party, signature in (
            ("retailer", event.terms.retailer, event.retailer_signature),
            ("community", event.terms.community, event.community_signature),
        ):
            findings.count(CHECK)
            if not signed_by(world.w3, party, message, signature, event.at.block):
                detail = f"contract 0x{event.key.hex()}: the {role} {party} did not sign it"
                findings.violate(CHECK, event.at.transaction, detail)
    for joined in world.of(MemberJoined):
        findings.count(CHECK)
        consent, where = joined.membership, joined.at.transaction
        if not joined.signature:
            _called(world, joined, consent.member, CHECK, findings)
            _said(world, joined, findings)
            continue
        message = digest(separator, membership_hash(consent))
        if not signed_by(world.w3, consent.member, message, joined.signature, joined.at.block):
            findings.violate(CHECK, where, f"meter {joined.meter}: {consent.member} did not consent")


def _said(world: World, joined: MemberJoined, findings: Findings) -> None:
    """Nothing but the call itself says what a member that signed nothing consented to."""
    data, where = world.calldata(joined), joined.at.transaction
    if data[:4] != ForwardClient.JOIN.selector:
        findings.note(CHECK, "a member joined through another contract: what it consented to is not seen")
        return
    try:
        _, said, *_ = decode(ForwardClient.JOIN.inputs, data[4:])
    except DecodingError as error:
        findings.violate(CHECK, where, f"meter {joined.meter}: its call cannot be read: {error}")
        return
    terms, member, *rest = membership_values(joined.membership)
    if (terms, member.lower(), *rest) != said:
        findings.violate(CHECK, where, f"meter {joined.meter}: the call consents to {said}")


def _callers(world: World, findings: Findings) -> None:
    members = {(e.key, e.meter): e.membership.member for e in world.of(MemberJoined)}
    communities = {e.key: e.community for e in world.of(VoteOpened)}
    acts: list[tuple[Event, Party | None]] = [
        *((e, members.get((e.key, e.meter))) for e in world.of(MemberExited)),
        *((e, e.by) for e in world.of(ForwardCancelled)),
        *((e, e.community) for e in world.of(VoteOpened)),
        *((e, e.member) for e in world.of(LeafPosted)),
        *((e, communities.get(e.key)) for e in world.of(VotePublished)),
    ]
    for event, party in acts:
        findings.count(CHECK)
        _called(world, event, party, CHECK, findings)


def _called(world: World, event: Event, party: Party | None, check: str, findings: Findings) -> None:
    caller = world.caller(event)
    if caller is None:
        findings.note(
            check, f"{type(event).__name__} came about through another contract: who called is not seen"
        )
    elif caller != party:
        detail = f"{type(event).__name__} by {caller}, expected {party or 'somebody that is known'}"
        findings.violate(check, event.at.transaction, detail)


def _registers(world: World, findings: Findings) -> None:
    meters = {event.meter: event for event in world.of(MeterRegistered)}
    separator = world.registry_domain.separator()
    before: dict[tuple[int, bytes], dict[int, Registers]] = {}
    signed: dict[str, dict[tuple[int, int, bytes], list[tuple[bytes, bytes]]] | None] = {}
    for event in world.of(RegistersPosted):
        findings.count(REGISTERS)
        where, place = event.at.transaction, f"registers of meter {event.meter} at {event.boundary}"
        meter = meters.get(event.meter)
        if meter is None:
            findings.violate(REGISTERS, where, f"{place}: the meter was never registered")
            continue
        if where not in signed:
            signed[where] = _signed(world.calldata(event))
        of_call = signed[where]
        if of_call is None:
            findings.note(REGISTERS, "registers were posted through another contract: signatures not seen")
            continue
        registers = registers_of(event)
        _counted(world, event, registers, before, findings)
        message = digest(separator, registers_hash(registers))
        if not any(_both(meter, message, pair) for pair in of_call.get(registers.place, ())):
            findings.violate(REGISTERS, where, f"{place}: not signed by {meter.key}")
    for behind in world.of(Aggregated):
        findings.count(REGISTERS)
        meter = meters.get(behind.meter)
        _called(world, behind, None if meter is None else meter.owner, REGISTERS, findings)


def _counted(
    world: World,
    event: RegistersPosted,
    registers: Registers,
    before: dict[tuple[int, bytes], dict[int, Registers]],
    findings: Findings,
) -> None:
    """In time and once; and what a meter has counted never falls."""
    where, name = event.at.transaction, f"registers of meter {event.meter} at {event.boundary}"
    known = before.setdefault((event.meter, event.schedule), {})
    if event.boundary in known:
        findings.violate(REGISTERS, where, f"{name}: posted twice")
    start = world.rules.start(event.boundary)
    if not start <= event.at.time < start + world.rules.window:
        findings.violate(REGISTERS, where, f"{name}: posted at {event.at.time}, not in its window")
    for boundary, other in known.items():
        early, late = (other, registers) if boundary < event.boundary else (registers, other)
        counted = zip((*early.imported, *early.exported), (*late.imported, *late.exported), strict=True)
        if any(a > b for a, b in counted):
            findings.violate(REGISTERS, where, f"{name}: fall against those at {boundary}")
    known.setdefault(event.boundary, registers)


def _both(meter: MeterRegistered, message: bytes, signatures: tuple[bytes, bytes]) -> bool:
    if recover(message, signatures[0]) != meter.key:
        return False
    return meter.attester == NOBODY or recover(message, signatures[1]) == meter.attester


def _signed(data: bytes) -> dict[tuple[int, int, bytes], list[tuple[bytes, bytes]]] | None:
    """Signatures by what they are for; None where another contract posted."""
    try:
        if data[:4] == RegistryClient.POST_REGISTERS.selector:
            (items,) = decode(RegistryClient.POST_REGISTERS.inputs, data[4:])
        elif data[:4] == RegistryClient.POST_REGISTER.selector:
            items = decode(RegistryClient.POST_REGISTER.inputs, data[4:])
        else:
            return None
    except DecodingError:
        return {}
    found: dict[tuple[int, int, bytes], list[tuple[bytes, bytes]]] = {}
    for (meter, at, schedule, *_), r, vs, attester_r, attester_vs in items:
        found.setdefault((meter, at, bytes(schedule)), []).append((r + vs, attester_r + attester_vs))
    return found
