"""The contracts' errors as the ledger's: four bytes of selector and ABI-encoded values into a named exception.

The table is made from :mod:`market.ledger.errors` itself and the Solidity types of the interfaces, so that an error
which one of the two lacks shows at once (a test compares the table with the compiled ABIs).
"""

from dataclasses import fields
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from chain.errors import ChainError
from market.ledger import errors
from market.ledger.errors import InsufficientBalance, LedgerError
from market.terms import Party

_TYPES: dict[str, str] = {
    "InvalidParameter": "bytes32,uint256",
    "ZeroAddress": "bytes32",
    "NotRegistrar": "address,address",
    "MarketAlreadyListed": "address",
    "MarketNotListed": "address",
    "UnknownMeter": "uint32",
    "NotMeterOwner": "uint32,address,address",
    "KeyIsOwner": "address",
    "KeyInUse": "address,uint32",
    "MarketNotAllowed": "uint32,address",
    "WrongUtility": "uint32,uint8,uint8",
    "RetiredMeter": "uint32,uint32,uint32",
    "FrozenMeter": "uint32",
    "SameMeter": "uint32",
    "ZeroQuantity": "",
    "GateClosed": "uint32,uint256,uint256",
    "BeyondHorizon": "uint32,uint256,uint256",
    "RatingExceeded": "uint32,uint32,uint256,uint32",
    "QueueTooLong": "uint32,uint32,uint64,uint64",
    "NotQueueTail": "uint32,uint32,uint64,uint64",
    "ReadingTooEarly": "uint32,uint32,uint256,uint256",
    "ReadingTooLate": "uint32,uint32,uint256,uint256",
    "ReadingExists": "uint32,uint32",
    "BadMeterSignature": "uint32,address,address",
    "NoConflict": "uint32,uint32",
    "NotGuardian": "address,address",
    "PausedUntil": "uint256,uint256",
    "PauseTooSoon": "uint256,uint256",
    "NotSelf": "address",
    "SelfDeal": "address",
    "NotParty": "address",
    "ZeroAmount": "uint64,uint64",
    "AmountOverflow": "uint64,uint64,uint16",
    "ZeroCount": "",
    "InsufficientBalance": "address,uint256,uint256",
    "NonceOutOfRange": "uint64",
    "KeyUsed": "bytes32,uint8",
    "WrongDealStatus": "bytes32,uint8,uint8",
    "TermsMismatch": "bytes32",
    "IndexOutOfRange": "uint16,uint16",
    "NotFinal": "uint32,uint32,uint256,uint256",
    "UnknownSession": "uint64",
    "WrongSessionStatus": "uint64,uint8,uint8",
    "NotCounterpart": "uint64,address,address",
    "OutOfTurn": "uint64,address,address",
    "TurnExpired": "uint64,uint256,uint256",
    "TurnNotExpired": "uint64,uint256,uint256",
    "RoundLimit": "uint64,uint16",
    "InvalidTimeout": "uint32",
    "InvalidRounds": "uint16",
    "NoStandingOffer": "uint64",
    "StandingOfferDiffers": "uint64,uint16,uint64,uint64",
    "InvalidLock": "uint64,uint8,uint8",
    "OfferExpired": "bytes32,uint256,uint256",
    "ExpiryBeyondGate": "bytes32,uint256,uint256",
    "BadSignature": "bytes32,address",
    "BrokenTranscript": "bytes32,uint16",
    "ItemGasTooLow": "uint256,uint256,uint256",
    "PriceLimit": "uint32,uint64,uint64",
    "ProviderCap": "uint32,uint256,uint64,uint64",
    "NoProvider": "",
    "NotProvider": "address,address",
    "EmptyTariff": "",
    "BuyAboveSell": "uint64,uint64",
    "StepOutOfOrder": "uint32,uint32",
    "NoticeTooShort": "uint32,uint256,uint256",
    "NoPrice": "uint32",
    "ZeroRate": "",
    "ZeroTokens": "",
    "EtherRemainder": "uint256,uint256",
    "EtherRefused": "address,uint256",
}


def _table() -> dict[bytes, tuple[type[LedgerError], list[str]]]:
    table: dict[bytes, tuple[type[LedgerError], list[str]]] = {}
    for name, types in _TYPES.items():
        error: type[LedgerError] = getattr(errors, name)
        members = types.split(",") if types else []
        if len(members) != len(fields(error)):  # type: ignore[arg-type]  # every refusal is a dataclass
            raise TypeError(f"{name}: {len(members)} Solidity values, {len(fields(error))} fields")  # type: ignore[arg-type]
        table[keccak(f"{name}({types})".encode())[:4]] = (error, members)
    # The token's own balance, under the name that OpenZeppelin gives it.
    selector = keccak(b"ERC20InsufficientBalance(address,uint256,uint256)")[:4]
    table[selector] = (InsufficientBalance, ["address", "uint256", "uint256"])
    return table


REFUSALS = _table()
"""Selector → class and Solidity types of its values."""

_REASON = keccak(b"Error(string)")[:4]
_PANIC = keccak(b"Panic(uint256)")[:4]


def refusal_of(data: bytes, what: str) -> LedgerError | ChainError:
    """The exception for the error data of a call or transaction that failed.

    A :class:`~chain.errors.ChainError` where the data is none of the market's refusals.
    """
    known = REFUSALS.get(data[:4])
    try:
        if known is not None:
            error, types = known
            return error(
                *(_python(kind, value) for kind, value in zip(types, decode(types, data[4:]), strict=True))
            )
        if data[:4] == _REASON:
            return ChainError(what, data, repr(decode(["string"], data[4:])[0]))
        if data[:4] == _PANIC:
            return ChainError(what, data, f"panic 0x{decode(['uint256'], data[4:])[0]:02x}")
    except DecodingError:
        pass
    return ChainError(what, data)


def _python(kind: str, value: Any) -> Any:
    return Party(to_checksum_address(value)) if kind == "address" else value
