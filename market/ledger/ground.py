"""What the markets under one registry share in memory: the clock, the tokens outside them, and the meters.

The ground that :class:`market.ledger.memory.MemoryLedger` stands on; no market of its own.
"""

from collections.abc import Sequence
from hashlib import sha256

from market.ledger import registers as register_book
from market.ledger import registry
from market.ledger.batches import each
from market.ledger.errors import LedgerError
from market.ledger.port import MarketRules, MeterInterval, MeterSpec, Reading, Registers
from market.ledger.registry import Meter, Registry
from market.ledger.times import check_rules
from market.ledger.tokens import Tokens
from market.terms import NOBODY, Party


class Ground:
    """Clock, tokens and meters.

    Parameters
    ----------
    rules
        Constants of the deployment.
    markets
        The listed ones, by their addresses; meters are registered with all of them.
    now
        The clock at the start, seconds since 1970; only :meth:`advance_to` moves it.

    Raises
    ------
    InvalidParameter
        A constant is one with which no market works.
    MarketAlreadyListed
        Two markets have the same address.
    """

    def __init__(self, rules: MarketRules, markets: Sequence[Party], now: int) -> None:
        check_rules(rules)
        self._rules = rules
        self._now = now
        self._tokens = Tokens()
        self._registry = Registry(rules, markets)
        self._names: dict[int, str] = {}

    @property
    def rules(self) -> MarketRules:
        """Constants of the deployment."""
        return self._rules

    def now(self) -> int:
        """Seconds since 1970 on the ledger's clock."""
        return self._now

    def advance_to(self, time: int) -> None:
        """Move the clock to ``time``; a time already past is left alone."""
        self._now = max(self._now, time)

    # Tokens -----------------------------------------------------------------------------------------------------------

    def buy_tokens(self, party: Party, amount: int) -> None:
        """Mint ``amount`` token units to ``party``, who has the Ether (``ZeroTokens``)."""
        self._tokens.buy(party, amount)

    def redeem_tokens(self, party: Party, amount: int) -> None:
        """Burn token units of ``party`` (``ZeroTokens``, ``InsufficientBalance``)."""
        self._tokens.redeem(party, amount)

    def transfer_tokens(self, sender: Party, receiver: Party, amount: int) -> None:
        """Move token units between holders outside the markets (``InsufficientBalance``)."""
        self._tokens.transfer(sender, receiver, amount)

    @property
    def minted(self) -> int:
        """Token units in existence: bought and not redeemed."""
        return self._tokens.minted

    # Meters -----------------------------------------------------------------------------------------------------------

    def register_meter(self, spec: MeterSpec) -> int:
        """Register a meter of this market's utility under a key of its own, opted in to every market by its owner."""
        meter = self.register(owner=spec.owner, rating=spec.rating)
        for market in self._registry.markets:
            self._registry.allow(spec.owner, meter, market, True)
        self._names[meter] = spec.name
        return meter

    def register(
        self,
        *,
        owner: Party,
        rating: int,
        utility: int | None = None,
        key: Party | None = None,
        attester: Party = NOBODY,
    ) -> int:
        """Register a meter as the registrar does; its owner has yet to opt in (:meth:`allow_market`)."""
        number = len(self._registry.meters) + 1
        return self._registry.register(
            owner=owner,
            key=_device_key(self._registry.markets[0], number) if key is None else key,
            attester=attester,
            utility=self._rules.utility if utility is None else utility,
            rating=rating,
        )

    def allow_market(self, caller: Party, meter: int, allowed: bool, market: Party | None = None) -> None:
        """The owner opts a meter in to a market (default: the first, that of deals), or out of new commitments."""
        self._registry.allow(caller, meter, self._registry.markets[0] if market is None else market, allowed)

    def retire_meter(self, meter: int, from_interval: int) -> None:
        """The owner retires a meter from an interval whose gate has not passed."""
        self.retire(self._registry.meter(meter).owner, meter, from_interval)

    def retire(self, caller: Party, meter: int, from_interval: int) -> None:
        """``caller`` retires a meter, which must be his."""
        self._registry.retire(caller, meter, from_interval, self._now)

    def post_readings(self, readings: Sequence[Reading]) -> list[Reading | LedgerError]:
        """Post readings in one batch; each refusal stands at its place."""
        return each(map(registry.encodable, readings), self.post)

    def post(self, reading: Reading) -> Reading:
        """Post one reading, or raise its refusal."""
        self._registry.post(registry.encodable(reading), self._now)
        return reading

    def prove_conflict(self, first: Reading, second: Reading) -> None:
        """Freeze a meter whose key signed two readings of one interval that differ (``NoConflict``)."""
        self._registry.prove_conflict(registry.encodable(first), registry.encodable(second))

    def post_registers(self, registers: Sequence[Registers]) -> list[Registers | LedgerError]:
        """Post registers in one batch; each refusal stands at its place."""
        return each(map(register_book.encodable, registers), self.post_register)

    def post_register(self, registers: Registers) -> Registers:
        """Post the registers of one meter, or raise their refusal."""
        self._registry.post_registers(register_book.encodable(registers), self._now)
        return registers

    def prove_register_conflict(self, first: Registers, second: Registers) -> None:
        """Freeze a meter whose key signed two sets of registers of one time and schedule (``NoConflict``)."""
        self._registry.prove_register_conflict(
            register_book.encodable(first), register_book.encodable(second)
        )

    def aggregate_meter(self, meter: int, into: int) -> int:
        """The owner puts a meter behind another, which sells for it; returns from which interval on."""
        return self.aggregate(self._registry.meter(meter).owner, meter, into)

    def aggregate(self, caller: Party, meter: int, into: int) -> int:
        """``caller`` puts a meter, which must be his, behind another."""
        return self._registry.aggregate(caller, meter, into, self._now)

    def freeze(self, meter: int) -> None:
        """Freeze a meter whose conflict was proved elsewhere."""
        self._registry.freeze(meter)

    def committed_elsewhere(self, market: Party, meter: int, interval: int, quantity: int) -> None:
        """A market that is not kept here took that much of a queue, or (negative) gave it back."""
        if quantity < 0:
            self._registry.uncommit(meter, interval, -quantity)
        else:
            self._registry.commit(market, meter, interval, quantity)

    def supplied_elsewhere(
        self, market: Party, meter: int, from_interval: int, to_interval: int, *, ended: bool = False
    ) -> None:
        """A market that is not kept here supplies a meter, or ends such a supply earlier."""
        if ended:
            self._registry.supplies.end(market, meter, from_interval, to_interval)
        else:
            self._registry.supplies.supply(market, meter, from_interval, to_interval, self._now)

    @property
    def meter_names(self) -> dict[int, str]:
        """The scenario's names of meters, by id."""
        return self._names.copy()

    def meter(self, meter: int) -> Meter:
        """A meter by its id (``UnknownMeter``)."""
        return self._registry.meter(meter)

    def meter_interval(self, meter: int, interval: int) -> MeterInterval:
        """What is known of a meter in an interval."""
        return self._registry.slots.get((meter, interval), registry.UNTOUCHED)


def _device_key(market: Party, meter: int) -> Party:
    return Party("0x" + sha256(f"{market}|{meter}".encode()).hexdigest()[:40])
