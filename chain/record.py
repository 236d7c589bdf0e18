"""A deployment on record: ``deployments/<chain id>.json``, what stands where on a chain and what it was made from.

Read strictly: whatever is missing, superfluous or of another kind is named with its place in the file, before anything
is sent to a chain. Whether the chain agrees is checked in :mod:`chain.deploy`.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from eth_utils.address import is_checksum_address
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chain.errors import DeploymentError

FORMAT = 1
NAMES = (
    "UtilityToken",
    "MeterRegistry",
    "ProviderTariff",
    "UtilityNegotiator",
    "EnergyLoans",
    "ForwardContracts",
)
"""The contracts of a deployment, in their order."""
REQUIRED = frozenset(NAMES) - {"ProviderTariff"}


def _checksum(address: str) -> str:
    if not is_checksum_address(address):
        raise ValueError("expected an address of 20 bytes in checksum form")
    return address


Address = Annotated[str, AfterValidator(_checksum)]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ContractRecord(_Model):
    """One contract."""

    address: Address
    arguments: dict[str, Any]
    """Of its constructor, by name."""
    transaction: Word
    block: Annotated[int, Field(ge=0)]
    bytecode_hash: Word
    """keccak256 of the artifact's bytecode."""


class DeploymentRecord(_Model):
    """A market on a chain."""

    format: Literal[1] = 1
    package: str
    """Version of this package."""
    chain_id: Annotated[int, Field(gt=0)]
    deployer: Address
    registrar: Address
    listed: Word
    """The transaction that listed the market at its registry."""
    loans_listed: Word
    """The one that listed its loan desk."""
    forward_listed: Word
    """The one that listed its desk of forward contracts."""
    block: Annotated[int, Field(ge=0)]
    """The last of the deployment; the market's own events begin after it."""
    contracts: dict[str, ContractRecord]


def path_of(folder: Path, chain_id: int) -> Path:
    """Where the record of a chain is kept."""
    return folder / f"{chain_id}.json"


def read_record(path: Path) -> DeploymentRecord:
    """A record from its file.

    Raises
    ------
    DeploymentError
        With the place of the first mistake, what stands there and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeploymentError(str(path), "file", type(error).__name__, "a deployment record") from None
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DeploymentError(str(path), place, f"no JSON ({error.msg})", "a deployment record") from None
    _complete(path, content)
    try:
        record = DeploymentRecord.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "top level"
        found = "nothing" if first["type"] == "missing" else repr(first["input"])[:80]
        raise DeploymentError(str(path), place, found, first["msg"]) from None
    for name in sorted(record.contracts.keys() - set(NAMES)):
        raise DeploymentError(str(path), f"contracts.{name}", "a contract", f"only {', '.join(NAMES)}")
    return record


def _complete(path: Path, content: Any) -> None:
    """Refuse what lacks a contract before anything else is said of it: a market of another version is another market."""
    contracts = content.get("contracts") if isinstance(content, dict) else None
    if not isinstance(contracts, dict):
        return
    for name in NAMES:
        if name in REQUIRED and name not in contracts:
            expected = "a contract's record (a market deployed without it stays without: deploy another)"
            raise DeploymentError(str(path), f"contracts.{name}", "nothing", expected)


def write_record(path: Path, record: DeploymentRecord) -> None:
    """Write a record, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(path)
