"""Check ``loans.gates``: nothing lent after its gate, no return beyond the horizon, no release after the first gate."""

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import LoanRecorded, LoanReleased

CHECK = "loans.gates"


def check(world: World, findings: Findings) -> None:
    """Every recording and release of a loan (a place given back by a void one is under ``gates``)."""
    rules = world.rules
    for event in world.of(LoanRecorded):
        findings.count(CHECK)
        name, where, loan = f"loan 0x{event.key.hex()}", event.at.transaction, event.loan
        if event.at.time > (gate := rules.gate_of(loan.interval)):
            findings.violate(CHECK, where, f"{name}: recorded at {event.at.time}, after the gate {gate}")
        horizon = event.at.time + rules.horizon * rules.interval
        if (start := rules.start(loan.returned_in)) > horizon or loan.returned_in >= 2**32:
            detail = (
                f"{name}: returned in interval {loan.returned_in} from {start}, beyond the horizon {horizon}"
            )
            findings.violate(CHECK, where, detail)
    recorded = world.lent()
    for released in world.of(LoanReleased):
        findings.count(CHECK)
        made = recorded.get(released.key)
        if made is not None and released.at.time > (gate := rules.gate_of(made.loan.interval)):
            detail = f"loan 0x{released.key.hex()}: released at {released.at.time}, after the gate {gate}"
            findings.violate(CHECK, released.at.transaction, detail)
