"""What the replay says must stand in a forward desk's storage, and in the registry for it (part of the check ``storage``)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from eth_hash.auto import keccak

from chain.audit.words import Expected, Layout, mapped
from chain.audit.world import World
from chain.events import (
    Aggregated,
    Deposited,
    ForwardCancelled,
    ForwardClosed,
    ForwardSigned,
    LeafPosted,
    MemberBilled,
    MemberClosed,
    MemberExited,
    MemberJoined,
    RegistersPosted,
    Supplied,
    SupplyEnded,
    Transfer,
    VoteOpened,
    VotePublished,
    Withdrawn,
)
from chain.forward.registers import registers_of
from market.forward.terms import ForwardStatus
from market.forward.trees import terms_hash, tree_root, voter_nodes
from market.ledger.forwarding import MemoryForward
from market.ledger.port import LedgerState
from market.terms import NOBODY, Party

REGISTER_BITS = 62
RECORDED = 1 << 248
SUPPLIED, AGGREGATED, PARENT = 1 << 233, 1 << 234, 1 << 235
"""In a meter's record."""


def words(world: World, desk: MemoryForward) -> Iterable[Expected]:
    """Every word of the desk: balances, contracts, members, votes, the end of a pause."""
    if world.forward == NOBODY:
        return
    layout = Layout(world.artifacts["ForwardContracts"])
    yield from _balances(world, desk, layout)
    yield from _contracts(world, desk, layout)
    yield from _votes(world, desk, layout)
    until = layout.slot("_pausedUntil")
    yield Expected(world.forward, until, desk.paused_until, "end of the forward desk's pause", None)


def _balances(world: World, desk: MemoryForward, layout: Layout) -> Iterable[Expected]:
    last: dict[Party, str] = {}
    for event in world.events:
        where = event.at.transaction
        if isinstance(event, Deposited | Withdrawn) and event.at.address == world.forward:
            last[event.party] = where
        elif isinstance(event, ForwardSigned):
            last[event.retailer] = where
        elif isinstance(event, MemberJoined):
            last[event.membership.member] = where
    holders = (party for event in world.of(Transfer) for party in (event.sender, event.to))
    known = dict.fromkeys((*world.owners(), *holders, *last))
    known.pop(NOBODY, None)
    root = layout.slot("balanceOf")
    for party in known:
        what = f"balance of {party} at the forward desk"
        yield Expected(world.forward, mapped(root, party), desk.balance(party), what, last.get(party))


def _contracts(world: World, desk: MemoryForward, layout: Layout) -> Iterable[Expected]:
    last: dict[bytes, str] = {}
    members: dict[tuple[bytes, int], str] = {}
    for event in world.events:
        if isinstance(event, ForwardSigned | ForwardCancelled | ForwardClosed):
            last[event.key] = event.at.transaction
        elif isinstance(event, MemberJoined | MemberBilled | MemberExited | MemberClosed):
            last[event.key] = members[event.key, event.meter] = event.at.transaction
    forwards, box = layout.slot("_forwards"), layout.slot("_members")
    for key, where in last.items():
        name, held = f"contract 0x{key.hex()}", desk.contract(key)
        state, terms = int(ForwardStatus.CANCELLED), 0
        if held is not None:
            state = int(held.status) | held.open_members << 8 | held.retailer_deposit << 40
            terms = int.from_bytes(terms_hash(held.terms, keccak))
        slot = mapped(forwards, key)
        yield Expected(world.forward, slot, state, name, where)
        yield Expected(world.forward, slot + 1, terms, f"terms of {name}", where)
    for (key, meter), where in members.items():
        held = desk.contract(key)
        member = None if held is None else held.members.get(meter)
        slot, name = mapped(box, key, meter), f"member with meter {meter}"
        packed, accounted, volumes = 0, 0, 0
        if member is not None:
            packed = int(member.member, 16) | member.deposit << 160 | member.billed << 224
            packed |= member.last << 232 | member.based << 240 | member.exited << 241
            accounted = _packed(member.accounted, 64)
            volumes = int.from_bytes(member.volumes_hash)
        yield Expected(world.forward, slot, packed, name, where)
        yield Expected(world.forward, slot + 1, accounted, f"what is accounted for of the {name}", where)
        yield Expected(world.forward, slot + 2, volumes, f"volumes of the {name}", where)


def _votes(world: World, desk: MemoryForward, layout: Layout) -> Iterable[Expected]:
    last: dict[bytes, str] = {}
    for event in world.events:
        if isinstance(event, VoteOpened | VotePublished):
            last[event.key] = event.at.transaction
    votes, leaves, posted = layout.slot("_votes"), layout.slot("_leaves"), layout.slot("_posted")
    flags: dict[tuple[bytes, int], int] = defaultdict(int)
    for key, where in last.items():
        held, slot, name = desk.vote(key), mapped(votes, key), f"vote 0x{key.hex()}"
        if held is None:
            continue  # the replay refused it, and said so
        first = int(held.community, 16) | len(held.roster) << 160 | held.close << 176 | held.deadline << 216
        root = tree_root(voter_nodes(held.roster, keccak), keccak)
        for number in range(-(-len(held.roster) // 256)):
            flags[key, number] |= (
                0  # also where nobody posted: a leaf that nothing led to would be somebody's
            )
        for place, (value, what) in enumerate(
            (
                (first, name),
                (int.from_bytes(root), f"roster of {name}"),
                (int.from_bytes(held.root), f"root of {name}"),
                (int.from_bytes(held.result), f"result of {name}"),
            )
        ):
            yield Expected(world.forward, slot + place, value, what, where)
    where_last: dict[tuple[bytes, int], str] = {}
    for leaf in world.of(LeafPosted):
        where = leaf.at.transaction
        slot = mapped(leaves, leaf.key, leaf.index)
        yield Expected(world.forward, slot, int.from_bytes(leaf.leaf), f"leaf {leaf.index}", where)
        word = leaf.key, leaf.index // 256
        flags[word] |= 1 << leaf.index % 256
        where_last[word] = where
    for (key, number), value in flags.items():
        what = f"which leaves were posted, word {number}"
        yield Expected(world.forward, mapped(posted, key, number), value, what, where_last.get((key, number)))


def registry_words(world: World, state: LedgerState) -> Iterable[Expected]:
    """Registers, supplies and submeters, as the registry keeps them."""
    layout = Layout(world.artifacts["MeterRegistry"])
    registers = layout.slot("_registers")
    for posted in world.of(RegistersPosted):
        place = registers_of(posted).place
        held = state.registers.get(place)
        value = 0 if held is None else RECORDED | _packed(held.net, REGISTER_BITS)
        what = f"registers of meter {posted.meter} at {posted.boundary}"
        yield Expected(world.registry, mapped(registers, *place), value, what, posted.at.transaction)
    last: dict[int, str] = {}
    for event in world.events:
        if isinstance(event, Supplied | SupplyEnded):
            last[event.meter] = event.at.transaction
    root = layout.slot("_supplies")
    for meter, where in last.items():
        slot, supplies = mapped(root, meter), state.supplies.get(meter, ())
        for number in range(2):
            value = 0
            if number < len(supplies):
                each = supplies[number]
                value = int(each.market, 16) | each.from_interval << 160 | each.to_interval << 192
            yield Expected(world.registry, slot + number, value, f"supply {number} of meter {meter}", where)
    root = layout.slot("_aggregates")
    for behind in world.of(Aggregated):
        held_behind = state.aggregates.get(behind.meter)
        value = 0 if held_behind is None else held_behind.into | held_behind.from_interval << 32
        what = f"what meter {behind.meter} is behind"
        yield Expected(world.registry, mapped(root, behind.meter), value, what, behind.at.transaction)


def bound_bits(world: World) -> dict[int, int]:
    """What a meter's record says of supplies and submeters, by meter."""
    bits: dict[int, int] = defaultdict(int)
    for supplied in world.of(Supplied):
        bits[supplied.meter] |= SUPPLIED
    for behind in world.of(Aggregated):
        bits[behind.meter] |= AGGREGATED
        bits[behind.into] |= PARENT
    return bits


def _packed(values: Sequence[int], bits: int) -> int:
    return sum((value % (1 << bits)) << bits * place for place, value in enumerate(values))
