"""Check ``forward.supply``: a supply for each member and no other, and no deal through a meter that may make none.

While a market supplies a meter it neither sells nor buys elsewhere; a meter behind another one never sells again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import (
    Aggregated,
    Committed,
    DealRecorded,
    Event,
    ForwardSigned,
    MemberExited,
    MemberJoined,
    Supplied,
    SupplyEnded,
)
from market.forward.terms import ForwardTerms
from market.terms import NO_METER, NOBODY

CHECK = "forward.supply"
Span = tuple[int, int]
"""First interval, and the one after the last."""


def check(world: World, findings: Findings) -> None:
    """Every supply and submeter, and every commitment and purchase against them."""
    if world.forward != NOBODY:
        _of_members(world, findings)
    _alone(world, findings)


def _of_members(world: World, findings: Findings) -> None:
    """Each member's supply is that of its contract, made and ended in its own transactions."""
    terms = {event.key: event.terms for event in world.of(ForwardSigned) if event.terms.boundaries}
    told: list[Supplied | SupplyEnded] = [*world.of(Supplied), *world.of(SupplyEnded)]
    found = Counter(map(_told, told))
    expected: Counter[tuple[str, type[Event], int, str, Span]] = Counter()
    for joined in world.of(MemberJoined):
        if (own := terms.get(joined.key)) is not None:
            span = own.boundaries[0], own.boundaries[-1]
            expected[joined.at.transaction, Supplied, joined.meter, world.forward, span] += 1
    for left in world.of(MemberExited):
        if (own := terms.get(left.key)) is not None:
            span = own.boundaries[0], _end(own, left.last_periods)
            expected[left.at.transaction, SupplyEnded, left.meter, world.forward, span] += 1
    for act in expected - found:
        where, kind, meter, _, span = act
        findings.violate(CHECK, where, f"meter {meter}: no {kind.__name__} of {span} came with it")
    for act in found - expected:
        where, kind, meter, market, span = act
        if market == world.forward:
            findings.violate(CHECK, where, f"meter {meter}: {kind.__name__} of {span}, of no member")


def _told(event: Supplied | SupplyEnded) -> tuple[str, type[Event], int, str, Span]:
    span = event.from_interval, event.to_interval
    return event.at.transaction, type(event), event.meter, event.market, span


def _end(terms: ForwardTerms, last: int) -> int:
    return terms.boundaries[min(last, len(terms.boundaries) - 1)]


def _alone(world: World, findings: Findings) -> None:
    """In the order of the events: what a meter may not do while it is supplied or behind another."""
    spans: dict[int, list[Span]] = defaultdict(list)
    behind: dict[int, int] = {}
    parents: set[int] = set()
    horizon = world.rules.horizon
    for event in world.events:
        where = event.at.transaction
        match event:
            case Supplied(meter=meter, from_interval=first, to_interval=last):
                findings.count(CHECK)
                if first >= last or world.rules.start(first) <= event.at.time + horizon:
                    findings.violate(
                        CHECK, where, f"meter {meter}: supplied from {first} to {last}, too soon"
                    )
                if meter in behind or _covered(spans[meter], range(first, last)):
                    findings.violate(CHECK, where, f"meter {meter}: supplied twice, or behind another")
                spans[meter].append((first, last))
            case SupplyEnded(meter=meter, from_interval=first, to_interval=last):
                findings.count(CHECK)
                ended = [span for span in spans[meter] if span[0] == first]
                if not ended or last > ended[-1][1]:
                    findings.violate(CHECK, where, f"meter {meter}: no supply from {first} to end at {last}")
                else:
                    spans[meter].remove(ended[-1])
                    spans[meter] += [(first, last)] if last > first else []
            case Aggregated(meter=meter, into=into, from_interval=first):
                findings.count(CHECK)
                if meter in behind or into in behind or meter in parents or meter == into:
                    findings.violate(CHECK, where, f"meter {meter}: put behind {into}, which may not be")
                if world.rules.start(first) <= event.at.time + horizon:
                    findings.violate(CHECK, where, f"meter {meter}: behind {into} from {first} on, too soon")
                if any(last > first for _, last in spans[meter]):
                    findings.violate(CHECK, where, f"meter {meter}: put behind {into} while it is supplied")
                behind.setdefault(meter, first)
                parents.add(into)
            case Committed(meter=meter, interval=interval):
                if interval >= behind.get(meter, interval + 1):
                    findings.violate(CHECK, where, f"meter {meter}: sells in {interval}, behind another")
                _unsupplied(spans, meter, interval, event, findings)
            case DealRecorded(deal=deal, index=index) if deal.buyer_meter != NO_METER:
                _unsupplied(spans, deal.buyer_meter, deal.interval + index, event, findings)
            case _:
                pass


def _unsupplied(
    spans: dict[int, list[Span]], meter: int, interval: int, event: Event, findings: Findings
) -> None:
    if meter in spans and _covered(spans[meter], range(interval, interval + 1)):
        detail = f"meter {meter}: {type(event).__name__} in {interval}, where it is supplied"
        findings.violate(CHECK, event.at.transaction, detail)


def _covered(spans: Iterable[Span], asked: range) -> bool:
    return any(first < asked.stop and asked.start < last for first, last in spans)
