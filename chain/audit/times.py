"""Check ``gates``: nothing was recorded for an interval after its gate or before its horizon."""

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import DealRecorded, DealReleased, SessionOpened, Uncommitted
from market.ledger.port import OpenRequest
from market.terms import Deal

CHECK = "gates"


def check(world: World, findings: Findings) -> None:
    """Every recording, opening and release."""
    rules = world.rules
    business: list[tuple[DealRecorded | SessionOpened, Deal | OpenRequest]] = [
        *((event, event.deal) for event in world.of(DealRecorded)),
        *((event, event.request) for event in world.of(SessionOpened)),
    ]
    for event, terms in business:
        findings.count(CHECK)
        what = f"{type(event).__name__} for interval {terms.interval}"
        if event.at.time > (gate := rules.gate_of(terms.interval)):
            findings.violate(
                CHECK, event.at.transaction, f"{what}: at {event.at.time}, after the gate {gate}"
            )
        last = terms.interval + max(terms.count, 1) - 1
        horizon = event.at.time + rules.horizon * rules.interval
        if rules.start(last) > horizon:
            detail = f"{what}: interval {last} starts at {rules.start(last)}, beyond the horizon {horizon}"
            findings.violate(CHECK, event.at.transaction, detail)
    recorded = world.recorded()
    for released in world.of(DealReleased):
        findings.count(CHECK)
        made = recorded.get(released.key)
        if made is not None and released.at.time > (gate := rules.gate_of(made.deal.interval)):
            detail = f"release at {released.at.time}, after the gate {gate}"
            findings.violate(CHECK, released.at.transaction, detail)
    for freed in world.of(Uncommitted):
        findings.count(CHECK)
        if freed.at.time > (gate := rules.gate_of(freed.interval)):
            detail = f"meter {freed.meter}, interval {freed.interval}: uncommitted after the gate {gate}"
            findings.violate(CHECK, freed.at.transaction, detail)
