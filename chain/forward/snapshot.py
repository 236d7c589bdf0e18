"""All that a forward desk holds, read from its chain: deposits and members from the contract, the rest from its events."""

from collections.abc import Iterable
from dataclasses import replace

from chain import events as ev
from chain.forward.registers import registers_of
from chain.market import Market
from market.forward.port import ForwardDeskState, ForwardState, VoteState
from market.forward.terms import ForwardStatus, ForwardTerms, MemberState
from market.ledger.port import Aggregate, Registers, Supply
from market.terms import Party


def state_from(market: Market, events: Iterable[ev.Event], block: int) -> ForwardDeskState:
    """The desk's state after ``block``; ``events`` are the market's up to it."""
    holders: dict[Party, None] = {}
    terms: dict[bytes, ForwardTerms] = {}
    places: list[tuple[bytes, int]] = []
    votes: dict[bytes, VoteState] = {}
    for event in events:
        match event:
            case ev.ForwardSigned(key=key, terms=signed):
                terms[key] = signed
                holders[signed.retailer] = None
            case ev.MemberJoined(key=key, meter=meter, membership=consent):
                places.append((key, meter))
                holders[consent.member] = None
            case ev.Deposited(at=at, party=party) if at.address == market.forward.address:
                holders[party] = None
            case ev.VoteOpened(key=key, community=community, roster=roster, close=close, deadline=deadline):
                votes[key] = VoteState(community=community, roster=roster, close=close, deadline=deadline)
            case ev.LeafPosted(key=key, index=index, leaf=leaf):
                votes[key] = replace(votes[key], posted={**votes[key].posted, index: leaf})
            case ev.VotePublished(key=key, result=result, root=root, leaves=leaves):
                votes[key] = replace(votes[key], published=True, leaves=leaves, root=root, result=result)
            case _:
                pass
    members: dict[bytes, dict[int, MemberState]] = {key: {} for key in terms}
    deposits = 0
    for (key, meter), member in zip(places, market.forward.members(places, block), strict=True):
        members[key][meter] = member
        deposits += member.deposit
    contracts: dict[bytes, ForwardState] = {}
    slots = market.forward.slots(list(terms), block)
    for (key, signed), (status, _, deposit, _) in zip(terms.items(), slots, strict=True):
        if status in (ForwardStatus.SIGNED, ForwardStatus.CLOSED):
            contracts[key] = ForwardState(
                terms=signed, status=status, retailer_deposit=deposit, members=members[key]
            )
            deposits += deposit
    free = zip(holders, market.forward.balances(list(holders), block), strict=True)
    return ForwardDeskState(
        balances={party: amount for party, amount in free if amount},
        deposits=deposits,
        contracts=contracts,
        votes=votes,
    )


def registers_from(events: Iterable[ev.Event]) -> dict[tuple[int, int, bytes], Registers]:
    """Posted registers."""
    found = (registers_of(event) for event in events if isinstance(event, ev.RegistersPosted))
    return {registers.place: registers for registers in found}


def supplies_from(
    market: Market, events: Iterable[ev.Event], block: int
) -> tuple[dict[int, tuple[Supply, ...]], dict[int, Aggregate]]:
    """Supplies of meters, and which meter is behind which."""
    supplied: dict[int, None] = {}
    aggregates: dict[int, Aggregate] = {}
    for event in events:
        match event:
            case ev.Supplied(meter=meter):
                supplied[meter] = None
            case ev.Aggregated(meter=meter, into=into, from_interval=from_interval):
                aggregates[meter] = Aggregate(into=into, from_interval=from_interval)
            case _:
                pass
    found = zip(supplied, market.registry.supplies(list(supplied), block), strict=True)
    return {meter: supplies for meter, supplies in found if supplies}, aggregates
