"""Ether for those who send transactions: from a test chain's rich account, or from a funder that is named."""

from collections.abc import Mapping

from chain.accounts import Account
from chain.calls import Action
from chain.errors import ChainFault
from chain.port import Network
from chain.sender import Sender

GAS_RESERVE = 10**19
"""Wei that an account of a test chain holds for its fees: ten Ether."""


class NoFunder(ChainFault):
    """Nobody is named who pays."""

    def __init__(self, network: str) -> None:
        super().__init__(
            f"network {network}: no funded account of its own; expected a funder (--funder KEYSTORE)"
        )


def dev_account(network: Network) -> Account:
    """The account that a test chain made rich.

    Raises
    ------
    NoFunder
        On any other chain.
    """
    keys = network.dev_keys()
    if not keys:
        raise NoFunder(network.name)
    return Account(keys[0])


def top_up(sender: Sender, funder: Account, amounts: Mapping[Account, int]) -> None:
    """Give each account what it lacks of an amount (wei)."""
    jobs: list[tuple[Account, Action]] = []
    for account, amount in amounts.items():
        lacking = amount - sender.network.balance(account.address)
        if lacking > 0 and account.address != funder.address:
            jobs.append((funder, Action("fund", account.address, b"", 21_000, lacking)))
    sender.run(jobs)
