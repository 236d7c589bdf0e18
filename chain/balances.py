"""The parties' free balances in a market or at one of its desks on Ethereum, and the guardian's pause of it."""

from chain.clients.market import MarketClient
from chain.dispatch import Dispatch
from chain.keyring import Keyring
from chain.market import Market
from market.terms import Party


class ChainBalances:
    """``IMarketAccount`` and ``IGuardedPause`` as transactions; whoever is one brings what it stands on."""

    _market: Market
    _client: MarketClient
    """The contract that holds the balances."""
    _keyring: Keyring
    _dispatch: Dispatch
    _approved: set[Party]
    """Whose tokens that contract may take, as far as is known."""

    @property
    def address(self) -> Party:
        """Its own address."""
        return self._client.address

    def deposit(self, party: Party, amount: int) -> None:
        """Move token units into the party's free balance (the contract is approved once)."""
        if self._dispatch.take(f"{self._client.KIND}deposit", party, values=(amount,)):
            return
        actions = [self._client.deposit(amount)]
        if party not in self._approved:
            if self._market.token.allowance(party, self.address) < 2**255:
                actions.insert(0, self._market.token.approve(self.address))
            self._approved.add(party)
        self._dispatch.do(self._keyring.of(party), *actions)

    def withdraw(self, party: Party, amount: int) -> None:
        """Move free balance out."""
        if not self._dispatch.take(f"{self._client.KIND}withdraw", party, values=(amount,)):
            self._dispatch.do(self._keyring.of(party), self._client.withdraw(amount))

    def balance(self, party: Party) -> int:
        """Free balance, token units."""
        return self._client.balance_of(party, self._dispatch.at())

    def pause(self) -> None:
        """The guardian stops new business for a while."""
        if not self._dispatch.take(f"{self._client.KIND}pause"):
            self._dispatch.do(self._keyring.guardian, self._client.pause())
