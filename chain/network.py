"""Which chain: the embedded one, an anvil of our own, or a node at an address.

Only connects. What is done with a network stands in ``chain.port``.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from web3 import HTTPProvider, IPCProvider
from web3.providers import JSONBaseProvider

from chain.anvil import AnvilNetwork, find_anvil
from chain.embedded import EmbeddedNetwork
from chain.errors import NetworkError, NotJsonRpc, UnknownNetwork, UnreachableNetwork, WrongChain
from chain.persistence import load
from chain.port import Network
from chain.rpc import RpcError, RpcNetwork
from chain.websocket import WebsocketProvider

ROOT = Path(__file__).resolve().parent.parent


def connect(
    spec: str = "memory",
    *,
    chain_id: int | None = None,
    state: Path | None = None,
    timeout: float = 60.0,
    environ: Mapping[str, str] = os.environ,
) -> Network:
    """Connect to a network.

    Parameters
    ----------
    spec
        ``memory`` (embedded EVM), ``anvil`` (spawned), a URL (http, https, ws, wss), or the path of an IPC socket.
    chain_id
        What it must be, if given.
    state
        A file from which ``memory`` and ``anvil`` go on if it exists. ``anvil`` writes it when it is closed; for
        ``memory`` see :func:`chain.persistence.save`.
    timeout
        Seconds for one answer.

    Raises
    ------
    NetworkError
        Unknown, unreachable, not JSON-RPC, another chain id, or anvil not found.
    """
    network: Network
    if spec == "memory":
        network = load(state) if state is not None and state.exists() else EmbeddedNetwork()
    elif spec == "anvil":
        network = AnvilNetwork(find_anvil(environ, ROOT), state=state)
    else:
        network = _remote(spec, timeout)
    if chain_id is not None and network.chain_id != chain_id:
        found = network.chain_id
        network.close()
        raise WrongChain(f"network {network.name}", found, chain_id)
    return network


def _remote(spec: str, timeout: float) -> Network:
    name = without_secrets(spec)
    try:
        return RpcNetwork(name, _provider(spec, timeout))
    except NetworkError:
        raise
    except RpcError as error:
        raise NotJsonRpc(name, error.message[:80]) from None
    except ValueError as error:  # an answer that is no JSON
        raise NotJsonRpc(name, f"no JSON ({type(error).__name__})") from None
    except Exception as error:  # noqa: BLE001  # each transport fails with classes of its own
        raise UnreachableNetwork(name, f"{type(error).__name__}") from None


def _provider(spec: str, timeout: float) -> JSONBaseProvider:
    scheme = urlsplit(spec).scheme
    if scheme in ("http", "https"):
        return HTTPProvider(spec, request_kwargs={"timeout": timeout})
    if scheme in ("ws", "wss"):
        return WebsocketProvider(spec, timeout)
    path = Path(spec.removeprefix("ipc://")).expanduser()
    if scheme in ("", "ipc") and (path.suffix == ".ipc" or path.is_socket() or "/" in spec):
        if not path.is_socket():  # web3 would leave its own socket open
            raise UnreachableNetwork(spec, "no socket")
        return IPCProvider(path, timeout=int(timeout))
    raise UnknownNetwork(spec)


def without_secrets(spec: str) -> str:
    """A URL without user, password, query and path, where nodes for hire put their keys."""
    parts = urlsplit(spec)
    if parts.scheme not in ("http", "https", "ws", "wss"):
        return spec
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"
