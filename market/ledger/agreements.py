"""What a signed session must be for its agreement to be recorded: in time, unbroken, and signed by both."""

from market.ledger import deals
from market.ledger.deals import KeyHash
from market.ledger.errors import (
    BrokenTranscript,
    ExpiryBeyondGate,
    InvalidParameter,
    NonceOutOfRange,
    OfferExpired,
    SameMeter,
)
from market.ledger.port import MarketRules
from market.ledger.ranges import UINT8, UINT64, bytes32, unsigned, word
from market.ledger.sealed import check_signatures, is_unbroken
from market.ledger.times import check_gate
from market.ledger.unsigned import Seals
from market.terms import NO_METER, PROVIDER_NONCE, DealKey, SignedOffer, Transcript, deal_of


def check_agreement(
    rules: MarketRules,
    transcript: Transcript,
    *,
    name: KeyHash,
    disclose: bool,
    seals: Seals | None,
    now: int,
) -> SignedOffer:
    """The offer that both signed, of a session with one; ``name`` gives the deal's slot its 32 bytes for refusals.

    ``disclose``: the offers before it are put on the ledger too, so they must lead up to it. Without ``seals``, hashes
    are taken as given and signatures are not looked at.

    Raises
    ------
    NonceOutOfRange, InvalidParameter, SameMeter, GateClosed, ExpiryBeyondGate, OfferExpired, BrokenTranscript,
    BadSignature
    """
    terms, offers = transcript.terms, transcript.offers
    if terms.nonce >= PROVIDER_NONCE:
        raise NonceOutOfRange(terms.nonce)
    # A meter of zero stands for the provider, who makes his deals otherwise.
    if terms.seller_meter == NO_METER:
        raise InvalidParameter(bytes32("sellerMeter"), NO_METER)
    if terms.buyer_meter == NO_METER:
        raise InvalidParameter(bytes32("buyerMeter"), NO_METER)
    if terms.seller_meter == terms.buyer_meter:
        raise SameMeter(terms.seller_meter)
    check_gate(rules, terms.interval, now)
    head = offers[-1]
    gate = rules.gate_of(terms.interval)
    if head.move.expiry > gate:
        raise ExpiryBeyondGate(name(DealKey.of(terms)), head.move.expiry, gate)
    if now > head.move.expiry:
        raise OfferExpired(name(DealKey.of(terms)), head.move.expiry, now)
    if not is_unbroken(terms, offers, disclose=disclose, seals=seals):
        raise BrokenTranscript(name(DealKey.of(terms)), head.round)
    check_signatures(terms, head, transcript.acceptance, seals=seals, key=lambda: name(DealKey.of(terms)))
    return head


def encodable(transcript: Transcript) -> Transcript:
    """``transcript`` itself if each value of its terms and offers fits its type (``NotEncodable``)."""
    unsigned("max_ahead", transcript.terms.max_ahead, UINT64)
    for offer in transcript.offers:
        move = offer.move
        unsigned("price", move.price, UINT64)
        unsigned("energy", move.energy, UINT64)
        unsigned("locked", int(move.locked), UINT8)
        unsigned("expiry", move.expiry, UINT64)
        word("previous", offer.previous)
    if transcript.offers:
        deals.encodable(deal_of(transcript.terms, transcript.offers[-1].move))
    return transcript
