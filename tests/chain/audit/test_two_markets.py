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
from chain.logs import find_market
from chain.market import market_at
from market.ledger.port import Reading
from market.terms import NOBODY, Party
from tests.chain.audit.stage import ledger_of
from tests.chain.worlds import ChainWorlds, world_of
from tests.ledger_suite.world import World, settled


def beside(first: World, *, guardian: Party | None = None, listed: int = 3) -> World:
    """Another market of the same utility at the first one's registry, without a provider.

    ``guardian`` of its loan desk, if another than the market's; ``listed``: 1 for the negotiator alone, 3 for all.
    """
    ledger = ledger_of(first)
    market, keyring = ledger._market, ledger._keyring
    network, rules, rich = market.network, market.rules, dev_account(market.network)
    head = {"token": market.token.address, "registry": market.registry.address}
    pauses = {"pauseLength": rules.pause_length, "pauseCooldown": rules.pause_cooldown}
    ours = keyring.guardian.party
    plans = {
        "UtilityNegotiator": {
            **head,
            "tariff": NOBODY,
            "utility": rules.utility,
            "guardian": ours,
            **pauses,
            "providerCap": rules.provider_cap,
        },
        "EnergyLoans": {**head, "utility": rules.utility, "guardian": guardian or ours, **pauses},
        "ForwardContracts": {**head, "utility": rules.utility, "guardian": ours, **pauses},
    }
    nonce = network.nonce(rich.address)
    addresses = [party(keccak(rlp.encode([rich.address, nonce + place]))[12:]) for place in range(3)]
    creations = [creation_code(load(name), arguments) for name, arguments in plans.items()]
    deployments = [(rich, Action("deploy", b"", creation, DEPLOY_GAS)) for creation in creations]
    listings = [(keyring.registrar, market.registry.list_market(each)) for each in addresses[:listed]]
    ledger._sender.run([*deployments, *listings])
    second = market_at(network, *addresses)
    return world_of(ChainLedger(second, keyring, ledger._sender), second, keyring)


def test_both_pass(chain_worlds: ChainWorlds) -> None:
    here = chain_worlds.make()
    there = beside(here)
    seller, buyer = here.meter("ana"), here.meter("bo")
    ledger, second = ledger_of(here), ledger_of(there)
    opt_ins = [
        (ledger._keyring.of(here[name]), ledger._market.registry.allow_market(meter, market, True))
        for name, meter in (("ana", seller), ("bo", buyer))
        for market in (second.address, second.loans.address)
    ]
    ledger._sender.run(opt_ins)
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
    assert report.checks["code"] == 6 + 5


def test_a_void_loan_keeps_its_place_where_the_other_desk_stands_behind_it(chain_worlds: ChainWorlds) -> None:
    here = chain_worlds.make()
    there = beside(here)
    lender, borrower = here.meter("ana"), here.meter("bo")
    ledger, second = ledger_of(here), ledger_of(there)
    ledger._sender.run(
        [
            (
                ledger._keyring.of(here[name]),
                ledger._market.registry.allow_market(meter, second.loans.address, True),
            )
            for name, meter in (("ana", lender), ("bo", borrower))
        ]
    )
    void, kept = (
        world.lend(
            world.loan_terms(opener_meter=lender, responder_meter=borrower, interval=10, cover=40, nonce=1),
            quantity,
        )
        for world, quantity in ((covered(here), 300), (covered(there), 200))
    )
    ledger.advance_to(ledger.rules.end(10))
    # 300 stand before the other desk's 200: what was exported reaches neither loan of 300, nor that behind it
    here.read(lender, 10, 0)
    assert not here.ledger.loans.void(void).freed
    assert there.ledger.loans.void(kept).freed
    report = audit(ledger._market.network.w3, ledger._market.registry.address)
    assert report.violations == ()
    assert report.checks["loans.settlement"] == 2


def test_a_market_without_a_desk_passes_as_far_as_it_goes(chain_worlds: ChainWorlds) -> None:
    here = chain_worlds.make()
    ledger = ledger_of(here)
    before = audit(ledger._market.network.w3, ledger._market.registry.address)
    there = beside(here, listed=1)
    report = audit(ledger._market.network.w3, ledger._market.registry.address)
    assert report.violations == ()
    assert report.checks["code"] == before.checks["code"] + 3
    assert (
        ledger_of(there)._market.loans.address
        not in find_market(ledger._market.network.w3, ledger._market.registry.address).names()
    )


def test_a_desk_with_a_guardian_of_its_own(chain_worlds: ChainWorlds) -> None:
    here = chain_worlds.make()
    beside(here, guardian=here["dov"])
    ledger = ledger_of(here)
    report = audit(ledger._market.network.w3, ledger._market.registry.address)
    ours = ledger._keyring.guardian.party
    (violation,) = report.violations
    found = f"EnergyLoans: GUARDIAN is {here['dov'].lower()}, its market's is {ours.lower()}"
    assert (violation.check, violation.detail) == ("code", found)


def covered(world: World) -> World:
    world.cover("bo")
    return world
