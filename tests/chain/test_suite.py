"""The shared ledger suite on the embedded chain: the same results and refusals as in memory."""

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
