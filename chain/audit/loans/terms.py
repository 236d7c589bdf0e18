"""Check ``loans.terms``: every loan has its own slot, honest terms, enough collateral, and an agreement it comes from."""

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import LoanAgreed, LoanCancelled, LoanRecorded, LoanReleased
from market.loans.terms import Loan
from market.terms import NO_METER, DealKey

CHECK = "loans.terms"
CANCEL_CALL = keccak(b"cancelLoan(address,uint64)")[:4]


def check(world: World, findings: Findings) -> None:
    """Every recorded, cancelled and released slot of the desk."""
    used: dict[bytes, str] = {}
    signed = {(event.at.transaction, event.key) for event in world.of(LoanAgreed)}
    for event in world.events:
        if not isinstance(event, LoanRecorded | LoanCancelled):
            continue
        findings.count(CHECK)
        now = "recorded" if isinstance(event, LoanRecorded) else "cancelled"
        if event.key in used:
            detail = f"loan 0x{event.key.hex()}: {now} after it was {used[event.key]}"
            findings.violate(CHECK, event.at.transaction, detail)
        used.setdefault(event.key, now)
        if isinstance(event, LoanCancelled):
            _cancelled(world, event, findings)
            continue
        _recorded(world, event, findings)
        if (event.at.transaction, event.key) not in signed:
            detail = f"loan 0x{event.key.hex()}: recorded without both signatures"
            findings.violate(CHECK, event.at.transaction, detail)
    _released(world, findings)


def _recorded(world: World, event: LoanRecorded, findings: Findings) -> None:
    name, where, loan = f"loan 0x{event.key.hex()}", event.at.transaction, event.loan
    if event.key != world.loan_key(loan.key):
        findings.violate(CHECK, where, f"{name}: stands in another loan's slot")
    if (event.lender, event.borrower) != (loan.lender, loan.borrower):
        findings.violate(CHECK, where, f"{name}: its event names other parties than its terms")
    for fault in _faults(loan):
        findings.violate(CHECK, where, f"{name}: {fault}")


def _faults(loan: Loan) -> list[str]:
    """Why terms make no loan, whatever the time and the balances."""
    faults = []
    if loan.lender == loan.borrower:
        faults.append(f"{loan.lender} lends to itself")
    if loan.lender_meter == loan.borrower_meter:
        faults.append(f"meter {loan.lender_meter} on both sides")
    if NO_METER in (loan.lender_meter, loan.borrower_meter):
        faults.append("a side without a meter")
    if 0 in (loan.quantity, loan.return_after):
        faults.append(f"a zero in its quantity or return time: {loan}")
    if loan.quantity >= 2**32 or loan.collateral >= 2**63:
        faults.append(f"{loan.quantity} base units, collateral {loan.collateral}: beyond uint32 or int64")
    if loan.collateral < (bond := loan.price * loan.quantity):
        faults.append(f"collateral {loan.collateral}, below the bond {bond}")
    return faults


def _cancelled(world: World, event: LoanCancelled, findings: Findings) -> None:
    """A session number is burnt by a party of it, as its call says."""
    name, where = f"loan 0x{event.key.hex()}", event.at.transaction
    caller, data = world.caller(event), world.calldata(event)
    if caller is not None and caller != event.by:
        findings.violate(CHECK, where, f"{name}: cancelled by {caller}, its event names {event.by}")
    if data[:4] != CANCEL_CALL:
        return
    try:
        counterpart, nonce = decode(["address", "uint64"], data[4:])
    except DecodingError as error:
        findings.violate(CHECK, where, f"{name}: its call cannot be read: {error}")
        return
    low, high = sorted((event.by, counterpart), key=str.lower)
    if world.loan_key(DealKey(low, high, nonce)) != event.key:
        findings.violate(CHECK, where, f"{name}: is not that of {event.by}, {counterpart} and number {nonce}")


def _released(world: World, findings: Findings) -> None:
    recorded = world.lent()
    for event in world.of(LoanReleased):
        findings.count(CHECK)
        name, where, made = f"loan 0x{event.key.hex()}", event.at.transaction, recorded.get(event.key)
        if made is None or made.at > event.at:
            findings.violate(CHECK, where, f"{name}: released, never recorded")
        elif event.refunded != made.loan.collateral:
            detail = f"{name}: {event.refunded} refunded, collateral {made.loan.collateral}"
            findings.violate(CHECK, where, detail)
