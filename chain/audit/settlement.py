"""Check ``settlement``: each interval of a deal is paid and refunded once, when its export is final, by the rule."""

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import DealRecorded, DealReleased, DealSettled, Origin, ReadingPosted
from market.ledger.deals import delivered
from market.terms import NO_METER

CHECK = "settlement"


def check(world: World, findings: Findings) -> None:
    """Every settlement; what could be settled and is not is noted."""
    readings: dict[tuple[int, int], ReadingPosted] = {}
    for reading in world.of(ReadingPosted):
        readings.setdefault((reading.meter, reading.interval), reading)
    ended: dict[bytes, str] = {event.key: "released" for event in world.of(DealReleased)}
    recorded = world.recorded()
    for event in world.of(DealSettled):
        findings.count(CHECK)
        name, where = f"slot 0x{event.key.hex()}", event.at.transaction
        made = recorded.get(event.key)
        if made is None or made.at > event.at:
            findings.violate(CHECK, where, f"{name}: settled, but not recorded before")
            continue
        if event.key in ended:
            findings.violate(CHECK, where, f"{name}: settled after it was {ended[event.key]}")
        ended[event.key] = "settled"
        exported = _final(world, made, readings, event.at)
        if exported is None:
            findings.violate(CHECK, where, f"{name}: settled at {event.at.time}, before its export was final")
            continue
        energy = made.deal.energy if exported < 0 else delivered(exported, made.position, made.deal.energy)
        rule = (energy, made.deal.price * energy, made.deal.price * (made.deal.energy - energy))
        found = (event.delivered, event.paid, event.refunded)
        if found != rule:
            detail = f"{name}: delivered, paid and refunded {found}, by the rule {rule}"
            findings.violate(CHECK, where, detail)
    _open(world, recorded, readings, ended, findings)


def _final(
    world: World,
    made: DealRecorded,
    readings: dict[tuple[int, int], ReadingPosted],
    at: Origin,
) -> int | None:
    """Base units exported; −1 for a firm sale, which delivers in full; None while nothing is final."""
    interval = made.deal.interval + made.index
    if made.deal.seller_meter == NO_METER:
        return -1 if at.time >= world.rules.end(interval) else None
    reading = readings.get((made.deal.seller_meter, interval))
    if reading is not None and reading.at < at:
        return reading.exported
    return 0 if at.time >= world.rules.closed(interval) else None


def _open(
    world: World,
    recorded: dict[bytes, DealRecorded],
    readings: dict[tuple[int, int], ReadingPosted],
    ended: dict[bytes, str],
    findings: Findings,
) -> None:
    now = Origin(world.block + 1, 0, 0, world.time, "", world.negotiator)
    waiting = [made for key, made in recorded.items() if key not in ended]
    ripe = [made for made in waiting if _final(world, made, readings, now) is not None]
    if ripe:
        findings.note(CHECK, f"{len(ripe)} intervals of deals could be settled by anyone and are not")
    if len(waiting) > len(ripe):
        findings.note(CHECK, f"{len(waiting) - len(ripe)} intervals of deals are open and not yet final")
