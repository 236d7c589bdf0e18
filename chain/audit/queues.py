"""Check ``queue``: places follow one another without gap or overlap, within the rating, for meters that may promise."""

from collections import defaultdict

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    AgreementSigned,
    Committed,
    DealRecorded,
    MarketAllowed,
    MeterFrozen,
    MeterRegistered,
    MeterRetired,
    SessionJoined,
    SessionOpened,
    Uncommitted,
)
from market.terms import NO_METER, ONCHAIN_NONCE, Party

CHECK = "queue"
NEVER = 2**32 - 1


class _Meters:
    """What the owner, the registrar and a conflict have made of the meters so far."""

    def __init__(self) -> None:
        self.known: dict[int, MeterRegistered] = {}
        self.allowed: dict[tuple[int, Party], bool] = {}
        self.until: dict[int, int] = {}
        self.frozen: set[int] = set()

    def faults(self, event: Committed) -> list[str]:
        meter = self.known.get(event.meter)
        if meter is None:
            return ["is not registered"]
        faults = []
        if not self.allowed.get((event.meter, event.market), False):
            faults.append(f"has not opted in to {event.market}")
        if event.interval >= self.until.get(event.meter, NEVER):
            faults.append(f"is retired from interval {self.until[event.meter]}")
        if event.meter in self.frozen:
            faults.append("is frozen")
        if event.position + event.quantity > meter.rating:
            faults.append(f"promises {event.position + event.quantity}, its rating is {meter.rating}")
        return faults


def check(world: World, findings: Findings) -> None:
    """Every commitment, and every deal's place in it."""
    meters = _Meters()
    length: dict[tuple[int, int], int] = defaultdict(int)
    places: dict[tuple[str, int, int, int, int], int] = defaultdict(int)
    for event in world.events:
        match event:
            case MeterRegistered():
                meters.known[event.meter] = event
            case MarketAllowed():
                meters.allowed[event.meter, event.market] = event.allowed
            case MeterRetired():
                meters.until[event.meter] = event.from_interval
            case MeterFrozen():
                meters.frozen.add(event.meter)
            case Committed():
                findings.count(CHECK)
                where, slot = event.at.transaction, (event.meter, event.interval)
                name = f"meter {event.meter}, interval {event.interval}"
                if event.position != length[slot] or event.quantity == 0:
                    detail = f"{name}: {event.quantity} placed at {event.position}, the queue ends at {length[slot]}"
                    findings.violate(CHECK, where, detail)
                for fault in meters.faults(event):
                    findings.violate(CHECK, where, f"{name}: {fault}")
                length[slot] = event.position + event.quantity
                if event.market == world.negotiator:
                    places[where, *slot, event.position, event.quantity] += 1
            case Uncommitted():
                findings.count(CHECK)
                slot = (event.meter, event.interval)
                if event.quantity > length[slot]:
                    detail = f"meter {event.meter}, interval {event.interval}: {event.quantity} given back of {length[slot]}"
                    findings.violate(CHECK, event.at.transaction, detail)
                length[slot] -= event.quantity
    _deals(world, places, findings)


def _deals(world: World, places: dict[tuple[str, int, int, int, int], int], findings: Findings) -> None:
    """Each metered deal has exactly one place, and no place is without a deal."""
    limits = _limits(world)
    for event in world.of(DealRecorded):
        deal, where, name = event.deal, event.at.transaction, f"slot 0x{event.key.hex()}"
        if deal.seller_meter == NO_METER:
            if event.position:
                findings.violate(CHECK, where, f"{name}: a firm sale at position {event.position}")
            continue
        place = (where, deal.seller_meter, deal.interval + event.index, event.position, deal.energy)
        if places[place] == 0:
            detail = f"{name}: {deal.energy} at position {event.position} was not committed"
            findings.violate(CHECK, where, detail)
        else:
            places[place] -= 1
        limit = limits.get(world.key(deal))
        if limit is not None and event.position > limit:
            detail = f"{name}: position {event.position}, the buyer accepts {limit} ahead"
            findings.violate(CHECK, where, detail)
    for (where, meter, interval, position, quantity), left in places.items():
        if left:
            detail = f"meter {meter}, interval {interval}: {quantity} at {position} committed for no deal"
            findings.violate(CHECK, where, detail)


def _limits(world: World) -> dict[bytes, int]:
    """The queue that each buyer accepts, by the deal's key."""
    sessions: dict[int, int] = {
        e.session: e.request.max_ahead for e in world.of(SessionOpened) if not e.request.selling
    }
    for joined in world.of(SessionJoined):
        sessions.setdefault(joined.session, joined.max_ahead)
    limits = {signed.key: signed.max_ahead for signed in world.of(AgreementSigned)}
    for event in world.of(DealRecorded):
        if event.deal.nonce >= ONCHAIN_NONCE and event.index == 0:
            limits[event.key] = sessions.get(event.deal.nonce - ONCHAIN_NONCE, 0)
    return limits
