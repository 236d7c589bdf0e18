"""What the bills of a forward contract cost: gas of whole transactions on the embedded EVM, batches of one contract.

Everything is measured in the second of three periods: whatever stands for good once a contract runs was written before
(deposits, the members' and the retailer's balances, the first registers), and each register of the period is a fresh
slot, as it is in every period.
"""

from chain.forward.signing import ForwardKeyringSigner
from market.forward.schedule import blocks_of, zone_word
from market.forward.terms import Bill, ForwardTerms, Joining, Membership, SignedForward
from market.forward.trees import Entry, Roster, schedule_of, terms_hash
from market.ledger.port import Registers
from scenarios.bench.figures import Figure, figure
from scenarios.bench.stage import DEPOSIT, Stage, raise_stage
from scenarios.running import Progress

BATCH = 100
MOST = 75_000
_MONTH = 2_880
"""Intervals of a period: thirty days."""
_BLOCKS = blocks_of(
    [(range(5), range(7, 22))],
    [(range(5), (*range(7), 22, 23)), ((5, 6), range(24))],
)
_RATES = (300, 120)
_VOLUMES = (240_000, 90_000) * 3


def bench_forward(progress: Progress) -> list[Figure]:
    """Signing, joining, posting registers and billing of a contract with 100 members."""
    progress(f"A contract with {BATCH} members", 0, 3)
    stage = raise_stage(BATCH + 2, deposit=False)
    terms, roster = _contract(stage)
    progress("Joining", 1, 3)
    _join(stage, terms, roster)
    progress("Registers and bills", 2, 3)
    for boundary in (0, 1):
        _post(stage, terms, boundary)
    _bill(stage, terms, 0)
    posting, bill = _post(stage, terms, 2), _bill(stage, terms, 1)
    progress("Done", 3, 3)
    return [
        figure("gas.member_bill", posting + bill, "gas, register included", at_most=MOST),
        figure("gas.member_bill_register", posting, "gas per register"),
        figure(f"gas.member_bill_batch_{BATCH}", bill, "gas per bill"),
        figure("gas.forward_sign", stage.gas_of("forward.sign", 0)[-1], "gas"),
        figure("gas.forward_join", stage.gas_of("forward.join", 0)[-1], "gas"),
    ]


def _contract(stage: Stage) -> tuple[ForwardTerms, Roster]:
    desk = stage.ledger.forward
    *members, retailer, community = stage.parties
    roster = Roster(tuple(Entry(each, stage.meters[each], _VOLUMES) for each in members), desk.hash)
    first = stage.ledger.rules.horizon + 1_000
    terms = ForwardTerms(
        retailer=retailer,
        community=community,
        nonce=1,
        boundaries=tuple(first + _MONTH * index for index in range(4)),
        blocks=_BLOCKS,
        zone=zone_word("Europe/London"),
        rates=_RATES,
        expected=(BATCH * sum(_VOLUMES[::2]), BATCH * sum(_VOLUMES[1::2])),
        roster=roster.root,
        exit_fee=10**6,
        retailer_deposit=DEPOSIT,
        expiry=stage.ledger.rules.gate_of(first),
    )
    signer = _signer(stage)
    desk.deposit(retailer, 2 * DEPOSIT)
    desk.sign(
        SignedForward(terms, signer.sign_forward(retailer, terms), signer.sign_forward(community, terms))
    )
    return terms, roster


def _join(stage: Stage, terms: ForwardTerms, roster: Roster) -> None:
    desk, signer = stage.ledger.forward, _signer(stage)
    for index, entry in enumerate(roster.entries):
        desk.deposit(entry.member, DEPOSIT + 1)  # a balance is left, as in a contract that runs
        consent = Membership(
            terms=terms_hash(terms, desk.hash),
            member=entry.member,
            meter=entry.meter,
            max_deposit=DEPOSIT,
            expiry=terms.expiry,
        )
        desk.join(
            Joining(
                terms=terms,
                membership=consent,
                volumes=entry.volumes,
                proof=roster.proof(index),
                signature=signer.sign_membership(consent),
            )
        )


def _post(stage: Stage, terms: ForwardTerms, boundary: int) -> float:
    """All members' registers at a boundary, in batches; gas of each."""
    ledger = stage.ledger
    ledger.advance_to(ledger.rules.start(terms.boundaries[boundary]))
    schedule = schedule_of(terms.blocks, terms.zone, ledger.forward.hash)
    registers = [
        Registers(
            meter=stage.meters[member],
            at=terms.boundaries[boundary],
            schedule=schedule,
            imported=(3_000_000 + 251_000 * boundary, 1_000_000 + 83_000 * boundary, 0, 0),
            exported=(400_000 + 17_000 * boundary, 0, 0, 0),
        )
        for member in stage.parties[:BATCH]
    ]
    before = stage.count("registers")
    found = ledger.post_registers(registers)
    if found != registers:
        raise RuntimeError(f"expected that every register stands, found {found[:1]}")
    return sum(stage.gas_of("registers", before)) / BATCH


def _bill(stage: Stage, terms: ForwardTerms, period: int) -> float:
    """One period's bills of all members, in batches; gas of each."""
    before = stage.count("forward.bill")
    bills = [Bill(meter=stage.meters[member], period=period) for member in stage.parties[:BATCH]]
    failed = [each for each in stage.ledger.forward.bill_batch(terms, bills) if isinstance(each, Exception)]
    if failed:
        raise RuntimeError(f"expected that every member is billed, found {failed[:1]}")
    return sum(stage.gas_of("forward.bill", before)) / BATCH


def _signer(stage: Stage) -> ForwardKeyringSigner:
    return ForwardKeyringSigner(stage.keyring.keys(), stage.market.forward_domain)
