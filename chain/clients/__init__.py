"""The market's contracts as Python sees them: typed reads, and actions for a sender to sign.

No rules live here; what a call refuses comes back as the ledger's errors. Gas bounds are measured maxima with room (see
``tests/chain/test_gas_bounds.py``): a bound that is given saves an estimate for each transaction.
"""

from chain.clients.base import Contract, party
from chain.clients.forward import ForwardClient
from chain.clients.loans import LoansClient
from chain.clients.market import MarketClient
from chain.clients.negotiator import MOVE_GAS, RECORD_GAS, SETTLE_GAS, NegotiatorClient
from chain.clients.registry import MeterView, RegistryClient
from chain.clients.tariff import TariffClient
from chain.clients.token import TokenClient

__all__ = [
    "MOVE_GAS",
    "RECORD_GAS",
    "SETTLE_GAS",
    "Contract",
    "ForwardClient",
    "LoansClient",
    "MarketClient",
    "MeterView",
    "NegotiatorClient",
    "RegistryClient",
    "TariffClient",
    "TokenClient",
    "party",
]
