"""Checks ``signatures`` and ``transcripts``: what both parties of a signed session signed, and how they came to it.

The digest is computed here from the events alone (EIP-712), never asked of the contract. The offers before the last one
are in events where they were disclosed, or in the transcript files of a run; with the head alone an auditor can still
prove that both signed the agreement, and says that he cannot follow how they got there.
"""

from collections import defaultdict
from collections.abc import Sequence

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.recovery import recover, signed_by
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import AgreementSigned, DealRecorded, DealReleased, OfferDisclosed
from chain.packing import DEAL_ABI
from chain.signing import GENESIS, digest, offer_hash, release_hash, terms_hash
from market.ledger.deals import check_amounts
from market.ledger.errors import LedgerError
from market.ledger.procedure import check_locks
from market.terms import SIGNED_NONCES, DealKey, Lock, Move, Party, SessionTerms, Transcript

CHECK = "signatures"
TRANSCRIPTS = "transcripts"
_RELEASE = (DEAL_ABI, "bytes", "bytes")
_RELEASE_CALL = keccak(f"release({','.join(_RELEASE)})".encode())[:4]


def check(world: World, findings: Findings) -> None:
    """Every agreement that was recorded from signatures, and every disclosed or filed transcript."""
    disclosed: dict[tuple[str, bytes], list[OfferDisclosed]] = defaultdict(list)
    for offer in world.of(OfferDisclosed):
        disclosed[offer.at.transaction, offer.key].append(offer)
    recorded = {(event.at.transaction, event.key): event for event in world.of(DealRecorded)}
    separator = world.market_domain.separator()
    heads_only = 0
    for signed in world.of(AgreementSigned):
        findings.count(CHECK)
        where = signed.at.transaction
        earlier = disclosed.pop((where, signed.key), [])
        deal = recorded.get((where, signed.key))
        if deal is None:
            findings.violate(
                CHECK, where, f"agreement {_hex(signed.key)}: signed, but its deal was not recorded"
            )
            continue
        terms = terms_of(signed, deal)
        _binding(signed, deal, terms, findings)
        struct = offer_hash(terms_hash(terms), signed.move, signed.round, signed.previous)
        _signatures(world, signed, terms, digest(separator, struct), findings)
        _times(world, signed, terms, findings)
        if signed.round == 0 or earlier:
            moves = [Move(price=o.price, energy=o.energy, locked=o.locked, expiry=o.expiry) for o in earlier]
            rounds = [o.round for o in earlier]
            _follow(world, signed, terms, moves, rounds, findings)
        elif DealKey.of(terms) in world.transcripts:
            _filed(world, signed, terms, world.transcripts[DealKey.of(terms)], separator, findings)
        else:
            heads_only += 1
    for transaction, key in disclosed:
        findings.violate(TRANSCRIPTS, transaction, f"agreement {_hex(key)}: offers disclosed of no agreement")
    _releases(world, separator, findings)
    if heads_only:
        detail = f"{heads_only} agreements have only their last offer on chain: name their transcript files"
        findings.note(TRANSCRIPTS, detail)


def _releases(world: World, separator: bytes, findings: Findings) -> None:
    """Both parties' consent to each deal that was undone, from the call data."""
    recorded = world.recorded()
    for event in world.of(DealReleased):
        made = recorded.get(event.key)
        if made is None or made.index:
            continue  # one consent for a run; an unknown slot is the business of chain.audit.deals
        data = world.calldata(event)
        if data[:4] != _RELEASE_CALL:
            findings.note(CHECK, "a deal was released through another contract: its consents are not seen")
            continue
        findings.count(CHECK)
        message = digest(separator, release_hash(event.key))
        try:
            _, *consents = decode(_RELEASE, data[4:])
        except DecodingError as error:
            findings.violate(CHECK, event.at.transaction, f"release of {_hex(event.key)}: {error}")
            continue
        for party, signature in zip((made.deal.seller, made.deal.buyer), consents, strict=True):
            if not signed_by(world.w3, party, message, signature, event.at.block):
                detail = f"release of {_hex(event.key)}: not signed by {party}"
                findings.violate(CHECK, event.at.transaction, detail)


def terms_of(signed: AgreementSigned, recorded: DealRecorded) -> SessionTerms:
    """The terms of a session, from the two events that it leaves."""
    deal = recorded.deal
    return SessionTerms(
        seller=deal.seller,
        buyer=deal.buyer,
        nonce=deal.nonce,
        seller_meter=deal.seller_meter,
        buyer_meter=deal.buyer_meter,
        interval=deal.interval,
        count=deal.count,
        max_ahead=signed.max_ahead,
        seller_opens=signed.seller_opens,
        issue_by_issue=signed.issue_by_issue,
    )


def _binding(
    signed: AgreementSigned, recorded: DealRecorded, terms: SessionTerms, findings: Findings
) -> None:
    name, where, deal = f"agreement {_hex(signed.key)}", signed.at.transaction, recorded.deal
    if (deal.price, deal.energy) != (signed.move.price, signed.move.energy):
        signed_for = f"{signed.move.energy} at {signed.move.price}"
        findings.violate(
            CHECK, where, f"{name}: signed for {signed_for}, recorded {deal.energy} at {deal.price}"
        )
    if terms.nonce not in SIGNED_NONCES:
        findings.violate(CHECK, where, f"{name}: session number {terms.nonce} is none of a signed session")


def _signatures(
    world: World, signed: AgreementSigned, terms: SessionTerms, message: bytes, findings: Findings
) -> None:
    for role, account, signature in (
        ("proposer", terms.proposer(signed.round), signed.proposer_signature),
        ("acceptor", terms.acceptor(signed.round), signed.acceptor_signature),
    ):
        if not signed_by(world.w3, account, message, signature, signed.at.block):
            detail = (
                f"agreement {_hex(signed.key)}: signature of the {role} {account} over {_hex(message)} is that of "
                f"{recover(message, signature)}"
            )
            findings.violate(CHECK, signed.at.transaction, detail)


def _times(world: World, signed: AgreementSigned, terms: SessionTerms, findings: Findings) -> None:
    name, where, expiry = f"agreement {_hex(signed.key)}", signed.at.transaction, signed.move.expiry
    if signed.at.time > expiry:
        findings.violate(TRANSCRIPTS, where, f"{name}: recorded at {signed.at.time}, expired at {expiry}")
    if expiry > (gate := world.rules.gate_of(terms.interval)):
        findings.violate(TRANSCRIPTS, where, f"{name}: expires at {expiry}, after the gate {gate}")


def _follow(
    world: World,
    signed: AgreementSigned,
    terms: SessionTerms,
    earlier: Sequence[Move],
    rounds: Sequence[int],
    findings: Findings,
) -> None:
    """Go from the first offer to the head: rounds, hashes, locks, expiries and amounts."""
    findings.count(TRANSCRIPTS)
    name, where = f"agreement {_hex(signed.key)}", signed.at.transaction
    if list(rounds) != list(range(signed.round)):
        detail = f"{name}: rounds {list(rounds)} before round {signed.round}"
        findings.violate(TRANSCRIPTS, where, detail)
        return
    hashed = terms_hash(terms)
    previous = GENESIS
    for number, move in enumerate(earlier):
        previous = offer_hash(hashed, move, number, previous)
    if previous != signed.previous:
        detail = f"{name}: its offers hash to {_hex(previous)}, its last one follows {_hex(signed.previous)}"
        findings.violate(TRANSCRIPTS, where, detail)
    for number, fault in rule_faults(world, terms, [*earlier, signed.move]):
        findings.violate(TRANSCRIPTS, where, f"{name}, round {number}: {fault}")


def rule_faults(world: World, terms: SessionTerms, moves: Sequence[Move]) -> list[tuple[int, str]]:
    """Where a session's offers break the procedure: locks, amounts, expiries beyond the gate."""
    faults: list[tuple[int, str]] = []
    standing: tuple[int, int] | None = None
    locks = Lock.NONE
    gate = world.rules.gate_of(terms.interval)
    for number, move in enumerate(moves):
        try:
            check_amounts(move.price, move.energy, terms.count)
            check_locks(
                terms.nonce,
                issue_by_issue=terms.issue_by_issue,
                standing=standing,
                standing_locks=locks,
                values=(move.price, move.energy),
                locks=move.locked,
            )
        except LedgerError as fault:
            faults.append((number, str(fault)))
        if move.expiry > gate:
            faults.append((number, f"expires at {move.expiry}, after the gate {gate}"))
        standing, locks = (move.price, move.energy), move.locked
    return faults


def _filed(
    world: World,
    signed: AgreementSigned,
    terms: SessionTerms,
    transcript: Transcript,
    separator: bytes,
    findings: Findings,
) -> None:
    """Compare a transcript file with what is on chain, and check each offer's signature as well."""
    name, where = f"agreement {_hex(signed.key)} (file)", signed.at.transaction
    offers = transcript.offers
    if transcript.terms != terms:
        findings.violate(
            TRANSCRIPTS, where, f"{name}: its terms {transcript.terms} are not those signed, {terms}"
        )
        return
    if not offers or (offers[-1].move, offers[-1].round) != (signed.move, signed.round):
        findings.violate(TRANSCRIPTS, where, f"{name}: its last offer is not the one on chain")
        return
    _follow(world, signed, terms, [o.move for o in offers[:-1]], [o.round for o in offers[:-1]], findings)
    hashed, previous = terms_hash(terms), GENESIS
    for offer in offers:
        previous = offer_hash(hashed, offer.move, offer.round, previous)
        proposer: Party = terms.proposer(offer.round)
        if not signed_by(world.w3, proposer, digest(separator, previous), offer.signature, signed.at.block):
            findings.violate(TRANSCRIPTS, where, f"{name}, round {offer.round}: not signed by {proposer}")


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
