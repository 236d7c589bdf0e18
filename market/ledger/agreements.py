"""What a signed session must be for its agreement to be recorded: in time, unbroken, and signed by both."""

from market.ledger import deals
from market.ledger.deals import KeyHash
from market.ledger.errors import (
    BadSignature,
    BrokenTranscript,
    ExpiryBeyondGate,
    NonceOutOfRange,
    OfferExpired,
)
from market.ledger.port import MarketRules
from market.ledger.ranges import UINT8, UINT64, unsigned
from market.ledger.unsigned import GENESIS, Seals
from market.terms import PROVIDER_NONCE, DealKey, SignedOffer, Transcript, deal_of


def check_agreement(
    rules: MarketRules,
    transcript: Transcript,
    *,
    name: KeyHash,
    disclose: bool,
    seals: Seals | None,
    now: int,
) -> SignedOffer:
    """The offer that both signed; ``name`` gives the deal's slot its 32 bytes where a refusal needs them.

    ``disclose``: the offers before it are put on the ledger too, so they must lead up to it. Without ``seals``, hashes
    are taken as given and signatures are not looked at.

    Raises
    ------
    NonceOutOfRange, BrokenTranscript, OfferExpired, ExpiryBeyondGate, BadSignature
    """
    terms, offers = transcript.terms, transcript.offers
    if terms.nonce >= PROVIDER_NONCE:
        raise NonceOutOfRange(terms.nonce)
    key = DealKey.of(terms)
    if not offers:
        raise BrokenTranscript(name(key), 0)
    head = offers[-1]
    if now > head.move.expiry:
        raise OfferExpired(name(key), head.move.expiry, now)
    gate = rules.gate_of(terms.interval)
    if head.move.expiry > gate:
        raise ExpiryBeyondGate(name(key), head.move.expiry, gate)
    if disclose:
        _check_chain(transcript, name, seals)
    elif head.round == 0 and head.previous != GENESIS:
        raise BrokenTranscript(name(key), 0)
    _check_signatures(transcript, name, seals)
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
    if transcript.offers:
        deals.encodable(deal_of(transcript.terms, transcript.offers[-1].move))
    return transcript


def _check_chain(transcript: Transcript, name: KeyHash, seals: Seals | None) -> None:
    previous = GENESIS
    for number, offer in enumerate(transcript.offers):
        if offer.round != number or offer.previous != previous:
            raise BrokenTranscript(name(DealKey.of(transcript.terms)), number)
        previous = (
            offer.hash
            if seals is None
            else seals.offer_hash(transcript.terms, offer.move, number, offer.previous)
        )


def _check_signatures(transcript: Transcript, name: KeyHash, seals: Seals | None) -> None:
    terms, head, acceptance = transcript.terms, transcript.offers[-1], transcript.acceptance
    acceptor = terms.acceptor(head.round)
    if acceptance is None:
        raise BadSignature(name(DealKey.of(terms)), acceptor)
    if seals is None:
        return
    digest = seals.offer_hash(terms, head.move, head.round, head.previous)
    for party, signature in ((terms.proposer(head.round), head.signature), (acceptor, acceptance)):
        if not seals.is_valid(party, digest, signature):
            raise BadSignature(name(DealKey.of(terms)), party)
