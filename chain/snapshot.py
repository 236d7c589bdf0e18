"""All that a market holds, read from its chain: amounts and slots from the contracts, terms and ends from their events."""

from chain import events as ev
from chain.decoding import decode
from chain.events import Event
from chain.forward.snapshot import registers_from, supplies_from
from chain.forward.snapshot import state_from as forward_from
from chain.loans.snapshot import state_from
from chain.market import Market
from market.ledger.port import DealState, LedgerState
from market.terms import NOBODY, Deal, DealKey, DealStatus, Party


def events_of(market: Market, block: int | None = None) -> list[Event]:
    """The events of a market's contracts after its deployment, up to ``block`` (default: the latest), without times."""
    network = market.network
    last = network.block_number() if block is None else block
    if last <= market.first_block:
        return []
    addresses = [bytes.fromhex(address[2:]) for address in market.addresses]
    return [decode(log, time=0) for log in network.logs(addresses, market.first_block + 1, last)]


def state_of(market: Market, block: int | None = None) -> LedgerState:
    """The market's state after ``block`` (default: the latest)."""
    at = market.network.block_number() if block is None else block
    traders: dict[Party, None] = {}
    holders: dict[Party, None] = {}
    meters: dict[tuple[int, int], None] = {}
    deals: dict[bytes, tuple[Deal, int]] = {}
    ends: dict[bytes, tuple[int, int, int]] = {}
    events = events_of(market, at)
    for event in events:
        match event:
            case ev.DealRecorded(key=key, deal=deal, index=index):
                deals[key] = deal, index
                traders |= dict.fromkeys((deal.seller, deal.buyer))
            case ev.DealSettled(key=key, delivered=delivered, paid=paid, refunded=refunded):
                ends[key] = delivered, paid, refunded
            case ev.DealReleased(key=key, refunded=refunded):
                ends[key] = 0, 0, refunded
            case ev.Deposited(at=where, party=party) if where.address == market.negotiator.address:
                traders[party] = None
            case ev.Transfer(to=to):
                holders[to] = None
            case (
                ev.Committed(meter=meter, interval=interval)
                | ev.ReadingPosted(meter=meter, interval=interval)
            ):
                meters[meter, interval] = None
            case _:
                pass
    for nobody in (NOBODY, market.negotiator.address, market.loans.address, market.forward.address):
        holders.pop(nobody, None)
    slots = market.negotiator.deal_slots(list(deals), at)
    states: dict[DealKey, DealState] = {}
    escrowed = 0
    for (key, (deal, index)), (status, position) in zip(deals.items(), slots, strict=True):
        delivered, paid, refunded = ends.get(key, (0, 0, 0))
        states[DealKey.of(deal, index)] = DealState(
            deal=deal,
            index=index,
            status=status,
            position=position,
            delivered=delivered,
            paid=paid,
            refunded=refunded,
        )
        if status is DealStatus.RECORDED:
            escrowed += deal.price * deal.energy
    supplies, aggregates = supplies_from(market, events, at)
    return LedgerState(
        balances=_nonzero(traders, market.negotiator.balances(list(traders), at)),
        tokens=_nonzero(holders, market.token.balances(list(holders), at)),
        escrowed=escrowed,
        deals=states,
        meters=dict(zip(meters, market.registry.slots(list(meters), at), strict=True)),
        loans=state_from(market, events, at),
        forward=forward_from(market, events, at),
        registers=registers_from(events),
        supplies=supplies,
        aggregates=aggregates,
    )


def _nonzero(parties: dict[Party, None], amounts: list[int]) -> dict[Party, int]:
    return {party: amount for party, amount in zip(parties, amounts, strict=True) if amount}
