"""The shared ledger suite's market on the embedded chain.

Deploying and funding takes a fraction of a second; it is done once for each set of rules, and each test plays on a copy
of that chain's database.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chain.accounts import Account
from chain.deploy import Plan, deploy, open_market
from chain.embedded import EmbeddedNetwork
from chain.forward.signing import ForwardKeyringSigner
from chain.funding import GAS_RESERVE, dev_account, top_up
from chain.keyring import Keyring, test_keyring
from chain.ledger import ChainLedger
from chain.loans.signing import LoanKeyringSigner
from chain.market import Market
from chain.port import Network
from chain.record import DeploymentRecord
from chain.sender import Sender
from chain.signing import KeyringSigner
from market.ledger.port import Ledger, MarketRules
from market.terms import Party
from tests.ledger_suite.world import EARLY, PEOPLE, PURSE, RULES, STAKE, TARIFF, World

SEED = 11


def keyring_for(network: Network) -> Keyring:
    return test_keyring(network, SEED, (*PEOPLE, "provider"))


def people(keyring: Keyring) -> dict[str, Party]:
    """Parties by name; the provider is the last of the keyring."""
    return dict(zip((*PEOPLE, "provider"), keyring.accounts, strict=True))


def deployed(network: Network, rules: MarketRules) -> tuple[Market, DeploymentRecord, Keyring]:
    keyring = keyring_for(network)
    plan = Plan(
        rules=rules,
        provider=people(keyring)["provider"],
        tariff=TARIFF,
        guardian=keyring.guardian.party,
        registrar=keyring.registrar.party,
    )
    sender, rich = Sender(network), dev_account(network)
    top_up(sender, rich, dict.fromkeys(keyring.everyone(), GAS_RESERVE))
    market, record = deploy(sender, rich, plan, registrar=keyring.registrar)
    return market, record, keyring


def world_of(ledger: ChainLedger, market: Market, keyring: Keyring) -> World:
    """A ledger on a chain as the suite plays on it."""
    return World(
        ledger=ledger,
        people={name: party for name, party in people(keyring).items() if name != "provider"},
        signer=KeyringSigner(keyring.keys(), market.negotiator_domain),
        key=market.key,
        loan_signer=LoanKeyringSigner(keyring.keys(), market.loans_domain),
        loan_key=market.loan_key,
        forward_signer=ForwardKeyringSigner(keyring.keys(), market.forward_domain),
    )


def stake(ledger: Ledger, parties: dict[str, Party]) -> None:
    """What the suite expects every party to have."""
    for party in parties.values():
        ledger.buy_tokens(party, PURSE)
        ledger.deposit(party, STAKE)


@dataclass
class Master:
    """A funded market that is only copied."""

    database: dict[bytes, bytes]
    record: DeploymentRecord


class ChainWorlds:
    """Factories of markets, by their rules."""

    def __init__(self) -> None:
        self._masters: dict[tuple[tuple[str, int], ...], Master] = {}

    def master(self, rules: Mapping[str, int], *, staked: bool = True) -> Master:
        """A market that is not to be played on itself."""
        key = (("staked", staked), *sorted(rules.items()))
        if key not in self._masters:
            network = EmbeddedNetwork()
            epoch = network.now() + EARLY
            market, record, keyring = deployed(network, MarketRules(epoch=epoch, **{**RULES, **rules}))
            # Whoever is rich enough for the staking needs no funding in a test, which would be a transaction more.
            rich: Account = dev_account(network)
            top_up(Sender(network), rich, dict.fromkeys(keyring.everyone(), 2 * 10**22))
            if staked:
                stake(ChainLedger(market, keyring, Sender(network)), people(keyring))
            self._masters[key] = Master(network.backend.database, record)
        return self._masters[key]

    def market(self, **rules: int) -> tuple[Market, Keyring]:
        """A copy of the funded market with these rules."""
        master = self.master(rules)
        network = EmbeddedNetwork(dict(master.database))
        return open_market(network, master.record, "test"), keyring_for(network)

    def make(self, **rules: int) -> World:
        """As :class:`tests.ledger_suite.world.Ledgers` asks."""
        market, keyring = self.market(**rules)
        return world_of(ChainLedger(market, keyring, Sender(market.network)), market, keyring)
