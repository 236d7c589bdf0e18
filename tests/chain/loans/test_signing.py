"""EIP-712 of loans by hand against eth-account's general encoder; the contract's own digests are in test_contract.py."""

from collections.abc import Callable
from dataclasses import fields, replace

from coincurve import PrivateKey
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.accounts import Account
from chain.loans.seals import SignedLoanSeals
from chain.loans.signing import LoanKeyringSigner, offer_hash, terms_hash
from chain.signing import GENESIS, Domain, digest, sign
from market.loans.terms import LoanMove, LoanTerms
from market.terms import Party
from tests.chain.test_signing import addresses, uint16, uint32, uint64

DESK = Domain("Wattpact", "1", 31337, to_checksum_address(b"\x22" * 20))
TYPES = {
    "LoanTerms": [
        ("opener", "address"),
        ("responder", "address"),
        ("nonce", "uint64"),
        ("openerMeter", "uint32"),
        ("responderMeter", "uint32"),
        ("interval", "uint32"),
        ("price", "uint64"),
        ("cover", "uint64"),
        ("maxAheadGiven", "uint64"),
        ("maxAheadReturned", "uint64"),
    ],
    "LoanMove": [("quantity", "int64"), ("returnAfter", "uint32"), ("expiry", "uint64")],
    "LoanOffer": [
        ("terms", "LoanTerms"),
        ("move", "LoanMove"),
        ("round", "uint16"),
        ("previous", "bytes32"),
    ],
}

int64 = st.one_of(st.sampled_from((-(2**63), -1, 2**63 - 1)), st.integers(-(2**63), 2**63 - 1))
word = st.binary(min_size=32, max_size=32)
loan_terms = st.builds(
    LoanTerms,
    opener=addresses,
    responder=addresses,
    nonce=uint64,
    opener_meter=uint32,
    responder_meter=uint32,
    interval=uint32,
    price=uint64,
    cover=uint64,
    max_ahead_given=uint64,
    max_ahead_returned=uint64,
)
loan_moves = st.builds(LoanMove, quantity=int64, return_after=uint32, expiry=uint64)


def values(item: LoanTerms | LoanMove) -> tuple[object, ...]:
    """The members of a struct in the order of its fields, which is the order of the contract's."""
    return tuple(getattr(item, field.name) for field in fields(item))


def plain_digest(terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> bytes:
    """The digest of an offer by eth-account's general encoder."""
    domain = {
        "name": DESK.name,
        "version": DESK.version,
        "chainId": DESK.chain_id,
        "verifyingContract": DESK.contract,
    }
    types = {name: [{"name": field, "type": kind} for field, kind in kinds] for name, kinds in TYPES.items()}
    message = {
        "terms": dict(zip((name for name, _ in TYPES["LoanTerms"]), values(terms), strict=True)),
        "move": dict(zip((name for name, _ in TYPES["LoanMove"]), values(move), strict=True)),
        "round": round,
        "previous": previous,
    }
    signable = encode_typed_data(domain, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@given(loan_terms, loan_moves, uint16, word)
def test_offer(terms: LoanTerms, move: LoanMove, round: int, previous: bytes) -> None:
    ours = digest(DESK.separator(), offer_hash(terms_hash(terms), move, round, previous))
    assert ours == plain_digest(terms, move, round, previous)


ONE, OTHER = Account(b"\x01" * 32), Account(b"\x02" * 32)
KEYS: dict[Party, PrivateKey] = {ONE.party: ONE.key, OTHER.party: OTHER.key}


@given(loan_terms, loan_moves, loan_moves)
def test_the_signer_chains_offers_and_both_sign_one_digest(
    terms: LoanTerms, first: LoanMove, second: LoanMove
) -> None:
    terms = replace(terms, opener=ONE.party, responder=OTHER.party)
    signer = LoanKeyringSigner(KEYS, DESK)
    offer = signer.sign(terms, first, 0, GENESIS)
    answer = signer.sign(terms, second, 1, offer.hash)
    message = plain_digest(terms, second, 1, offer.hash)
    assert answer.previous == offer.hash
    assert answer.signature == bytes(sign(OTHER.key, message))
    assert signer.countersign(terms, answer) == bytes(sign(ONE.key, message))


@given(loan_terms, loan_moves)
def test_seals_know_who_signed_what(terms: LoanTerms, move: LoanMove) -> None:
    terms = replace(terms, opener=ONE.party, responder=OTHER.party)
    offer = LoanKeyringSigner(KEYS, DESK).sign(terms, move, 0, GENESIS)
    seals = SignedLoanSeals(DESK)
    struct = seals.offer_hash(terms, move, 0, GENESIS)
    assert struct == offer.hash
    assert seals.is_valid(ONE.party, struct, offer.signature)
    assert not seals.is_valid(OTHER.party, struct, offer.signature)
    alterations: list[Callable[[], bytes]] = [
        lambda: seals.offer_hash(replace(terms, cover=(terms.cover + 1) % 2**64), move, 0, GENESIS),
        lambda: seals.offer_hash(terms, replace(move, quantity=-1 - move.quantity), 0, GENESIS),
        lambda: seals.offer_hash(terms, move, 1, GENESIS),
    ]
    for altered in alterations:
        assert not seals.is_valid(ONE.party, altered(), offer.signature)
    elsewhere = SignedLoanSeals(replace(DESK, chain_id=1))
    assert not elsewhere.is_valid(ONE.party, struct, offer.signature)
