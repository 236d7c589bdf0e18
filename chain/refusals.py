"""The contracts' errors as the ledger's: four bytes of selector and ABI-encoded values into a named exception.

The table is made from the compiled contracts and :mod:`market.ledger.errors`; a test shows that neither has an error
which the other lacks.
"""

from dataclasses import fields
from functools import cache
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from chain.artifact import load
from chain.errors import ChainError
from market.ledger import errors
from market.ledger.errors import LedgerError
from market.terms import Party

CONTRACTS = (
    "MeterRegistry",
    "UtilityNegotiator",
    "EnergyLoans",
    "ForwardContracts",
    "ProviderTariff",
    "UtilityToken",
)


@cache
def refusals() -> dict[bytes, tuple[type[LedgerError], list[str]]]:
    """Selector → class and Solidity types of its values, from the compiled contracts."""
    table: dict[bytes, tuple[type[LedgerError], list[str]]] = {}
    for entry in (entry for contract in CONTRACTS for entry in load(contract).entries("error")):
        # The token's own balance has another name in OpenZeppelin.
        name = str(entry["name"]).removeprefix("ERC20")
        error = getattr(errors, name, None)
        types = [str(each["type"]) for each in entry["inputs"]]
        # Every refusal is a dataclass; its base is not.
        if isinstance(error, type) and issubclass(error, LedgerError) and len(fields(error)) == len(types):  # type: ignore[arg-type]
            table[keccak(f"{entry['name']}({','.join(types)})".encode())[:4]] = error, types
    return table


_REASON = keccak(b"Error(string)")[:4]
_PANIC = keccak(b"Panic(uint256)")[:4]


def refusal_of(data: bytes, what: str) -> LedgerError | ChainError:
    """The exception for the error data of a call or transaction that failed.

    A :class:`~chain.errors.ChainError` where the data is none of the market's refusals.
    """
    known = refusals().get(data[:4])
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
