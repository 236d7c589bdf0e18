"""Whose keys a ledger on chain signs with: the parties', the meters', and those of the market's few roles."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from coincurve import PrivateKey

from chain.accounts import Account, meter_account, test_account
from chain.errors import UnknownSigner
from chain.port import Network
from market.terms import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Accounts by party and by role.

    ``relayer`` submits what anyone may submit. ``meter_key`` gives the key of a meter by its scenario's name.
    """

    accounts: Mapping[Party, Account] = field(repr=False)
    registrar: Account
    guardian: Account
    relayer: Account
    meter_key: Callable[[str], Account] = field(repr=False)

    def of(self, party: Party) -> Account:
        """The account of a party.

        Raises
        ------
        UnknownSigner
            If its key is not here.
        """
        account = self.accounts.get(party)
        if account is None:
            raise UnknownSigner(party)
        return account

    def keys(self) -> dict[Party, PrivateKey]:
        """The parties' keys, for :class:`chain.signing.KeyringSigner`."""
        return {party: account.key for party, account in self.accounts.items()}

    def everyone(self) -> list[Account]:
        """Each account once, roles included, meters not: all that send transactions."""
        roles = (self.registrar, self.guardian, self.relayer)
        return list({each.address: each for each in (*roles, *self.accounts.values())}.values())


def test_keyring(network: Network, seed: int, names: Iterable[str]) -> Keyring:
    """A keyring for a test chain: every party of ``names``, the roles, and any meter, derived from ``seed``.

    Raises
    ------
    TestAccountRefused
        On any other chain.
    """
    accounts = [test_account(network, seed, name) for name in names]
    return Keyring(
        accounts={account.party: account for account in accounts},
        registrar=test_account(network, seed, "registrar"),
        guardian=test_account(network, seed, "guardian"),
        relayer=test_account(network, seed, "relayer"),
        meter_key=lambda name: meter_account(network, seed, name),
    )


test_keyring.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name
