"""What a market day writes down, one frozen row for each thing that happened: the source of tables and figures.

Energy in base units, money in token units, times of the run in intervals. Rows hold what the market saw and nothing of
what its agents thought.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One negotiation."""

    session: int
    """Counted through the run, from 1."""
    step: int
    interval: int
    seller: str
    buyer: str
    channel: str
    """``chain`` (offer by offer on the ledger) or ``signed``."""
    outcome: str
    """``agreed``, ``withdrawn``, ``deadline`` or ``refused`` (agreed, but the ledger refused to record it)."""
    reason: str
    """Of a withdrawal or refusal, otherwise empty."""
    rounds: int
    price: int
    energy: int
    """Price and energy of the agreement, 0 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One offer of a negotiation."""

    session: int
    step: int
    round: int
    proposer: str
    price: int
    energy: int
    locked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DealRow:
    """One interval of a recorded deal and how it ended."""

    session: int
    """0: a trade with the provider."""
    interval: int
    seller: str
    buyer: str
    price: int
    energy: int
    position: int
    delivered: int
    paid: int
    refunded: int
    provider_buys: int
    """The provider's prices for the interval: what each side would have got or paid without the deal."""
    provider_sells: int
    seller_gain: int
    """(price − provider's buying price) × delivered; 0 for the provider itself."""
    buyer_gain: int
    """(provider's selling price − price) × delivered; 0 for the provider itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRow:
    """One meter in one interval, and what it had promised."""

    meter: str
    interval: int
    exported: int
    imported: int
    sold: int
    bought: int
    posted: str
    """Empty if the reading stands, otherwise the refusal; ``silent`` if none was posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """One order to the provider that was refused (those that stand are deals)."""

    interval: int
    party: str
    selling: bool
    energy: int
    limit: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanSessionRow:
    """One negotiation of a loan (q, τ)."""

    session: int
    """Counted through the run's negotiations of loans, from 1."""
    step: int
    interval: int
    opener: str
    """The first-named party: a positive quantity means that it lends."""
    responder: str
    outcome: str
    """As in :class:`SessionRow`."""
    reason: str
    rounds: int
    quantity: int
    return_after: int
    """q and τ of the agreement, 0 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanOfferRow:
    """One offer of a loan's negotiation."""

    session: int
    step: int
    round: int
    proposer: str
    quantity: int
    return_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRow:
    """A recorded loan and how it ended: compensation + refunded = collateral."""

    session: int
    lender: str
    borrower: str
    interval: int
    """In which is lent."""
    returned_in: int
    quantity: int
    given_position: int
    returned_position: int
    price: int
    """Compensation, token units per base unit that is not returned."""
    collateral: int
    status: str
    """``settled`` or ``voided``."""
    principal: int
    """Delivered by the lender's meter."""
    returned: int
    """Delivered by the borrower's meter, at most the quantity."""
    shortfall: int
    """principal − min(returned, principal)."""
    compensation: int
    refunded: int
    freed: bool
    """The place of a voided loan's return leg was given back."""
