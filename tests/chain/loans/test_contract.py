"""What is written by hand of loans against what was compiled: packings, digests, keys."""

from dataclasses import astuple

from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.artifact import load
from chain.clients import LoansClient
from chain.loans import packing
from chain.loans.signing import offer_hash, terms_hash
from chain.signing import Signature, digest, release_hash
from market.loans.terms import Loan, LoanMove, LoanTerms, SignedLoanOffer
from tests.chain.loans.test_signing import loan_moves, loan_terms, values, word
from tests.chain.test_contracts_agree import signature
from tests.chain.test_signing import addresses, uint16, uint32, uint64
from tests.chain.worlds import ChainWorlds

signatures = st.builds(Signature, word, word)
loans = st.builds(
    Loan,
    lender=addresses,
    borrower=addresses,
    nonce=uint64,
    lender_meter=uint32,
    borrower_meter=uint32,
    interval=uint32,
    return_after=uint32,
    quantity=uint64,
    price=uint64,
    collateral=uint64,
)
parts = st.tuples(
    loan_terms, loan_moves, uint16, word, st.lists(loan_moves, max_size=3), signatures, signatures
)


def test_batches_are_the_contracts() -> None:
    compiled = {signature(dict(entry)) for entry in load("EnergyLoans").entries("function")}
    assert {packing.RECORD_BATCH, packing.SETTLE_BATCH} <= compiled


@given(st.lists(parts, max_size=3))
@settings(max_examples=50)
def test_record_batch_is_packed_as_the_encoder_does(
    items: list[tuple[LoanTerms, LoanMove, int, bytes, list[LoanMove], Signature, Signature]],
) -> None:
    plain = [
        (
            (values(terms), values(move), number, previous),
            [values(each) for each in earlier],
            one.r,
            one.vs,
            other.r,
            other.vs,
        )
        for terms, move, number, previous, earlier, one, other in items
    ]
    ours = packing.record_batch(
        [
            packing.agreement(terms, SignedLoanOffer(number, move, previous, b"", b""), earlier, one, other)
            for terms, move, number, previous, earlier, one, other in items
        ]
    )
    expected = encode([f"{packing.AGREEMENT_ABI}[]"], [plain])
    assert ours == keccak(packing.RECORD_BATCH.encode())[:4] + expected


@given(st.lists(loans, max_size=3))
@settings(max_examples=50)
def test_settle_batch_is_packed_as_the_encoder_does(items: list[Loan]) -> None:
    expected = encode([f"{packing.LOAN_ABI}[]"], [[astuple(loan) for loan in items]])
    assert packing.settle_batch(items) == keccak(packing.SETTLE_BATCH.encode())[:4] + expected


@given(terms=loan_terms, move=loan_moves, round=uint16, previous=word)
@settings(max_examples=25)
def test_an_offers_digest_is_the_contracts(
    chain_worlds: ChainWorlds, terms: LoanTerms, move: LoanMove, round: int, previous: bytes
) -> None:
    market, _ = chain_worlds.market()
    ours = digest(market.loans_domain.separator(), offer_hash(terms_hash(terms), move, round, previous))
    head = (values(terms), values(move), round, previous)
    assert ours == market.loans._read(LoansClient.OFFER_DIGEST, head)


@given(key=word)
@settings(max_examples=10)
def test_a_releases_digest_is_the_contracts_and_no_deals(chain_worlds: ChainWorlds, key: bytes) -> None:
    market, _ = chain_worlds.market()
    ours = digest(market.loans_domain.separator(), release_hash(key))
    assert ours == market.loans.release_digest(key)
    assert ours != market.negotiator.release_digest(key)


@given(terms=loan_terms)
@settings(max_examples=25)
def test_a_loans_key_is_the_contracts_whoever_opens(chain_worlds: ChainWorlds, terms: LoanTerms) -> None:
    market, _ = chain_worlds.market()
    for one, other in ((terms.opener, terms.responder), (terms.responder, terms.opener)):
        assert market.loan_key(terms.key) == market.loans.loan_key(one, other, terms.nonce)
