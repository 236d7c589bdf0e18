"""Check ``token``: minted only for Ether and burnt only for it, no holder below zero, every unit backed."""

from collections import defaultdict

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import Bought, Deposited, Redeemed, Transfer, Withdrawn
from chain.logs import as_int, request
from market.terms import NOBODY, Party

CHECK = "token"


def check(world: World, findings: Findings) -> None:
    """Every movement of token units; the backing at the end."""
    holdings: dict[Party, int] = defaultdict(int)
    moved: dict[tuple[str, Party, Party, int], int] = defaultdict(int)
    supply = 0
    for event in world.of(Transfer):
        findings.count(CHECK)
        moved[event.at.transaction, event.sender, event.to, event.value] += 1
        if event.sender == NOBODY:
            supply += event.value
        else:
            holdings[event.sender] -= event.value
            if holdings[event.sender] < 0:
                detail = f"{event.sender} sends {event.value}, {-holdings[event.sender]} more than it holds"
                findings.violate(CHECK, event.at.transaction, detail)
        if event.to == NOBODY:
            supply -= event.value
        else:
            holdings[event.to] += event.value
    _matched(world, moved, findings)
    _backed(world, supply, findings)


def _matched(world: World, moved: dict[tuple[str, Party, Party, int], int], findings: Findings) -> None:
    """Each purchase, redemption, deposit and withdrawal moves its units, and nothing else mints or burns."""
    causes: list[tuple[str, Party, Party, int]] = []
    causes += [(e.at.transaction, NOBODY, e.buyer, e.amount) for e in world.of(Bought)]
    causes += [(e.at.transaction, e.holder, NOBODY, e.amount) for e in world.of(Redeemed)]
    causes += [(e.at.transaction, e.party, e.at.address, e.amount) for e in world.of(Deposited)]
    causes += [(e.at.transaction, e.at.address, e.party, e.amount) for e in world.of(Withdrawn)]
    for cause in causes:
        where, sender, to, value = cause
        if moved[cause] == 0:
            findings.violate(CHECK, where, f"{value} were to move from {sender} to {to} and did not")
        moved[cause] -= 1
    for (where, sender, to, value), left in moved.items():
        if left > 0 and NOBODY in (sender, to):
            what = "minted" if sender == NOBODY else "burnt"
            findings.violate(
                CHECK, where, f"{value} {what} for {to if sender == NOBODY else sender} without Ether"
            )
        if left > 0 and sender in (world.negotiator, world.loans, world.forward) and sender != NOBODY:
            findings.violate(CHECK, where, f"{value} left {sender} for {to} without a withdrawal")


def _backed(world: World, supply: int, findings: Findings) -> None:
    findings.count(CHECK)
    backing = as_int(request(world.w3, "eth_getBalance", [world.token, hex(world.block)]))
    needed = supply * world.rules.wei_per_unit
    if backing < needed:
        findings.violate(CHECK, None, f"{backing} wei back {supply} units, which need {needed}")
