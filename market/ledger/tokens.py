"""Who holds how many token units: outside the market, free inside it, and in escrow (``IUtilityToken`` and balances).

Token units are minted against Ether, which is not modelled: whoever buys has it. Allowances are not modelled either;
a deposit takes them for given.
"""

from market.ledger.errors import InsufficientBalance, ZeroTokens
from market.ledger.ranges import UINT256, unsigned
from market.terms import Party


class Purse:
    """All token units of one market. ``minted`` is their sum; every method but :meth:`buy` and :meth:`redeem` keeps it."""

    __slots__ = ("escrowed", "free", "minted", "tokens")

    def __init__(self) -> None:
        self.tokens: dict[Party, int] = {}
        self.free: dict[Party, int] = {}
        self.escrowed = 0
        self.minted = 0

    def copy(self) -> "Purse":
        """An independent purse with the same amounts."""
        other = Purse()
        other.tokens = self.tokens.copy()
        other.free = self.free.copy()
        other.escrowed = self.escrowed
        other.minted = self.minted
        return other

    def buy(self, party: Party, amount: int) -> None:
        """Mint ``amount`` units to ``party`` (``ZeroTokens``)."""
        if unsigned("amount", amount, UINT256) == 0:
            raise ZeroTokens()
        self.tokens[party] = self.tokens.get(party, 0) + amount
        self.minted += amount

    def redeem(self, party: Party, amount: int) -> None:
        """Burn ``amount`` units of ``party`` (``ZeroTokens``, ``InsufficientBalance``)."""
        if unsigned("amount", amount, UINT256) == 0:
            raise ZeroTokens()
        _take(self.tokens, party, amount)
        self.minted -= amount

    def transfer(self, sender: Party, receiver: Party, amount: int) -> None:
        """Move units between holders outside the market, as any ERC-20 does."""
        _take(self.tokens, sender, unsigned("amount", amount, UINT256))
        self.tokens[receiver] = self.tokens.get(receiver, 0) + amount

    def deposit(self, party: Party, amount: int) -> None:
        """Move units of ``party`` into the market."""
        _take(self.tokens, party, unsigned("amount", amount, UINT256))
        self.free[party] = self.free.get(party, 0) + amount

    def withdraw(self, party: Party, amount: int) -> None:
        """Move free units of ``party`` out of the market."""
        _take(self.free, party, unsigned("amount", amount, UINT256))
        self.tokens[party] = self.tokens.get(party, 0) + amount

    def check_free(self, party: Party, amount: int) -> None:
        """Refuse if ``party`` has less than ``amount`` free (``InsufficientBalance``)."""
        balance = self.free.get(party, 0)
        if balance < amount:
            raise InsufficientBalance(party, balance, amount)

    def hold(self, party: Party, amount: int) -> None:
        """Escrow ``amount`` free units of ``party``, who has them."""
        self.free[party] -= amount
        self.escrowed += amount

    def let_go(self, party: Party, amount: int) -> None:
        """Give ``amount`` escrowed units to ``party``."""
        if amount:
            self.free[party] = self.free.get(party, 0) + amount
            self.escrowed -= amount


def _take(holdings: dict[Party, int], party: Party, amount: int) -> None:
    balance = holdings.get(party, 0)
    if balance < amount:
        raise InsufficientBalance(party, balance, amount)
    if amount:
        holdings[party] = balance - amount
