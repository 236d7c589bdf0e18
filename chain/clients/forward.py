"""``ForwardContracts`` as Python sees it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from chain.calls import Action, Function
from chain.clients.base import party
from chain.clients.market import MarketClient
from chain.events.forward import MEMBERSHIP_ABI, TERMS_ABI
from market.forward.terms import (
    Bill,
    ForwardStatus,
    ForwardTerms,
    Joining,
    Membership,
    MemberState,
    SignedForward,
)
from market.terms import Party

BILL_ABI = "(uint32,uint16,int64[])"
_STATE = "(address,uint64,uint16,uint16,bool,bool,int64[4],bytes32)"
SIGN_GAS = 700_000
"""Most gas that signing uses, besides its boundaries."""
BILL_GAS = 120_000
"""Most gas that billing one member by difference uses."""
JOIN_GAS = 420_000
"""Most gas that joining uses, besides its volumes."""
WORD_GAS = 6_000
"""Most gas of one more word of an array in a call, hashed and logged; a boundary's, a volume's."""


class ForwardClient(MarketClient):
    """``ForwardContracts``."""

    KIND: ClassVar[str] = "forward."
    SLOT = Function("forwardSlot(bytes32)", "uint8,uint32,uint64,bytes32")
    MEMBER = Function("memberState(bytes32,uint32)", _STATE)
    DIGEST = Function(f"forwardDigest({TERMS_ABI})", "bytes32")
    MEMBERSHIP_DIGEST = Function(f"membershipDigest({MEMBERSHIP_ABI})", "bytes32")
    BALLOT_DIGEST = Function("ballotDigest(bytes32,uint32,bytes32,bytes32)", "bytes32")
    SIGN = Function(f"signForward({TERMS_ABI},bytes,bytes)")
    CANCEL = Function("cancelForward(address,uint64)")
    JOIN = Function(f"joinForward({TERMS_ABI},{MEMBERSHIP_ABI},int64[],bytes32[],bytes)")
    BILL = Function(f"billMember({TERMS_ABI},{BILL_ABI})")
    BILL_BATCH = Function(f"billBatch({TERMS_ABI},{BILL_ABI}[])")
    EXIT = Function(f"exitForward({TERMS_ABI},uint32)")
    CLOSE = Function(f"closeForward({TERMS_ABI})")
    OPEN_VOTE = Function("openVote(uint64,address[],uint64,uint64)")
    POST_LEAF = Function("postLeaf(bytes32,uint32,bytes32,bytes32[])")
    PUBLISH = Function("publishVote(bytes32,bytes32[],bytes32)")

    def slots(
        self, keys: Sequence[bytes], block: int | None = None
    ) -> list[tuple[ForwardStatus, int, int, bytes]]:
        """Status, open members, what is left of the retailer's deposit, and the terms' hash of each."""
        answers = self._read_many(self.SLOT, [(key,) for key in keys], block)
        return [(ForwardStatus(a), int(b), int(c), bytes(d)) for a, b, c, d in answers]

    def members(self, places: Sequence[tuple[bytes, int]], block: int | None = None) -> list[MemberState]:
        """What stands of each member, by contract and meter."""
        return [
            MemberState(
                member=party(member),
                deposit=deposit,
                billed=billed,
                last=last,
                based=based,
                exited=exited,
                accounted=tuple(accounted),
                volumes_hash=bytes(volumes),
            )
            for member, deposit, billed, last, based, exited, accounted, volumes in self._read_many(
                self.MEMBER, list(places), block
            )
        ]

    def digest(self, terms: ForwardTerms) -> bytes:
        """What both parties sign."""
        return bytes(self._read(self.DIGEST, terms_values(terms)))

    def membership_digest(self, membership: Membership) -> bytes:
        """What a member signs."""
        return bytes(self._read(self.MEMBERSHIP_DIGEST, membership_values(membership)))

    def ballot_digest(self, vote: bytes, index: int, votes: bytes, salt: bytes) -> bytes:
        """What a voter signs."""
        return bytes(self._read(self.BALLOT_DIGEST, vote, index, votes, salt))

    def sign(self, signed: SignedForward) -> Action:
        """Record what both signed."""
        terms = signed.terms
        data = self.SIGN.encode(terms_values(terms), signed.retailer_signature, signed.community_signature)
        return self._action("forward.sign", data, SIGN_GAS + WORD_GAS * len(terms.boundaries))

    def cancel(self, counterpart: Party, nonce: int) -> Action:
        """Burn a contract's number."""
        return self._action("forward.cancel", self.CANCEL.encode(counterpart, nonce), 100_000)

    def join(self, joining: Joining) -> Action:
        """A member takes part."""
        data = self.JOIN.encode(
            terms_values(joining.terms),
            membership_values(joining.membership),
            list(joining.volumes),
            list(joining.proof),
            joining.signature,
        )
        words = len(joining.volumes) + len(joining.terms.boundaries) + len(joining.proof)
        return self._action("forward.join", data, JOIN_GAS + WORD_GAS * words)

    def bill(self, terms: ForwardTerms, bill: Bill) -> Action:
        """Bill one period of one member."""
        data = self.BILL.encode(terms_values(terms), bill_values(bill))
        return self._action("forward.bill", data, 100_000 + bill_gas(bill) + 2_000 * len(terms.boundaries))

    def bill_batch(self, terms: ForwardTerms, bills: Sequence[Bill], gas: int) -> Action:
        """Bill many; those refused are skipped."""
        data = self.BILL_BATCH.encode(terms_values(terms), [bill_values(bill) for bill in bills])
        return self._action("forward.bill", data, gas, items=len(bills))

    def exit(self, terms: ForwardTerms, meter: int) -> Action:
        """Leave."""
        data = self.EXIT.encode(terms_values(terms), meter)
        return self._action("forward.exit", data, 250_000 + 2_000 * len(terms.boundaries))

    def close(self, terms: ForwardTerms) -> Action:
        """Give the retailer its deposit back."""
        data = self.CLOSE.encode(terms_values(terms))
        return self._action("forward.close", data, 150_000 + 2_000 * len(terms.boundaries))

    def open_vote(self, nonce: int, roster: Sequence[Party], close: int, deadline: int) -> Action:
        """Fix who votes."""
        data = self.OPEN_VOTE.encode(nonce, list(roster), close, deadline)
        return self._action("forward.open vote", data, 150_000 + 5_000 * len(roster))

    def post_leaf(self, vote: bytes, index: int, leaf: bytes, proof: Sequence[bytes]) -> Action:
        """A member posts its own leaf."""
        data = self.POST_LEAF.encode(vote, index, leaf, list(proof))
        return self._action("forward.post leaf", data, 130_000 + 2_000 * len(proof))

    def publish(self, vote: bytes, leaves: Sequence[bytes], result: bytes) -> Action:
        """All leaves and the result."""
        data = self.PUBLISH.encode(vote, list(leaves), result)
        return self._action("forward.publish", data, 150_000 + 8_000 * len(leaves))


def bill_gas(bill: Bill) -> int:
    """Most gas of one bill."""
    return BILL_GAS + 1_000 * len(bill.volumes)


def terms_values(terms: ForwardTerms) -> tuple[Any, ...]:
    """As the ABI encodes them."""
    return (
        terms.retailer,
        terms.community,
        terms.nonce,
        list(terms.boundaries),
        list(terms.blocks),
        terms.zone,
        list(terms.rates),
        list(terms.expected),
        terms.roster,
        terms.exit_fee,
        terms.retailer_deposit,
        terms.decision,
        terms.expiry,
    )


def membership_values(membership: Membership) -> tuple[Any, ...]:
    """As the ABI encodes them."""
    return (
        membership.terms,
        membership.member,
        membership.meter,
        membership.max_deposit,
        membership.expiry,
    )


def bill_values(bill: Bill) -> tuple[Any, ...]:
    """As the ABI encodes them."""
    return (bill.meter, bill.period, list(bill.volumes))
