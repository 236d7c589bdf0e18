"""What the market of deals and the market of loans have in common: an account for each party, a pause, a registry."""

from collections.abc import Sequence
from typing import ClassVar

from chain.calls import Action, Function
from chain.clients.base import Contract, party
from market.terms import Party


class MarketClient(Contract):
    """``IMarketAccount``, ``IGuardedPause``, ``IMarketTime``."""

    KIND: ClassVar[str] = ""
    """Put before what the gas meter files its transactions under."""
    TOKEN = Function("TOKEN()", "address")
    REGISTRY = Function("REGISTRY()", "address")
    UTILITY = Function("UTILITY()", "uint8")
    GUARDIAN = Function("GUARDIAN()", "address")
    PAUSE_LENGTH = Function("PAUSE_LENGTH()", "uint32")
    PAUSE_COOLDOWN = Function("PAUSE_COOLDOWN()", "uint32")
    BALANCE_OF = Function("balanceOf(address)", "uint256")
    PAUSED_UNTIL = Function("pausedUntil()", "uint256")
    DEPOSIT = Function("deposit(uint256)")
    WITHDRAW = Function("withdraw(uint256)")
    PAUSE = Function("pause()")

    def token(self) -> Party:
        """The market's currency."""
        return party(self._read(self.TOKEN))

    def registry(self) -> Party:
        """The market's registry."""
        return party(self._read(self.REGISTRY))

    def guardian(self) -> Party:
        """Who may pause."""
        return party(self._read(self.GUARDIAN))

    def constants(self) -> dict[str, int]:
        """UTILITY and the two of the pause, under their names in :class:`MarketRules`."""
        functions = (self.UTILITY, self.PAUSE_LENGTH, self.PAUSE_COOLDOWN)
        return {function.name.lower(): int(self._read(function)) for function in functions}

    def balance_of(self, holder: Party, block: int | None = None) -> int:
        """Free token units inside the market."""
        return int(self._read(self.BALANCE_OF, holder, block=block))

    def balances(self, holders: Sequence[Party], block: int | None = None) -> list[int]:
        """Free token units of each."""
        return self._read_many(self.BALANCE_OF, [(holder,) for holder in holders], block)

    def paused_until(self) -> int:
        """Seconds since 1970."""
        return int(self._read(self.PAUSED_UNTIL))

    def deposit(self, amount: int) -> Action:
        """Move token units into the market."""
        return self._action(f"{self.KIND}deposit", self.DEPOSIT.encode(amount), 150_000)

    def withdraw(self, amount: int) -> Action:
        """Move free balance out of the market."""
        return self._action(f"{self.KIND}withdraw", self.WITHDRAW.encode(amount), 120_000)

    def pause(self) -> Action:
        """Stop new business for a while."""
        return self._action(f"{self.KIND}pause", self.PAUSE.encode(), 100_000)
