"""Check ``meters``: registered by the registrar, under keys of their own that agreed to it, retired and frozen as ruled."""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.recovery import recover
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import MarketAllowed, MarketListed, MeterFrozen, MeterRegistered, MeterRetired
from chain.signing import digest, reading_hash, registration_hash
from market.ledger.port import Reading
from market.terms import NOBODY, Party

CHECK = "meters"
NEVER = 2**32 - 1
"""A meter that has not been retired serves until this interval."""
_REGISTER = ("address", "address", "address", "uint8", "uint32", "bytes32", "bytes32")
_READING = "(uint32,uint32,uint64,uint64)"
_REGISTER_CALL = keccak(f"register({','.join(_REGISTER)})".encode())[:4]
_CONFLICT = (_READING, "bytes32", "bytes32", _READING, "bytes32", "bytes32")
_CONFLICT_CALL = keccak(f"proveConflict({','.join(_CONFLICT)})".encode())[:4]


def check(world: World, findings: Findings) -> None:
    """Every registration, opt-in, retirement and freezing."""
    keys: dict[Party, int] = {}
    owners: dict[int, Party] = {}
    for number, event in enumerate(world.of(MeterRegistered), start=1):
        findings.count(CHECK)
        _registered(world, event, number, keys, findings)
        keys.setdefault(event.key, event.meter)
        owners[event.meter] = event.owner
    _listed(world, findings)
    _retired(world, owners, findings)
    _frozen(world, findings)


def _registered(
    world: World, event: MeterRegistered, number: int, keys: dict[Party, int], findings: Findings
) -> None:
    where = event.at.transaction
    if event.meter != number:
        findings.violate(CHECK, where, f"meter {event.meter}: registered as number {number}")
    if event.key in keys:
        findings.violate(CHECK, where, f"meter {event.meter}: its key is that of meter {keys[event.key]}")
    if event.key == event.owner:
        findings.violate(CHECK, where, f"meter {event.meter}: its key is its owner's")
    if NOBODY in (event.key, event.owner) or event.rating == 0:
        findings.violate(CHECK, where, f"meter {event.meter}: no owner, no key or no rating")
    caller = world.caller(event)
    if caller is None:
        findings.note(CHECK, f"meter {event.meter} was registered through another contract")
    elif caller != world.registrar:
        detail = f"meter {event.meter}: registered by {caller}, the registrar is {world.registrar}"
        findings.violate(CHECK, where, detail)
    data = world.calldata(event)
    if data[:4] != _REGISTER_CALL:
        return
    owner, key, attester, utility, rating, r, vs = decode(_REGISTER, data[4:])
    values = (owner, key, attester, utility, rating)
    said = (event.owner.lower(), event.key.lower(), event.attester.lower(), event.utility, event.rating)
    if values != said:
        findings.violate(CHECK, where, f"meter {event.meter}: the call names {values}, the event {said}")
    struct = registration_hash(event.owner, event.attester, event.utility, event.rating)
    signer = recover(digest(world.registry_domain.separator(), struct), r + vs)
    if signer != event.key:
        findings.violate(
            CHECK, where, f"meter {event.meter}: registration signed by {signer}, not by its key"
        )


def _listed(world: World, findings: Findings) -> None:
    listed: set[Party] = set()
    for event in world.of(MarketListed):
        findings.count(CHECK)
        if event.market in listed:
            findings.violate(CHECK, event.at.transaction, f"market {event.market}: listed twice")
        listed.add(event.market)
        caller = world.caller(event)
        if caller is not None and caller != world.registrar:
            detail = f"market {event.market}: listed by {caller}, the registrar is {world.registrar}"
            findings.violate(CHECK, event.at.transaction, detail)


def _retired(world: World, owners: dict[int, Party], findings: Findings) -> None:
    until: dict[int, int] = {}
    for event in world.of(MeterRetired):
        findings.count(CHECK)
        _owner(world, event, owners, findings)
        if event.from_interval >= until.get(event.meter, 2**32 - 1):
            detail = (
                f"meter {event.meter}: retired from {event.from_interval}, was {until[event.meter]} before"
            )
            findings.violate(CHECK, event.at.transaction, detail)
        until[event.meter] = event.from_interval
        if event.at.time > (gate := world.rules.gate_of(event.from_interval)):
            detail = (
                f"meter {event.meter}: retired from {event.from_interval} at {event.at.time}, gate {gate}"
            )
            findings.violate(CHECK, event.at.transaction, detail)
    listed = {event.market: event.at for event in reversed(world.of(MarketListed))}
    for allowed in world.of(MarketAllowed):
        findings.count(CHECK)
        if allowed.market not in listed or listed[allowed.market] > allowed.at:
            detail = f"meter {allowed.meter}: opted in to {allowed.market}, which is not listed"
            findings.violate(CHECK, allowed.at.transaction, detail)
        _owner(world, allowed, owners, findings)


def _owner(
    world: World, event: MeterRetired | MarketAllowed, owners: dict[int, Party], findings: Findings
) -> None:
    caller, owner = world.caller(event), owners.get(event.meter)
    if owner is None:
        findings.violate(CHECK, event.at.transaction, f"meter {event.meter}: was never registered")
    elif caller is not None and caller != owner:
        detail = f"meter {event.meter}: {type(event).__name__} by {caller}, its owner is {owner}"
        findings.violate(CHECK, event.at.transaction, detail)


def _frozen(world: World, findings: Findings) -> None:
    keys = {event.meter: event.key for event in world.of(MeterRegistered)}
    separator = world.registry_domain.separator()
    for event in world.of(MeterFrozen):
        findings.count(CHECK)
        data = world.calldata(event)
        if data[:4] != _CONFLICT_CALL:
            findings.note(CHECK, f"meter {event.meter} was frozen through another contract: proof not seen")
            continue
        try:
            a, ar, avs, b, br, bvs = decode(_CONFLICT, data[4:])
        except DecodingError as error:
            findings.violate(CHECK, event.at.transaction, f"meter {event.meter}: proof of conflict: {error}")
            continue
        for values, signature in ((a, ar + avs), (b, br + bvs)):
            reading = Reading(**dict(zip(("meter", "interval", "exported", "imported"), values, strict=True)))
            signer = recover(digest(separator, reading_hash(reading)), signature)
            if signer != keys.get(event.meter) or values[:2] != (event.meter, event.interval):
                detail = f"meter {event.meter}: frozen by {reading}, signed by {signer}"
                findings.violate(CHECK, event.at.transaction, detail)
        if a == b:
            findings.violate(CHECK, event.at.transaction, f"meter {event.meter}: frozen by equal readings")
