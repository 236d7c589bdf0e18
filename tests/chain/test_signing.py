"""EIP-712 by hand against eth-account's general encoder; the contracts' own digests are in test_digests.py."""

from coincurve import PrivateKey
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.accounts import Account
from chain.signing import (
    GENESIS,
    Domain,
    KeyringSigner,
    Signature,
    deal_key,
    digest,
    key_function,
    offer_hash,
    reading_hash,
    registration_hash,
    release_hash,
    sign,
    slot_key,
    terms_hash,
)
from market.ledger.port import Reading
from market.terms import DealKey, Lock, Move, Party, SessionTerms

DOMAIN = Domain("Wattpact", "1", 31337, to_checksum_address(b"\x11" * 20))
TYPES = {
    "SessionTerms": [
        ("seller", "address"),
        ("buyer", "address"),
        ("nonce", "uint64"),
        ("sellerMeter", "uint32"),
        ("buyerMeter", "uint32"),
        ("interval", "uint32"),
        ("count", "uint16"),
        ("maxAhead", "uint64"),
        ("sellerOpens", "bool"),
        ("issueByIssue", "bool"),
    ],
    "Move": [("price", "uint64"), ("energy", "uint64"), ("locked", "uint8"), ("expiry", "uint64")],
    "Offer": [("terms", "SessionTerms"), ("move", "Move"), ("round", "uint16"), ("previous", "bytes32")],
    "Reading": [("meter", "uint32"), ("interval", "uint32"), ("exported", "uint64"), ("imported", "uint64")],
    "Registration": [
        ("owner", "address"),
        ("attester", "address"),
        ("utility", "uint8"),
        ("rating", "uint32"),
    ],
    "Release": [("key", "bytes32")],
}

addresses = st.binary(min_size=20, max_size=20).map(lambda raw: Party(to_checksum_address(raw)))
uint16, uint32, uint64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))
session_terms = st.builds(
    SessionTerms,
    seller=addresses,
    buyer=addresses,
    nonce=uint64,
    seller_meter=uint32,
    buyer_meter=uint32,
    interval=uint32,
    count=uint16,
    max_ahead=uint64,
    seller_opens=st.booleans(),
    issue_by_issue=st.booleans(),
)
moves = st.builds(Move, price=uint64, energy=uint64, locked=st.sampled_from(Lock), expiry=uint64)
readings = st.builds(Reading, meter=uint32, interval=uint32, exported=uint64, imported=uint64)


def plain_digest(primary: str, message: dict[str, object]) -> bytes:
    """The digest by eth-account's general encoder."""
    domain = {
        "name": DOMAIN.name,
        "version": DOMAIN.version,
        "chainId": DOMAIN.chain_id,
        "verifyingContract": DOMAIN.contract,
    }
    names = {"Offer": ("SessionTerms", "Move", "Offer")}.get(primary, (primary,))
    types = {name: [{"name": field, "type": kind} for field, kind in TYPES[name]] for name in names}
    signable = encode_typed_data(domain, types, message)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def offer_message(terms: SessionTerms, move: Move, round: int, previous: bytes) -> dict[str, object]:
    values = (
        terms.seller,
        terms.buyer,
        terms.nonce,
        terms.seller_meter,
        terms.buyer_meter,
        terms.interval,
        terms.count,
        terms.max_ahead,
        terms.seller_opens,
        terms.issue_by_issue,
    )
    return {
        "terms": dict(zip((name for name, _ in TYPES["SessionTerms"]), values, strict=True)),
        "move": {
            "price": move.price,
            "energy": move.energy,
            "locked": int(move.locked),
            "expiry": move.expiry,
        },
        "round": round,
        "previous": previous,
    }


@given(session_terms, moves, uint16, st.binary(min_size=32, max_size=32))
def test_offer(terms: SessionTerms, move: Move, round: int, previous: bytes) -> None:
    ours = digest(DOMAIN.separator(), offer_hash(terms_hash(terms), move, round, previous))
    assert ours == plain_digest("Offer", offer_message(terms, move, round, previous))


@given(readings)
def test_reading(reading: Reading) -> None:
    message = {name: getattr(reading, name) for name, _ in TYPES["Reading"]}
    assert digest(DOMAIN.separator(), reading_hash(reading)) == plain_digest("Reading", message)


@given(addresses, addresses, st.integers(0, 255), uint32)
def test_registration(owner: Party, attester: Party, utility: int, rating: int) -> None:
    message = {"owner": owner, "attester": attester, "utility": utility, "rating": rating}
    ours = digest(DOMAIN.separator(), registration_hash(owner, attester, utility, rating))
    assert ours == plain_digest("Registration", message)


@given(st.binary(min_size=32, max_size=32))
def test_release(key: bytes) -> None:
    assert digest(DOMAIN.separator(), release_hash(key)) == plain_digest("Release", {"key": key})


@given(st.binary(min_size=32, max_size=32), st.integers(1, 2**200))
def test_compact_signature_recovers_to_its_signer(message: bytes, secret: int) -> None:
    account = Account(secret.to_bytes(32))
    signature = sign(account.key, message)
    raw = bytes(signature)
    assert Signature.of(raw) == signature
    vs = int.from_bytes(signature.vs)
    s, odd = vs & (2**255 - 1), vs >> 255
    # Half of the curve's order: EIP-2, and what leaves the top bit free in EIP-2098.
    assert s <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
    full = signature.r + s.to_bytes(32) + bytes([27 + odd])
    assert EthAccount._recover_hash(message, signature=full) == account.party


def test_deal_key_is_that_of_abi_encode() -> None:
    # Expected: keccak of the five words, written out by eth_abi.
    from eth_abi.abi import encode

    low, high = "0x" + "0a" * 20, "0x" + "b0" * 20
    packed = encode(
        ["uint256", "address", "address", "address", "uint64"], [31337, DOMAIN.contract, low, high, 7]
    )
    assert deal_key(31337, DOMAIN.contract, low, high, 7) == keccak(packed)
    key = key_function(31337, DOMAIN.contract)
    assert key(DealKey(Party(low), Party(high), 7, 3)) == slot_key(keccak(packed), 3)


def test_the_slot_of_a_run_wraps() -> None:
    assert slot_key(b"\xff" * 32, 2) == (1).to_bytes(32)


@given(session_terms, moves, moves)
def test_keyring_signer_chains_offers_and_both_sign_one_digest(
    terms: SessionTerms, first: Move, second: Move
) -> None:
    one, other = Account(b"\x01" * 32), Account(b"\x02" * 32)
    terms = SessionTerms(
        **{name: getattr(terms, name) for name in terms.__slots__}
        | {"seller": one.party, "buyer": other.party}
    )
    keys: dict[Party, PrivateKey] = {one.party: one.key, other.party: other.key}
    signer = KeyringSigner(keys, DOMAIN)
    offer = signer.sign(terms, first, 0, GENESIS)
    answer = signer.sign(terms, second, 1, offer.hash)
    acceptance = signer.countersign(terms, answer)
    message = plain_digest("Offer", offer_message(terms, second, 1, offer.hash))
    assert answer.signature == bytes(sign(keys[terms.proposer(1)], message))
    assert acceptance == bytes(sign(keys[terms.acceptor(1)], message))
