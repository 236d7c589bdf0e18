"""From actions to receipts: nonces and fees kept here, signing here, many transactions at once, failures decoded.

One sender for each network and process: it counts nonces by itself and forgets them after a failure, when it asks the
node again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_account import Account as EthAccount
from eth_account.signers.local import LocalAccount

from chain.accounts import Account
from chain.calls import Action
from chain.errors import ChainError
from chain.gas import GasMeter
from chain.port import Call, Network, RawTransaction, Receipt
from chain.refusals import refusal_of
from market.ledger.errors import LedgerError

TIP = 1_000_000
"""Wei per gas for whoever makes the block."""
FEE_ROOM = 4
"""How many times its present value the base fee may reach before a transaction has to wait."""
REASONS_GAS = 5_000
"""Below this much gas left, a transaction without a reason has run out of gas."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an action: its receipt, and the refusal if there was one."""

    receipt: Receipt
    refusal: LedgerError | ChainError | None


class Sender:
    """Signs and sends for any account."""

    def __init__(self, network: Network, meter: GasMeter | None = None) -> None:
        self.network = network
        self.meter = meter if meter is not None else GasMeter()
        self._nonces: dict[bytes, int] = {}
        self._signers: dict[bytes, LocalAccount] = {}

    def send(self, jobs: Sequence[tuple[Account, Action]]) -> list[Outcome]:
        """Send all in order and wait for all; refusals stand in their outcomes.

        Raises
        ------
        ChainError, TransactionLost
            A node refused or lost a transaction; those before it may have been mined.
        """
        if not jobs:
            return []
        fee = FEE_ROOM * self.network.base_fee() + TIP
        try:
            raw = [self._sign(account, action, fee) for account, action in jobs]
            receipts = self.network.send(raw)
        except BaseException:
            self._nonces.clear()
            raise
        outcomes: list[Outcome] = []
        for (account, action), receipt in zip(jobs, receipts, strict=True):
            self.meter.add(action.kind, receipt, action.items)
            outcomes.append(Outcome(receipt, None if receipt.ok else self._why(account, action, receipt)))
        return outcomes

    def run(self, jobs: Sequence[tuple[Account, Action]]) -> list[Receipt]:
        """Like :meth:`send`, but the first refusal is raised."""
        outcomes = self.send(jobs)
        for outcome in outcomes:
            if outcome.refusal is not None:
                raise outcome.refusal
        return [outcome.receipt for outcome in outcomes]

    def _sign(self, account: Account, action: Action, fee: int) -> RawTransaction:
        nonce = self._nonces.get(account.address)
        if nonce is None:
            nonce = self.network.nonce(account.address)
        self._nonces[account.address] = nonce + 1
        signer = self._signers.get(account.address)
        if signer is None:
            signer = self._signers[account.address] = EthAccount.from_key(account.key.secret)
        signed = signer.sign_transaction(
            {
                "type": 2,
                "chainId": self.network.chain_id,
                "nonce": nonce,
                "to": action.to,
                "value": action.value,
                "data": action.data,
                "gas": action.gas,
                "maxFeePerGas": fee,
                "maxPriorityFeePerGas": TIP,
            }
        )
        return RawTransaction(bytes(signed.raw_transaction), bytes(signed.hash), action.gas)

    def _why(self, account: Account, action: Action, receipt: Receipt) -> LedgerError | ChainError:
        data = receipt.revert
        if data is None:
            data = self.network.revert_data(
                Call(action.to, action.data, account.address, action.value), receipt
            )
        if not data and receipt.gas_used + REASONS_GAS >= action.gas:
            return ChainError(
                action.kind, b"", f"{receipt.gas_used} gas used of {action.gas}: too little gas"
            )
        return refusal_of(data, action.kind)
