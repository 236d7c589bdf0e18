"""A market on the embedded EVM with parties that are funded and metered, for measuring what its calls cost."""

from dataclasses import dataclass
from typing import Any

from chain.accounts import Account
from chain.deploy import Plan, deploy
from chain.funding import GAS_RESERVE, dev_account, top_up
from chain.keyring import Keyring, test_keyring
from chain.ledger import ChainLedger
from chain.market import Market
from chain.network import connect
from chain.port import Network
from chain.sender import Sender
from chain.signing import KeyringSigner
from market.ledger.port import MarketRules, MeterSpec, OpenRequest, TariffStep
from market.terms import Lock, Move, Party, SessionTerms, Transcript

DEPOSIT = 10**9
RATING = 5000
PRICE = 250
ENERGY = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A market and its cast; ``meters`` by party, in the order of ``parties``."""

    network: Network
    sender: Sender
    market: Market
    ledger: ChainLedger
    keyring: Keyring
    signer: KeyringSigner
    funder: Account
    parties: tuple[Party, ...]
    meters: dict[Party, int]

    def gas_of(self, kind: str, before: int) -> list[int]:
        """Gas of the transactions of a kind since there were ``before`` of them."""
        return self.ledger.gas.gas(kind)[before:]

    def count(self, kind: str) -> int:
        """How many transactions of a kind there were."""
        return len(self.ledger.gas.gas(kind))

    def agree(self, seller: Party, buyer: Party, nonce: int, interval: int, **changes: Any) -> Transcript:
        """A signed agreement of two offers: 250 token units per Wh, 1500 Wh."""
        gate = self.ledger.rules.gate_of(interval)
        terms = SessionTerms(
            seller=seller,
            buyer=buyer,
            nonce=nonce,
            seller_meter=self.meters[seller],
            buyer_meter=self.meters[buyer],
            interval=interval,
            **changes,
        )
        first = self.signer.sign(terms, Move(price=PRICE - 50, energy=ENERGY, expiry=gate), 0, bytes(32))
        last = self.signer.sign(terms, Move(price=PRICE, energy=ENERGY, expiry=gate), 1, first.hash)
        return Transcript(terms, (first, last), self.signer.countersign(terms, last))

    def request(self, seller: Party, interval: int) -> OpenRequest:
        """A session that its seller opens to anyone."""
        return OpenRequest(
            counterpart=Party("0x" + "00" * 20),
            selling=True,
            meter=self.meters[seller],
            interval=interval,
            max_ahead=0,
            max_rounds=20,
            timeout=600,
        )

    def negotiate(self, seller: Party, buyer: Party, interval: int) -> None:
        """Six offers on chain to escrow, the prices and amounts of the baseline's."""
        session = self.ledger.open(seller, self.request(seller, interval))
        self.ledger.join(buyer, session, self.meters[buyer], 50_000)
        for made in range(6):
            self.ledger.offer((seller, buyer)[made % 2], session, PRICE + made, ENERGY, Lock.NONE)
        self.ledger.accept(seller, session, 5, PRICE + 5, ENERGY)


def raise_stage(cast: int, *, deposit: bool = True) -> Stage:
    """A fresh market with ``cast`` parties, each with a meter, tokens and (``deposit``) a balance in the market."""
    network = connect("memory")
    names = [f"party-{i}" for i in range(cast)]
    keyring = test_keyring(network, 1, names)
    funder, sender = dev_account(network), Sender(network)
    epoch = -(-(network.now() + 40 * cast + 3600) // 900) * 900
    top_up(sender, funder, {keyring.registrar: GAS_RESERVE})
    provider = keyring.guardian.party
    market, _ = deploy(
        sender,
        funder,
        Plan(
            rules=MarketRules(epoch=epoch, horizon=10_000),
            provider=provider,
            tariff=(TariffStep(from_interval=0, buy_price=80, sell_price=300),),
            guardian=keyring.guardian.party,
            registrar=keyring.registrar.party,
        ),
        registrar=keyring.registrar,
    )
    ledger = ChainLedger(market, keyring, sender, funder=funder)
    parties = tuple(keyring.accounts)
    meters: dict[Party, int] = {}
    for name, party in zip(names, parties, strict=True):
        ledger.buy_tokens(party, 2 * DEPOSIT)
        if deposit:
            ledger.deposit(party, DEPOSIT)
        meters[party] = ledger.register_meter(MeterSpec(name=name, owner=party, rating=RATING))
    return Stage(
        network=network,
        sender=sender,
        market=market,
        ledger=ledger,
        keyring=keyring,
        signer=KeyringSigner(keyring.keys(), market.negotiator_domain),
        funder=funder,
        parties=parties,
        meters=meters,
    )
