"""What the contracts cost: gas of whole transactions as their receipts on the embedded EVM give it.

The baseline is a market in which each negotiation is a clone that stores its offers, one slot each, with the same
registry and escrow work (``tests/contracts/baseline``); it runs in the same process on the same chain. Balances are
nonzero beforehand and the queue's slots fresh, unless a figure's name says otherwise.
"""

from pathlib import Path
from statistics import median
from typing import Any

from hexbytes import HexBytes

from chain import artifact as artifacts
from chain.accounts import Account
from chain.calls import Action, Function
from chain.clients import party as party_at
from chain.deploy import creation_code
from chain.signing import address_bytes
from market.ledger.port import Reading
from market.terms import Deal, Lock
from scenarios.bench.figures import Figure, figure
from scenarios.bench.forward import bench_forward
from scenarios.bench.stage import DEPOSIT, ENERGY, PRICE, Stage, raise_stage
from scenarios.running import Progress

ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT / "tests" / "contracts" / "baseline" / "artifacts"
BATCH = 100

_OPEN = Function("open((address,bool,uint32,uint32,uint16,uint32,bool,uint16,uint32))", "address")
_JOIN = Function("join(uint32,uint32)")
_OFFER = Function("offer(uint64,uint64,uint8)")
_ACCEPT = Function("accept(uint16,uint64,uint64)", "bytes32")
_DEPOSIT = Function("deposit(uint256)")
_RECORD_SIGNED = Function(
    "recordSigned(((address,address,uint64,uint32,uint32,uint32,uint16,uint64,bool,bool),"
    "(uint64,uint64,uint8,uint64),uint16,bytes32),(uint64,uint64,uint8,uint64)[],bytes,bytes)",
    "bytes32",
)
_SETTLE = Function("settle((address,address,uint64,uint32,uint32,uint32,uint16,uint64,uint64),uint16)")


def bench_gas(progress: Progress) -> list[Figure]:
    """Every gas figure of the market."""
    progress("Setting up two parties", 0, 4)
    stage = raise_stage(4)
    progress("Negotiating on chain", 1, 4)
    figures = _on_chain(stage)
    progress("Signed agreements", 2, 4)
    figures += _single(stage)
    progress(f"A batch of {BATCH} with {2 * BATCH} parties", 3, 4)
    figures += _batch()
    return figures + bench_forward(progress)


def _on_chain(stage: Stage) -> list[Figure]:
    seller, buyer = stage.parties[:2]
    stage.ledger.open(seller, stage.request(seller, 9))  # so that no counter starts from zero
    before = {kind: stage.count(kind) for kind in ("open", "join", "offer", "accept")}
    stage.negotiate(seller, buyer, 10)
    parts = {kind: stage.gas_of(kind, before[kind]) for kind in before}
    baseline = _baseline(stage)
    total = sum(sum(gas) for gas in parts.values())
    base_total = sum(sum(gas) for gas in baseline.values())
    # The first offer turns its session's slot from "no offer" to one; counter-offers are those after it.
    counter, base_counter = median(parts["offer"][1:]), median(baseline["offer"][1:])
    return [
        figure("gas.counter_offer", counter, "gas", at_most=34_500, baseline=base_counter),
        figure("gas.onchain_six_offers_ratio", total / base_total, "of baseline", at_most=0.60),
        figure("gas.onchain_six_offers", total, "gas", baseline=base_total),
        *(
            figure(f"gas.onchain_{kind}", gas[0], "gas", baseline=baseline[kind][0])
            for kind, gas in parts.items()
        ),
    ]


def _baseline(stage: Stage) -> dict[str, list[int]]:
    """The same six offers in a clone of the baseline's market, gas of each call."""
    seller, buyer = (stage.keyring.of(party) for party in stage.parties[2:4])
    compiled = artifacts.load("CloneMarket", BASELINE)
    arguments = {
        "token": stage.market.token.address,
        "registry": stage.market.registry.address,
        "utility": stage.ledger.rules.utility,
    }
    (receipt,) = stage.sender.run(
        [(stage.funder, Action("baseline", b"", creation_code(compiled, arguments), 9_000_000))]
    )
    address = _created(stage, receipt.tx_hash)
    meters = [stage.meters[account.party] for account in (seller, buyer)]
    _send(stage, stage.keyring.registrar, stage.market.registry.list_market(party_at(address)))
    _send(stage, seller, stage.market.registry.allow_market(meters[0], party_at(address), True))
    for account in (seller, buyer):
        _send(stage, account, stage.market.token.approve(party_at(address)))
        _send(stage, account, _action(address, _DEPOSIT, DEPOSIT // 2))
    request = (bytes(20), True, meters[0], 10, 1, 0, True, 20, 600)
    _send(stage, seller, _action(address, _OPEN, request))  # so that no counter starts from zero
    (clone,) = _read_clone(stage, address, seller, request)
    gas = {"open": [_send(stage, seller, _action(address, _OPEN, request))]}
    gas["join"] = [_send(stage, buyer, _action(clone, _JOIN, meters[1], 50_000))]
    gas["offer"] = [
        _send(stage, (seller, buyer)[made % 2], _action(clone, _OFFER, PRICE + made, ENERGY, int(Lock.NONE)))
        for made in range(6)
    ]
    gas["accept"] = [_send(stage, seller, _action(clone, _ACCEPT, 5, PRICE + 5, ENERGY))]
    _require(
        stage.market.registry.slots([(meters[0], 10)])[0].committed == ENERGY, "the baseline's deal is queued"
    )
    return gas


def _single(stage: Stage) -> list[Figure]:
    """One agreement alone, recorded and settled; then the same for a seller who never earned before."""
    seller, buyer = stage.parties[:2]
    warm = _record_and_settle(stage, 20, 1)
    # Second time: the seller's balance is emptied first, as for a first sale.
    stage.ledger.withdraw(seller, stage.ledger.balance(seller))
    first = _record_and_settle(stage, 24, 2)
    posted = stage.gas_of("post", 0)
    stage.ledger.deposit(buyer, 1000)
    return [
        figure("gas.signed_single", sum(warm), "gas", at_most=165_000),
        figure("gas.signed_single_record", warm[0], "gas"),
        figure("gas.signed_single_settle", warm[1], "gas"),
        figure("gas.signed_single_first_sale", sum(first), "gas"),
        figure("gas.reading_alone", posted[-1], "gas"),
        figure("gas.deposit", stage.gas_of("deposit", 0)[-1], "gas"),
    ]


def _record_and_settle(stage: Stage, interval: int, nonce: int) -> tuple[int, int]:
    seller, buyer = stage.parties[:2]
    relayer = stage.keyring.relayer
    transcript = stage.agree(seller, buyer, nonce, interval)
    head, terms = transcript.offers[-1], transcript.terms
    words = (
        address_bytes(terms.seller),
        address_bytes(terms.buyer),
        terms.nonce,
        terms.seller_meter,
        terms.buyer_meter,
        terms.interval,
        terms.count,
        terms.max_ahead,
        terms.seller_opens,
        terms.issue_by_issue,
    )
    move = (head.move.price, head.move.energy, int(head.move.locked), head.move.expiry)
    assert transcript.acceptance is not None
    to = stage.market.negotiator.to
    offer = (words, move, head.round, head.previous)
    recorded = _send(
        stage, relayer, _action(to, _RECORD_SIGNED, offer, [], head.signature, transcript.acceptance)
    )
    _deliver(stage, [terms.seller_meter], interval)
    deal = transcript.deal
    settled = _send(stage, relayer, _action(to, _SETTLE, _deal_values(deal), 0))
    return recorded, settled


def _batch() -> list[Figure]:
    stage = raise_stage(2 * BATCH)
    sellers, buyers = stage.parties[:BATCH], stage.parties[BATCH:]
    agreed = [stage.agree(s, b, 1, 30) for s, b in zip(sellers, buyers, strict=True)]
    before = {kind: stage.count(kind) for kind in ("record", "settle", "post")}
    recorded = stage.ledger.record(agreed, disclose=False)
    _deliver(stage, [stage.meters[seller] for seller in sellers], 30)
    settled = stage.ledger.settle([(transcript.deal, 0) for transcript in agreed])
    failed = [each for each in (*recorded, *settled) if isinstance(each, Exception)]
    _require(not failed, f"all of the batch stand, found {failed[:1]}")
    record, settle, post = (
        sum(stage.gas_of(kind, before[kind])) / BATCH for kind in ("record", "settle", "post")
    )
    disclosed = [stage.agree(s, b, 2, 40) for s, b in zip(sellers, buyers, strict=True)]
    again = stage.count("record")
    stage.ledger.record(disclosed, disclose=True)
    whole = sum(stage.gas_of("record", again)) / BATCH
    return [
        figure(f"gas.signed_batch_{BATCH}", record + settle, "gas per deal", at_most=120_000),
        figure(f"gas.signed_batch_{BATCH}_record", record, "gas per deal"),
        figure(f"gas.signed_batch_{BATCH}_settle", settle, "gas per deal"),
        figure("gas.disclosed_offer", whole - record, "gas per earlier offer"),
        figure("gas.reading_in_batch", post, "gas per reading"),
    ]


def _deliver(stage: Stage, meters: list[int], interval: int) -> None:
    """The meters read what was sold, right after the interval."""
    stage.ledger.advance_to(stage.ledger.rules.end(interval))
    readings = [Reading(meter=m, interval=interval, exported=ENERGY, imported=0) for m in meters]
    results = stage.ledger.post_readings(readings)
    _require(results == readings, f"every reading stands, found {results[:1]}")


def _action(to: bytes, function: Function, *values: Any) -> Action:
    return Action("bench", to, function.encode(*values), 2_000_000)


def _send(stage: Stage, account: Account, action: Action) -> int:
    (receipt,) = stage.sender.run([(account, action)])
    return receipt.gas_used


def _deal_values(deal: Deal) -> tuple[Any, ...]:
    return (
        address_bytes(deal.seller),
        address_bytes(deal.buyer),
        deal.nonce,
        deal.seller_meter,
        deal.buyer_meter,
        deal.interval,
        deal.count,
        deal.price,
        deal.energy,
    )


def _created(stage: Stage, tx_hash: bytes) -> bytes:
    address = stage.network.w3.eth.get_transaction_receipt(HexBytes(tx_hash))["contractAddress"]
    assert address is not None
    return address_bytes(address)


def _read_clone(stage: Stage, address: bytes, opener: Account, request: tuple[Any, ...]) -> tuple[bytes]:
    """Where the next clone will be: what ``open`` would return now."""
    answer = stage.network.w3.eth.call(
        {"from": opener.party, "to": party_at(address), "data": "0x" + _OPEN.encode(request).hex()}  # type: ignore[typeddict-item]
    )
    return (bytes(answer)[-20:],)


def _require(holds: bool, expected: str) -> None:
    if not holds:
        raise RuntimeError(f"expected that {expected}")
