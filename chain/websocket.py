"""JSON-RPC over one websocket, synchronously: web3 8 has only an asynchronous provider, web3 7 another one.

Text frames, one request or batch at a time. No subscriptions.
"""

import json
from typing import Any

from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse
from websockets.sync.client import ClientConnection, connect


class WebsocketProvider(JSONBaseProvider):
    """A provider over ``ws://`` or ``wss://``; ``timeout`` in seconds for each answer."""

    def __init__(self, url: str, timeout: float = 60.0) -> None:
        super().__init__()
        self._timeout = timeout
        self._connection = connect(url, max_size=None, open_timeout=timeout)
        self._socket: ClientConnection = self._connection.__enter__()

    def _exchange(self, request: bytes) -> Any:
        self._socket.send(request.decode())
        return json.loads(self._socket.recv(timeout=self._timeout))

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        response: RPCResponse = self._exchange(self.encode_rpc_request(method, params))
        return response

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse] | RPCResponse:
        answer = self._exchange(self.encode_batch_rpc_request(requests))
        if isinstance(answer, list):
            return sorted(answer, key=lambda response: int(response["id"]))
        response: RPCResponse = answer
        return response

    def disconnect(self) -> None:
        """Close the socket."""
        self._connection.__exit__(None, None, None)
