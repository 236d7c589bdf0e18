"""Sealing without signatures: every field counts. And the one rule of locks."""

from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ledger.errors import InvalidLock
from market.ledger.port import OfferSigner
from market.ledger.procedure import check_locks
from market.ledger.unsigned import GENESIS, HashChain, LoanHashChain
from market.loans.port import LoanSigner
from market.loans.terms import LoanMove, LoanTerms
from market.terms import Lock, Move, Party, SessionTerms

ANA, BO = Party("0x" + "a" * 40), Party("0x" + "b" * 40)
TERMS = SessionTerms(seller=ANA, buyer=BO, nonce=1, seller_meter=1, buyer_meter=2, interval=10)
MOVE = Move(price=250, energy=500, expiry=1000)
CHAIN = HashChain()


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"


class TestHashChain:
    def test_it_is_a_signer(self) -> None:
        signer: OfferSigner = CHAIN
        offer = signer.sign(TERMS, MOVE, 0, GENESIS)
        assert (offer.round, offer.move, offer.previous) == (0, MOVE, GENESIS)
        assert CHAIN.is_valid(BO, offer.hash, offer.signature)
        assert not CHAIN.is_valid(ANA, offer.hash, offer.signature)
        assert CHAIN.is_valid(ANA, offer.hash, signer.countersign(TERMS, offer))

    def test_it_is_the_same_on_every_machine(self) -> None:
        # sha256 of the fields joined by "|" and of the 32 zero bytes of the first offer.
        text = f"{ANA}|{BO}|1|1|2|10|1|4294967295|0|1|250|500|0|1000|0|"
        assert CHAIN.offer_hash(TERMS, MOVE, 0, GENESIS) == sha256(text.encode() + bytes(32)).digest()

    @pytest.mark.parametrize("name", [f.name for f in fields(SessionTerms)])
    def test_each_of_the_terms_counts(self, name: str) -> None:
        other = replace(TERMS, **{name: changed(getattr(TERMS, name))})
        assert CHAIN.offer_hash(other, MOVE, 0, GENESIS) != CHAIN.offer_hash(TERMS, MOVE, 0, GENESIS)

    @pytest.mark.parametrize("name", [f.name for f in fields(Move)])
    def test_each_value_of_an_offer_counts(self, name: str) -> None:
        value: Any = Lock.PRICE if name == "locked" else changed(getattr(MOVE, name))
        other = replace(MOVE, **{name: value})
        assert CHAIN.offer_hash(TERMS, other, 0, GENESIS) != CHAIN.offer_hash(TERMS, MOVE, 0, GENESIS)

    def test_round_and_predecessor_count(self) -> None:
        base = CHAIN.offer_hash(TERMS, MOVE, 0, GENESIS)
        assert CHAIN.offer_hash(TERMS, MOVE, 1, GENESIS) != base
        assert CHAIN.offer_hash(TERMS, MOVE, 0, base) != base

    def test_the_proposer_alternates(self) -> None:
        for seller_opens, proposers in ((False, (BO, ANA, BO)), (True, (ANA, BO, ANA))):
            terms = replace(TERMS, seller_opens=seller_opens)
            for number, party in enumerate(proposers):
                offer = CHAIN.sign(terms, MOVE, number, GENESIS)
                assert CHAIN.is_valid(party, offer.hash, offer.signature)


LOAN_TERMS = LoanTerms(
    opener=ANA, responder=BO, nonce=1, opener_meter=1, responder_meter=2, interval=10, price=30, cover=40
)
LOAN_MOVE = LoanMove(quantity=-500, return_after=4, expiry=1000)
LOAN_CHAIN = LoanHashChain()


class TestLoanHashChain:
    def test_it_is_a_signer(self) -> None:
        signer: LoanSigner = LOAN_CHAIN
        for number, proposer, acceptor in ((0, ANA, BO), (1, BO, ANA)):
            offer = signer.sign(LOAN_TERMS, LOAN_MOVE, number, GENESIS)
            assert (offer.round, offer.move, offer.previous) == (number, LOAN_MOVE, GENESIS)
            assert LOAN_CHAIN.is_valid(proposer, offer.hash, offer.signature)
            assert not LOAN_CHAIN.is_valid(acceptor, offer.hash, offer.signature)
            assert LOAN_CHAIN.is_valid(acceptor, offer.hash, signer.countersign(LOAN_TERMS, offer))

    def test_it_is_the_same_on_every_machine(self) -> None:
        text = f"loan|{ANA}|{BO}|1|1|2|10|30|40|4294967295|4294967295|-500|4|1000|0|"
        expected = sha256(text.encode() + bytes(32)).digest()
        assert LOAN_CHAIN.offer_hash(LOAN_TERMS, LOAN_MOVE, 0, GENESIS) == expected

    @pytest.mark.parametrize("name", [f.name for f in fields(LoanTerms)])
    def test_each_of_the_terms_counts(self, name: str) -> None:
        other = replace(LOAN_TERMS, **{name: changed(getattr(LOAN_TERMS, name))})
        base = LOAN_CHAIN.offer_hash(LOAN_TERMS, LOAN_MOVE, 0, GENESIS)
        assert LOAN_CHAIN.offer_hash(other, LOAN_MOVE, 0, GENESIS) != base

    @pytest.mark.parametrize("name", [f.name for f in fields(LoanMove)])
    def test_each_value_of_an_offer_its_round_and_its_predecessor_count(self, name: str) -> None:
        other = replace(LOAN_MOVE, **{name: changed(getattr(LOAN_MOVE, name))})
        base = LOAN_CHAIN.offer_hash(LOAN_TERMS, LOAN_MOVE, 0, GENESIS)
        assert LOAN_CHAIN.offer_hash(LOAN_TERMS, other, 0, GENESIS) != base
        assert LOAN_CHAIN.offer_hash(LOAN_TERMS, LOAN_MOVE, 1, GENESIS) != base
        assert LOAN_CHAIN.offer_hash(LOAN_TERMS, LOAN_MOVE, 0, base) != base


class TestLocks:
    @given(
        issue_by_issue=st.booleans(),
        standing=st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)),
        standing_locks=st.integers(0, 2),
        values=st.tuples(st.integers(1, 3), st.integers(1, 3)),
        locks=st.integers(0, 7),
    )
    def test_the_rule_as_it_is_told(
        self,
        issue_by_issue: bool,
        standing: tuple[int, int] | None,
        standing_locks: int,
        values: tuple[int, int],
        locks: int,
    ) -> None:
        if standing is None or not issue_by_issue:
            standing_locks = 0  # no other state can be reached
        issues = [issue for issue in (0, 1) if locks >> issue & 1]
        keeps = all(locks >> issue & 1 for issue in (0, 1) if standing_locks >> issue & 1)
        may = locks == 0 or (issue_by_issue and standing is not None and locks in (1, 2))
        repeats = all(standing is not None and standing[issue] == values[issue] for issue in issues)

        def check() -> None:
            check_locks(
                9,
                issue_by_issue=issue_by_issue,
                standing=standing,
                standing_locks=standing_locks,
                values=values,
                locks=locks,
            )

        if keeps and may and repeats:
            check()
        else:
            with pytest.raises(InvalidLock) as refused:
                check()
            assert refused.value == InvalidLock(9, standing_locks, locks)
