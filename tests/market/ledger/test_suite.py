"""The rules that every ledger keeps, over the in-memory one."""

from hashlib import sha256

import pytest

from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules
from market.ledger.unsigned import HashChain
from market.terms import Party
from tests.ledger_suite.ballots import TestVotes
from tests.ledger_suite.deals import TestDeals, TestRecording, TestRelease
from tests.ledger_suite.forward_bills import TestBills
from tests.ledger_suite.forward_exit import TestClose, TestExit
from tests.ledger_suite.forward_signing import TestForwardSigning, TestJoining
from tests.ledger_suite.loan_desk import TestDesk, TestLoanNumbers, TestLoanPause
from tests.ledger_suite.loan_settlement import TestLoanSettlement, TestSharedQueues, TestVoid
from tests.ledger_suite.loans import TestLoanRelease, TestLoans
from tests.ledger_suite.meters import TestMeters
from tests.ledger_suite.money import TestMoney
from tests.ledger_suite.provider import TestProvider, TestTariff
from tests.ledger_suite.registers import TestAggregates, TestRegisters, TestSupplies
from tests.ledger_suite.sessions import TestLocks, TestSessions
from tests.ledger_suite.signed import TestPause, TestSigned
from tests.ledger_suite.world import (
    EARLY,
    PEOPLE,
    PURSE,
    RULES,
    STAKE,
    TARIFF,
    Ledgers,
    World,
)

__all__ = [
    "TestAggregates",
    "TestBills",
    "TestClose",
    "TestDeals",
    "TestDesk",
    "TestExit",
    "TestForwardSigning",
    "TestJoining",
    "TestLoanNumbers",
    "TestLoanPause",
    "TestLoanRelease",
    "TestLoanSettlement",
    "TestLoans",
    "TestLocks",
    "TestMeters",
    "TestMoney",
    "TestPause",
    "TestProvider",
    "TestRecording",
    "TestRegisters",
    "TestRelease",
    "TestSessions",
    "TestSharedQueues",
    "TestSigned",
    "TestSupplies",
    "TestTariff",
    "TestVoid",
    "TestVotes",
]

EPOCH = 1_750_000_000


def party(name: str) -> Party:
    return Party("0x" + sha256(name.encode()).hexdigest()[:40])


@pytest.fixture
def ledgers() -> Ledgers:
    def make(**rules: int) -> World:
        ledger = MemoryLedger(
            rules=MarketRules(epoch=EPOCH, **{**RULES, **rules}),
            provider=party("provider"),
            tariff=TARIFF,
            address=party("market"),
            guardian=party("guardian"),
            now=EPOCH - EARLY,
        )
        people = {name: party(name) for name in PEOPLE}
        for each in (*people.values(), ledger.provider):
            ledger.buy_tokens(each, PURSE)
            ledger.deposit(each, STAKE)
        return World(
            ledger=ledger, people=people, signer=HashChain(), key=ledger.key, loan_key=ledger.loans.key
        )

    return make
