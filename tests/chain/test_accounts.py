"""Keys: encrypted files, passwords from their places, test keys on test chains only, and none of them in sight."""

import json
import pickle
import stat
from pathlib import Path

import pytest
from eth_account import Account as EthAccount

from chain.accounts import (
    Account,
    from_keystore,
    meter_account,
    new_account,
    read_password,
    test_account,
)
from chain.embedded import EmbeddedNetwork
from chain.errors import KeystoreError, TestAccountRefused, UnknownSigner
from chain.funding import NoFunder, dev_account, top_up
from chain.keyring import test_keyring
from chain.sender import Sender
from market.terms import Party

SECRET = bytes.fromhex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
"""The example key pair of web3.js's documentation."""


class PublicNetwork(EmbeddedNetwork):
    """As if it were a chain that lasts."""

    disposable = False

    def dev_keys(self) -> tuple[bytes, ...]:
        return ()


def test_address_of_a_known_key() -> None:
    assert Account(SECRET).party == ADDRESS
    assert Account(SECRET).address == bytes.fromhex(ADDRESS[2:])


def test_a_key_is_not_shown_or_copied() -> None:
    account = Account(SECRET)
    assert repr(account) == str(account) == f"Account({ADDRESS})"
    with pytest.raises(TypeError, match="not copied"):
        pickle.dumps(account)
    keyring = test_keyring(EmbeddedNetwork(), 1, ["ana"])
    for each in keyring.everyone():
        assert each.key.secret.hex() not in repr(keyring)


def test_a_keystore_opens_with_its_password_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    Account(SECRET).to_keystore(path, "right")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET.hex() not in path.read_text()
    assert from_keystore(path, "right").key.secret == SECRET
    # Any other program that reads version 3 reads it too.
    assert bytes(EthAccount.decrypt(json.loads(path.read_text()), "right")) == SECRET
    with pytest.raises(KeystoreError, match="another password") as caught:
        from_keystore(path, "wrong")
    assert "wrong" not in str(caught.value)
    with pytest.raises(KeystoreError, match="never overwritten"):
        new_account().to_keystore(path, "right")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 3, "crypto": {}}', "\0"])
def test_what_is_no_keystore(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(KeystoreError, match=r"key\.json: found .*; expected"):
        from_keystore(path, "right")
    with pytest.raises(KeystoreError, match="no file"):
        from_keystore(tmp_path / "none.json", "right")


def test_passwords_come_from_three_places(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from file\nsecond line\n")
    (tmp_path / "empty").write_text("")
    asked: list[str] = []

    def prompt(text: str) -> str:
        asked.append(text)
        return "typed"

    assert read_password("prompt", {}, prompt) == "typed"
    assert asked == ["Password of the keystore: "]
    assert read_password("env:SECRET", {"SECRET": "from env"}) == "from env"
    assert read_password(f"file:{tmp_path}/password", {}) == "from file"
    for source in ("env:SECRET", f"file:{tmp_path}/none", f"file:{tmp_path}/empty", "plain"):
        with pytest.raises(KeystoreError):
            read_password(source, {})


def test_test_accounts_are_the_same_every_time_and_all_different() -> None:
    network = EmbeddedNetwork()
    assert test_account(network, 1, "ana").party == test_account(network, 1, "ana").party
    accounts = [test_account(network, seed, name) for seed in (1, 2) for name in ("ana", "bo")]
    accounts += [meter_account(network, seed, name) for seed in (1, 2) for name in ("ana", "bo")]
    assert len({each.party for each in accounts}) == len(accounts)


def test_no_key_from_a_public_seed_on_a_lasting_chain() -> None:
    network = PublicNetwork()
    for derive in (test_account, meter_account):
        with pytest.raises(TestAccountRefused, match="chain id"):
            derive(network, 1, "ana")
    with pytest.raises(TestAccountRefused):
        test_keyring(network, 1, ["ana"])
    with pytest.raises(NoFunder, match="--funder"):
        dev_account(network)


def test_a_keyring_knows_its_own() -> None:
    keyring = test_keyring(EmbeddedNetwork(), 1, ["ana"])
    (party,) = keyring.accounts
    assert keyring.of(party).party == party
    with pytest.raises(UnknownSigner, match=ADDRESS):
        keyring.of(Party(ADDRESS))


def test_topping_up_gives_what_is_lacking() -> None:
    network = EmbeddedNetwork()
    sender, rich, poor = Sender(network), dev_account(network), Account(SECRET)
    top_up(sender, rich, {poor: 100})
    top_up(sender, rich, {poor: 150, rich: 10**60})
    top_up(sender, rich, {poor: 20})
    assert network.balance(poor.address) == 150
    assert len(sender.meter.gas("fund")) == 2
