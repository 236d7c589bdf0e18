"""``UtilityToken`` as Python sees it."""

from collections.abc import Sequence

from chain.calls import Action, Function
from chain.clients.base import Contract
from market.terms import Party

UINT256_MAX = 2**256 - 1


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
