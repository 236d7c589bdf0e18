"""Check ``forward.votes``: who votes is fixed first, posted leaves appear, all is published once and in time.

Whether the result follows from the ballots no leaf shows: that is for opened ballots (``wattpact audit --community``).
"""

from eth_hash.auto import keccak

from chain.audit.report import Findings
from chain.audit.world import World
from chain.events import Event, LeafPosted, VoteOpened, VotePublished
from market.forward.terms import MOST_VOTERS, NOTHING
from market.forward.trees import leaf_nodes, tree_root
from market.terms import NOBODY

CHECK = "forward.votes"


def check(world: World, findings: Findings) -> None:
    """Every vote, leaf and publication; votes that lapsed are noted."""
    if world.forward == NOBODY:
        return
    votes: dict[bytes, VoteOpened] = {}
    posted: dict[bytes, dict[int, bytes]] = {}
    published: set[bytes] = set()
    for event in world.events:
        if not isinstance(event, VoteOpened | LeafPosted | VotePublished):
            continue
        findings.count(CHECK)
        vote = votes.get(event.key)
        if isinstance(event, VoteOpened):
            _say(findings, event, _opened(event, vote))
            votes.setdefault(event.key, event)
            posted.setdefault(event.key, {})
        elif vote is None:
            _say(findings, event, ["it was never opened"])
        elif isinstance(event, LeafPosted):
            _say(findings, event, _posted(event, vote, posted[event.key]))
            posted[event.key].setdefault(event.index, event.leaf)
        else:
            again = ["published twice"] if event.key in published else []
            _say(findings, event, again + _published(event, vote, posted[event.key]))
            published.add(event.key)
    void = sum(key not in published and world.time > vote.deadline for key, vote in votes.items())
    if void:
        findings.note(CHECK, f"{void} votes were not published in time and are void")


def _opened(event: VoteOpened, before: VoteOpened | None) -> list[str]:
    wrong = [] if before is None else ["opened twice"]
    numbers = [0, *(int(member, 16) for member in event.roster)]
    if not 1 <= len(event.roster) <= MOST_VOTERS or numbers != sorted(set(numbers)):
        wrong.append("its roster is empty, not in order, or names somebody twice")
    if not event.at.time < event.close < event.deadline:
        wrong.append(f"opened at {event.at.time} to close at {event.close}, due by {event.deadline}")
    return wrong


def _posted(event: LeafPosted, vote: VoteOpened, before: dict[int, bytes]) -> list[str]:
    wrong = []
    if event.index >= len(vote.roster) or vote.roster[event.index] != event.member:
        wrong.append(f"a leaf by {event.member}, who does not stand at {event.index}")
    if event.index in before or event.leaf == NOTHING:
        wrong.append(f"the leaf at {event.index} was posted twice, or is nothing")
    if event.at.time > vote.close:
        wrong.append(f"a leaf at {event.at.time}, closed at {vote.close}")
    return wrong


def _published(event: VotePublished, vote: VoteOpened, posted: dict[int, bytes]) -> list[str]:
    wrong = []
    if not vote.close < event.at.time <= vote.deadline:
        wrong.append(f"published at {event.at.time}, not after {vote.close} and by {vote.deadline}")
    if len(event.leaves) != len(vote.roster):
        wrong.append(f"{len(event.leaves)} leaves of {len(vote.roster)} members")
    for index, leaf in posted.items():
        if index < len(event.leaves) and event.leaves[index] != leaf:
            wrong.append(f"the leaf at {index} is not the one that its member posted")
    if event.leaves and tree_root(leaf_nodes(event.leaves, keccak), keccak) != event.root:
        wrong.append("its root is not that of its leaves")
    return wrong


def _say(findings: Findings, event: Event, wrong: list[str]) -> None:
    for each in wrong:
        findings.violate(CHECK, event.at.transaction, f"{type(event).__name__}: {each}")
