"""Deploying a market, once: token, registry, tariff, negotiator, its two desks, and all three listed at the registry.

What a deployment record names is checked against the chain on every connection (:func:`open_market`), code against
compiled artifact; nothing is sent before that has passed. Deploying again with the same record does nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import rlp
from eth_abi.abi import encode
from eth_hash.auto import keccak

from chain.accounts import Account
from chain.artifact import Artifact, load
from chain.calls import Action
from chain.clients import MarketClient, RegistryClient, party
from chain.errors import DeploymentError, WrongChain
from chain.market import Market, market_at
from chain.port import Network
from chain.record import NAMES, ContractRecord, DeploymentRecord, read_record, write_record
from chain.sender import Sender
from chain.signing import address_bytes
from market.ledger.port import MarketRules, TariffStep
from market.terms import NOBODY, Party

T = TypeVar("T")

_REGISTRY = ("epoch", "interval", "gate", "horizon", "window")
_MARKET = {
    "utility": "utility",
    "pauseLength": "pause_length",
    "pauseCooldown": "pause_cooldown",
    "providerCap": "provider_cap",
}

DESKS = ("EnergyLoans", "ForwardContracts")
"""Beside the negotiator, with its terms of a pause."""
DEPLOY_GAS = 9_000_000
"""Most gas that creating one of the contracts uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be deployed.

    ``provider`` may be ``NOBODY``: the market then has no tariff. ``guardian`` may be ``NOBODY``: nobody can pause.
    """

    rules: MarketRules
    provider: Party = NOBODY
    tariff: tuple[TariffStep, ...] = field(default=())
    guardian: Party = NOBODY
    registrar: Party
    token_name: str = "Wattpact token"
    token_symbol: str = "WATT"

    def arguments(self, addresses: Mapping[str, Party]) -> dict[str, dict[str, Any]]:
        """Constructor arguments by contract, in the order of deployment."""
        rules = self.rules
        out: dict[str, dict[str, Any]] = {
            "UtilityToken": {
                "name": self.token_name,
                "symbol": self.token_symbol,
                "weiPerUnit": rules.wei_per_unit,
            },
            "MeterRegistry": {
                "epoch": rules.epoch,
                "interval": rules.interval,
                "gate": rules.gate,
                "horizon": rules.horizon,
                "window": rules.window,
                "registrar": self.registrar,
            },
        }
        if self.provider != NOBODY:
            out["ProviderTariff"] = {
                "registry": addresses["MeterRegistry"],
                "provider": self.provider,
                "initial": [[step.from_interval, step.buy_price, step.sell_price] for step in self.tariff],
            }
        out["UtilityNegotiator"] = {
            "token": addresses["UtilityToken"],
            "registry": addresses["MeterRegistry"],
            "tariff": addresses.get("ProviderTariff", NOBODY),
            "utility": rules.utility,
            "guardian": self.guardian,
            "pauseLength": rules.pause_length,
            "pauseCooldown": rules.pause_cooldown,
            "providerCap": rules.provider_cap,
        }
        desk = {
            "token": addresses["UtilityToken"],
            "registry": addresses["MeterRegistry"],
            "utility": rules.utility,
            "guardian": self.guardian,
            "pauseLength": rules.pause_length,
            "pauseCooldown": rules.pause_cooldown,
        }
        return {**out, **{name: dict(desk) for name in DESKS}}


def plan_of(record: DeploymentRecord, file: str) -> Plan:
    """The plan that a record was made from.

    Raises
    ------
    DeploymentError
        An argument is missing or of another kind.
    """
    contracts = record.contracts

    def argument(name: str, key: str, kind: type[T]) -> T:
        found = contracts[name].arguments.get(key)
        if not isinstance(found, kind) or isinstance(found, bool):
            raise DeploymentError(
                file, f"contracts.{name}.arguments.{key}", repr(found), f"a {kind.__name__}"
            )
        return found

    registry = {key: argument("MeterRegistry", key, int) for key in _REGISTRY}
    market = {field: argument("UtilityNegotiator", key, int) for key, field in _MARKET.items()}
    rate = argument("UtilityToken", "weiPerUnit", int)
    provider = NOBODY
    tariff: tuple[TariffStep, ...] = ()
    if "ProviderTariff" in contracts:
        provider = Party(argument("ProviderTariff", "provider", str))
        try:
            steps = argument("ProviderTariff", "initial", list)
            tariff = tuple(
                TariffStep(from_interval=start, buy_price=buy, sell_price=sell) for start, buy, sell in steps
            )
        except (TypeError, ValueError):
            place = "contracts.ProviderTariff.arguments.initial"
            raise DeploymentError(file, place, "other values", "steps of three numbers") from None
    return Plan(
        rules=MarketRules(**registry, **market, wei_per_unit=rate),
        provider=provider,
        tariff=tariff,
        guardian=Party(argument("UtilityNegotiator", "guardian", str)),
        registrar=Party(record.registrar),
        token_name=argument("UtilityToken", "name", str),
        token_symbol=argument("UtilityToken", "symbol", str),
    )


def deploy(
    sender: Sender,
    deployer: Account,
    plan: Plan,
    *,
    registrar: Account | None = None,
    path: Path | None = None,
) -> tuple[Market, DeploymentRecord]:
    """The market of ``plan``: the one on record at ``path`` if there is one, else a new one.

    Parameters
    ----------
    registrar
        Signs the listing; the deployer if not given.
    path
        Where the record is read and written; None: no record is kept.

    Raises
    ------
    DeploymentError
        The record is wrong, or is that of another plan; nothing was sent.
    """
    if path is not None and path.exists():
        record = read_record(path)
        _check_plan(str(path), record, plan)
        return open_market(sender.network, record, str(path)), record
    lister = deployer if registrar is None else registrar
    if plan.registrar != lister.party:
        raise DeploymentError("plan", "registrar", plan.registrar, f"{lister.party}, whose key is here")
    record = _deploy(sender, deployer, lister, plan)
    market = open_market(sender.network, record, "new deployment")
    if path is not None:
        write_record(path, record)
    return market, record


def _deploy(sender: Sender, deployer: Account, registrar: Account, plan: Plan) -> DeploymentRecord:
    names = [name for name in NAMES if name != "ProviderTariff" or plan.provider != NOBODY]
    nonce = sender.network.nonce(deployer.address)
    addresses = {name: _created(deployer.address, nonce + place) for place, name in enumerate(names)}
    arguments = plan.arguments(addresses)
    artifacts = {name: load(name) for name in names}
    jobs = [
        (
            deployer,
            Action("deploy", b"", creation_code(artifacts[name], arguments[name]), DEPLOY_GAS),
        )
        for name in names
    ]
    receipts = sender.run(jobs)
    registry = RegistryClient(sender.network, addresses["MeterRegistry"])
    listings = [registry.list_market(addresses[name]) for name in ("UtilityNegotiator", *DESKS)]
    listed, loans_listed, forward_listed = sender.run([(registrar, listing) for listing in listings])
    return DeploymentRecord(
        package=package_version(),
        chain_id=sender.network.chain_id,
        deployer=deployer.party,
        registrar=registrar.party,
        listed="0x" + listed.tx_hash.hex(),
        loans_listed="0x" + loans_listed.tx_hash.hex(),
        forward_listed="0x" + forward_listed.tx_hash.hex(),
        block=forward_listed.block,
        contracts={
            name: ContractRecord(
                address=addresses[name],
                arguments=arguments[name],
                transaction="0x" + receipt.tx_hash.hex(),
                block=receipt.block,
                bytecode_hash=bytecode_hash(artifacts[name]),
            )
            for name, receipt in zip(names, receipts, strict=True)
        },
    )


def open_market(network: Network, record: DeploymentRecord, file: str) -> Market:
    """The market of a record, after the chain has been found to agree with it.

    Raises
    ------
    WrongChain, DeploymentError
        With the place in ``file``, what was found and what was expected.
    """
    if network.chain_id != record.chain_id:
        raise WrongChain(f"{file}: chain_id: network {network.name}", network.chain_id, record.chain_id)
    for name, contract in record.contracts.items():
        _check_code(network, file, name, contract)
    negotiator, loans, forward = (
        Party(record.contracts[name].address) for name in ("UtilityNegotiator", *DESKS)
    )
    market = market_at(network, negotiator, loans, forward, first_block=record.block)
    _check_wiring(market, record, file)
    return market


def creation_code(artifact: Artifact, arguments: Mapping[str, Any]) -> bytes:
    """Bytecode with its constructor's arguments behind it."""
    inputs: Sequence[Mapping[str, Any]] = next(
        (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), ()
    )
    found, expected = list(arguments), [str(each["name"]) for each in inputs]
    if found != expected:
        raise DeploymentError(artifact.contract, "constructor", found, expected)
    return artifact.bytecode + encode([_abi_type(each) for each in inputs], list(arguments.values()))


def bytecode_hash(artifact: Artifact) -> str:
    """Which version of a contract an artifact is: keccak256 of what creates it."""
    return "0x" + keccak(artifact.bytecode).hex()


def _abi_type(entry: Mapping[str, Any]) -> str:
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_abi_type(each) for each in entry['components'])}){kind.removeprefix('tuple')}"


def _created(deployer: bytes, nonce: int) -> Party:
    return party(keccak(rlp.encode([deployer, nonce]))[-20:])


def _check_plan(file: str, record: DeploymentRecord, plan: Plan) -> None:
    addresses = {name: Party(contract.address) for name, contract in record.contracts.items()}
    planned = plan.arguments(addresses)
    if planned.keys() != record.contracts.keys():
        raise DeploymentError(file, "contracts", sorted(record.contracts), sorted(planned))
    for name, arguments in planned.items():
        for key, expected in arguments.items():
            found = record.contracts[name].arguments.get(key)
            if found != expected:
                raise DeploymentError(file, f"contracts.{name}.arguments.{key}", repr(found), repr(expected))


def _check_code(network: Network, file: str, name: str, contract: ContractRecord) -> None:
    artifact = load(name)
    place = f"contracts.{name}"
    if contract.bytecode_hash != bytecode_hash(artifact):
        expected = f"{bytecode_hash(artifact)} (this version's {name})"
        raise DeploymentError(file, f"{place}.bytecode_hash", contract.bytecode_hash, expected)
    code = network.code(address_bytes(contract.address))
    if not artifact.matches(code):
        found = (
            f"{len(code)} bytes of other code at {contract.address}"
            if code
            else f"no code at {contract.address}"
        )
        raise DeploymentError(file, f"{place}.address", found, f"the code of {name}")


def _check_wiring(market: Market, record: DeploymentRecord, file: str) -> None:
    addresses = {contract.address: name for name, contract in record.contracts.items()}
    for address, name in market.addresses.items():
        if addresses.get(address) != name:
            expected = record.contracts[name].address if name in record.contracts else "none"
            raise DeploymentError(file, f"contracts.{name}.address", address, expected)
    for name, desk in _desks(market).items():
        for contract, found_address in (("UtilityToken", desk.token()), ("MeterRegistry", desk.registry())):
            if found_address != record.contracts[contract].address:
                found = f"the desk of {found_address}, another {contract}"
                expected = f"that of {record.contracts[contract].address}"
                raise DeploymentError(file, f"contracts.{name}.address", found, expected)
    listed = market.registry.markets()
    for place, address in (
        ("listed", market.negotiator.address),
        ("loans_listed", market.loans.address),
        ("forward_listed", market.forward.address),
    ):
        if address not in listed:
            raise DeploymentError(file, place, "a market that its registry does not list", address)
    rules = market.rules
    of_desks = [
        (name, key, value)
        for name, desk in _desks(market).items()
        for key, value in (
            ("utility", desk.constants()["utility"]),
            ("pauseLength", desk.constants()["pause_length"]),
            ("pauseCooldown", desk.constants()["pause_cooldown"]),
            ("guardian", desk.guardian()),
        )
    ]
    for name, key, found_value in (
        ("UtilityToken", "weiPerUnit", rules.wei_per_unit),
        ("MeterRegistry", "epoch", rules.epoch),
        ("MeterRegistry", "interval", rules.interval),
        ("MeterRegistry", "gate", rules.gate),
        ("MeterRegistry", "horizon", rules.horizon),
        ("MeterRegistry", "window", rules.window),
        ("UtilityNegotiator", "utility", rules.utility),
        ("UtilityNegotiator", "providerCap", rules.provider_cap),
        ("UtilityNegotiator", "pauseLength", rules.pause_length),
        ("UtilityNegotiator", "pauseCooldown", rules.pause_cooldown),
        *of_desks,
    ):
        recorded = record.contracts[name].arguments.get(key)
        if recorded != found_value:
            place = f"contracts.{name}.arguments.{key}"
            raise DeploymentError(file, place, repr(recorded), f"{found_value}, as the chain has it")


def _desks(market: Market) -> dict[str, MarketClient]:
    return {"EnergyLoans": market.loans, "ForwardContracts": market.forward}


def package_version() -> str:
    """Of this package; ``0+unknown`` where it is not installed."""
    try:
        return version("wattpact")
    except PackageNotFoundError:
        return "0+unknown"
