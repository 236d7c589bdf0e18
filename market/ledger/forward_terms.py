"""What a forward contract must be for it to be signed, and that its values fit their types."""

from market.forward.schedule import missing_hours, overlaps
from market.forward.terms import BLOCKS, MOST_BOUNDARIES, Bill, ForwardTerms, Joining, Membership
from market.ledger.errors import (
    BadBlocks,
    BadBoundaries,
    ForwardOverflow,
    MissingHours,
    NonceOutOfRange,
    OverlappingBlocks,
    RateOverflow,
    SelfForward,
    ZeroVolume,
)
from market.ledger.ranges import INT64, INT64_MAX, UINT16, UINT32, UINT64, bytes32, signed, unsigned, word
from market.terms import PROVIDER_NONCE

RATE_END = 2**40
"""Rates from here on are refused."""
VOLUME_END = 2**54
"""Contracted volumes from here on, in magnitude, are refused: registers that they are added to still fit."""
UINT168 = 2**168


def check_terms(terms: ForwardTerms) -> None:
    """Refuse what is no contract.

    Raises
    ------
    SelfForward, NonceOutOfRange, BadBoundaries, BadBlocks, RateOverflow, OverlappingBlocks, MissingHours, ZeroVolume,
    ForwardOverflow
    """
    if terms.retailer == terms.community:
        raise SelfForward(terms.retailer)
    if terms.nonce >= PROVIDER_NONCE:
        raise NonceOutOfRange(terms.nonce)
    _check_boundaries(terms.boundaries)
    blocks = terms.blocks
    if not 1 <= len(blocks) <= BLOCKS or not len(blocks) == len(terms.rates) == len(terms.expected):
        raise BadBlocks(len(blocks), len(terms.rates), len(terms.expected))
    for index, rate in enumerate(terms.rates):
        if rate >= RATE_END:
            raise RateOverflow(index, rate)
    for index, shared in enumerate(overlaps(blocks)):
        if shared:
            raise OverlappingBlocks(index, shared)
    missing = missing_hours(blocks)
    if missing:
        raise MissingHours(missing)
    if not any(terms.expected):
        raise ZeroVolume()
    check_amount("exitFee", terms.exit_fee)
    check_amount("retailerDeposit", terms.retailer_deposit)


def check_amount(name: str, value: int) -> None:
    """Refuse token units that exceed an int64 (``ForwardOverflow``)."""
    if value > INT64_MAX:
        raise ForwardOverflow(bytes32(name), value)


def are_volumes(terms: ForwardTerms, volumes: tuple[int, ...]) -> bool:
    """Whether these can be a member's contracted volumes: as many as there are, none too large."""
    return len(volumes) == terms.periods * len(terms.blocks) and all(
        -VOLUME_END < volume < VOLUME_END for volume in volumes
    )


def _check_boundaries(boundaries: tuple[int, ...]) -> None:
    if not 2 <= len(boundaries) <= MOST_BOUNDARIES:
        raise BadBoundaries(len(boundaries))
    for index in range(1, len(boundaries)):
        if boundaries[index] <= boundaries[index - 1]:
            raise BadBoundaries(index)


def encodable(terms: ForwardTerms) -> ForwardTerms:
    """``terms`` themselves if each value fits its type (``NotEncodable``)."""
    for name, bound in _BOUNDS.items():
        unsigned(name, getattr(terms, name), bound)
    for boundary in terms.boundaries:
        unsigned("boundary", boundary, UINT32)
    for block in terms.blocks:
        unsigned("block", block, UINT168)
    for rate in terms.rates:
        unsigned("rate", rate, UINT64)
    _signed("expected", terms.expected)
    for name in ("zone", "roster", "decision"):
        word(name, getattr(terms, name))
    return terms


def encodable_joining(joining: Joining) -> Joining:
    """``joining`` itself if each value fits its type (``NotEncodable``)."""
    encodable(joining.terms)
    encodable_membership(joining.membership)
    _signed("volume", joining.volumes)
    for node in joining.proof:
        word("proof", node)
    return joining


def encodable_membership(membership: Membership) -> Membership:
    """``membership`` itself if each value fits its type (``NotEncodable``)."""
    word("terms", membership.terms)
    unsigned("meter", membership.meter, UINT32)
    unsigned("max_deposit", membership.max_deposit, UINT64)
    unsigned("expiry", membership.expiry, UINT64)
    return membership


def encodable_bill(bill: Bill) -> Bill:
    """``bill`` itself if each value fits its type (``NotEncodable``)."""
    unsigned("meter", bill.meter, UINT32)
    unsigned("period", bill.period, UINT16)
    _signed("volume", bill.volumes)
    return bill


def _signed(name: str, values: tuple[int, ...]) -> None:
    for value in values:
        signed(name, value, INT64)


_BOUNDS = {
    "nonce": UINT64,
    "exit_fee": UINT64,
    "retailer_deposit": UINT64,
    "expiry": UINT64,
}
