"""A node behind JSON-RPC (http, https, ws, wss, ipc) as a :class:`~chain.port.Network`.

Requests go straight to web3's provider, many in one batch, so that a thousand transactions cost a few round trips.
Reads are retried by the provider; a transaction that was submitted twice (a retry after a lost answer) is one
transaction, because it has one hash.
"""

import time
from collections.abc import Sequence
from typing import Any

from web3 import Web3
from web3.providers import JSONBaseProvider

from chain.errors import ChainError, ChainFault, NotJsonRpc, TransactionLost
from chain.port import Call, Log, Network, RawTransaction, Receipt, Reverted, Snapshot

CHUNK = 100
"""Requests in one batch: what public nodes accept."""
LOG_BLOCKS = 2_000
"""Blocks whose logs are asked for at once; halved where a node refuses."""
LOST_AFTER = 300.0
"""Seconds without a receipt after which a transaction counts as lost."""
POLL = 0.002
"""First pause between two looks for receipts, seconds; doubles up to POLL_MOST."""
POLL_MOST = 1.0
DEV_KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
"""Key of the first account that anvil and hardhat fund; public."""
DEV_ADDRESS = bytes.fromhex("f39fd6e51aad88f6f4ce6ab8827279cfffb92266")
KNOWN = ("already known", "already imported", "nonce too low", "known transaction")
"""What nodes say of a transaction that they already have."""


class RpcError(ChainFault):
    """A node answered with an error object."""

    exit_code = 1

    def __init__(self, method: str, error: Any) -> None:
        self.method = method
        self.message = str(error.get("message", "")) if isinstance(error, dict) else str(error)
        data = error.get("data") if isinstance(error, dict) else None
        if isinstance(data, dict):  # hardhat, ganache
            data = data.get("data") or data.get("result")
        self.data = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else None
        super().__init__(f"{method}: {self.message}")


class RpcNetwork(Network):
    """Reads and sends over web3's provider."""

    clock_still = False

    def __init__(
        self,
        name: str,
        provider: JSONBaseProvider,
        *,
        manual_mining: bool = False,
        lost_after: float = LOST_AFTER,
    ) -> None:
        self._lost_after = lost_after
        self.name = name
        self._provider = provider
        self._manual = manual_mining
        self.w3 = Web3(provider)
        found = self._result("eth_chainId", [])
        if not isinstance(found, str) or not found.startswith("0x"):
            raise NotJsonRpc(name, repr(found)[:80])
        self.chain_id = int(found, 16)
        self.clock_settable = self.disposable = self._probe()

    def _probe(self) -> bool:
        """Whether the node is a development node whose clock can be set; asked without changing it."""
        for method in ("anvil_nodeInfo", "hardhat_metadata"):
            try:
                self._result(method, [])
            except RpcError:
                continue
            return True
        return False

    # Requests -----------------------------------------------------------------------------------------------------
    def _result(self, method: str, params: Sequence[Any]) -> Any:
        response: Any = self._provider.make_request(method, list(params))  # type: ignore[arg-type]
        if not isinstance(response, dict) or not ("result" in response or "error" in response):
            raise NotJsonRpc(self.name, repr(response)[:80])
        if response.get("error") is not None:
            raise RpcError(method, response["error"])
        return response["result"]

    def _batch(self, requests: Sequence[tuple[str, list[Any]]]) -> list[Any]:
        """Results in order; an :class:`RpcError` in place of a result."""
        out: list[Any] = []
        for start in range(0, len(requests), CHUNK):
            chunk = list(requests[start : start + CHUNK])
            answers: Any = self._provider.make_batch_request(chunk)  # type: ignore[arg-type]
            if not isinstance(answers, list) or len(answers) != len(chunk):
                raise NotJsonRpc(self.name, f"a batch of {len(chunk)} with {repr(answers)[:80]}")
            for (method, _), answer in zip(chunk, answers, strict=True):
                error = answer.get("error")
                out.append(answer.get("result") if error is None else RpcError(method, error))
        return out

    # State --------------------------------------------------------------------------------------------------------
    def _block(self, which: str = "latest") -> dict[str, Any]:
        block: dict[str, Any] = self._result("eth_getBlockByNumber", [which, False])
        return block

    def now(self) -> int:
        return int(self._block()["timestamp"], 16)

    def set_time(self, time: int) -> None:
        if time > self.now():
            self._result("evm_setNextBlockTimestamp", [time])
            self._result("evm_mine", [])

    def block_number(self) -> int:
        return int(self._result("eth_blockNumber", []), 16)

    def block_time(self, number: int) -> int:
        return int(self._block(hex(number))["timestamp"], 16)

    def block_gas_limit(self) -> int:
        return int(self._block()["gasLimit"], 16)

    def base_fee(self) -> int:
        return int(self._block().get("baseFeePerGas", "0x0"), 16) * 9 // 8 + 1

    def nonce(self, address: bytes) -> int:
        return int(self._result("eth_getTransactionCount", ["0x" + address.hex(), "pending"]), 16)

    def balance(self, address: bytes) -> int:
        return int(self._result("eth_getBalance", ["0x" + address.hex(), "latest"]), 16)

    def code(self, address: bytes) -> bytes:
        return _bytes(self._result("eth_getCode", ["0x" + address.hex(), "latest"]))

    def call(self, calls: Sequence[Call], block: int | None = None) -> list[bytes | Reverted]:
        at = "latest" if block is None else hex(block)
        requests: list[tuple[str, list[Any]]] = [
            (
                "eth_call",
                [
                    {
                        "to": "0x" + call.to.hex(),
                        "data": "0x" + call.data.hex(),
                        "from": "0x" + call.sender.hex(),
                        "value": hex(call.value),
                    },
                    at,
                ],
            )
            for call in calls
        ]
        answers: list[bytes | Reverted] = []
        for answer in self._batch(requests):
            if isinstance(answer, RpcError):
                if answer.data is None and "revert" not in answer.message.lower():
                    raise ChainError("eth_call", b"", answer.message)
                answers.append(Reverted(answer.data or b""))
            else:
                answers.append(_bytes(answer))
        return answers

    # Transactions -------------------------------------------------------------------------------------------------
    def send(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        if not transactions:
            return []
        answers = self._batch([("eth_sendRawTransaction", ["0x" + each.raw.hex()]) for each in transactions])
        for each, answer in zip(transactions, answers, strict=True):
            if isinstance(answer, RpcError) and not (
                any(known in answer.message.lower() for known in KNOWN) and self._has(each.tx_hash)
            ):
                raise ChainError(f"transaction 0x{each.tx_hash.hex()}", answer.data or b"", answer.message)
        return self._await([each.tx_hash for each in transactions])

    def _has(self, tx_hash: bytes) -> bool:
        return self._result("eth_getTransactionByHash", ["0x" + tx_hash.hex()]) is not None

    def _await(self, hashes: Sequence[bytes]) -> list[Receipt]:
        found: dict[bytes, Receipt] = {}
        pause, waited = POLL, 0.0
        while True:
            if self._manual:
                self._result("evm_mine", [])
            missing = [each for each in hashes if each not in found]
            answers = self._batch([("eth_getTransactionReceipt", ["0x" + each.hex()]) for each in missing])
            for tx_hash, answer in zip(missing, answers, strict=True):
                if isinstance(answer, RpcError):
                    raise answer
                if answer is not None:
                    found[tx_hash] = _receipt(answer)
            if len(found) == len(hashes):
                return [found[each] for each in hashes]
            if waited > self._lost_after:
                lost = next(each for each in hashes if each not in found)
                raise TransactionLost("0x" + lost.hex(), waited)
            time.sleep(pause)
            waited += pause
            pause = min(2 * pause, POLL_MOST)

    def revert_data(self, call: Call, receipt: Receipt) -> bytes:
        tracer = ["0x" + receipt.tx_hash.hex(), {"tracer": "callTracer"}]
        try:
            trace = self._result("debug_traceTransaction", tracer)
            if isinstance(trace, dict) and trace.get("error"):
                return _bytes(trace.get("output", "0x"))
        except RpcError:
            pass  # few nodes trace for everybody; the state before the block and after it are the next best
        for block in (receipt.block - 1, receipt.block):
            (answer,) = self.call([call], block)
            if isinstance(answer, Reverted):
                return answer.data
        return b""

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        answer = self._result("eth_getTransactionReceipt", ["0x" + tx_hash.hex()])
        return None if answer is None else _receipt(answer)

    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> list[Log]:
        found: list[Log] = []
        step = LOG_BLOCKS
        while from_block <= to_block:
            last = min(to_block, from_block + step - 1)
            query = {
                "address": ["0x" + address.hex() for address in addresses],
                "fromBlock": hex(from_block),
                "toBlock": hex(last),
            }
            try:
                found += [_log(each) for each in self._result("eth_getLogs", [query])]
            except RpcError:  # too many results or blocks for this node: ask for fewer
                if last == from_block:
                    raise
                step = (last - from_block + 1) // 2
                continue
            from_block = last + 1
        return found

    # Development nodes ----------------------------------------------------------------------------------------------
    def dev_keys(self) -> tuple[bytes, ...]:
        return (DEV_KEY,) if self.disposable and self.balance(DEV_ADDRESS) > 0 else ()

    def snapshot(self) -> Snapshot:
        return self._result("evm_snapshot", [])

    def revert(self, snapshot: Snapshot) -> None:
        self._result("evm_revert", [snapshot])

    def close(self) -> None:
        disconnect = getattr(self._provider, "disconnect", None)
        if callable(disconnect):
            disconnect()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _log(entry: dict[str, Any]) -> Log:
    return Log(
        _bytes(entry["address"]),
        tuple(_bytes(topic) for topic in entry["topics"]),
        _bytes(entry["data"]),
        int(entry["blockNumber"], 16),
        _bytes(entry["transactionHash"]),
        int(entry["transactionIndex"], 16),
        int(entry["logIndex"], 16),
    )


def _receipt(entry: dict[str, Any]) -> Receipt:
    return Receipt(
        _bytes(entry["transactionHash"]),
        int(entry["status"], 16) == 1,
        int(entry["blockNumber"], 16),
        int(entry["gasUsed"], 16),
        int(entry.get("effectiveGasPrice", "0x0"), 16),
        tuple(_log(each) for each in entry["logs"]),
    )
