"""A deployed market in hand: its contracts, its rules as the chain has them, and the names under which it signs."""

from dataclasses import dataclass

from chain.clients import (
    ForwardClient,
    LoansClient,
    NegotiatorClient,
    RegistryClient,
    TariffClient,
    TokenClient,
)
from chain.port import Network
from chain.signing import Domain, key_function
from market.ledger.deals import KeyHash
from market.ledger.port import MarketRules
from market.terms import NOBODY, Party

DOMAIN_NAME = "Wattpact"
DOMAIN_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One utility's contracts on a network."""

    network: Network
    token: TokenClient
    registry: RegistryClient
    negotiator: NegotiatorClient
    loans: LoansClient
    """Its loan desk."""
    forward: ForwardClient
    """Its desk of forward contracts."""
    tariff: TariffClient | None
    rules: MarketRules
    provider: Party
    first_block: int
    """Where its events begin."""

    @property
    def negotiator_domain(self) -> Domain:
        """Where offers and releases are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.network.chain_id, self.negotiator.address)

    @property
    def loans_domain(self) -> Domain:
        """Where offers of loans and their releases are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.network.chain_id, self.loans.address)

    @property
    def forward_domain(self) -> Domain:
        """Where forward contracts, consents to them and ballots are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.network.chain_id, self.forward.address)

    @property
    def registry_domain(self) -> Domain:
        """Where readings and registrations are signed for."""
        return Domain(DOMAIN_NAME, DOMAIN_VERSION, self.network.chain_id, self.registry.address)

    @property
    def key(self) -> KeyHash:
        """How this market names the slot of a deal."""
        return key_function(self.network.chain_id, self.negotiator.address)

    @property
    def loan_key(self) -> KeyHash:
        """How its desk names the slot of a loan."""
        return key_function(self.network.chain_id, self.loans.address)

    @property
    def forward_key(self) -> KeyHash:
        """How its forward desk names the slot of a contract."""
        return key_function(self.network.chain_id, self.forward.address)

    @property
    def addresses(self) -> dict[Party, str]:
        """Which contract stands at each address."""
        names = {
            self.registry.address: "MeterRegistry",
            self.negotiator.address: "UtilityNegotiator",
            self.loans.address: "EnergyLoans",
            self.forward.address: "ForwardContracts",
            self.token.address: "UtilityToken",
        }
        if self.tariff is not None:
            names[self.tariff.address] = "ProviderTariff"
        return names


def market_at(
    network: Network, negotiator: Party, loans: Party, forward: Party, *, first_block: int = 0
) -> Market:
    """A market from its negotiator's and its desks' addresses: the contracts themselves say everything else."""
    market = NegotiatorClient(network, negotiator)
    registry = RegistryClient(network, market.registry())
    token = TokenClient(network, market.token())
    address = market.tariff()
    tariff = None if address == NOBODY else TariffClient(network, address)
    constants = {**registry.constants(), **market.constants(), "wei_per_unit": token.wei_per_unit()}
    return Market(
        network=network,
        token=token,
        registry=registry,
        negotiator=market,
        loans=LoansClient(network, loans),
        forward=ForwardClient(network, forward),
        tariff=tariff,
        rules=MarketRules(**constants),
        provider=NOBODY if tariff is None else tariff.provider(),
        first_block=first_block,
    )
