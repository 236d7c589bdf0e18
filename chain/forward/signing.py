"""The signed messages of forward contracts and votes, and of meters' registers (EIP-712), and who seals them.

What is signed is fixed by ``ForwardContracts`` (``forwardDigest``, ``membershipDigest``, ``ballotDigest``) and by
``MeterRegistry`` (``registersDigest``); a test compares each digest with the contracts'.
"""

from collections.abc import Mapping

from coincurve import PrivateKey
from eth_hash.auto import keccak

from chain.signing import Domain, digest, sign
from market.forward.terms import Ballots, ForwardTerms, Membership, SignedBallots
from market.forward.trees import TERMS_TYPE, ballot_leaf, terms_hash
from market.forward.words import address, words
from market.ledger.port import Registers
from market.terms import Party

MEMBERSHIP_TYPE = keccak(
    b"Membership(ForwardTerms terms,address member,uint32 meter,uint64 maxDeposit,uint64 expiry)" + TERMS_TYPE
)
BALLOTS_TYPE = keccak(b"Ballots(bytes32 vote,uint32 index,bytes32 votes,bytes32 salt)")
REGISTERS_TYPE = keccak(
    b"Registers(uint32 meter,uint32 at,bytes32 schedule,uint64[4] imported,uint64[4] exported)"
)


def membership_hash(membership: Membership) -> bytes:
    """Struct hash of a member's consent; the terms stand in it by theirs."""
    return keccak(
        MEMBERSHIP_TYPE
        + membership.terms
        + address(membership.member)
        + words(membership.meter, membership.max_deposit, membership.expiry)
    )


def ballots_hash(ballots: Ballots) -> bytes:
    """Struct hash of a member's ballots."""
    return keccak(BALLOTS_TYPE + ballots.vote + words(ballots.index) + ballots.votes + ballots.salt)


def registers_hash(registers: Registers) -> bytes:
    """Struct hash of a meter's registers."""
    return keccak(
        REGISTERS_TYPE
        + words(registers.meter, registers.at)
        + registers.schedule
        + keccak(words(*registers.imported))
        + keccak(words(*registers.exported))
    )


def vote_key(chain_id: int, desk: Party, community: Party, nonce: int) -> bytes:
    """A vote's key: keccak256(abi.encode(chain id, desk, community, nonce))."""
    return keccak(words(chain_id) + address(desk) + address(community) + words(nonce))


class ForwardDigests:
    """What is signed for a desk."""

    __slots__ = ("_separator",)

    def __init__(self, desk: Domain) -> None:
        self._separator = desk.separator()

    def forward_digest(self, terms: ForwardTerms) -> bytes:
        """What retailer and community sign."""
        return digest(self._separator, terms_hash(terms, keccak))

    def membership_digest(self, membership: Membership) -> bytes:
        """What a member signs to take part."""
        return digest(self._separator, membership_hash(membership))

    def ballot_digest(self, ballots: Ballots) -> bytes:
        """What a voter signs."""
        return digest(self._separator, ballots_hash(ballots))


class ForwardKeyringSigner(ForwardDigests):
    """Seals with the parties' own keys (``market.forward.port.ForwardSigner``)."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[Party, PrivateKey], desk: Domain) -> None:
        super().__init__(desk)
        self._keys = keys

    def sign_forward(self, party: Party, terms: ForwardTerms) -> bytes:
        """The signature of ``party``, retailer or community."""
        return bytes(sign(self._keys[party], self.forward_digest(terms)))

    def sign_membership(self, membership: Membership) -> bytes:
        """The member's signature over its consent."""
        return bytes(sign(self._keys[membership.member], self.membership_digest(membership)))

    def sign_ballots(self, member: Party, ballots: Ballots) -> SignedBallots:
        """A member's ballots, sealed and with their leaf."""
        message = self.ballot_digest(ballots)
        signature = bytes(sign(self._keys[member], message))
        return SignedBallots(ballots, signature, ballot_leaf(message, signature, keccak))
