"""Check ``storage``: what the replay says must stand in the contracts' storage, word for word, to the last unit.

Each storage word that the market's history has touched is read once (``eth_getStorageAt``, the cheapest exact question)
and compared with the word that the replayed ledger makes of it, packed as the artifact's storage layout says.
"""

from collections.abc import Iterable

from eth_hash.auto import keccak
from web3.providers import JSONBaseProvider

from chain.audit.forward.storage import bound_bits, registry_words
from chain.audit.forward.storage import words as forward_words
from chain.audit.loans.storage import words as loan_words
from chain.audit.report import Findings
from chain.audit.words import Expected, Layout, mapped
from chain.audit.world import World
from chain.events import (
    Committed,
    DealCancelled,
    DealRecorded,
    DealReleased,
    DealSettled,
    Deposited,
    MarketAllowed,
    MarketListed,
    MeterRegistered,
    OfferMade,
    ReadingPosted,
    SessionClosed,
    SessionJoined,
    SessionOpened,
    TariffAppended,
    Transfer,
    Uncommitted,
    Withdrawn,
)
from chain.logs import as_int, request_many
from chain.signing import deal_words
from market.ledger.memory import MemoryLedger
from market.terms import NOBODY, DealKey, DealStatus, Party

CHECK = "storage"
_PRESENT = 1 << 128
"""Marks a step of the tariff, so that one of zero prices is no empty word."""


def check(world: World, ledger: MemoryLedger, findings: Findings) -> None:
    """Compare every word."""
    words = list(_words(world, ledger))
    # the embedded chain keeps its latest state at hand and looks for every other; nobody moves it meanwhile
    at = hex(world.block) if isinstance(world.w3.provider, JSONBaseProvider) else "latest"
    found = request_many(
        world.w3, [("eth_getStorageAt", [word.address, hex(word.slot), at]) for word in words]
    )
    for word, value in zip(words, map(as_int, found), strict=True):
        findings.count(CHECK)
        if value != word.value:
            detail = f"{word.what}: storage holds {_show(value)}, by the rules {_show(word.value)}"
            findings.violate(CHECK, word.transaction, detail)


def _words(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    yield from _money(world, ledger)
    yield from _deals(world, ledger)
    yield from loan_words(world, ledger.loans)
    yield from forward_words(world, ledger.forward)
    yield from registry_words(world, ledger.state())
    yield from _meters(world, ledger)
    yield from _queues(world, ledger)
    yield from _sessions(world, ledger)
    yield from _tariff(world)


def _money(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    state = ledger.state()
    last: dict[Party, str] = {}
    holders: dict[Party, str] = {}
    for event in world.events:
        where = event.at.transaction
        if isinstance(event, Deposited | Withdrawn) and event.at.address == world.negotiator:
            last[event.party] = where
        elif isinstance(event, DealRecorded):
            last[event.buyer] = last[event.seller] = where
        elif isinstance(event, Transfer):
            holders[event.sender] = holders[event.to] = where
    made = world.recorded()
    finished: list[DealSettled | DealReleased] = [*world.of(DealSettled), *world.of(DealReleased)]
    for ended in finished:
        if (deal := made.get(ended.key)) is not None:
            last[deal.seller] = last[deal.buyer] = ended.at.transaction
    # also those who never came: a balance that nothing led to would be somebody's
    known = dict.fromkeys((*world.owners(), world.provider, *holders, *last))
    known.pop(NOBODY, None)
    market = Layout(world.artifacts["UtilityNegotiator"])
    root = market.slot("balanceOf")
    for party in known:
        amount, what = state.balances.get(party, 0), f"internal balance of {party}"
        yield Expected(world.negotiator, mapped(root, party), amount, what, last.get(party))
    token = Layout(world.artifacts["UtilityToken"])
    root = token.slot("_balances")
    inside = {
        world.negotiator: sum(state.balances.values()) + state.escrowed,
        world.loans: sum(state.loans.balances.values()) + state.loans.collateral,
        world.forward: sum(state.forward.balances.values()) + state.forward.deposits,
    }
    for holder in known:
        amount = state.tokens.get(holder, 0) + inside.get(holder, 0)
        yield Expected(world.token, mapped(root, holder), amount, f"tokens of {holder}", holders.get(holder))
    yield Expected(world.token, token.slot("_totalSupply"), ledger.minted, "token supply", None)


def _deals(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    last: dict[bytes, str] = {}
    for event in world.events:
        if isinstance(event, DealRecorded | DealSettled | DealReleased | DealCancelled):
            last[event.key] = event.at.transaction
    made = world.recorded()
    market = Layout(world.artifacts["UtilityNegotiator"])
    root = market.slot("_deals")
    for key, where in last.items():
        value = int(DealStatus.CANCELLED)
        if key in made:
            deal, index = made[key].deal, made[key].index
            held = ledger.deal(DealKey.of(deal, index))
            status = held.status if held is not None else DealStatus.NONE
            position = held.position if held is not None else 0
            terms = int.from_bytes(keccak(deal_words(deal))[:25])
            value = int(status) | position << 8 | terms << 56
        yield Expected(world.negotiator, mapped(root, key), value, f"deal slot 0x{key.hex()}", where)
    open_root = market.slot("providerOpen")
    sellers = {e.deal.seller_meter: e.at.transaction for e in made.values() if e.deal.buyer_meter == 0}
    for meter, where in sellers.items():
        value = ledger.provider_open(meter)
        what = f"what meter {meter} has open to the provider"
        yield Expected(world.negotiator, mapped(open_root, meter), value, what, where)


def _meters(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    layout = Layout(world.artifacts["MeterRegistry"])
    root, keys, allowed = layout.slot("_meters"), layout.slot("_meterOfKey"), layout.slot("_allowed")
    numbers = {event.market: number for number, event in enumerate(world.of(MarketListed), start=1)}
    registered, bound = world.of(MeterRegistered), bound_bits(world)
    for event in registered:
        meter, where, name = ledger.meter(event.meter), event.at.transaction, f"meter {event.meter}"
        first = int(meter.owner, 16) | meter.rating << 160 | meter.retired_from << 192
        first |= meter.utility << 224 | meter.frozen << 232 | bound[event.meter]
        slot = mapped(root, event.meter)
        yield Expected(world.registry, slot, first, name, where)
        yield Expected(world.registry, slot + 1, int(meter.key, 16), f"key of {name}", where)
        yield Expected(world.registry, slot + 2, int(meter.attester, 16), f"attester of {name}", where)
        yield Expected(world.registry, mapped(keys, meter.key), event.meter, f"meter of {name}'s key", where)
    opted = {(event.meter, event.market): event for event in world.of(MarketAllowed)}
    for event in registered:
        for market, number in numbers.items():
            choice = opted.get((event.meter, market))
            value = number if choice is not None and choice.allowed else 0
            where = event.at.transaction if choice is None else choice.at.transaction
            what = f"opt-in of meter {event.meter} to {market}"
            yield Expected(world.registry, mapped(allowed, event.meter, market), value, what, where)
    last = registered[-1].at.transaction if registered else None
    yield Expected(world.registry, layout.slot("meterCount"), len(registered), "number of meters", last)


def _queues(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    root = Layout(world.artifacts["MeterRegistry"]).slot("_slots")
    numbers = {event.market: number for number, event in enumerate(world.of(MarketListed), start=1)}
    tails: dict[tuple[int, int], tuple[int, int]] = {}
    lengths: dict[tuple[int, int], int] = {}
    last: dict[tuple[int, int], str] = {}
    for event in world.events:
        if not isinstance(event, Committed | Uncommitted | ReadingPosted):
            continue
        slot = (event.meter, event.interval)
        last[slot] = event.at.transaction
        if isinstance(event, Committed):
            market, start = tails.get(slot, (0, 0))
            number = numbers.get(event.market, 0)
            tails[slot] = (market, start) if market == number else (number, event.position)
            lengths[slot] = event.position + event.quantity
        elif isinstance(event, Uncommitted):
            lengths[slot] = lengths.get(slot, 0) - event.quantity
            if tails.get(slot, (0, 0))[1] == lengths[slot]:
                tails[slot] = (0, 0)
    intervals = {interval for _, interval in last}
    for meter, interval in ((e.meter, i) for e in world.of(MeterRegistered) for i in sorted(intervals)):
        where = last.get((meter, interval))
        held = ledger.meter_interval(meter, interval)
        market, start = tails.get((meter, interval), (0, 0))
        value = held.exported | held.imported << 64 | held.committed << 128 | held.recorded << 192
        value |= market << 200 | start << 216
        what = f"meter {meter}, interval {interval}"
        yield Expected(world.registry, mapped(root, meter, interval), value, what, where)


def _sessions(world: World, ledger: MemoryLedger) -> Iterable[Expected]:
    layout = Layout(world.artifacts["UtilityNegotiator"])
    root = layout.slot("_sessions")
    last: dict[int, str] = {}
    for event in world.events:
        if isinstance(event, SessionOpened | SessionJoined | OfferMade | SessionClosed):
            last[event.session] = event.at.transaction
    joins = {event.session: event for event in world.of(SessionJoined)}
    for opened in world.of(SessionOpened):
        number, where, request = opened.session, last[opened.session], opened.request
        slot, name, session = mapped(root, number), f"session {number}", ledger.session(number)
        state = int(session.status) | session.initiator_sells << 8 | session.issue_by_issue << 16
        state |= int(session.locked) << 24 | session.rounds << 32 | session.max_rounds << 48
        state |= session.count << 64 | session.timeout << 80 | session.deadline << 112
        state |= session.price << 152 | session.energy << 216
        yield Expected(world.negotiator, slot, state, name, where)
        first = _side(opened.initiator, request.meter, request.interval, request.max_ahead)
        yield Expected(world.negotiator, slot + 1, first, f"initiator of {name}", where)
        joined = joins.get(number)
        second = int(request.counterpart, 16)
        if joined is not None:
            second = _side(joined.responder, joined.meter, request.interval, joined.max_ahead)
        yield Expected(world.negotiator, slot + 2, second, f"responder of {name}", where)
    opened_count = len(world.of(SessionOpened))
    for label, value in (("sessionCount", opened_count), ("_pausedUntil", ledger.paused_until)):
        yield Expected(world.negotiator, layout.slot(label), value, label, None)


def _tariff(world: World) -> Iterable[Expected]:
    if world.tariff == NOBODY:
        return
    steps = world.of(TariffAppended)
    root = Layout(world.artifacts["ProviderTariff"]).slot("_prices")
    yield Expected(world.tariff, root, len(steps), "number of the tariff's steps", None)
    first = int.from_bytes(keccak(root.to_bytes(32)))
    for place, step in enumerate(steps):
        value = step.from_interval | (_PRESENT | step.buy_price << 64 | step.sell_price) << 32
        what = f"step {place} of the tariff"
        yield Expected(world.tariff, first + place, value, what, step.at.transaction)


def _side(account: Party, meter: int, interval: int, max_ahead: int) -> int:
    return int(account, 16) | meter << 160 | interval << 192 | max_ahead << 224


def _show(value: int) -> str:
    return str(value) if value < 2**64 else f"0x{value:064x}"
