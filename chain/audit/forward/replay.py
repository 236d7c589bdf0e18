"""How the replay of a market (``chain.audit.replay``) drives the in-memory forward desk by the desk's events.

Every bill is worked out once more from the terms, the member's state and the registers, and every vote's root from its
leaves; a supply of the desk's is what joining and leaving made of it, and stands in the comparison with storage.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eth_hash.auto import keccak

from chain.audit.disagreement import Disagreement, same
from chain.audit.world import World
from chain.events import (
    Event,
    ForwardCancelled,
    ForwardClosed,
    ForwardSigned,
    LeafPosted,
    MemberBilled,
    MemberClosed,
    MemberExited,
    MemberJoined,
    Supplied,
    SupplyEnded,
    VoteOpened,
    VotePublished,
)
from chain.forward.results import billed, left
from market.forward.terms import Bill, ForwardTerms, Joining, SignedForward
from market.forward.trees import terms_hash, tree_proof, voter_nodes
from market.ledger.forwarding import MemoryForward
from market.terms import Party

Place = tuple[bytes, int]


class ForwardReplay:
    """Every event of a desk as the operation that it says was done."""

    def __init__(
        self, world: World, desk: MemoryForward, elsewhere: Callable[[Supplied | SupplyEnded], None]
    ) -> None:
        self._world = world
        self._elsewhere = elsewhere
        self._desk = desk
        self._terms: dict[bytes, ForwardTerms] = {}
        self._joined: dict[Place, MemberJoined] = {}
        self._refunds: dict[Place, int | None] = {}
        """What the rules give back of a deposit with the last bill or exit."""
        self.supplies: Counter[tuple[str, type[Event], int, int, int]] = Counter()
        """Supplies that began or ended with what has been replayed: transaction, event, meter, first interval, end."""
        self.steps: Mapping[type[Event], Callable[[Any], None]] = {
            ForwardSigned: self._sign,
            ForwardCancelled: lambda e: self._desk.burn(e.key),
            MemberJoined: self._join,
            MemberBilled: self._bill,
            MemberExited: self._exit,
            MemberClosed: self._close,
            ForwardClosed: self._end,
            Supplied: self._supplied,
            SupplyEnded: self._supplied,
            VoteOpened: self._open,
            LeafPosted: self._post,
            VotePublished: self._publish,
        }

    def _sign(self, event: ForwardSigned) -> None:
        terms = event.terms
        same("parties", (event.retailer, event.community), (terms.retailer, terms.community))
        signed = SignedForward(terms, event.retailer_signature, event.community_signature)
        same("key", event.key, self._desk.sign(signed))
        self._terms[event.key] = terms

    def _join(self, event: MemberJoined) -> None:
        terms, consent = self._known(event.key), event.membership
        agreed = terms_hash(terms, keccak), event.meter
        same("terms and meter", agreed, (consent.terms, consent.meter))
        self._desk.join(
            Joining(
                terms=terms,
                membership=consent,
                volumes=event.volumes,
                proof=self._world.proofs.get((event.key, event.meter), ()),
                signature=event.signature,
            )
        )
        self._joined[event.key, event.meter] = event
        self._expect(event, Supplied, terms.boundaries[-1])

    def _bill(self, event: MemberBilled) -> None:
        place = event.key, event.meter
        bill = Bill(meter=event.meter, period=event.period, volumes=self._member(place).volumes)
        made = self._desk.bill(self._known(event.key), bill)
        same("bill", billed(event), replace(made, refunded=None))
        self._refunds[place] = made.refunded

    def _exit(self, event: MemberExited) -> None:
        place = event.key, event.meter
        made = self._desk.exit(self._member(place).membership.member, self._known(event.key), event.meter)
        same("exit", left(event), replace(made, refunded=None))
        self._expect(event, SupplyEnded, self._known(event.key).boundaries[made.last_periods])
        self._refunds[place] = made.refunded

    def _close(self, event: MemberClosed) -> None:
        same("deposit given back", event.refunded, self._refunds.pop((event.key, event.meter), None))

    def _end(self, event: ForwardClosed) -> None:
        same("deposit given back", event.refunded, self._desk.close(self._known(event.key)))

    def left_out(self) -> list[str]:
        """What should have happened with what did, and has no event."""
        supplies = [
            f"{kind.__name__} of meter {meter}, {first} to {end}"
            for (_, kind, meter, first, end), missing in self.supplies.items()
            if missing
        ]
        refunds = [
            f"MemberClosed of meter {meter}" for (_, meter), due in self._refunds.items() if due is not None
        ]
        return [*supplies, *refunds]

    def _expect(self, event: MemberJoined | MemberExited, kind: type[Event], end: int) -> None:
        first = self._known(event.key).boundaries[0]
        self.supplies[event.at.transaction, kind, event.meter, first, end] += 1

    def _supplied(self, event: Supplied | SupplyEnded) -> None:
        if event.market != self._world.forward:
            self._elsewhere(event)
            return
        place = event.at.transaction, type(event), event.meter, event.from_interval, event.to_interval
        if not self.supplies[place]:
            raise Disagreement("a supply that nobody's joining or leaving made")
        self.supplies[place] -= 1

    # Votes ------------------------------------------------------------------------------------------------------------

    def _open(self, event: VoteOpened) -> None:
        self._desk.open_vote_as(
            event.key, event.community, event.roster, close=event.close, deadline=event.deadline
        )

    def _post(self, event: LeafPosted) -> None:
        vote = self._desk.vote(event.key)
        if vote is None or event.index >= len(vote.roster):
            raise Disagreement("a leaf of no vote, or of no place in it")
        proof = tree_proof(voter_nodes(vote.roster, keccak), event.index, keccak)
        self._desk.post_leaf(event.member, event.key, event.index, event.leaf, proof)

    def _publish(self, event: VotePublished) -> None:
        vote = self._desk.vote(event.key)
        if vote is None:
            raise Disagreement("published without a vote")
        community: Party = vote.community
        same("root", event.root, self._desk.publish_vote(community, event.key, event.leaves, event.result))

    def _known(self, key: bytes) -> ForwardTerms:
        terms = self._terms.get(key)
        if terms is None:
            raise Disagreement("a contract that was not signed")
        return terms

    def _member(self, place: Place) -> MemberJoined:
        joined = self._joined.get(place)
        if joined is None:
            raise Disagreement("a member that did not join")
        return joined
