"""A saved embedded chain goes on where it was: balances, logs, clock and all, in a new process too."""

import subprocess
import sys
from pathlib import Path

import pytest

from chain.accounts import Account
from chain.calls import Action
from chain.embedded import EmbeddedNetwork
from chain.errors import ChainFileError
from chain.funding import dev_account
from chain.network import connect
from chain.persistence import load, save
from chain.port import Call
from chain.sender import Sender

# Runtime code: sstore(0, sload(0) + 1), then log1(the new count, topic 7), return it.
RUNTIME = bytes.fromhex("5f54600101805f555f52600760205fa160205ff3")
CREATION = bytes.fromhex(f"60{len(RUNTIME):02x}600a5f3960{len(RUNTIME):02x}5ff3") + RUNTIME


def deploy(network: EmbeddedNetwork) -> bytes:
    """A counter that logs each count; returns its address."""
    from eth_utils.crypto import keccak
    from rlp import encode

    account = dev_account(network)
    nonce = network.nonce(account.address)
    Sender(network).run([(account, Action("deploy", b"", CREATION, 200_000))])
    address = keccak(encode([account.address, nonce]))[-20:]
    assert network.code(address) == RUNTIME
    return address


def count(network: EmbeddedNetwork, address: bytes) -> None:
    Sender(network).run([(dev_account(network), Action("count", address, b"", 100_000))])


def test_a_saved_chain_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    network = EmbeddedNetwork()
    address = deploy(network)
    count(network, address)
    network.set_time(network.now() + 900)
    count(network, address)
    friend = Account(b"\x05" * 32)
    Sender(network).run([(dev_account(network), Action("pay", friend.address, b"", 21_000, 12345))])
    save(network, path)

    again = connect("memory", state=path)
    assert isinstance(again, EmbeddedNetwork)
    assert again.now() == network.now()
    assert again.block_number() == network.block_number()
    assert again.balance(friend.address) == 12345
    assert again.logs([address], 0, 100) == network.logs([address], 0, 100)
    assert [int.from_bytes(log.data) for log in again.logs([address], 0, 100)] == [1, 2]
    count(again, address)
    assert again.call([Call(address, b"")]) == [(4).to_bytes(32)]
    # The one that was saved has not moved with it.
    assert network.call([Call(address, b"")]) == [(3).to_bytes(32)]


def test_a_new_process_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    network = EmbeddedNetwork()
    address = deploy(network)
    count(network, address)
    save(network, path)
    program = (
        "import sys; from pathlib import Path; from chain.persistence import load, save\n"
        "from chain.calls import Action; from chain.funding import dev_account; from chain.sender import Sender\n"
        "network = load(Path(sys.argv[1]))\n"
        "action = Action('count', bytes.fromhex(sys.argv[2]), b'', 100_000)\n"
        "Sender(network).run([(dev_account(network), action)])\n"
        "save(network, Path(sys.argv[1]))\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path), address.hex()], check=True)
    assert [int.from_bytes(log.data) for log in load(path).logs([address], 0, 100)] == [1, 2]


def test_saving_twice_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "chain.sqlite"
    network = EmbeddedNetwork()
    save(network, path)
    address = deploy(network)
    save(network, path)
    assert load(path).code(address) == RUNTIME
    assert [each.name for each in tmp_path.iterdir()] == ["chain.sqlite"]


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(100)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chain.sqlite"
    path.write_bytes(content)
    with pytest.raises(ChainFileError, match=r"chain.sqlite: found .*; expected"):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChainFileError, match="no file"):
        load(tmp_path / "none.sqlite")
