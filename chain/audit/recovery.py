"""Who signed: recovery of an ECDSA signature as strict as the contracts', and ERC-1271 for accounts that are contracts."""

from coincurve import PublicKey
from eth_hash.auto import keccak
from web3 import Web3

from chain.codec import party_of
from chain.logs import as_bytes, request
from market.terms import Party

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
"""Half the order of secp256k1: a larger s is the other face of a signature that is already one."""
IS_VALID_SIGNATURE = 0x1626BA7E.to_bytes(4)
"""ERC-1271: the selector of isValidSignature(bytes32,bytes) and the answer of one who accepts."""
LATER = 1 << 255


def recover(digest: bytes, signature: bytes) -> Party | None:
    """The account whose key made a signature of 64 (EIP-2098) or 65 bytes; None if it is none, or malleable."""
    if len(signature) == 64:
        vs = int.from_bytes(signature[32:])
        s, odd = vs & (LATER - 1), vs >= LATER
    elif len(signature) == 65 and signature[64] in (27, 28):
        s, odd = int.from_bytes(signature[32:64]), signature[64] == 28
    else:
        return None
    if s > HALF_ORDER:
        return None
    try:
        key = PublicKey.from_signature_and_message(
            signature[:32] + s.to_bytes(32) + bytes((odd,)), digest, hasher=None
        )
    except Exception:  # noqa: BLE001  # libsecp256k1 raises a plain Exception for what is no signature
        return None
    return party_of(keccak(key.format(compressed=False)[1:])[12:])


def accepts(w3: Web3, account: Party, digest: bytes, signature: bytes, block: int) -> bool:
    """Whether a contract accepted a signature (ERC-1271), on the state after ``block``."""
    padded = signature + bytes(-len(signature) % 32)
    data = IS_VALID_SIGNATURE + digest + (64).to_bytes(32) + len(signature).to_bytes(32) + padded
    try:
        if not as_bytes(request(w3, "eth_getCode", [account, hex(block)])):
            return False
        answer = as_bytes(request(w3, "eth_call", [{"to": account, "data": "0x" + data.hex()}, hex(block)]))
    except Exception:  # noqa: BLE001  # a contract that reverts does not accept
        return False
    return answer[:32] == IS_VALID_SIGNATURE.ljust(32, b"\0")


def signed_by(
    w3: Web3, account: Party, digest: bytes, signature: bytes, block: int, *, compact_only: bool = False
) -> bool:
    """Whether ``account`` signed: by its key, or else by its contract's word at ``block``."""
    if recover(digest, signature) == account:
        return True
    return not compact_only and accepts(w3, account, digest, signature, block)
