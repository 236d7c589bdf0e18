"""The embedded chain: py-evm in this process, behind eth-tester and web3, and driven directly where speed counts.

It differs from a public chain on purpose in three ways: its clock stands still until it is set (so that a run is the
same on an idle and on a busy machine, and blocks made in one second share its number), a block holds 300 M gas, and
nothing in it is random. It is no node: nobody else can reach it, and it forgets all unless it is saved
(``chain.persistence``).
"""

from collections.abc import Sequence
from typing import Any, cast

from eth.abc import AtomicDatabaseAPI, BlockAPI, BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.exceptions import TransactionNotFound
from eth.vm.forks.prague import PragueVM
from eth_tester import EthereumTester
from eth_tester.backends.pyevm import PyEVMBackend
from eth_tester.backends.pyevm import main as pyevm
from eth_tester.backends.pyevm.serializers import serialize_transaction, serialize_transaction_receipt
from eth_tester.exceptions import TransactionNotFound as TesterTransactionNotFound
from eth_typing import BlockNumber
from web3 import EthereumTesterProvider, Web3
from web3.providers.eth_tester.defaults import API_ENDPOINTS

from chain.port import Call, Log, Network, RawTransaction, Receipt, Reverted, Snapshot

CHAIN_ID = 131277322940537
"""eth-tester's, fixed in web3's provider."""
BLOCK_GAS = 300_000_000
"""So that a batch of a thousand deals is one block."""
EPOCH = 1_735_689_600
"""Time of the genesis block: 2025-01-01T00:00:00Z."""
DEV_ACCOUNTS = 10
DEV_BALANCE = 2**128
"""Wei."""


class StillClockVM(PragueVM):
    """Prague's rules, except that a block may have its parent's time."""

    @classmethod
    def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
        if header.timestamp == parent_header.timestamp:
            parent_header = parent_header.copy(timestamp=parent_header.timestamp - 1)
        super().validate_header(header, parent_header)


class StillClockChain(MiningChain):
    """A chain on which time passes only when it is told to."""

    chain_id = CHAIN_ID
    vm_configuration = ((BlockNumber(0), StillClockVM),)

    def create_header_from_parent(self, parent_header: BlockHeaderAPI, **params: Any) -> BlockHeaderAPI:
        params.setdefault("timestamp", parent_header.timestamp)
        params["gas_limit"] = parent_header.gas_limit
        return super().create_header_from_parent(parent_header, **params)

    def get_transaction_builder(self) -> Any:
        """As eth-tester expects it of its chain."""
        return self.get_vm().get_transaction_builder()


class EmbeddedBackend(PyEVMBackend):  # type: ignore[misc]  # eth-tester is untyped
    """eth-tester's backend over a chain whose database can be kept, with look-ups by index instead of by search."""

    chain: StillClockChain

    def __init__(self, database: dict[bytes, bytes] | None = None) -> None:
        self.database: dict[bytes, bytes] = {} if database is None else database
        self._kept = bool(database)
        super().__init__()

    def reset_to_genesis(self, *_: object, **__: object) -> None:
        self.account_keys = pyevm.get_default_account_keys(DEV_ACCOUNTS)
        base = cast(AtomicDatabaseAPI, AtomicDB(MemoryDB(self.database)))
        if self._kept:
            self.chain = StillClockChain(base)
            return
        genesis = pyevm.get_default_genesis_params({"gas_limit": BLOCK_GAS, "timestamp": EPOCH})
        state = pyevm.generate_genesis_state_for_keys(self.account_keys, {"balance": DEV_BALANCE})
        self.chain = cast(StillClockChain, StillClockChain.from_genesis(base, genesis, state))

    def restore(self, database: dict[bytes, bytes], pending: BlockHeaderAPI) -> None:
        """Go back to a copy of the database that was taken when ``pending`` was the block in the making."""
        self.database.clear()
        self.database.update(database)
        base = cast(AtomicDatabaseAPI, AtomicDB(MemoryDB(self.database)))
        self.chain = StillClockChain(base, pending)

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = pyevm.ZERO_ADDRESS) -> tuple[bytes, ...]:
        return tuple(self.chain.mine_block(coinbase=coinbase).hash for _ in range(num_blocks))

    def time_travel(self, to_timestamp: int) -> int:
        self.chain.header = self.chain.header.copy(timestamp=to_timestamp)
        self.mine_blocks()
        return to_timestamp

    def _find(self, transaction_hash: bytes) -> tuple[BlockAPI, SignedTransactionAPI, int]:
        pending = self.chain.get_block()
        for index, transaction in enumerate(pending.transactions):
            if transaction.hash == transaction_hash:
                return pending, transaction, index
        try:
            number, index = self.chain.chaindb.get_transaction_index(transaction_hash)  # type: ignore[arg-type]
        except TransactionNotFound as error:
            raise TesterTransactionNotFound(f"no transaction 0x{transaction_hash.hex()}") from error
        block = self.chain.get_canonical_block_by_number(number)
        return block, block.transactions[index], index

    def get_transaction_by_hash(self, transaction_hash: bytes) -> Any:
        block, transaction, index = self._find(transaction_hash)
        return serialize_transaction(
            block, transaction, index, block.number == self.chain.header.block_number
        )

    def get_transaction_receipt(self, transaction_hash: bytes) -> Any:
        block, transaction, index = self._find(transaction_hash)
        pending = block.number == self.chain.header.block_number
        receipts = block.get_receipts(self.chain.chaindb)
        vm = self.chain.get_vm()
        return serialize_transaction_receipt(block, receipts, transaction, index, pending, vm)


class EmbeddedNetwork(Network):
    """The embedded chain as a :class:`~chain.port.Network`."""

    name = "memory"
    chain_id = CHAIN_ID
    clock_settable = True
    clock_still = True
    disposable = True

    def __init__(self, database: dict[bytes, bytes] | None = None) -> None:
        self.backend = EmbeddedBackend(database)
        self._blocks: dict[bytes, list[Receipt]] = {}
        """Receipts by block hash: they are asked for again by indexes and audits."""
        endpoints = {**API_ENDPOINTS, "eth": {**API_ENDPOINTS["eth"], "getLogs": self._get_logs}}
        self.w3 = Web3(EthereumTesterProvider(EthereumTester(self.backend), endpoints))

    @property
    def _chain(self) -> StillClockChain:
        return self.backend.chain

    @property
    def _head(self) -> BlockHeaderAPI:
        return self._chain.chaindb.get_canonical_head()

    def now(self) -> int:
        return self._head.timestamp

    def set_time(self, time: int) -> None:
        if time > self.now():
            self.backend.time_travel(time)

    def block_number(self) -> int:
        return self._head.block_number

    def block_time(self, number: int) -> int:
        return self._chain.get_canonical_block_header_by_number(number).timestamp  # type: ignore[arg-type]

    def block_gas_limit(self) -> int:
        return self._chain.header.gas_limit

    def base_fee(self) -> int:
        return self._chain.header.base_fee_per_gas or 0

    def nonce(self, address: bytes) -> int:
        return self._chain.get_vm().state.get_nonce(address)  # type: ignore[arg-type]

    def balance(self, address: bytes) -> int:
        return self._chain.get_vm().state.get_balance(address)  # type: ignore[arg-type]

    def code(self, address: bytes) -> bytes:
        return self._chain.get_vm().state.get_code(address)  # type: ignore[arg-type]

    def call(self, calls: Sequence[Call], block: int | None = None) -> list[bytes | Reverted]:
        head = self._head if block is None else self._chain.get_canonical_block_header_by_number(block)  # type: ignore[arg-type]
        vm = self._chain.get_vm(head)
        answers: list[bytes | Reverted] = []
        for call in calls:
            snapshot = vm.state.snapshot()
            computation = vm.execute_bytecode(
                origin=call.sender,  # type: ignore[arg-type]
                gas_price=0,
                gas=BLOCK_GAS,
                to=call.to,  # type: ignore[arg-type]
                sender=call.sender,  # type: ignore[arg-type]
                value=call.value,
                data=call.data,
                code=vm.state.get_code(call.to),  # type: ignore[arg-type]
            )
            vm.state.revert(snapshot)
            answers.append(Reverted(computation.output) if computation.is_error else computation.output)
        return answers

    def send(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        receipts: list[Receipt] = []
        chunk: list[RawTransaction] = []
        room = BLOCK_GAS
        for transaction in transactions:
            if transaction.gas > room and chunk:
                receipts += self._mine(chunk)
                chunk, room = [], BLOCK_GAS
            chunk.append(transaction)
            room -= transaction.gas
        return receipts + self._mine(chunk) if chunk else receipts

    def _mine(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        decode = self._chain.get_transaction_builder().decode
        signed = [decode(each.raw) for each in transactions]
        result, receipts, computations = self._chain.mine_all(signed)
        block = result.imported_block
        reverts = [each.output if each.is_error else None for each in computations]
        found = self._blocks[block.hash] = self._receipts(block, receipts, reverts)
        return found

    @staticmethod
    def _receipts(
        block: BlockAPI, receipts: Sequence[ReceiptAPI], reverts: Sequence[bytes | None]
    ) -> list[Receipt]:
        out: list[Receipt] = []
        before, count = 0, 0
        base_fee = block.header.base_fee_per_gas or 0
        for index, (transaction, receipt, revert) in enumerate(
            zip(block.transactions, receipts, reverts, strict=True)
        ):
            logs = tuple(
                Log(
                    log.address,
                    tuple(topic.to_bytes(32) for topic in log.topics),
                    log.data,
                    block.number,
                    transaction.hash,
                    index,
                    count + position,
                )
                for position, log in enumerate(receipt.logs)
            )
            count += len(logs)
            price = min(transaction.max_fee_per_gas, base_fee + transaction.max_priority_fee_per_gas)
            used, before = receipt.gas_used - before, receipt.gas_used
            ok = receipt.state_root == b"\x01"
            out.append(Receipt(transaction.hash, ok, block.number, used, price, logs, revert))
        return out

    def revert_data(self, call: Call, receipt: Receipt) -> bytes:
        return receipt.revert or b""

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        try:
            number, index = self._chain.chaindb.get_transaction_index(tx_hash)  # type: ignore[arg-type]
        except TransactionNotFound:
            return None
        return self._block_receipts(number)[index]

    def _block_receipts(self, number: int) -> list[Receipt]:
        name = self._chain.get_canonical_block_hash(number)  # type: ignore[arg-type]
        found = self._blocks.get(name)
        if found is None:
            block = self._chain.get_block_by_hash(name)
            receipts = block.get_receipts(self._chain.chaindb)
            found = self._blocks[name] = self._receipts(block, receipts, [None] * len(receipts))
        return found

    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> list[Log]:
        wanted = set(addresses)
        last = min(to_block, self.block_number())
        return [
            log
            for number in range(from_block, last + 1)
            for receipt in self._block_receipts(number)
            for log in receipt.logs
            if not wanted or log.address in wanted
        ]

    def _get_logs(self, tester: Any, params: Any) -> list[dict[str, Any]]:
        """``eth_getLogs`` by block and receipt index: eth-tester searches all blocks for every transaction."""
        query = params[0]
        first = self._number(query.get("from_block", "latest"))
        last = self._number(query.get("to_block", "latest"))
        given = query.get("address", [])
        addresses = [bytes.fromhex(a[2:]) for a in ([given] if isinstance(given, str) else given)]
        topics = query.get("topics") or []
        found = [log for log in self.logs(addresses, first, last) if _matches(log.topics, topics)]
        hashes = {n: self._chain.get_canonical_block_hash(n) for n in {log.block for log in found}}  # type: ignore[arg-type]
        return [
            {
                "type": "mined",
                "log_index": log.log_index,
                "transaction_index": log.tx_index,
                "transaction_hash": "0x" + log.tx_hash.hex(),
                "block_hash": "0x" + hashes[log.block].hex(),
                "block_number": log.block,
                "address": "0x" + log.address.hex(),
                "data": "0x" + log.data.hex(),
                "topics": ["0x" + topic.hex() for topic in log.topics],
            }
            for log in found
        ]

    def _number(self, block: int | str) -> int:
        if isinstance(block, int):
            return block
        if block == "earliest":
            return 0
        return int(block, 16) if block.startswith("0x") else self.block_number()

    def dev_keys(self) -> tuple[bytes, ...]:
        return tuple(key.to_bytes() for key in self.backend.account_keys)

    def snapshot(self) -> Snapshot:
        return dict(self.backend.database), self._chain.header

    def revert(self, snapshot: Snapshot) -> None:
        database, pending = cast(tuple[dict[bytes, bytes], BlockHeaderAPI], snapshot)
        self.backend.restore(database, pending)

    def close(self) -> None:
        """Nothing to let go of; the chain ends with its last reference."""


def _matches(topics: tuple[bytes, ...], wanted: Sequence[Any]) -> bool:
    if len(wanted) > len(topics):
        return False
    for topic, want in zip(topics, wanted, strict=False):
        if want is None:
            continue
        options = want if isinstance(want, list | tuple) else [want]
        if not any(option is None or bytes.fromhex(option[2:]) == topic for option in options):
            return False
    return True
