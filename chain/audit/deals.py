"""Check ``deals``: every recorded interval has its own slot, honest terms, and an agreement that it comes from.

Three sources there are, told apart by the session number: a signed session (its ``AgreementSigned``), a session on chain
(its ``SessionClosed`` as agreed, on its standing offer), and a trade with the provider (a call by the party itself).
"""

from collections import defaultdict

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    AgreementSigned,
    DealCancelled,
    DealRecorded,
    DealReleased,
    OfferMade,
    SessionClosed,
    SessionJoined,
    SessionOpened,
)
from chain.signing import deal_key
from market.terms import NO_METER, ONCHAIN_NONCE, PROVIDER_NONCE, Deal, SessionStatus

CHECK = "deals"
CANCEL_CALL = keccak(b"cancel(address,uint64)")[:4]


def check(world: World, findings: Findings) -> None:
    """Every recorded, cancelled and released slot."""
    used: dict[bytes, str] = {}
    runs: dict[tuple[str, bytes], list[DealRecorded]] = defaultdict(list)
    for event in world.events:
        if isinstance(event, DealRecorded):
            findings.count(CHECK)
            if event.key in used:
                detail = f"slot {_hex(event.key)}: recorded after it was {used[event.key]}"
                findings.violate(CHECK, event.at.transaction, detail)
            used.setdefault(event.key, "recorded")
            runs[event.at.transaction, world.key(event.deal)].append(event)
        elif isinstance(event, DealCancelled):
            findings.count(CHECK)
            if event.key in used:
                detail = f"slot {_hex(event.key)}: cancelled after it was {used[event.key]}"
                findings.violate(CHECK, event.at.transaction, detail)
            used.setdefault(event.key, "cancelled")
            _cancelled(world, event, findings)
    for (_, key), run in runs.items():
        _run(world, key, run, findings)
    _origins(world, runs, findings)
    _released(world, runs, findings)


def _cancelled(world: World, event: DealCancelled, findings: Findings) -> None:
    """A session number is burnt by a party of it, as its call says."""
    caller, data = world.caller(event), world.calldata(event)
    if caller is not None and caller != event.by:
        detail = f"slot {_hex(event.key)}: cancelled by {caller}, its event names {event.by}"
        findings.violate(CHECK, event.at.transaction, detail)
    if data[:4] != CANCEL_CALL:
        return
    try:
        counterpart, nonce = decode(["address", "uint64"], data[4:])
    except DecodingError as error:
        findings.violate(
            CHECK, event.at.transaction, f"slot {_hex(event.key)}: its call cannot be read: {error}"
        )
        return
    low, high = sorted((event.by, counterpart), key=str.lower)
    if deal_key(world.chain_id, world.negotiator, low, high, nonce) != event.key:
        detail = f"slot {_hex(event.key)}: is not that of {event.by}, {counterpart} and number {nonce}"
        findings.violate(CHECK, event.at.transaction, detail)


def _run(world: World, key: bytes, run: list[DealRecorded], findings: Findings) -> None:
    first, name = run[0], f"deal {_hex(key)}"
    if [event.index for event in run] != list(range(first.deal.count)):
        detail = f"{name}: intervals {[e.index for e in run]} recorded of {first.deal.count}"
        findings.violate(CHECK, first.at.transaction, detail)
    for event in run:
        if event.deal != first.deal:
            findings.violate(CHECK, event.at.transaction, f"{name}: two terms in one run")
        if event.key != world.key(event.deal, event.index):
            detail = f"{name}, interval {event.index}: stands in slot {_hex(event.key)}, another deal's"
            findings.violate(CHECK, event.at.transaction, detail)
        if (event.seller, event.buyer) != (event.deal.seller, event.deal.buyer):
            findings.violate(
                CHECK, event.at.transaction, f"{name}: its event names other parties than its terms"
            )
    for fault in _terms(first.deal):
        findings.violate(CHECK, first.at.transaction, f"{name}: {fault}")


def _terms(deal: Deal) -> list[str]:
    """Why terms make no deal, whatever the time and the balances."""
    faults = []
    if deal.seller == deal.buyer:
        faults.append(f"{deal.seller} deals with itself")
    if deal.seller_meter == deal.buyer_meter:
        faults.append(f"meter {deal.seller_meter} on both sides")
    if 0 in (deal.price, deal.energy, deal.count):
        faults.append(f"a zero in its price, energy or count: {deal}")
    if deal.energy >= 2**32 or deal.escrow >= 2**63:
        faults.append(f"{deal.energy} base units, escrow {deal.escrow}: beyond uint32 or int64")
    return faults


def _origins(world: World, runs: dict[tuple[str, bytes], list[DealRecorded]], findings: Findings) -> None:
    signed = {(event.at.transaction, event.key) for event in world.of(AgreementSigned)}
    agreed = {e.session: e for e in world.of(SessionClosed) if e.status is SessionStatus.AGREED}
    recorded: set[int] = set()
    for (where, key), run in runs.items():
        deal, name = run[0].deal, f"deal {_hex(key)}"
        if deal.nonce >= ONCHAIN_NONCE:
            session = deal.nonce - ONCHAIN_NONCE
            recorded.add(session)
            closed = agreed.get(session)
            if closed is None or closed.at.transaction != where:
                findings.violate(CHECK, where, f"{name}: session {session} did not agree here")
            else:
                _session(world, session, run[0], findings)
        elif deal.nonce >= PROVIDER_NONCE:
            _provider(world, run[0], findings)
        elif (where, key) not in signed:
            findings.violate(CHECK, where, f"{name}: recorded without both signatures")
        elif NO_METER in (deal.seller_meter, deal.buyer_meter):
            findings.violate(CHECK, where, f"{name}: a signed deal without a meter on each side")
    for session, closed in agreed.items():
        if session not in recorded:
            findings.violate(CHECK, closed.at.transaction, f"session {session}: agreed, but recorded no deal")


def _session(world: World, number: int, event: DealRecorded, findings: Findings) -> None:
    opened = next((e for e in world.of(SessionOpened) if e.session == number), None)
    joined = next((e for e in world.of(SessionJoined) if e.session == number), None)
    offers = [e for e in world.of(OfferMade) if e.session == number and e.at < event.at]
    if opened is None or joined is None or not offers:
        findings.violate(CHECK, event.at.transaction, f"session {number}: recorded without its moves")
        return
    request, deal = opened.request, event.deal
    sides = (opened.initiator, request.meter), (joined.responder, joined.meter)
    seller, buyer = sides if request.selling else sides[::-1]
    expected = (*seller, *buyer, request.interval, request.count, offers[-1].price, offers[-1].energy)
    found = (
        deal.seller,
        deal.seller_meter,
        deal.buyer,
        deal.buyer_meter,
        deal.interval,
        deal.count,
        deal.price,
        deal.energy,
    )
    if found != expected:
        findings.violate(
            CHECK, event.at.transaction, f"session {number}: recorded {found}, agreed {expected}"
        )


def _provider(world: World, event: DealRecorded, findings: Findings) -> None:
    deal, where, name = event.deal, event.at.transaction, f"deal {_hex(event.key)}"
    party, other = (deal.seller, deal.buyer) if deal.buyer_meter == NO_METER else (deal.buyer, deal.seller)
    if other != world.provider or (deal.seller_meter == NO_METER) == (deal.buyer_meter == NO_METER):
        findings.violate(CHECK, where, f"{name}: a provider's session number, but not one with the provider")
    caller = world.caller(event)
    if caller is not None and caller != party:
        findings.violate(CHECK, where, f"{name}: traded for {party} by {caller}")


def _released(world: World, runs: dict[tuple[str, bytes], list[DealRecorded]], findings: Findings) -> None:
    made = world.recorded()
    groups: dict[tuple[str, bytes], list[int]] = defaultdict(list)
    for event in world.of(DealReleased):
        findings.count(CHECK)
        source = made.get(event.key)
        if source is None:
            findings.violate(CHECK, event.at.transaction, f"slot {_hex(event.key)}: released, never recorded")
            continue
        if event.refunded != source.deal.price * source.deal.energy:
            detail = f"slot {_hex(event.key)}: {event.refunded} refunded, escrow {source.deal.price * source.deal.energy}"
            findings.violate(CHECK, event.at.transaction, detail)
        groups[event.at.transaction, world.key(source.deal)].append(source.index)
    for (where, key), indices in groups.items():
        run = next((run for (_, k), run in runs.items() if k == key), [])
        if sorted(indices) != [event.index for event in run]:
            findings.violate(CHECK, where, f"deal {_hex(key)}: released in part ({indices})")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
