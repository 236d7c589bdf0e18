"""Check ``loans.settlement``: each loan ends once, when what decides it is final, by the rule.

principal = clamp(given − place, 0, quantity), returned likewise; compensation = price × (principal − min(returned,
principal)) to the lender, the rest of the collateral to the borrower; void, and all of it back, where principal is 0.
"""

from collections.abc import Mapping

from chain.audit.finality import Exports, present
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import LoanRecorded, LoanReleased, LoanSettled, LoanVoided, Origin
from market.ledger.deals import delivered

CHECK = "loans.settlement"


def check(world: World, findings: Findings) -> None:
    """Every settlement and void; what could have ended and has not is noted."""
    exports = Exports(world)
    recorded = world.lent()
    ended: dict[bytes, str] = {}
    for event in world.events:
        if not isinstance(event, LoanSettled | LoanVoided | LoanReleased):
            continue
        findings.count(CHECK)
        how = {LoanSettled: "settled", LoanVoided: "voided", LoanReleased: "released"}[type(event)]
        name, where = f"loan 0x{event.key.hex()}", event.at.transaction
        made = recorded.get(event.key)
        if made is None or made.at > event.at:
            findings.violate(CHECK, where, f"{name}: {how}, but not recorded before")
            continue
        if event.key in ended:
            findings.violate(CHECK, where, f"{name}: {how} after it was {ended[event.key]}")
        ended.setdefault(event.key, how)
        if isinstance(event, LoanVoided):
            _voided(made, event, exports, findings)
        elif isinstance(event, LoanSettled):
            _settled(made, event, exports, findings)
    _open(world, recorded, ended, exports, findings)


def _legs(made: LoanRecorded, exports: Exports, at: Origin) -> tuple[int | None, int | None]:
    """Base units delivered of each leg; None of one that is not final."""
    loan = made.loan
    given = exports.final(loan.lender_meter, loan.interval, at)
    returned = exports.final(loan.borrower_meter, loan.returned_in, at)
    return (
        None if given is None else delivered(given, made.given_position, loan.quantity),
        None if returned is None else delivered(returned, made.returned_position, loan.quantity),
    )


def _voided(made: LoanRecorded, event: LoanVoided, exports: Exports, findings: Findings) -> None:
    name, where = f"loan 0x{event.key.hex()}", event.at.transaction
    principal, _ = _legs(made, exports, event.at)
    if principal is None:
        findings.violate(CHECK, where, f"{name}: voided at {event.at.time}, before its first leg was final")
    elif principal:
        findings.violate(CHECK, where, f"{name}: voided, though {principal} were lent")
    if event.refunded != made.loan.collateral:
        detail = f"{name}: {event.refunded} refunded, collateral {made.loan.collateral}"
        findings.violate(CHECK, where, detail)


def _settled(made: LoanRecorded, event: LoanSettled, exports: Exports, findings: Findings) -> None:
    name, where = f"loan 0x{event.key.hex()}", event.at.transaction
    principal, returned = _legs(made, exports, event.at)
    if principal is None or returned is None:
        leg = "first" if principal is None else "second"
        findings.violate(CHECK, where, f"{name}: settled at {event.at.time}, before its {leg} leg was final")
        return
    if principal == 0:
        findings.violate(CHECK, where, f"{name}: settled, though nothing was lent")
    compensation = made.loan.price * (principal - min(returned, principal))
    rule = (principal, returned, compensation, made.loan.collateral - compensation)
    found = (event.principal, event.returned, event.compensation, event.refunded)
    if found != rule:
        detail = f"{name}: principal, returned, compensation and refund {found}, by the rule {rule}"
        findings.violate(CHECK, where, detail)


def _open(
    world: World,
    recorded: Mapping[bytes, LoanRecorded],
    ended: Mapping[bytes, str],
    exports: Exports,
    findings: Findings,
) -> None:
    now = present(world)
    waiting = [_legs(made, exports, now) for key, made in recorded.items() if key not in ended]
    ripe = sum(given == 0 or None not in (given, returned) for given, returned in waiting)
    if ripe:
        findings.note(CHECK, f"{ripe} loans could be settled or voided by anyone and are not")
    if len(waiting) > ripe:
        findings.note(CHECK, f"{len(waiting) - ripe} loans are open and not yet final")
