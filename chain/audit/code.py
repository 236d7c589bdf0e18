"""Check ``code``: what stands on chain is what the artifacts hold, down to each immutable, and its parts fit together.

The runtime code is compared with the artifact, immutables masked. Then the constructor is run again without a
transaction (``eth_call`` without recipient), with the arguments that the contract itself names: every immutable must
come out as it stands on chain, but for those that hold the contract's own address. And where a contract was created by
a transaction of its own, that must have been the artifact's creation code, so that nothing was put into storage before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from eth_abi.abi import encode
from web3 import Web3

from chain.artifact import Artifact
from chain.audit.report import Findings
from chain.audit.world import World
from chain.decoding import abi_differences
from chain.logs import NotAMarket, as_bytes, call, request
from chain.signing import Domain, address_bytes
from market.terms import NOBODY, Party

CHECK = "code"
_GETTERS: Mapping[str, Sequence[tuple[str, str]]] = {
    "UtilityToken": (("name", "string"), ("symbol", "string"), ("WEI_PER_UNIT", "uint256")),
    "MeterRegistry": (
        ("EPOCH", "uint64"),
        ("INTERVAL", "uint32"),
        ("GATE", "uint32"),
        ("HORIZON", "uint32"),
        ("WINDOW", "uint32"),
        ("REGISTRAR", "address"),
    ),
    "ProviderTariff": (
        ("REGISTRY", "address"),
        ("PROVIDER", "address"),
        ("steps", "(uint32,uint64,uint64)[]"),
    ),
    "UtilityNegotiator": (
        ("TOKEN", "address"),
        ("REGISTRY", "address"),
        ("TARIFF", "address"),
        ("UTILITY", "uint8"),
        ("GUARDIAN", "address"),
        ("PAUSE_LENGTH", "uint32"),
        ("PAUSE_COOLDOWN", "uint32"),
        ("PROVIDER_CAP", "uint64"),
    ),
    "EnergyLoans": (
        ("TOKEN", "address"),
        ("REGISTRY", "address"),
        ("UTILITY", "uint8"),
        ("GUARDIAN", "address"),
        ("PAUSE_LENGTH", "uint32"),
        ("PAUSE_COOLDOWN", "uint32"),
    ),
    "ForwardContracts": (
        ("TOKEN", "address"),
        ("REGISTRY", "address"),
        ("UTILITY", "uint8"),
        ("GUARDIAN", "address"),
        ("PAUSE_LENGTH", "uint32"),
        ("PAUSE_COOLDOWN", "uint32"),
    ),
}
"""The constructor's arguments, in their order, by the functions that give them back."""


def check(world: World, findings: Findings) -> None:
    """Each of the market's contracts."""
    places = {
        "MeterRegistry": world.registry,
        "UtilityNegotiator": world.negotiator,
        "UtilityToken": world.token,
        "ProviderTariff": world.tariff,
        "EnergyLoans": world.loans,
        "ForwardContracts": world.forward,
    }
    for name, address in places.items():
        if address == NOBODY:
            continue
        findings.count(CHECK)
        artifact = world.artifacts[name]
        for difference in abi_differences(name, artifact.abi):
            findings.violate(CHECK, None, difference)
        code = as_bytes(request(world.w3, "eth_getCode", [address, hex(world.block)]))
        if not artifact.matches(code):
            detail = f"{name} at {address}: {len(code)} bytes of code that are not this version's artifact"
            findings.violate(CHECK, None, detail)
            continue
        values = _arguments(world, name, address, findings)
        if values is not None:
            _immutables(world, name, address, code, values, findings)
            _created(world, name, address, values, findings)
    _wiring(world, findings)


def _arguments(world: World, name: str, address: Party, findings: Findings) -> list[Any] | None:
    try:
        return [
            call(world.w3, address, f"{getter}()", [kind], world.block)[0] for getter, kind in _GETTERS[name]
        ]
    except NotAMarket as error:
        findings.violate(CHECK, None, f"{name}: {error}")
        return None


def _immutables(
    world: World, name: str, address: Party, code: bytes, values: Sequence[Any], findings: Findings
) -> None:
    artifact = world.artifacts[name]
    try:
        made = simulate(world.w3, artifact, _creation(artifact, name, values), world.block)
    except Exception as error:  # noqa: BLE001  # a node may not simulate creations; each refuses in its own way
        findings.note(
            CHECK, f"{name}: the node does not simulate its creation ({error}): immutables not compared"
        )
        return
    domain = _domain(world, name, values)
    own = {bytes(12) + address_bytes(address)}
    if domain is not None:
        own.add(domain.separator())
    found = zip(
        artifact.immutables, artifact.immutable_values(code), artifact.immutable_values(made), strict=True
    )
    for (start, _), value, expected in found:
        if value != expected and value not in own:
            detail = f"{name}: immutable at byte {start} is 0x{value.hex()}, its constructor gives 0x{expected.hex()}"
            findings.violate(CHECK, None, detail)


def simulate(w3: Web3, artifact: Artifact, creation: bytes, block: int) -> bytes:
    """The code that ``creation`` would leave on chain.

    Raises
    ------
    ValueError
        If it is not the artifact's.
    """
    made = as_bytes(request(w3, "eth_call", [{"data": "0x" + creation.hex()}, hex(block)]))
    artifact.immutable_values(made)
    return made


def _creation(artifact: Artifact, name: str, values: Sequence[Any]) -> bytes:
    return artifact.bytecode + encode([kind for _, kind in _GETTERS[name]], list(values))


def _created(world: World, name: str, address: Party, values: Sequence[Any], findings: Findings) -> None:
    made = world.creations.get(address)
    if made is None:
        findings.note(CHECK, f"{name} at {address} was created by another contract: its creation is not seen")
        return
    artifact = world.artifacts[name]
    # a tariff's first steps are in its events; what getters tell now may be more
    expected = artifact.bytecode if name == "ProviderTariff" else _creation(artifact, name, values)
    if not made.data.startswith(expected):
        findings.violate(
            CHECK, made.hash, f"{name} at {address} was created by other code than the artifact's"
        )


def _domain(world: World, name: str, values: Sequence[Any]) -> Domain | None:
    return {
        "MeterRegistry": world.registry_domain,
        "UtilityNegotiator": world.market_domain,
        "EnergyLoans": world.loans_domain,
        "ForwardContracts": world.forward_domain,
        "UtilityToken": Domain(str(values[0]), "1", world.chain_id, world.token),
    }.get(name)


def _wiring(world: World, findings: Findings) -> None:
    """Negotiator, tariff and desk belong to this registry; the desks keep their market's terms of a pause."""
    for name, address in (
        ("UtilityNegotiator", world.negotiator),
        ("ProviderTariff", world.tariff),
        ("EnergyLoans", world.loans),
        ("ForwardContracts", world.forward),
    ):
        if address == NOBODY:
            continue
        (registry,) = call(world.w3, address, "REGISTRY()", ["address"], world.block)
        if address_bytes(registry) != address_bytes(world.registry):
            findings.violate(CHECK, None, f"{name}: belongs to registry {registry}, not to {world.registry}")
    for name, desk in (("EnergyLoans", world.loans), ("ForwardContracts", world.forward)):
        for getter, kind in _GETTERS[name][3:] if desk != NOBODY else ():
            desks, markets = (
                call(world.w3, address, f"{getter}()", [kind], world.block)[0]
                for address in (desk, world.negotiator)
            )
            if desks != markets:
                findings.violate(CHECK, None, f"{name}: {getter} is {desks}, its market's is {markets}")
