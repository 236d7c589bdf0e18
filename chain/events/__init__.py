"""Every event of the market's contracts as a typed value, and where it stands on its chain.

The classes of these modules *are* the declaration: a field's annotation holds its Solidity type, and class and fields
give the topic. What an event means stands in ``contracts/interfaces``. Decoding is in ``chain.decoding``, fetching in
``chain.logs``; whether a node tells the truth about events is for the audit (``chain.audit``).
"""

from chain.events.base import Event, Origin
from chain.events.loans import (
    LoanAgreed,
    LoanCancelled,
    LoanOfferDisclosed,
    LoanRecorded,
    LoanReleased,
    LoanSettled,
    LoansEvent,
    LoanVoided,
)
from chain.events.market import Deposited, ItemSkipped, MarketEvent, Paused, Withdrawn
from chain.events.negotiator import (
    AgreementSigned,
    DealCancelled,
    DealRecorded,
    DealReleased,
    DealSettled,
    NegotiatorEvent,
    OfferDisclosed,
    OfferMade,
    SessionClosed,
    SessionJoined,
    SessionOpened,
)
from chain.events.registry import (
    Committed,
    MarketAllowed,
    MarketListed,
    MeterFrozen,
    MeterRegistered,
    MeterRetired,
    ReadingPosted,
    ReadingSkipped,
    RegistryEvent,
    Uncommitted,
)
from chain.events.tariff import TariffAppended
from chain.events.token import Approval, Bought, Redeemed, TokenEvent, Transfer

__all__ = [
    "AgreementSigned",
    "Approval",
    "Bought",
    "Committed",
    "DealCancelled",
    "DealRecorded",
    "DealReleased",
    "DealSettled",
    "Deposited",
    "Event",
    "ItemSkipped",
    "LoanAgreed",
    "LoanCancelled",
    "LoanOfferDisclosed",
    "LoanRecorded",
    "LoanReleased",
    "LoanSettled",
    "LoanVoided",
    "LoansEvent",
    "MarketAllowed",
    "MarketEvent",
    "MarketListed",
    "MeterFrozen",
    "MeterRegistered",
    "MeterRetired",
    "NegotiatorEvent",
    "OfferDisclosed",
    "OfferMade",
    "Origin",
    "Paused",
    "ReadingPosted",
    "ReadingSkipped",
    "Redeemed",
    "RegistryEvent",
    "SessionClosed",
    "SessionJoined",
    "SessionOpened",
    "TariffAppended",
    "TokenEvent",
    "Transfer",
    "Uncommitted",
    "Withdrawn",
]
