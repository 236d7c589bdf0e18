"""Checks ``readings`` and ``reading_signatures``: in time, within the rating, the first is final, signed by the meter.

Signatures are not in events: they are taken from the call data of transactions that call the registry's ``post`` or
``postBatch`` themselves.
"""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.recovery import recover
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import MeterRegistered, ReadingPosted
from chain.packing import POST_BATCH, SIGNED_READING_ABI
from chain.signing import digest, reading_hash
from market.ledger.port import Reading
from market.terms import NOBODY

CHECK = "readings"
SIGNATURES = "reading_signatures"
_POST_BATCH = keccak(POST_BATCH.encode())[:4]
_POST = keccak(f"post({SIGNED_READING_ABI})".encode())[:4]
Signed = dict[tuple[int, int, int, int], list[tuple[bytes, bytes]]]


def check(world: World, findings: Findings) -> None:
    """Every reading."""
    meters = {event.meter: event for event in world.of(MeterRegistered)}
    seen: set[tuple[int, int]] = set()
    signed: dict[str, Signed | None] = {}
    separator = world.registry_domain.separator()
    for event in world.of(ReadingPosted):
        findings.count(CHECK)
        where, place = event.at.transaction, f"meter {event.meter}, interval {event.interval}"
        meter = meters.get(event.meter)
        if meter is None or meter.at > event.at:
            findings.violate(CHECK, where, f"{place}: read before the meter was registered")
            continue
        if (event.meter, event.interval) in seen:
            findings.violate(CHECK, where, f"{place}: a second reading")
        seen.add((event.meter, event.interval))
        end, closed = world.rules.end(event.interval), world.rules.closed(event.interval)
        if not end <= event.at.time < closed:
            findings.violate(CHECK, where, f"{place}: posted at {event.at.time}, outside [{end}, {closed})")
        if max(event.exported, event.imported) > meter.rating:
            most = max(event.exported, event.imported)
            findings.violate(CHECK, where, f"{place}: {most} base units, above the rating {meter.rating}")
        if where not in signed:
            signed[where] = _signed(world.calldata(event))
        _signature(event, meter, signed[where], separator, findings)


def _signature(
    event: ReadingPosted,
    meter: MeterRegistered,
    signed: Signed | None,
    separator: bytes,
    findings: Findings,
) -> None:
    place = f"meter {event.meter}, interval {event.interval}"
    if signed is None:
        findings.note(
            SIGNATURES, f"transaction {event.at.transaction} posts through another contract: not seen"
        )
        return
    findings.count(SIGNATURES)
    reading = Reading(
        meter=event.meter, interval=event.interval, exported=event.exported, imported=event.imported
    )
    found = signed.get((event.meter, event.interval, event.exported, event.imported), [])
    message = digest(separator, reading_hash(reading))
    if not any(_both(meter, message, signatures) for signatures in found):
        signers = ", ".join(str(recover(message, signature)) for signature, _ in found) or "nobody"
        detail = (
            f"{place}: {event.exported} out, {event.imported} in is signed by {signers}, not by {meter.key}"
        )
        detail += f" and {meter.attester}" * (meter.attester != NOBODY)
        findings.violate(SIGNATURES, event.at.transaction, detail)


def _both(meter: MeterRegistered, message: bytes, signatures: tuple[bytes, bytes]) -> bool:
    """Whether the meter's key signed, and its attester where it has one."""
    if recover(message, signatures[0]) != meter.key:
        return False
    return meter.attester == NOBODY or recover(message, signatures[1]) == meter.attester


def _signed(data: bytes) -> Signed | None:
    try:
        if data[:4] == _POST_BATCH:
            (items,) = decode([f"{SIGNED_READING_ABI}[]"], data[4:])
        elif data[:4] == _POST:
            items = decode([SIGNED_READING_ABI], data[4:])
        else:
            return None
    except DecodingError:
        return {}
    # the same reading may stand in a batch twice; the contract takes it once its signatures hold
    out: Signed = {}
    for reading, r, vs, attester_r, attester_vs in items:
        out.setdefault(reading, []).append((r + vs, attester_r + attester_vs))
    return out
