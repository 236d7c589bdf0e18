"""Check ``tariff``: appended in order and with notice, by the provider; every deal with it at that price and limit."""

from bisect import bisect_right

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import DealRecorded, TariffAppended
from market.terms import NO_METER, ONCHAIN_NONCE, PROVIDER_NONCE

CHECK = "tariff"
_BUY = ("uint64", "uint32", "uint32", "uint64", "uint64")
_SELL = (*_BUY, "uint64")
_BUY_CALL = keccak(f"buyFromProvider({','.join(_BUY)})".encode())[:4]
_SELL_CALL = keccak(f"sellToProvider({','.join(_SELL)})".encode())[:4]


def check(world: World, findings: Findings) -> None:
    """Every step of the tariff and every deal with the provider."""
    steps = world.of(TariffAppended)
    last: int | None = None
    for event in steps:
        findings.count(CHECK)
        where, name = event.at.transaction, f"step from interval {event.from_interval}"
        if last is not None and event.from_interval <= last:
            findings.violate(CHECK, where, f"{name}: not after interval {last}")
        last = event.from_interval
        if event.buy_price > event.sell_price:
            findings.violate(CHECK, where, f"{name}: buys at {event.buy_price}, sells at {event.sell_price}")
        if world.created_by(event):
            continue
        earliest = event.at.time + world.rules.horizon * world.rules.interval
        if (start := world.rules.start(event.from_interval)) <= earliest:
            findings.violate(CHECK, where, f"{name}: starts at {start}, notice until {earliest}")
        caller = world.caller(event)
        if caller is not None and caller != world.provider:
            findings.violate(CHECK, where, f"{name}: appended by {caller}, the provider is {world.provider}")
    for deal in world.of(DealRecorded):
        if PROVIDER_NONCE <= deal.deal.nonce < ONCHAIN_NONCE:
            findings.count(CHECK)
            _price(deal, steps, findings)
            _limit(world, deal, findings)


def _price(event: DealRecorded, steps: list[TariffAppended], findings: Findings) -> None:
    deal, where = event.deal, event.at.transaction
    name = f"slot 0x{event.key.hex()}"
    starts = [step.from_interval for step in steps]
    place = bisect_right(starts, deal.interval)
    if place == 0:
        findings.violate(CHECK, where, f"{name}: interval {deal.interval} has no price")
        return
    step = steps[place - 1]
    price = step.sell_price if deal.seller_meter == NO_METER else step.buy_price
    if step.at > event.at:
        findings.violate(
            CHECK, where, f"{name}: recorded before the price of interval {deal.interval} was set"
        )
    if deal.price != price:
        findings.violate(CHECK, where, f"{name}: at {deal.price}, the tariff says {price}")


def _limit(world: World, event: DealRecorded, findings: Findings) -> None:
    deal, where, data = event.deal, event.at.transaction, world.calldata(event)
    selling = deal.buyer_meter == NO_METER
    if data[:4] != (_SELL_CALL if selling else _BUY_CALL):
        findings.note(CHECK, "a trade with the provider went through another contract: its limit is not seen")
        return
    try:
        number, meter, interval, energy, limit, *ahead = decode(_SELL if selling else _BUY, data[4:])
    except DecodingError as error:
        findings.violate(CHECK, where, f"its call cannot be read: {error}")
        return
    asked = (PROVIDER_NONCE + number, meter, interval, energy)
    mine = deal.seller_meter if selling else deal.buyer_meter
    if asked != (deal.nonce, mine, deal.interval, deal.energy):
        findings.violate(CHECK, where, f"slot 0x{event.key.hex()}: asked for {asked}, recorded {deal}")
    if deal.price < limit if selling else deal.price > limit:
        side = "at least" if selling else "at most"
        findings.violate(CHECK, where, f"slot 0x{event.key.hex()}: at {deal.price}, asked for {side} {limit}")
    if ahead and event.position > ahead[0]:
        detail = f"slot 0x{event.key.hex()}: position {event.position}, asked for at most {ahead[0]} ahead"
        findings.violate(CHECK, where, detail)
