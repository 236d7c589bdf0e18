"""Check ``settlement``: each interval of a deal is paid and refunded once, when its export is final, by the rule."""

from chain.audit.finality import Exports, present
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import DealRecorded, DealReleased, DealSettled, Origin
from market.ledger.deals import delivered
from market.terms import NO_METER

CHECK = "settlement"


def check(world: World, findings: Findings) -> None:
    """Every settlement; what could be settled and is not is noted."""
    exports = Exports(world)
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
        exported = _final(world, made, exports, event.at)
        if exported is None:
            findings.violate(CHECK, where, f"{name}: settled at {event.at.time}, before its export was final")
            continue
        energy = made.deal.energy if exported < 0 else delivered(exported, made.position, made.deal.energy)
        rule = (energy, made.deal.price * energy, made.deal.price * (made.deal.energy - energy))
        found = (event.delivered, event.paid, event.refunded)
        if found != rule:
            detail = f"{name}: delivered, paid and refunded {found}, by the rule {rule}"
            findings.violate(CHECK, where, detail)
    _open(world, recorded, exports, ended, findings)


def _final(
    world: World,
    made: DealRecorded,
    exports: Exports,
    at: Origin,
) -> int | None:
    """Base units exported; −1 for a firm sale, which delivers in full; None while nothing is final."""
    interval = made.deal.interval + made.index
    if made.deal.seller_meter == NO_METER:
        return -1 if at.time >= world.rules.end(interval) else None
    return exports.final(made.deal.seller_meter, interval, at)


def _open(
    world: World,
    recorded: dict[bytes, DealRecorded],
    exports: Exports,
    ended: dict[bytes, str],
    findings: Findings,
) -> None:
    now = present(world)
    waiting = [made for key, made in recorded.items() if key not in ended]
    ripe = [made for made in waiting if _final(world, made, exports, now) is not None]
    if ripe:
        findings.note(CHECK, f"{len(ripe)} intervals of deals could be settled by anyone and are not")
    if len(waiting) > len(ripe):
        findings.note(CHECK, f"{len(waiting) - len(ripe)} intervals of deals are open and not yet final")
