"""Networks: the embedded chain's clock and look-ups, an anvil of our own, nodes at addresses, and what is none."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from eth_typing import Hash32

from chain.accounts import Account
from chain.anvil import AnvilNetwork, find_anvil
from chain.calls import Action
from chain.clock import Clock
from chain.embedded import CHAIN_ID, EPOCH, EmbeddedNetwork
from chain.errors import (
    AnvilNotFound,
    ChainError,
    ClockNotSettable,
    NetworkError,
    NotJsonRpc,
    UnknownNetwork,
    UnreachableNetwork,
    WrongChain,
)
from chain.funding import dev_account
from chain.network import ROOT, connect, without_secrets
from chain.port import Call, Network, Reverted
from chain.rpc import RpcNetwork
from chain.sender import Sender
from market.ledger.port import MarketRules

try:
    find_anvil(os.environ, ROOT)
    HAVE_ANVIL = True
except AnvilNotFound:
    HAVE_ANVIL = False
needs_anvil = pytest.mark.skipif(not HAVE_ANVIL, reason="anvil is installed with the node packages (npm ci)")

FRIEND = Account(b"\x05" * 32)
# Reverts with the four bytes 0xcafebabe; logs its call data under topic 7 if there is any.
CODE = bytes.fromhex("3615600f5736 5f5f37600736 5fa1005b63cafebabe5f526004601cfd".replace(" ", ""))
CREATION = bytes.fromhex(f"60{len(CODE):02x}600a5f3960{len(CODE):02x}5ff3") + CODE


def pay(amount: int) -> Action:
    return Action("pay", FRIEND.address, b"", 21_000, amount)


@pytest.fixture(scope="module")
def anvil() -> Iterator[AnvilNetwork]:
    with connect("anvil") as network:
        assert isinstance(network, AnvilNetwork)
        yield network


@pytest.fixture(params=["memory", pytest.param("anvil", marks=needs_anvil)])
def network(request: pytest.FixtureRequest) -> Network:
    """Each kind of network that is ours."""
    if request.param == "memory":
        return EmbeddedNetwork()
    found: Network = request.getfixturevalue("anvil")
    return found


class TestOwnChains:
    """The embedded chain and a spawned anvil behave alike."""

    def test_the_clock_stands_still_until_it_is_set(self, network: Network) -> None:
        sender, rich = Sender(network), dev_account(network)
        start = network.now()
        receipts = [sender.run([(rich, pay(1))])[0] for _ in range(3)]
        assert network.now() == start
        network.set_time(start + 900)
        assert network.now() == start + 900
        network.set_time(start + 5)  # already past: left alone
        assert network.now() == start + 900
        sender.run([(rich, pay(1))])
        assert network.now() == start + 900
        assert {network.block_time(each.block) for each in receipts} == {start}

    def test_many_transactions_share_a_block_in_order(self, network: Network) -> None:
        sender, rich = Sender(network), dev_account(network)
        before = network.balance(FRIEND.address)
        receipts = sender.run([(rich, pay(n)) for n in range(1, 151)])
        assert network.balance(FRIEND.address) - before == 150 * 151 // 2
        assert {each.block for each in receipts} == {receipts[0].block}
        assert all(each.gas_used == 21_000 and each.gas_price > 0 for each in receipts)
        assert network.receipt(receipts[7].tx_hash) == receipts[7]
        assert network.receipt(bytes(32)) is None
        assert network.nonce(rich.address) >= 150

    def test_failures_say_why_and_logs_are_found(self, network: Network) -> None:
        sender, rich = Sender(network), dev_account(network)
        (deployed,) = sender.send([(rich, Action("deploy", b"", CREATION, 200_000))])
        assert deployed.refusal is None
        tx = network.w3.eth.get_transaction_receipt(Hash32(deployed.receipt.tx_hash))
        assert tx["contractAddress"] is not None
        to = bytes.fromhex(tx["contractAddress"][2:])
        assert network.code(to) == CODE
        assert network.call([Call(to, b""), Call(to, b"x")]) == [Reverted(bytes.fromhex("cafebabe")), b""]
        good, bad = sender.send(
            [(rich, Action("log", to, b"hello", 60_000)), (rich, Action("fail", to, b"", 60_000))]
        )
        assert good.refusal is None
        assert isinstance(bad.refusal, ChainError)
        assert bad.refusal.data == bytes.fromhex("cafebabe")
        (log,) = good.receipt.logs
        assert (log.address, log.topics, log.data) == (to, ((7).to_bytes(32),), b"hello")
        block = good.receipt.block
        assert network.logs([to], 0, block) == [log]
        assert network.logs([to], 0, block - 1) == []
        through_web3 = network.w3.eth.get_logs({"address": tx["contractAddress"], "fromBlock": 0})
        assert [bytes(each["data"]) for each in through_web3] == [b"hello"]
        (starved,) = sender.send([(rich, Action("log", to, b"hello", 21_300))])
        assert isinstance(starved.refusal, ChainError)
        assert "too little gas" in str(starved.refusal)

    def test_snapshots(self, network: Network) -> None:
        sender, rich = Sender(network), dev_account(network)
        mark = network.snapshot()
        before, block = network.balance(FRIEND.address), network.block_number()
        (receipt,) = sender.run([(rich, pay(10))])
        network.revert(mark)
        assert (network.balance(FRIEND.address), network.block_number()) == (before, block)
        assert network.receipt(receipt.tx_hash) is None
        Sender(network).run([(rich, pay(3))])
        assert network.balance(FRIEND.address) == before + 3

    def test_a_sender_that_failed_asks_for_its_nonce_again(self, network: Network) -> None:
        sender, rich = Sender(network), dev_account(network)
        sender.run([(rich, pay(1))])
        Sender(network).run([(rich, pay(2))])  # somebody else with the same key
        with pytest.raises(Exception, match=r"(?i)nonce"):
            sender.run([(rich, pay(1))])
        sender.run([(rich, pay(1))])


def test_the_embedded_chain_is_the_same_every_time() -> None:
    chains = [EmbeddedNetwork() for _ in range(2)]
    for chain in chains:
        assert (chain.now(), chain.chain_id, chain.w3.eth.chain_id) == (EPOCH, CHAIN_ID, CHAIN_ID)
        Sender(chain).run([(dev_account(chain), pay(1))])
    heads = [chain.w3.eth.get_block("latest")["hash"] for chain in chains]
    assert heads[0] == heads[1]


@needs_anvil
class TestAnvil:
    def test_it_is_reached_over_every_transport(self, anvil: AnvilNetwork, tmp_path: Path) -> None:
        for url in (anvil.url, anvil.url.replace("http", "ws")):
            with connect(url, chain_id=31337) as network:
                assert isinstance(network, RpcNetwork)
                assert network.clock_settable
                assert network.disposable
                before = network.balance(FRIEND.address)
                assert network.balance(dev_account(network).address) > 10**20
                assert network.call([Call(FRIEND.address, b"")] * 120) == [b""] * 120
                assert network.balance(FRIEND.address) == before

    def test_another_chain_id_is_refused(self, anvil: AnvilNetwork) -> None:
        with pytest.raises(WrongChain) as caught:
            connect(anvil.url, chain_id=1)
        assert (caught.value.found, caught.value.expected) == (31337, 1)

    def test_it_ends_when_it_is_closed_and_goes_on_from_its_state(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        with connect("anvil", state=state) as network:
            assert isinstance(network, AnvilNetwork)
            pid = network.pid
            Sender(network).run([(dev_account(network), pay(77))])
            network.set_time(network.now() + 5000)
            now, block = network.now(), network.block_number()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with connect("anvil", state=state) as network:
            assert network.balance(FRIEND.address) == 77
            assert (network.now(), network.block_number()) == (now, block)
            Sender(network).run([(dev_account(network), pay(1))])
            assert network.now() == now

    def test_it_ends_with_whoever_forgets_it(self) -> None:
        network = connect("anvil")
        assert isinstance(network, AnvilNetwork)
        pid = network.pid
        del network
        deadline = time.monotonic() + 10
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_ctrl_c_in_the_terminal_does_not_reach_it(self, anvil: AnvilNetwork) -> None:
        assert os.getpgid(anvil.pid) != os.getpgid(0)


def test_anvil_is_looked_for_in_three_places(tmp_path: Path) -> None:
    with pytest.raises(AnvilNotFound, match=r"\$ANVIL \(unset\).*node_modules.*PATH"):
        find_anvil({"PATH": str(tmp_path)}, tmp_path)
    with pytest.raises(AnvilNotFound, match=r"\$ANVIL=/nowhere"):
        find_anvil({"ANVIL": "/nowhere"}, ROOT)
    folder = tmp_path / "node_modules/@foundry-rs/anvil-linux-amd64/bin"
    folder.mkdir(parents=True)
    for place in (tmp_path / "anvil", folder / "anvil"):  # each later one is preferred
        place.touch(mode=0o755)
        assert find_anvil({"PATH": str(tmp_path)}, tmp_path) == place
    assert find_anvil({"ANVIL": str(tmp_path / "anvil")}, tmp_path) == tmp_path / "anvil"


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """An HTTP server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class TestWrongAddresses:
    @pytest.mark.parametrize(
        "answer",
        [
            b"<html>",
            b"[]",
            b"{}",
            json.dumps({"jsonrpc": "2.0", "id": 0, "result": 7}).encode(),
            json.dumps({"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "no"}}).encode(),
        ],
    )
    def test_what_speaks_something_else(self, answer: bytes) -> None:
        with server(answer) as url, pytest.raises(NotJsonRpc, match="expected the result of eth_chainId"):
            connect(url)

    @pytest.mark.parametrize("scheme", ["http", "ws"])
    def test_nobody_there(self, scheme: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with pytest.raises(UnreachableNetwork, match="no answer"):
                connect(f"{scheme}://127.0.0.1:{taken.getsockname()[1]}", timeout=2)

    def test_no_socket(self, tmp_path: Path) -> None:
        with pytest.raises(UnreachableNetwork):
            connect(str(tmp_path / "geth.ipc"))

    @pytest.mark.parametrize("spec", ["", "mainnet", "ftp://example.org"])
    def test_no_network(self, spec: str) -> None:
        with pytest.raises(UnknownNetwork, match="expected 'memory', 'anvil'") as caught:
            connect(spec)
        assert isinstance(caught.value, NetworkError)
        assert caught.value.exit_code == 2

    def test_no_secret_is_in_a_name_or_message(self) -> None:
        url = "https://user:hunter2@127.0.0.1:1/v3/0123key?token=abc"
        assert without_secrets(url) == "https://127.0.0.1:1"
        with pytest.raises(UnreachableNetwork) as caught:
            connect(url, timeout=2)
        for secret in ("hunter2", "0123key", "abc"):
            assert secret not in str(caught.value)


class FixedNetwork(EmbeddedNetwork):
    """A network whose clock cannot be set: it follows the wall."""

    clock_settable = False
    clock_still = False


class TestClock:
    def test_a_clock_that_cannot_be_set_is_refused_before_anything_is_sent(self) -> None:
        with pytest.raises(ClockNotSettable, match="realtime=True"):
            Clock(FixedNetwork(), MarketRules(epoch=0, interval=10))
        with pytest.raises(ClockNotSettable, match="interval 900 s"):
            Clock(FixedNetwork(), MarketRules(epoch=0, interval=900), realtime=True)

    def test_realtime_waits_and_tells_how_long(self) -> None:
        wall = [EPOCH + 100.0]
        told: list[tuple[int, int]] = []

        def sleep(seconds: float) -> None:
            wall[0] += seconds

        clock = Clock(
            FixedNetwork(),
            MarketRules(epoch=0, interval=10),
            realtime=True,
            progress=lambda now, end: told.append((now, end)),
            wall=lambda: wall[0],
            sleep=sleep,
        )
        assert clock.now() == EPOCH + 100
        assert clock.advance_to(EPOCH + 105)
        assert clock.now() == EPOCH + 105
        assert told[0] == (EPOCH + 100, EPOCH + 105)
        assert not clock.advance_to(EPOCH)
