"""Who signs: accounts from encrypted keystores, and accounts of test chains that anyone could derive.

A key never leaves this module but to sign: its representation shows the address alone. What is derived from a seed is
refused on every network that is not a test chain.
"""

import getpass
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from coincurve import PrivateKey
from eth_account import Account as EthAccount
from eth_hash.auto import keccak
from eth_utils.address import to_checksum_address

from chain.errors import KeystoreError, TestAccountRefused
from chain.port import Network
from market.terms import Party

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Account:
    """A key pair and its address."""

    __slots__ = ("_secret", "address", "key", "party")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.key = PrivateKey(secret)
        self.address = keccak(self.key.public_key.format(compressed=False)[1:])[-20:]
        self.party = Party(to_checksum_address(self.address))

    def __repr__(self) -> str:
        return f"Account({self.party})"

    def __reduce__(self) -> str:
        raise TypeError("an account is not copied to files or other processes")

    def to_keystore(self, path: Path, password: str) -> None:
        """Write the key, encrypted (JSON keystore version 3), to a new file that only its owner may read.

        Raises
        ------
        KeystoreError
            If the file exists.
        """
        encrypted = EthAccount.encrypt(self._secret, password)
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise KeystoreError(str(path), "a file", "none: keys are never overwritten") from None
        path.write_text(json.dumps(encrypted, indent=2) + "\n")


def new_account() -> Account:
    """An account from the system's randomness."""
    return Account(bytes(EthAccount.create().key))


def from_keystore(path: Path, password: str) -> Account:
    """Decrypt a keystore file.

    Raises
    ------
    KeystoreError
        No such file, no keystore, or another password.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise KeystoreError(str(path), "no file", "an encrypted key (JSON keystore version 3)") from None
    except (ValueError, OSError) as error:
        raise KeystoreError(
            str(path), type(error).__name__, "an encrypted key (JSON keystore version 3)"
        ) from None
    try:
        return Account(bytes(EthAccount.decrypt(content, password)))
    except ValueError:
        raise KeystoreError(str(path), "another password", "the one it was encrypted with") from None
    except (KeyError, TypeError, AttributeError, NotImplementedError):
        raise KeystoreError(
            str(path), "other contents", "an encrypted key (JSON keystore version 3)"
        ) from None


def read_password(
    source: str, environ: Mapping[str, str], prompt: Callable[[str], str] = getpass.getpass
) -> str:
    """A password from ``prompt``, ``env:NAME`` or ``file:PATH`` (its first line).

    Raises
    ------
    KeystoreError
        If there is none at that place.
    """
    kind, _, where = source.partition(":")
    if kind == "prompt":
        return prompt("Password of the keystore: ")
    if kind == "env":
        if where in environ:
            return environ[where]
        raise KeystoreError(f"environment variable {where}", "nothing", "a password")
    if kind == "file":
        try:
            return Path(where).read_text().splitlines()[0]
        except (OSError, IndexError):
            raise KeystoreError(where, "nothing", "a password in the first line") from None
    raise KeystoreError("password source", repr(kind), "'prompt', 'env:NAME' or 'file:PATH'")


def test_account(network: Network, seed: int, name: str) -> Account:
    """The account that belongs to ``name`` under ``seed`` on a test chain.

    Raises
    ------
    TestAccountRefused
        On any network that is neither embedded nor a development node.
    """
    if not network.disposable:
        raise TestAccountRefused(network.name, network.chain_id)
    digest = keccak(b"wattpact test account|" + str(seed).encode() + b"|" + name.encode())
    return Account((int.from_bytes(digest) % (CURVE_ORDER - 1) + 1).to_bytes(32))


test_account.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name


def meter_account(network: Network, seed: int, name: str) -> Account:
    """The key of the meter called ``name`` under ``seed`` on a test chain (see :func:`test_account`)."""
    return test_account(network, seed, f"meter|{name}")
