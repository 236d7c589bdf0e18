"""The four contracts as Python sees them: typed reads, and actions for a sender to sign.

No rules live here; what a call refuses comes back as the ledger's errors. Gas bounds are measured maxima with room (see
``tests/chain/test_gas_bounds.py``): a bound that is given saves an estimate for each transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from chain import packing
from chain.calls import Action, Function, answer_of, read
from chain.errors import ChainError
from chain.port import Call, Network
from chain.signing import Signature, address_bytes
from market.ledger.port import MeterInterval, OpenRequest, ProviderOrder, Reading, SessionView, TariffStep
from market.terms import Deal, DealStatus, Lock, Party, SessionStatus

UINT256_MAX = 2**256 - 1
_REQUEST = "(address,bool,uint32,uint32,uint16,uint32,bool,uint16,uint32)"
_VIEW = "(uint8,address,address,uint32,uint32,uint32,uint16,uint32,bool,bool,uint16,uint16,uint32,uint64,uint64,uint64,uint8)"
_METER = "(address,uint32,uint32,uint8,bool,address,address)"
_SLOT = "(uint64,uint64,uint64,bool)"


def party(address: str | bytes) -> Party:
    """An address in checksum form."""
    return Party(to_checksum_address(address))


@dataclass(frozen=True, slots=True)
class MeterView:
    """What the registry keeps of a meter."""

    owner: Party
    rating: int
    retired_from: int
    utility: int
    frozen: bool
    key: Party
    attester: Party


class Contract:
    """An address on a network."""

    def __init__(self, network: Network, address: str) -> None:
        self.network = network
        self.address = party(address)
        self.to = address_bytes(address)

    def _read(self, function: Function, *values: Any, block: int | None = None) -> Any:
        return read(self.network, self.to, function, *values, block=block)

    def _read_many(
        self, function: Function, values: Sequence[tuple[Any, ...]], block: int | None
    ) -> list[Any]:
        calls = [Call(self.to, function.encode(*each)) for each in values]
        return [answer_of(function, answer) for answer in self.network.call(calls, block)]

    def _action(self, kind: str, data: bytes, gas: int, *, value: int = 0, items: int = 1) -> Action:
        return Action(kind, self.to, data, gas, value, items)


class TokenClient(Contract):
    """``UtilityToken``."""

    WEI_PER_UNIT = Function("WEI_PER_UNIT()", "uint256")
    BALANCE_OF = Function("balanceOf(address)", "uint256")
    ALLOWANCE = Function("allowance(address,address)", "uint256")
    TOTAL_SUPPLY = Function("totalSupply()", "uint256")
    BUY = Function("buy()", "uint256")
    REDEEM = Function("redeem(uint256)")
    APPROVE = Function("approve(address,uint256)", "bool")

    def wei_per_unit(self) -> int:
        """Wei per token unit."""
        return int(self._read(self.WEI_PER_UNIT))

    def balance_of(self, holder: Party) -> int:
        """Token units held outside the market."""
        return int(self._read(self.BALANCE_OF, holder))

    def balances(self, holders: Sequence[Party], block: int | None = None) -> list[int]:
        """Token units of each."""
        return self._read_many(self.BALANCE_OF, [(holder,) for holder in holders], block)

    def allowance(self, holder: Party, spender: Party) -> int:
        """Token units that ``spender`` may still take."""
        return int(self._read(self.ALLOWANCE, holder, spender))

    def total_supply(self) -> int:
        """Token units in existence."""
        return int(self._read(self.TOTAL_SUPPLY))

    def buy(self, value: int) -> Action:
        """Buy token units for ``value`` wei."""
        return self._action("buy", self.BUY.encode(), 150_000, value=value)

    def redeem(self, amount: int) -> Action:
        """Give token units back for Ether."""
        return self._action("redeem", self.REDEEM.encode(amount), 120_000)

    def approve(self, spender: Party, amount: int = UINT256_MAX) -> Action:
        """Let ``spender`` take token units."""
        return self._action("approve", self.APPROVE.encode(spender, amount), 80_000)


class RegistryClient(Contract):
    """``MeterRegistry``."""

    EPOCH = Function("EPOCH()", "uint64")
    INTERVAL = Function("INTERVAL()", "uint32")
    GATE = Function("GATE()", "uint32")
    HORIZON = Function("HORIZON()", "uint32")
    WINDOW = Function("WINDOW()", "uint32")
    REGISTRAR = Function("REGISTRAR()", "address")
    MARKETS = Function("markets()", "address[]")
    METER_COUNT = Function("meterCount()", "uint32")
    METERS = Function("meters(uint32)", _METER)
    SLOTS = Function("slots(uint32,uint32)", _SLOT)
    READING_DIGEST = Function("readingDigest((uint32,uint32,uint64,uint64))", "bytes32")
    LIST_MARKET = Function("listMarket(address)")
    REGISTER = Function("register(address,address,address,uint8,uint32,bytes32,bytes32)", "uint32")
    ALLOW_MARKET = Function("allowMarket(uint32,address,bool)")
    RETIRE = Function("retire(uint32,uint32)")
    PROVE = Function(
        f"proveConflict({packing.READING_ABI},bytes32,bytes32,{packing.READING_ABI},bytes32,bytes32)"
    )

    def constants(self) -> dict[str, int]:
        """EPOCH, INTERVAL, GATE, HORIZON and WINDOW, under their names in :class:`MarketRules`."""
        functions = (self.EPOCH, self.INTERVAL, self.GATE, self.HORIZON, self.WINDOW)
        return {function.name.lower(): int(self._read(function)) for function in functions}

    def registrar(self) -> Party:
        """Who registers meters and lists markets."""
        return party(self._read(self.REGISTRAR))

    def markets(self) -> list[Party]:
        """Listed markets."""
        return [party(each) for each in self._read(self.MARKETS)]

    def meter_count(self) -> int:
        """Meters registered so far; their ids count from 1."""
        return int(self._read(self.METER_COUNT))

    def meter(self, meter: int) -> MeterView:
        """What is kept of a meter; an unknown one has no owner."""
        owner, rating, retired, utility, frozen, key, attester = self._read(self.METERS, meter)
        return MeterView(party(owner), rating, retired, utility, frozen, party(key), party(attester))

    def slots(self, keys: Sequence[tuple[int, int]], block: int | None = None) -> list[MeterInterval]:
        """What is known of each (meter, interval)."""
        return [
            MeterInterval(exported=exported, imported=imported, committed=committed, recorded=recorded)
            for exported, imported, committed, recorded in self._read_many(self.SLOTS, list(keys), block)
        ]

    def reading_digest(self, reading: Reading) -> bytes:
        """What the meter's key signs."""
        values = (reading.meter, reading.interval, reading.exported, reading.imported)
        return bytes(self._read(self.READING_DIGEST, values))

    def list_market(self, market: Party) -> Action:
        """List a market."""
        return self._action("list market", self.LIST_MARKET.encode(market), 150_000)

    def register(
        self, owner: Party, key: Party, attester: Party, utility: int, rating: int, signature: Signature
    ) -> Action:
        """Register a meter."""
        data = self.REGISTER.encode(owner, key, attester, utility, rating, signature.r, signature.vs)
        return self._action("register", data, 250_000)

    def allow_market(self, meter: int, market: Party, allowed: bool) -> Action:
        """Let a market commit a meter's energy, or stop it."""
        return self._action("allow", self.ALLOW_MARKET.encode(meter, market, allowed), 100_000)

    def retire(self, meter: int, from_interval: int) -> Action:
        """Retire a meter."""
        return self._action("retire", self.RETIRE.encode(meter, from_interval), 80_000)

    def post_batch(self, readings: Sequence[tuple[Reading, Signature, Signature | None]]) -> Action:
        """Post readings; those refused are skipped."""
        gas = 100_000 + 90_000 * len(readings)
        return self._action("post", packing.post_batch(readings), gas, items=len(readings))

    def prove_conflict(self, first: tuple[Reading, Signature], second: tuple[Reading, Signature]) -> Action:
        """Show two readings that differ."""
        values: list[Any] = []
        for reading, signature in (first, second):
            words = (reading.meter, reading.interval, reading.exported, reading.imported)
            values += [words, signature.r, signature.vs]
        return self._action("conflict", self.PROVE.encode(*values), 150_000)


class TariffClient(Contract):
    """``ProviderTariff``."""

    PROVIDER = Function("PROVIDER()", "address")
    PRICE_AT = Function("priceAt(uint32)", "uint64,uint64")
    APPEND = Function("append((uint32,uint64,uint64)[])")

    def provider(self) -> Party:
        """Whose prices these are."""
        return party(self._read(self.PROVIDER))

    def price_at(self, interval: int) -> tuple[int, int]:
        """(buy, sell), token units per base unit."""
        buy, sell = self._read(self.PRICE_AT, interval)
        return int(buy), int(sell)

    def append(self, steps: Sequence[TariffStep]) -> Action:
        """Append steps."""
        values = [(step.from_interval, step.buy_price, step.sell_price) for step in steps]
        return self._action("tariff", self.APPEND.encode(values), 100_000 + 60_000 * len(steps))


class NegotiatorClient(Contract):
    """``UtilityNegotiator``."""

    TOKEN = Function("TOKEN()", "address")
    REGISTRY = Function("REGISTRY()", "address")
    TARIFF = Function("TARIFF()", "address")
    UTILITY = Function("UTILITY()", "uint8")
    GUARDIAN = Function("GUARDIAN()", "address")
    PAUSE_LENGTH = Function("PAUSE_LENGTH()", "uint32")
    PAUSE_COOLDOWN = Function("PAUSE_COOLDOWN()", "uint32")
    PROVIDER_CAP = Function("PROVIDER_CAP()", "uint64")
    BALANCE_OF = Function("balanceOf(address)", "uint256")
    SESSIONS = Function("sessions(uint64)", _VIEW)
    SESSION_COUNT = Function("sessionCount()", "uint64")
    DEAL_SLOT = Function("dealSlot(bytes32)", "uint8,uint48,bytes25")
    DEAL_KEY = Function("dealKey(address,address,uint64)", "bytes32")
    OFFER_DIGEST = Function(f"offerDigest({packing.OFFER_ABI})", "bytes32")
    RELEASE_DIGEST = Function("releaseDigest(bytes32)", "bytes32")
    PAUSED_UNTIL = Function("pausedUntil()", "uint256")
    DEPOSIT = Function("deposit(uint256)")
    WITHDRAW = Function("withdraw(uint256)")
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
    PAUSE = Function("pause()")

    def token(self) -> Party:
        """The market's currency."""
        return party(self._read(self.TOKEN))

    def registry(self) -> Party:
        """The market's registry."""
        return party(self._read(self.REGISTRY))

    def tariff(self) -> Party:
        """The provider's tariff; ``NOBODY`` where there is none."""
        return party(self._read(self.TARIFF))

    def guardian(self) -> Party:
        """Who may pause."""
        return party(self._read(self.GUARDIAN))

    def constants(self) -> dict[str, int]:
        """UTILITY, PROVIDER_CAP and the two of the pause, under their names in :class:`MarketRules`."""
        functions = (self.UTILITY, self.PROVIDER_CAP, self.PAUSE_LENGTH, self.PAUSE_COOLDOWN)
        return {function.name.lower(): int(self._read(function)) for function in functions}

    def balance_of(self, holder: Party, block: int | None = None) -> int:
        """Free token units inside the market."""
        return int(self._read(self.BALANCE_OF, holder, block=block))

    def balances(self, holders: Sequence[Party], block: int | None = None) -> list[int]:
        """Free token units of each."""
        return self._read_many(self.BALANCE_OF, [(holder,) for holder in holders], block)

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

    def paused_until(self) -> int:
        """Seconds since 1970."""
        return int(self._read(self.PAUSED_UNTIL))

    def deposit(self, amount: int) -> Action:
        """Move token units into the market."""
        return self._action("deposit", self.DEPOSIT.encode(amount), 150_000)

    def withdraw(self, amount: int) -> Action:
        """Move free balance out of the market."""
        return self._action("withdraw", self.WITHDRAW.encode(amount), 120_000)

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

    def pause(self) -> Action:
        """Stop new business for a while."""
        return self._action("pause", self.PAUSE.encode(), 100_000)


RECORD_GAS = 220_000
"""Most gas that recording one interval of a deal uses."""
SETTLE_GAS = 130_000
"""Most gas that settling one interval uses."""
MOVE_GAS = 12_000
"""Most gas that disclosing one earlier offer uses."""

__all__ = [
    "MOVE_GAS",
    "RECORD_GAS",
    "SETTLE_GAS",
    "ChainError",
    "Contract",
    "MeterView",
    "NegotiatorClient",
    "RegistryClient",
    "TariffClient",
    "TokenClient",
    "party",
]
