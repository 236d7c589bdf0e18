"""The parties' free balances in a market in memory or at one of its desks, and the guardian's pause of new business."""

from abc import abstractmethod

from market.ledger.pause import paused
from market.ledger.port import MarketRules
from market.ledger.tokens import Purse
from market.terms import Party


class MemoryBalances:
    """``IMarketAccount`` and ``IGuardedPause`` in exact integers; whoever is one brings what it stands on."""

    _rules: MarketRules
    _address: Party
    _guardian: Party
    _purse: Purse
    _paused_until: int

    @abstractmethod
    def _time(self) -> int: ...

    @property
    def address(self) -> Party:
        """Its own address."""
        return self._address

    @property
    def paused_until(self) -> int:
        """The second at which the last pause ends; 0 if there was none."""
        return self._paused_until

    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's free balance (``InsufficientBalance``)."""
        self._purse.deposit(party, amount)

    def withdraw(self, party: Party, amount: int) -> None:
        """Move free balance out (``InsufficientBalance``); cannot be stopped."""
        self._purse.withdraw(party, amount)

    def balance(self, party: Party) -> int:
        """Free balance, token units."""
        return self._purse.free.get(party, 0)

    def pause(self) -> None:
        """The guardian stops new business."""
        self.pause_by(self._guardian)

    def pause_by(self, caller: Party) -> None:
        """``caller`` stops new business, if he is the guardian and may again."""
        self._paused_until = paused(
            self._rules,
            guardian=self._guardian,
            caller=caller,
            until=self._paused_until,
            now=self._time(),
        )
