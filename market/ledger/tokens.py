"""Who holds how many token units: outside the markets, free inside one, and held by it (``IUtilityToken``, balances).

Token units are minted against Ether, which is not modelled: whoever buys has it. Allowances are not modelled either;
a deposit takes them for given.
"""

from market.ledger.errors import InsufficientBalance, ZeroTokens
from market.ledger.ranges import UINT256, unsigned
from market.terms import Party


class Tokens:
    """Token units outside the markets. ``minted`` counts all there are; only :meth:`buy` and :meth:`redeem` change it."""

    __slots__ = ("held", "minted")

    def __init__(self) -> None:
        self.held: dict[Party, int] = {}
        self.minted = 0

    def copy(self) -> "Tokens":
        """Independent holdings of the same amounts."""
        other = Tokens()
        other.held = self.held.copy()
        other.minted = self.minted
        return other

    def buy(self, party: Party, amount: int) -> None:
        """Mint ``amount`` units to ``party`` (``ZeroTokens``)."""
        if unsigned("amount", amount, UINT256) == 0:
            raise ZeroTokens()
        self.held[party] = self.held.get(party, 0) + amount
        self.minted += amount

    def redeem(self, party: Party, amount: int) -> None:
        """Burn ``amount`` units of ``party`` (``ZeroTokens``, ``InsufficientBalance``)."""
        if unsigned("amount", amount, UINT256) == 0:
            raise ZeroTokens()
        _take(self.held, party, amount)
        self.minted -= amount

    def transfer(self, sender: Party, receiver: Party, amount: int) -> None:
        """Move units between holders outside the markets, as any ERC-20 does."""
        _take(self.held, sender, unsigned("amount", amount, UINT256))
        self.held[receiver] = self.held.get(receiver, 0) + amount


class Purse:
    """The token units inside one market: free balances of its parties, and what it holds in escrow."""

    __slots__ = ("_tokens", "escrowed", "free")

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.free: dict[Party, int] = {}
        self.escrowed = 0

    def copy(self, tokens: Tokens) -> "Purse":
        """An independent purse with the same amounts beside a copy of the tokens."""
        other = Purse(tokens)
        other.free = self.free.copy()
        other.escrowed = self.escrowed
        return other

    def deposit(self, party: Party, amount: int) -> None:
        """Move units of ``party`` into the market (``InsufficientBalance``)."""
        _take(self._tokens.held, party, unsigned("amount", amount, UINT256))
        self.free[party] = self.free.get(party, 0) + amount

    def withdraw(self, party: Party, amount: int) -> None:
        """Move free units of ``party`` out of the market (``InsufficientBalance``)."""
        _take(self.free, party, unsigned("amount", amount, UINT256))
        held = self._tokens.held
        held[party] = held.get(party, 0) + amount

    def check_free(self, party: Party, amount: int) -> None:
        """Refuse if ``party`` has less than ``amount`` free (``InsufficientBalance``)."""
        balance = self.free.get(party, 0)
        if balance < amount:
            raise InsufficientBalance(party, balance, amount)

    def hold(self, party: Party, amount: int) -> None:
        """Escrow ``amount`` free units of ``party``, who has them."""
        if amount:
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
