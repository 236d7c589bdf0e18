"""Check ``forward.terms``: each slot once under its own key, a whole tariff that was decided on, members of the roster."""

from eth_hash.auto import keccak

from chain.audit.forward.bills import are_billable
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import Event, ForwardCancelled, ForwardSigned, MemberJoined, VoteOpened, VotePublished
from chain.signing import deal_key
from market.forward.terms import NOTHING, ForwardTerms
from market.forward.trees import member_leaf, root_from, tariff_hash, terms_hash, volumes_hash
from market.terms import NOBODY, PROVIDER_NONCE

CHECK = "forward.terms"
HOURS = 168
"""Of a week."""
AMOUNT_END = 2**63
RATE_END = 2**40


def check(world: World, findings: Findings) -> None:
    """Every contract and every member."""
    if world.forward == NOBODY:
        return
    used: dict[bytes, Event] = {}
    members: set[tuple[bytes, int]] = set()
    for event in world.events:
        wrong: list[str] = []
        match event:
            case ForwardSigned() | ForwardCancelled():
                wrong = [] if event.key not in used else ["its slot was used before"]
                used.setdefault(event.key, event)
                wrong += _signed(world, event) if isinstance(event, ForwardSigned) else []
            case MemberJoined(key=key, meter=meter):
                contract = used.get(key)
                if not isinstance(contract, ForwardSigned):
                    wrong = ["joined what was not signed"]
                else:
                    wrong = [] if (key, meter) not in members else [f"meter {meter} joined twice"]
                    wrong += _joined(world, event, contract.terms)
                members.add((key, meter))
            case _:
                continue
        findings.count(CHECK)
        for each in wrong:
            detail = f"{type(event).__name__} 0x{event.key.hex()}: {each}"
            findings.violate(CHECK, event.at.transaction, detail)


def _signed(world: World, event: ForwardSigned) -> list[str]:
    terms, wrong = event.terms, []
    key = terms.key
    if event.key != deal_key(world.chain_id, world.forward, key.low, key.high, terms.nonce):
        wrong.append("it does not stand under its own key")
    if terms.retailer == terms.community or terms.nonce >= PROVIDER_NONCE:
        wrong.append("it is with itself, or its number is too large")
    ascending = all(a < b for a, b in zip(terms.boundaries, terms.boundaries[1:], strict=False))
    if not are_billable(terms) or not ascending:
        wrong.append("its periods or blocks are none")
    elif event.at.time > min(terms.expiry, world.rules.gate_of(terms.boundaries[0])):
        wrong.append(f"signed at {event.at.time}, after its expiry or gate")
    if not len(terms.blocks) == len(terms.rates) == len(terms.expected) or not any(terms.expected):
        wrong.append("not every block has a rate and an expected volume, or all expect nothing")
    hours = [mask >> hour & 1 for mask in terms.blocks for hour in range(HOURS)]
    if sum(terms.blocks) != 2**HOURS - 1 or sum(hours) != HOURS:
        wrong.append("not every hour of the week has exactly one rate")
    if max((*terms.rates, 0)) >= RATE_END or max(terms.exit_fee, terms.retailer_deposit) >= AMOUNT_END:
        wrong.append("an amount is too large")
    return wrong + _decided(world, event)


def _decided(world: World, event: ForwardSigned) -> list[str]:
    terms = event.terms
    if terms.decision == NOTHING:
        return []
    callers = [vote.community for vote in world.of(VoteOpened) if vote.key == terms.decision]
    results = [
        told.result for told in world.of(VotePublished) if told.key == terms.decision and told.at < event.at
    ]
    if callers[:1] == [terms.community] and results[:1] == [tariff_hash(terms, keccak)]:
        return []
    return ["its vote did not decide on this tariff"]


def _joined(world: World, event: MemberJoined, terms: ForwardTerms) -> list[str]:
    consent, wrong = event.membership, []
    if (consent.terms, consent.meter) != (terms_hash(terms, keccak), event.meter):
        wrong.append(f"meter {event.meter}: consent to other terms or another meter")
    if event.at.time > consent.expiry or not 0 < consent.max_deposit < AMOUNT_END:
        wrong.append(f"meter {event.meter}: consent too late, or to no deposit")
    if len(event.volumes) != terms.periods * len(terms.blocks):
        wrong.append(f"meter {event.meter}: {len(event.volumes)} volumes")
    leaf = member_leaf(consent.member, consent.meter, volumes_hash(event.volumes, keccak), keccak)
    if root_from(leaf, world.proofs.get((event.key, event.meter), ()), keccak) != terms.roster:
        wrong.append(f"meter {event.meter}: not on the roster with these volumes, as far as its call shows")
    return wrong
