"""The hashes that the audit computes by itself, against py-evm's and against known values."""

import rlp
from coincurve import PrivateKey
from eth_account import Account
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st
from trie.hexary import HexaryTrie
from web3 import Web3

from chain.audit.merkle import EMPTY_ROOT, bloom_bits, trie_root
from chain.audit.recovery import HALF_ORDER, accepts, recover, signed_by
from chain.signing import sign
from market.terms import Party
from tests.chain.audit.stage import Stage

ORDER = 2 * HALF_ORDER + 1
KEY = PrivateKey(b"\x07" * 32)
PARTY = Account.from_key(b"\x07" * 32).address
DIGEST = keccak(b"digest")


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=120), max_size=300))
def test_trie_root_is_that_of_the_plain_trie(values: list[bytes]) -> None:
    trie = HexaryTrie({})
    for index, value in enumerate(values):
        trie[rlp.encode(index)] = value
    assert trie_root(values) == trie.root_hash


def test_the_empty_root_is_ethereums() -> None:
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


def test_bloom_has_three_bits_at_most() -> None:
    assert all(1 <= bloom_bits(bytes((n,))).bit_count() <= 3 for n in range(200))


def test_recovers_both_forms_of_a_signature() -> None:
    compact = bytes(sign(KEY, DIGEST))
    odd = compact[32] >> 7
    long = compact[:32] + bytes((compact[32] & 0x7F,)) + compact[33:] + bytes((27 + odd,))
    assert recover(DIGEST, compact) == recover(DIGEST, long) == PARTY


def test_refuses_the_other_face_and_what_is_no_signature() -> None:
    compact = bytes(sign(KEY, DIGEST))
    s = int.from_bytes(bytes((compact[32] & 0x7F,)) + compact[33:])
    malleable = compact[:32] + (ORDER - s).to_bytes(32) + bytes((28 - (compact[32] >> 7),))
    assert recover(DIGEST, malleable) is None
    for wrong in (b"", compact[:63], bytes(64), bytes(65), compact[:32] + bytes(32) + b"\x1d"):
        assert recover(DIGEST, wrong) is None


def test_asks_an_account_that_is_a_contract(stage: Stage) -> None:
    """ERC-1271, by two contracts of a few bytes: one accepts everything, one nothing."""
    w3 = stage.w3()
    agreeing = "7f" + (0x1626BA7E << 224).to_bytes(32).hex() + "60005260206000f3"
    for runtime, accepted in ((agreeing, True), ("60006000fd", False)):
        code = bytes.fromhex(runtime)
        creation = bytes.fromhex(f"60{len(code):02x}80600b6000396000f3") + code
        account = _created(w3, creation)
        block = w3.eth.block_number
        assert accepts(w3, account, DIGEST, b"\x01" * 65, block) is accepted
        assert signed_by(w3, account, DIGEST, b"\x01" * 65, block) is accepted
    assert accepts(w3, Party(PARTY), DIGEST, b"\x01" * 65, w3.eth.block_number) is False


def _created(w3: Web3, creation: bytes) -> Party:
    sent = w3.eth.send_transaction({"from": w3.eth.accounts[0], "data": creation, "gas": 200_000})
    address = w3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address is not None
    return Party(address)
