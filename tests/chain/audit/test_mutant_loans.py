"""The real loan desk with rules taken out, deployed and played: the audit names the rule and the transaction.

One compilation from which several rules are missing at once; each test breaks one of them.
"""

from dataclasses import replace

import pytest

from chain.signing import NO_SIGNATURE, digest, release_hash, sign
from market.loans.terms import Loan, LoanStatus
from tests.chain.audit.mutants import Mutant, Mutations, audited, mutate, named
from tests.chain.audit.stage import ledger_of
from tests.ledger_suite.world import World, ended, lent

pytestmark = pytest.mark.node

BOOK = "contracts/loans/LoanBook.sol"
SIGNED = "contracts/loans/SignedLoans.sol"
MUTATIONS: Mutations = {
    BOOK: [
        # the compensation goes to the side that owes it
        ("_credit(loan.lender, compensation);", "_credit(loan.borrower, compensation);"),
        # a leg that nobody has read yet counts as nothing
        ("if (!isFinal) revert NotFinal", "if (false) revert NotFinal"),
        # what was lent is voided all the same
        ("if (principal != 0) revert PrincipalDelivered", "if (false) revert PrincipalDelivered"),
        # half of the collateral is enough
        ("_debit(loan.borrower, loan.collateral);", "_debit(loan.borrower, loan.collateral / 2);"),
        # a session number serves twice
        ("        _requireUnused(key, box.slot);\n", ""),
        # the place of a void loan's return is said to be given back, and kept
        (
            "try IMeterRegistry(REGISTRY).uncommit(loan.borrowerMeter, interval, position, loan.quantity) {",
            "try IMeterRegistry(REGISTRY).slots(loan.borrowerMeter, position) {",
        ),
    ],
    SIGNED: [
        ("if (collateral < bond) revert CollateralBelowBond", "if (false) revert CollateralBelowBond"),
        # one signature is enough in a batch
        ("if (!Signatures.byKey(acceptor, digest, item.acceptorR, item.acceptorVs))", "if (false)"),
        # the lender's word is enough for a release
        ("if (!Signatures.byAnyone(loan.borrower, digest, borrowerSignature))", "if (false)"),
        # the borrower's queue may be as long as it likes
        ("terms.maxAheadGiven, terms.maxAheadReturned);", "terms.maxAheadGiven, type(uint64).max);"),
        # a pause stops nobody
        (
            "recordLoanBatch(SignedLoan[] calldata loans) external whenNotPaused",
            "recordLoanBatch(SignedLoan[] calldata loans) external",
        ),
    ],
}


@pytest.fixture(scope="module")
def mutant(tmp_path_factory: pytest.TempPathFactory) -> Mutant:
    return mutate("EnergyLoans", MUTATIONS, tmp_path_factory.mktemp("EnergyLoans"))


@pytest.fixture
def world(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> World:
    """A market whose desk is the mutant; Bo has what he needs there."""
    world = mutant.deployed(monkeypatch)
    world.cover("bo")
    return world


def found(world: World, check: str) -> list[str]:
    return named(audited(world, "EnergyLoans"), check)


def lend(world: World, *, interval: int = 10, price: int = 30, cover: int = 40) -> Loan:
    """Ana (meter 1) lends Bo (meter 2) 500 in an interval and has them back four later."""
    world.meter("ana")
    world.meter("bo")
    terms = world.loan_terms(opener_meter=1, responder_meter=2, interval=interval, price=price, cover=cover)
    return world.lend(terms)


def test_compensation_goes_to_the_wrong_side(world: World) -> None:
    loan = lend(world)
    world.deliver(1, 10, 500)
    world.deliver(2, 14, 400)
    assert ended(world.settle_loan(loan)).compensation == 100 * 30
    balances = [detail for detail in found(world, "storage") if detail.startswith("balance of")]
    # (the mutant took half of the collateral: Bo's balance is wrong by that as well)
    assert any(
        detail == f"balance of {world['ana']} at the desk: storage holds 0, by the rules 3000"
        for detail in balances
    )


def test_half_of_the_collateral(world: World) -> None:
    lend(world)
    (detail,) = found(world, "storage")
    # 5,000,000 brought, 20,000 due and 10,000 taken
    expected = f"balance of {world['bo']} at the desk: storage holds 4990000, by the rules 4980000"
    assert detail == expected


def test_settled_before_the_return_is_final(world: World) -> None:
    loan = lend(world)
    world.deliver(1, 10, 500)
    assert ended(world.settle_loan(loan)).compensation == 500 * 30
    report = audited(world, "EnergyLoans")
    (detail,) = named(report, "loans.settlement")
    assert "before its second leg was final" in detail
    assert any("NotFinal" in refusal for refusal in named(report, "replay"))


def test_voided_before_the_first_leg_is_final(world: World) -> None:
    loan = lend(world)
    assert ended(world.settle_loan(loan)).status is LoanStatus.VOIDED
    (detail,) = found(world, "loans.settlement")
    assert "before its first leg was final" in detail


def test_voided_though_it_was_lent(world: World) -> None:
    loan = lend(world)
    world.deliver(1, 10, 300)
    world.ledger.loans.void(loan)
    report = audited(world, "EnergyLoans")
    (detail,) = named(report, "loans.settlement")
    assert detail.endswith("voided, though 300 were lent")
    assert any("PrincipalDelivered" in refusal for refusal in named(report, "replay"))


def test_the_place_is_kept(world: World) -> None:
    loan = lend(world)
    world.deliver(1, 10, 0)
    assert world.ledger.loans.void(loan).freed
    report = audited(world, "EnergyLoans")
    assert named(report, "loans.places") == ["meter 2, interval 14: 500 said to be given back, and kept"]
    assert any(detail.startswith("meter 2, interval 14") for detail in named(report, "storage"))


def test_collateral_below_the_bond(world: World) -> None:
    lend(world, price=30, cover=29)
    report = audited(world, "EnergyLoans")
    (detail,) = named(report, "loans.terms")
    assert detail.endswith("collateral 14500, below the bond 15000")
    assert any("CollateralBelowBond" in refusal for refusal in named(report, "replay"))


def test_recorded_with_one_signature(world: World) -> None:
    world.meter("ana")
    world.meter("bo")
    agreed = world.agree_loan(world.loan_terms(opener_meter=1, responder_meter=2), (500, 4))
    assert agreed.acceptance is not None
    lent(world.record_loan(replace(agreed, acceptance=agreed.acceptance[::-1])))
    (detail,) = found(world, "loans.signatures")
    assert f"signature of the acceptor {world['bo']} is that of" in detail


def test_released_on_the_lenders_word(world: World) -> None:
    loan = lend(world)
    desk, keyring = ledger_of(world)._market.loans, ledger_of(world)._keyring
    consent = digest(ledger_of(world)._market.loans_domain.separator(), release_hash(world.loan_slot(loan)))
    alone = desk.release(loan, sign(keyring.of(world["ana"]).key, consent), NO_SIGNATURE)
    ledger_of(world)._sender.run([(keyring.relayer, alone)])
    (detail,) = found(world, "loans.signatures")
    assert detail.endswith(f"not signed by {world['bo']}")


def test_a_place_too_far_back(world: World) -> None:
    lend(world)
    terms = world.loan_terms(opener_meter=1, responder_meter=2, nonce=2, interval=11, max_ahead_returned=499)
    world.lend(terms, 100, 3)
    report = audited(world, "EnergyLoans")
    (detail,) = named(report, "loans.places")
    assert detail.endswith("returned leg: position 500, agreed 499 ahead at most")
    assert any("QueueTooLong" in refusal for refusal in named(report, "replay"))


def test_a_number_used_twice(world: World) -> None:
    lend(world)
    world.lend(world.loan_terms(opener_meter=1, responder_meter=2), 400)
    report = audited(world, "EnergyLoans")
    assert any("recorded after it was recorded" in detail for detail in named(report, "loans.terms"))
    assert any("LoanKeyUsed" in refusal for refusal in named(report, "replay"))


def test_recorded_in_a_pause(world: World) -> None:
    world.ledger.loans.pause()
    lend(world, interval=20)
    (detail,) = found(world, "loans.pause")
    assert detail.startswith("LoanRecorded at")
