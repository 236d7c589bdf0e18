"""Logs and block times from a node, and a market found from its registry's address alone.

Works on any node that web3 speaks to (7.16 and 8). Logs are asked for in chunks of blocks; a chunk that a node refuses
(too many results, too wide a range, a time-out) is halved until it is one block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_utils.crypto import keccak
from web3 import Web3
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint

from chain.codec import party_of
from chain.decoding import decode_all
from chain.errors import ChainFault
from chain.events import Event
from chain.port import Log
from market.terms import NOBODY, Party

CHUNK = 2_000
"""Blocks per request; most public nodes allow that many."""


class LogsUnavailable(ChainFault):
    """A node refuses the logs of a single block."""

    def __init__(self, block: int, cause: Exception) -> None:
        self.block = block
        super().__init__(f"logs of block {block}: the node refused ({cause}); expected them")


class NodeRefused(ChainFault):
    """A node refused one request of a batch."""

    def __init__(self, method: str, found: str) -> None:
        super().__init__(f"{method}: the node refused ({found}); expected an answer")


class NotAMarket(ChainFault):
    """There is no MeterRegistry, or no market that it lists, at an address."""

    def __init__(self, address: str, found: str, expected: str) -> None:
        self.address = address
        super().__init__(f"{address}: found {found}; expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketContracts:
    """One utility's contracts, as the registry and the negotiator name them."""

    negotiator: Party
    token: Party
    tariff: Party
    """``NOBODY`` where the market has no provider."""
    utility: int
    loans: Party = NOBODY
    """Its loan desk; ``NOBODY`` where it has none."""
    forward: Party = NOBODY
    """Its desk of forward contracts, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketMap:
    """All contracts under one registry."""

    registry: Party
    markets: tuple[MarketContracts, ...]
    others: tuple[Party, ...] = ()
    """Listed markets that are neither a negotiator nor a desk of one."""

    def names(self) -> dict[Party, str]:
        """Which contract stands at each address."""
        names = {self.registry: "MeterRegistry"}
        for market in self.markets:
            names[market.negotiator] = "UtilityNegotiator"
            names[market.token] = "UtilityToken"
            if market.tariff != NOBODY:
                names[market.tariff] = "ProviderTariff"
            if market.loans != NOBODY:
                names[market.loans] = "EnergyLoans"
            if market.forward != NOBODY:
                names[market.forward] = "ForwardContracts"
        return names


def request(w3: Web3, method: str, params: Sequence[Any]) -> Any:
    """One JSON-RPC request through web3's middleware, its answer as the node gave it."""
    return w3.manager.request_blocking(RPCEndpoint(method), list(params))


def request_many(w3: Web3, asked: Sequence[tuple[str, Sequence[Any]]], *, at_once: int = 200) -> list[Any]:
    """Many requests, in batches where the node takes them over JSON-RPC.

    Raises
    ------
    NodeRefused
        If one of a batch is refused.
    """
    provider = w3.provider
    if not isinstance(provider, JSONBaseProvider) or len(asked) < 2:
        return [request(w3, method, params) for method, params in asked]
    send = provider.batch_request_func(w3, w3.middleware_onion)
    answers: list[Any] = []
    for start in range(0, len(asked), at_once):
        part = asked[start : start + at_once]
        responses = send([(RPCEndpoint(method), list(params)) for method, params in part])
        if not isinstance(responses, list):  # the node refuses the batch as a whole
            raise NodeRefused(part[0][0], str(responses.get("error")))
        for (method, _), response in zip(part, sorted(responses, key=_id), strict=True):
            if response.get("error") is not None:
                raise NodeRefused(method, str(response["error"]))
            answers.append(response.get("result"))
    return answers


def _id(response: Mapping[str, Any]) -> int:
    return int(response["id"])


def call(
    w3: Web3,
    to: str,
    function: str,
    returns: Sequence[str],
    block: int | None = None,
    arguments: bytes = b"",
) -> tuple[Any, ...]:
    """Call a function, e.g. ``call(w3, registry, "markets()", ["address[]"])``; ``arguments`` are encoded.

    Raises
    ------
    NotAMarket
        If nothing there answers it.
    """
    data = "0x" + keccak(text=function)[:4].hex() + arguments.hex()
    at = "latest" if block is None else hex(block)
    try:
        answer = as_bytes(request(w3, "eth_call", [{"to": to, "data": data}, at]))
        return abi_decode(list(returns), answer)
    except Exception as error:  # every provider and decoder has its own
        raise NotAMarket(
            to, f"no answer to {function} ({error})", f"one of type {', '.join(returns)}"
        ) from error


def find_market(w3: Web3, registry: str, block: int | None = None) -> MarketMap:
    """The contracts of a market, from its registry's address: its listed markets, their tokens, tariffs and desks.

    A desk belongs to the negotiator of the same utility and token; of several, to the first that has none yet.

    Raises
    ------
    NotAMarket
        If no registry is there.
    """
    if not as_bytes(request(w3, "eth_getCode", [registry, "latest" if block is None else hex(block)])):
        raise NotAMarket(registry, "no code", "a MeterRegistry")
    (listed,) = call(w3, registry, "markets()", ["address[]"], block)
    markets: list[MarketContracts] = []
    desks: list[tuple[str, Party, Party, int]] = []
    others: list[Party] = []
    for address in map(_party, listed):
        values = _values(w3, address, {"TOKEN()": "address", "UTILITY()": "uint8"}, block)
        tariff = _values(w3, address, {"TARIFF()": "address"}, block)
        if values is None:
            others.append(address)
        elif tariff is not None:
            markets.append(
                MarketContracts(
                    negotiator=address, token=_party(values[0]), tariff=_party(tariff[0]), utility=values[1]
                )
            )
        elif (kind := _kind_of_desk(w3, address, block)) is not None:
            desks.append((kind, address, _party(values[0]), values[1]))
        else:
            others.append(address)
    for kind, desk, token, utility in desks:
        for place, market in enumerate(markets):
            if (market.token, market.utility, getattr(market, kind)) == (token, utility, NOBODY):
                markets[place] = (
                    replace(market, loans=desk) if kind == "loans" else replace(market, forward=desk)
                )
                break
        else:
            others.append(desk)
    return MarketMap(registry=_party(registry), markets=tuple(markets), others=tuple(others))


def _values(
    w3: Web3, address: Party, functions: Mapping[str, str], block: int | None
) -> tuple[Any, ...] | None:
    """What some functions without arguments answer; None if one does not."""
    try:
        return tuple(call(w3, address, name, [kind], block)[0] for name, kind in functions.items())
    except NotAMarket:
        return None


def _kind_of_desk(w3: Web3, address: Party, block: int | None) -> str | None:
    """Whether a contract answers for a slot as ``EnergyLoans`` does, or as ``ForwardContracts``."""
    for kind, function, returns in (
        ("loans", "loanSlot(bytes32)", ["uint8", "uint32", "uint32", "bytes23"]),
        ("forward", "forwardSlot(bytes32)", ["uint8", "uint32", "uint64", "bytes32"]),
    ):
        try:
            call(w3, address, function, returns, block, bytes(32))
        except NotAMarket:
            continue
        return kind
    return None


def fetch_logs(w3: Web3, addresses: Sequence[str], first: int, last: int, *, chunk: int = CHUNK) -> list[Log]:
    """All logs of ``addresses`` in blocks ``first`` … ``last`` (inclusive), in the order the node gives them.

    Raises
    ------
    LogsUnavailable
        If the node refuses a single block.
    """
    logs: list[Log] = []
    while first <= last:
        until = min(last, first + chunk - 1)
        query = {"fromBlock": hex(first), "toBlock": hex(until), "address": list(addresses)}
        try:
            found = request(w3, "eth_getLogs", [query])
        except Exception as error:  # refusals differ from node to node
            if until == first:
                raise LogsUnavailable(first, error) from error
            chunk = (until - first + 1) // 2
            continue
        logs += map(log_of, found)
        first = until + 1
    return logs


def block_times(w3: Web3, blocks: Iterable[int]) -> dict[int, int]:
    """Time of each block, seconds since 1970."""
    return {
        block: as_int(request(w3, "eth_getBlockByNumber", [hex(block), False])["timestamp"])
        for block in sorted(set(blocks))
    }


def fetch_events(
    w3: Web3,
    contracts: Mapping[Party, str],
    *,
    first: int = 0,
    last: int | None = None,
    chunk: int = CHUNK,
) -> list[Event]:
    """The events of ``contracts`` (see :meth:`MarketMap.names`), typed, with block times, in their order."""
    until = as_int(request(w3, "eth_blockNumber", [])) if last is None else last
    logs = fetch_logs(w3, list(contracts), first, until, chunk=chunk)
    return decode_all(logs, times=block_times(w3, (log.block for log in logs)), contracts=contracts)


def log_of(found: Mapping[str, Any]) -> Log:
    """A log as JSON-RPC gives it."""
    return Log(
        as_bytes(found["address"]),
        tuple(map(as_bytes, found["topics"])),
        as_bytes(found["data"]),
        as_int(found["blockNumber"]),
        as_bytes(found["transactionHash"]),
        as_int(found["transactionIndex"]),
        as_int(found["logIndex"]),
    )


def as_bytes(value: Any) -> bytes:
    """Bytes from what nodes and middleware give: hex or bytes."""
    return bytes.fromhex(value.removeprefix("0x")) if isinstance(value, str) else bytes(value)


def as_int(value: Any) -> int:
    """An integer from what nodes and middleware give: hex or a number."""
    return int(value, 16) if isinstance(value, str) else int(value)


def _party(address: str) -> Party:
    return party_of(as_bytes(address))
