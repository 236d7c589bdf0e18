"""What a signed session about a loan must be for its agreement to be recorded: in time, unbroken, signed by both."""

from market.ledger import loans
from market.ledger.deals import KeyHash
from market.ledger.errors import BrokenTranscript, ExpiryBeyondGate, NonceOutOfRange, OfferExpired
from market.ledger.port import MarketRules
from market.ledger.ranges import INT64, UINT16, UINT32, UINT64, signed, unsigned, word
from market.ledger.sealed import check_signatures, is_unbroken
from market.ledger.times import check_gate
from market.ledger.unsigned import LoanSeals
from market.loans.terms import Loan, LoanTranscript, loan_of
from market.terms import PROVIDER_NONCE


def check_agreement(
    rules: MarketRules,
    transcript: LoanTranscript,
    *,
    name: KeyHash,
    disclose: bool,
    seals: LoanSeals | None,
    now: int,
) -> Loan:
    """The loan that both signed in a session with an offer; ``name`` gives its slot the 32 bytes where refusals need them.

    ``disclose``: the offers before the last are put on the ledger too, so they must lead up to it. Without ``seals``,
    hashes are taken as given and signatures are not looked at.

    Raises
    ------
    SelfLoan, ZeroVolume, ZeroReturnTime, LoanOverflow, CollateralBelowBond
        Of the loan.
    NonceOutOfRange, InvalidParameter, SameMeter
        Of the session.
    GateClosed, ExpiryBeyondGate, OfferExpired, BeyondHorizon
        Of time: the return decides on the horizon.
    BrokenTranscript, BadSignature
    """
    terms, offers = transcript.terms, transcript.offers
    head = offers[-1]
    loan = loan_of(terms, head.move)
    loans.check_loan(loan, terms.cover)
    if terms.nonce >= PROVIDER_NONCE:
        raise NonceOutOfRange(terms.nonce)
    loans.check_meters(openerMeter=terms.opener_meter, responderMeter=terms.responder_meter)
    check_gate(rules, terms.interval, now)
    gate = rules.gate_of(terms.interval)
    if head.move.expiry > gate:
        raise ExpiryBeyondGate(name(terms.key), head.move.expiry, gate)
    if now > head.move.expiry:
        raise OfferExpired(name(terms.key), head.move.expiry, now)
    loans.check_return(rules, loan, now)
    if not is_unbroken(terms, offers, disclose=disclose, seals=seals):
        raise BrokenTranscript(name(terms.key), head.round)
    check_signatures(terms, head, transcript.acceptance, seals=seals, key=lambda: name(terms.key))
    return loan


def encodable(transcript: LoanTranscript) -> LoanTranscript:
    """``transcript`` itself if each value of its terms and offers fits its type (``NotEncodable``)."""
    for name, bound in _BOUNDS.items():
        unsigned(name, getattr(transcript.terms, name), bound)
    for offer in transcript.offers:
        unsigned("round", offer.round, UINT16)
        signed("quantity", offer.move.quantity, INT64)
        unsigned("return_after", offer.move.return_after, UINT32)
        unsigned("expiry", offer.move.expiry, UINT64)
        word("previous", offer.previous)
    return transcript


_BOUNDS = {
    "nonce": UINT64,
    "opener_meter": UINT32,
    "responder_meter": UINT32,
    "interval": UINT32,
    "price": UINT64,
    "cover": UINT64,
    "max_ahead_given": UINT64,
    "max_ahead_returned": UINT64,
}
