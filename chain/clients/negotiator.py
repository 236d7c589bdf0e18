"""``UtilityNegotiator`` as Python sees it."""

from collections.abc import Sequence

from chain import packing
from chain.calls import Action, Function
from chain.clients.base import party
from chain.clients.market import MarketClient
from chain.signing import Signature
from market.ledger.port import OpenRequest, ProviderOrder, SessionView
from market.terms import Deal, DealStatus, Lock, Party, SessionStatus

RECORD_GAS = 220_000
"""Most gas that recording one interval of a deal uses."""
SETTLE_GAS = 130_000
"""Most gas that settling one interval uses."""
MOVE_GAS = 12_000
"""Most gas that disclosing one earlier offer uses."""

_REQUEST = "(address,bool,uint32,uint32,uint16,uint32,bool,uint16,uint32)"
_VIEW = "(uint8,address,address,uint32,uint32,uint32,uint16,uint32,bool,bool,uint16,uint16,uint32,uint64,uint64,uint64,uint8)"


class NegotiatorClient(MarketClient):
    """``UtilityNegotiator``."""

    TARIFF = Function("TARIFF()", "address")
    PROVIDER_CAP = Function("PROVIDER_CAP()", "uint64")
    SESSIONS = Function("sessions(uint64)", _VIEW)
    SESSION_COUNT = Function("sessionCount()", "uint64")
    DEAL_SLOT = Function("dealSlot(bytes32)", "uint8,uint48,bytes25")
    DEAL_KEY = Function("dealKey(address,address,uint64)", "bytes32")
    OFFER_DIGEST = Function(f"offerDigest({packing.OFFER_ABI})", "bytes32")
    RELEASE_DIGEST = Function("releaseDigest(bytes32)", "bytes32")
    OPEN = Function(f"open({_REQUEST})", "uint64")
    JOIN = Function("join(uint64,uint32,uint32)")
    OFFER = Function("offer(uint64,uint64,uint64,uint8)")
    ACCEPT = Function("accept(uint64,uint16,uint64,uint64)", "bytes32")
    WITHDRAW_FROM = Function("withdrawFrom(uint64)")
    EXPIRE = Function("expire(uint64)")
    CANCEL = Function("cancel(address,uint64)")
    RELEASE = Function(f"release({packing.DEAL_ABI},bytes,bytes)")
    BUY = Function("buyFromProvider(uint64,uint32,uint32,uint64,uint64)", "bytes32")
    SELL = Function("sellToProvider(uint64,uint32,uint32,uint64,uint64,uint64)", "bytes32")

    def tariff(self) -> Party:
        """The provider's tariff; ``NOBODY`` where there is none."""
        return party(self._read(self.TARIFF))

    def constants(self) -> dict[str, int]:
        """UTILITY, PROVIDER_CAP and the two of the pause, under their names in :class:`MarketRules`."""
        return {**super().constants(), "provider_cap": int(self._read(self.PROVIDER_CAP))}

    def session(self, session: int, block: int | None = None) -> SessionView:
        """A session; one that was never opened has status ``NONE``."""
        (
            status,
            initiator,
            responder,
            initiator_meter,
            responder_meter,
            interval,
            count,
            max_ahead,
            initiator_sells,
            issue_by_issue,
            rounds,
            max_rounds,
            timeout,
            deadline,
            price,
            energy,
            locked,
        ) = self._read(self.SESSIONS, session, block=block)
        return SessionView(
            status=SessionStatus(status),
            initiator=party(initiator),
            responder=party(responder),
            initiator_meter=initiator_meter,
            responder_meter=responder_meter,
            interval=interval,
            count=count,
            max_ahead=max_ahead,
            initiator_sells=initiator_sells,
            issue_by_issue=issue_by_issue,
            rounds=rounds,
            max_rounds=max_rounds,
            timeout=timeout,
            deadline=deadline,
            price=price,
            energy=energy,
            locked=Lock(locked),
        )

    def deal_slots(self, keys: Sequence[bytes], block: int | None = None) -> list[tuple[DealStatus, int]]:
        """Status and place in the queue of each slot."""
        answers = self._read_many(self.DEAL_SLOT, [(key,) for key in keys], block)
        return [(DealStatus(status), int(position)) for status, position, _ in answers]

    def deal_key(self, one: Party, other: Party, nonce: int) -> bytes:
        """Slot of a run's first interval."""
        return bytes(self._read(self.DEAL_KEY, one, other, nonce))

    def release_digest(self, key: bytes) -> bytes:
        """What both parties sign to undo a run."""
        return bytes(self._read(self.RELEASE_DIGEST, key))

    def open(self, request: OpenRequest) -> Action:
        """Open a session."""
        values = (
            request.counterpart,
            request.selling,
            request.meter,
            request.interval,
            request.count,
            request.max_ahead,
            request.issue_by_issue,
            request.max_rounds,
            request.timeout,
        )
        return self._action("open", self.OPEN.encode(values), 300_000)

    def join(self, session: int, meter: int, max_ahead: int) -> Action:
        """Join a session."""
        return self._action("join", self.JOIN.encode(session, meter, max_ahead), 200_000)

    def offer(self, session: int, price: int, energy: int, locked: Lock) -> Action:
        """Make an offer in a session."""
        return self._action("offer", self.OFFER.encode(session, price, energy, int(locked)), 150_000)

    def accept(self, session: int, round: int, price: int, energy: int, count: int) -> Action:
        """Take the standing offer; ``count`` intervals are recorded."""
        gas = 200_000 + RECORD_GAS * count
        return self._action("accept", self.ACCEPT.encode(session, round, price, energy), gas)

    def withdraw_from(self, session: int) -> Action:
        """Leave a session."""
        return self._action("leave", self.WITHDRAW_FROM.encode(session), 150_000)

    def expire(self, session: int) -> Action:
        """Close a session whose turn has run out."""
        return self._action("expire", self.EXPIRE.encode(session), 150_000)

    def cancel(self, counterpart: Party, nonce: int) -> Action:
        """Burn a session number."""
        return self._action("cancel", self.CANCEL.encode(counterpart, nonce), 100_000)

    def release(self, deal: Deal, seller: Signature, buyer: Signature) -> Action:
        """Undo a run of deals."""
        values = (
            deal.seller,
            deal.buyer,
            deal.nonce,
            deal.seller_meter,
            deal.buyer_meter,
            deal.interval,
            deal.count,
            deal.price,
            deal.energy,
        )
        data = self.RELEASE.encode(values, bytes(seller), bytes(buyer))
        return self._action("release", data, 200_000 + 80_000 * deal.count, items=deal.count)

    def trade(self, order: ProviderOrder) -> Action:
        """Buy from or sell to the provider."""
        common = (order.number, order.meter, order.interval, order.energy, order.limit)
        if order.selling:
            return self._action("provider", self.SELL.encode(*common, order.max_ahead), 400_000)
        return self._action("provider", self.BUY.encode(*common), 350_000)

    def record_batch(self, agreements: Sequence[bytes], gas: int) -> Action:
        """Record agreements (see :mod:`chain.packing`); those refused are skipped."""
        return self._action("record", packing.record_batch(agreements), gas, items=len(agreements))

    def settle_batch(self, deals: Sequence[tuple[Deal, int]]) -> Action:
        """Settle intervals; those refused are skipped."""
        gas = 150_000 + SETTLE_GAS * len(deals)
        return self._action("settle", packing.settle_batch(deals), gas, items=len(deals))
