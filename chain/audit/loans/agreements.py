"""Checks ``loans.signatures`` and ``loans.transcripts``: what both parties of a loan signed, and how they came to it.

As for deals (``chain.audit.agreements``): the digest is computed from the events alone, and the offers before the last
one are in events where they were disclosed, or in the transcript files of a run.
"""

from collections import defaultdict
from collections.abc import Sequence

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.recovery import recover, signed_by
from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import LoanAgreed, LoanOfferDisclosed, LoanRecorded, LoanReleased
from chain.loans.packing import LOAN_ABI
from chain.loans.signing import offer_hash, terms_hash
from chain.signing import GENESIS, digest, release_hash
from market.ledger.errors import LedgerError
from market.ledger.loans import check_loan
from market.loans.terms import LoanMove, LoanTerms, LoanTranscript, loan_of
from market.terms import SIGNED_NONCES

CHECK = "loans.signatures"
TRANSCRIPTS = "loans.transcripts"
_RELEASE = (LOAN_ABI, "bytes", "bytes")
_RELEASE_CALL = keccak(f"releaseLoan({','.join(_RELEASE)})".encode())[:4]


def check(world: World, findings: Findings) -> None:
    """Every agreement on a loan, every disclosed or filed transcript, every consent to a release."""
    disclosed: dict[tuple[str, bytes], list[LoanOfferDisclosed]] = defaultdict(list)
    for offer in world.of(LoanOfferDisclosed):
        disclosed[offer.at.transaction, offer.key].append(offer)
    recorded = {(event.at.transaction, event.key): event for event in world.of(LoanRecorded)}
    separator = world.loans_domain.separator()
    heads_only = 0
    for agreed in world.of(LoanAgreed):
        findings.count(CHECK)
        where = agreed.at.transaction
        earlier = disclosed.pop((where, agreed.key), [])
        made = recorded.get((where, agreed.key))
        if made is None:
            findings.violate(CHECK, where, f"{_name(agreed.key)}: signed, but it was not recorded")
            continue
        _binding(agreed, made, findings)
        _signatures(world, agreed, separator, findings)
        _times(world, agreed, findings)
        filed = world.loan_transcripts.get(agreed.terms.key)
        if agreed.round == 0 or earlier:
            moves = [
                LoanMove(quantity=o.quantity, return_after=o.return_after, expiry=o.expiry) for o in earlier
            ]
            _follow(world, agreed, moves, [o.round for o in earlier], findings)
        elif filed is not None:
            _filed(world, agreed, filed, separator, findings)
        else:
            heads_only += 1
    for transaction, key in disclosed:
        findings.violate(TRANSCRIPTS, transaction, f"{_name(key)}: offers disclosed of no agreement")
    _releases(world, separator, findings)
    if heads_only:
        detail = f"{heads_only} loans have only their last offer on chain: name their transcript files"
        findings.note(TRANSCRIPTS, detail)


def _binding(agreed: LoanAgreed, made: LoanRecorded, findings: Findings) -> None:
    name, where = _name(agreed.key), agreed.at.transaction
    signed_for = loan_of(agreed.terms, agreed.move)
    if made.loan != signed_for:
        findings.violate(CHECK, where, f"{name}: signed for {signed_for}, recorded {made.loan}")
    if agreed.terms.nonce not in SIGNED_NONCES:
        detail = f"{name}: session number {agreed.terms.nonce} is none of a signed session"
        findings.violate(CHECK, where, detail)


def _signatures(world: World, agreed: LoanAgreed, separator: bytes, findings: Findings) -> None:
    terms = agreed.terms
    struct = offer_hash(terms_hash(terms), agreed.move, agreed.round, agreed.previous)
    message = digest(separator, struct)
    for role, account, signature in (
        ("proposer", terms.proposer(agreed.round), agreed.proposer_signature),
        ("acceptor", terms.acceptor(agreed.round), agreed.acceptor_signature),
    ):
        if not signed_by(world.w3, account, message, signature, agreed.at.block):
            signer = recover(message, signature)
            detail = f"{_name(agreed.key)}: signature of the {role} {account} is that of {signer}"
            findings.violate(CHECK, agreed.at.transaction, detail)


def _times(world: World, agreed: LoanAgreed, findings: Findings) -> None:
    name, where, expiry = _name(agreed.key), agreed.at.transaction, agreed.move.expiry
    if agreed.at.time > expiry:
        findings.violate(TRANSCRIPTS, where, f"{name}: recorded at {agreed.at.time}, expired at {expiry}")


def _follow(
    world: World,
    agreed: LoanAgreed,
    earlier: Sequence[LoanMove],
    rounds: Sequence[int],
    findings: Findings,
) -> None:
    """Go from the first offer to the head: rounds, hashes, amounts and expiries."""
    findings.count(TRANSCRIPTS)
    name, where = _name(agreed.key), agreed.at.transaction
    if list(rounds) != list(range(agreed.round)):
        findings.violate(TRANSCRIPTS, where, f"{name}: rounds {list(rounds)} before round {agreed.round}")
        return
    hashed, previous = terms_hash(agreed.terms), GENESIS
    for number, move in enumerate(earlier):
        previous = offer_hash(hashed, move, number, previous)
    if previous != agreed.previous:
        detail = f"{name}: its offers hash to {_hex(previous)}, its last one follows {_hex(agreed.previous)}"
        findings.violate(TRANSCRIPTS, where, detail)
    for number, fault in rule_faults(world, agreed.terms, [*earlier, agreed.move]):
        findings.violate(TRANSCRIPTS, where, f"{name}, round {number}: {fault}")


def rule_faults(world: World, terms: LoanTerms, moves: Sequence[LoanMove]) -> list[tuple[int, str]]:
    """Where a session's offers could make no loan: amounts, expiries beyond the gate.

    An offer of nothing before the last one is no fault: it is how a side says that it has no further offer.
    """
    faults: list[tuple[int, str]] = []
    gate = world.rules.gate_of(terms.interval)
    for number, move in enumerate(moves):
        try:
            if move.quantity or number == len(moves) - 1:
                check_loan(loan_of(terms, move), terms.cover)
        except LedgerError as fault:
            faults.append((number, str(fault)))
        if move.expiry > gate:
            faults.append((number, f"expires at {move.expiry}, after the gate {gate}"))
    return faults


def _filed(
    world: World, agreed: LoanAgreed, transcript: LoanTranscript, separator: bytes, findings: Findings
) -> None:
    """Compare a transcript file with what is on chain, and check each offer's signature as well."""
    name, where, offers = f"{_name(agreed.key)} (file)", agreed.at.transaction, transcript.offers
    if transcript.terms != agreed.terms:
        detail = f"{name}: its terms {transcript.terms} are not those signed, {agreed.terms}"
        findings.violate(TRANSCRIPTS, where, detail)
        return
    if not offers or (offers[-1].move, offers[-1].round) != (agreed.move, agreed.round):
        findings.violate(TRANSCRIPTS, where, f"{name}: its last offer is not the one on chain")
        return
    _follow(world, agreed, [o.move for o in offers[:-1]], [o.round for o in offers[:-1]], findings)
    hashed, previous = terms_hash(agreed.terms), GENESIS
    for offer in offers:
        previous = offer_hash(hashed, offer.move, offer.round, previous)
        proposer = agreed.terms.proposer(offer.round)
        if not signed_by(world.w3, proposer, digest(separator, previous), offer.signature, agreed.at.block):
            findings.violate(TRANSCRIPTS, where, f"{name}, round {offer.round}: not signed by {proposer}")


def _releases(world: World, separator: bytes, findings: Findings) -> None:
    """Both parties' consent to each loan that was undone, from the call data."""
    recorded = world.lent()
    for event in world.of(LoanReleased):
        made = recorded.get(event.key)
        if made is None:
            continue  # an unknown slot is the business of chain.audit.loans.terms
        data = world.calldata(event)
        if data[:4] != _RELEASE_CALL:
            findings.note(CHECK, "a loan was released through another contract: its consents are not seen")
            continue
        findings.count(CHECK)
        message = digest(separator, release_hash(event.key))
        try:
            _, *consents = decode(_RELEASE, data[4:])
        except DecodingError as error:
            findings.violate(CHECK, event.at.transaction, f"release of {_name(event.key)}: {error}")
            continue
        for party, signature in zip((made.loan.lender, made.loan.borrower), consents, strict=True):
            if not signed_by(world.w3, party, message, signature, event.at.block):
                detail = f"release of {_name(event.key)}: not signed by {party}"
                findings.violate(CHECK, event.at.transaction, detail)


def _name(key: bytes) -> str:
    return f"loan {_hex(key)}"


def _hex(value: bytes) -> str:
    return "0x" + value.hex()
