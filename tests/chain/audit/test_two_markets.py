"""Two negotiators under one registry share its meters' queues and a token: each is held to its rules beside the other."""

import rlp
from eth_hash.auto import keccak

from chain.artifact import load
from chain.audit import audit
from chain.calls import Action
from chain.clients import party
from chain.deploy import DEPLOY_GAS, creation_code
from chain.funding import dev_account
from chain.ledger import ChainLedger
from chain.market import market_at
from chain.signing import KeyringSigner
from market.ledger.port import Reading
from tests.chain.audit.stage import ledger_of
from tests.chain.worlds import ChainWorlds, people
from tests.ledger_suite.world import World, settled


def beside(first: World) -> World:
    """Another negotiator of the same utility, listed at the first one's registry, without a provider."""
    ledger = ledger_of(first)
    market, keyring = ledger._market, ledger._keyring
    network, rules, rich = market.network, market.rules, dev_account(market.network)
    arguments = {
        "token": market.token.address,
        "registry": market.registry.address,
        "tariff": "0x" + "00" * 20,
        "utility": rules.utility,
        "guardian": keyring.guardian.party,
        "pauseLength": rules.pause_length,
        "pauseCooldown": rules.pause_cooldown,
        "providerCap": rules.provider_cap,
    }
    address = party(keccak(rlp.encode([rich.address, network.nonce(rich.address)]))[12:])
    creation = creation_code(load("UtilityNegotiator"), arguments)
    listing = market.registry.list_market(address)
    ledger._sender.run([(rich, Action("deploy", b"", creation, DEPLOY_GAS)), (keyring.registrar, listing)])
    second = market_at(network, address)
    signer = KeyringSigner(keyring.keys(), second.negotiator_domain)
    other = ChainLedger(second, keyring, ledger._sender)
    parties = {name: each for name, each in people(keyring).items() if name != "provider"}
    return World(ledger=other, people=parties, signer=signer, key=second.key)


def test_both_pass(chain_worlds: ChainWorlds) -> None:
    here = chain_worlds.make()
    there = beside(here)
    seller, buyer = here.meter("ana"), here.meter("bo")
    ledger, second = ledger_of(here), ledger_of(there)
    opt_in = ledger._market.registry.allow_market(seller, second.address, True)
    ledger._sender.run([(ledger._keyring.of(here["ana"]), opt_in)])
    second.deposit(here["bo"], 1_000_000)
    deals = [
        world.deal(world.terms(seller_meter=seller, buyer_meter=buyer, nonce=number), energy=300)
        for number, world in enumerate((here, there, here), start=1)
    ]
    ledger.advance_to(ledger.rules.end(10))
    (posted,) = ledger.post_readings([Reading(meter=seller, interval=10, exported=700, imported=0)])
    assert isinstance(posted, Reading)
    delivered = [
        settled(world.settle(deal)).delivered for world, deal in zip((here, there, here), deals, strict=True)
    ]
    assert delivered == [300, 300, 100]  # of 700, in the order of the one queue

    report = audit(ledger._market.network.w3, ledger._market.registry.address)
    assert report.violations == ()
    assert report.checks["settlement"] == 3
    assert report.checks["code"] == 4 + 3
