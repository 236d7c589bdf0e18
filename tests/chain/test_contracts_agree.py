"""What is written by hand here against what was compiled: selectors, errors, packings, digests, deal keys."""

import re
from inspect import getmembers
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import packing
from chain.artifact import load
from chain.calls import Function
from chain.clients import (
    Contract,
    LoansClient,
    NegotiatorClient,
    RegistryClient,
    TariffClient,
    TokenClient,
)
from chain.errors import ChainError
from chain.refusals import refusal_of, refusals
from chain.signing import Signature, digest, offer_hash, reading_hash, release_hash, terms_hash
from market.ledger.errors import LedgerError
from market.ledger.port import Reading
from market.terms import DealKey, Move, SessionTerms, SignedOffer, deal_of
from tests.chain.test_signing import moves, readings, session_terms, uint16
from tests.chain.worlds import ChainWorlds

ROOT = Path(__file__).parents[2]
CLIENTS: dict[str, type[Contract]] = {
    "UtilityToken": TokenClient,
    "MeterRegistry": RegistryClient,
    "ProviderTariff": TariffClient,
    "UtilityNegotiator": NegotiatorClient,
    "EnergyLoans": LoansClient,
}


def abi_type(entry: dict[str, object]) -> str:
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return kind
    components: list[dict[str, object]] = entry["components"]  # type: ignore[assignment]
    return f"({','.join(map(abi_type, components))}){kind.removeprefix('tuple')}"


def signature(entry: dict[str, object]) -> str:
    inputs: list[dict[str, object]] = entry["inputs"]  # type: ignore[assignment]
    return f"{entry['name']}({','.join(map(abi_type, inputs))})"


@pytest.mark.parametrize("contract", CLIENTS)
def test_every_function_of_a_client_is_the_contracts(contract: str) -> None:
    compiled = {
        signature(dict(entry)): [abi_type(each) for each in entry["outputs"]]
        for entry in load(contract).entries("function")
    }
    functions = [value for _, value in getmembers(CLIENTS[contract]) if isinstance(value, Function)]
    assert functions
    for function in functions:
        assert function.signature in compiled
        outputs = compiled[function.signature]
        assert function.outputs in (outputs, []), function.signature  # what nobody reads is not declared


def test_batches_are_the_contracts() -> None:
    market = {signature(dict(entry)) for entry in load("UtilityNegotiator").entries("function")}
    assert {packing.RECORD_BATCH, packing.SETTLE_BATCH} <= market
    assert packing.POST_BATCH in {
        signature(dict(entry)) for entry in load("MeterRegistry").entries("function")
    }


def test_every_refusal_is_an_error_of_the_contracts_and_the_other_way_round() -> None:
    known = {error for error, _ in refusals().values()}
    assert known == {
        each for each in LedgerError.__subclasses__() if each.__module__.startswith("market.ledger.errors.")
    }
    declared = "\n".join(path.read_text() for path in (ROOT / "contracts" / "interfaces").glob("*.sol"))
    names = set(re.findall(r"\berror (\w+)\(", declared))
    assert {error.__name__ for error in known} == names


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (bytes.fromhex("08c379a0") + encode(["string"], ["no reason"]), "'no reason'"),
        (bytes.fromhex("4e487b71") + encode(["uint256"], [0x11]), "panic 0x11"),
        (bytes.fromhex("12345678"), "0x12345678"),
        (b"", "no reason"),
        (keccak(b"ZeroCount()")[:3], "0x"),
        (keccak(b"UnknownMeter(uint32)")[:4] + b"\x01", "0x"),
    ],
)
def test_other_failures_are_chain_errors(data: bytes, text: str) -> None:
    error = refusal_of(data, "deposit")
    assert isinstance(error, ChainError)
    assert text in str(error)
    assert "deposit" in str(error)


word = st.binary(min_size=32, max_size=32)
signatures = st.builds(Signature, word, word)


def terms_values(terms: SessionTerms) -> tuple[object, ...]:
    return tuple(getattr(terms, name) for name in terms.__slots__)


def move_values(move: Move) -> tuple[int, ...]:
    return move.price, move.energy, int(move.locked), move.expiry


agreement_parts = st.tuples(
    session_terms, moves, uint16, word, st.lists(moves, max_size=3), signatures, signatures
)


@given(st.lists(agreement_parts, max_size=3))
@settings(max_examples=50)
def test_record_batch_is_packed_as_the_encoder_does(
    parts: list[tuple[SessionTerms, Move, int, bytes, list[Move], Signature, Signature]],
) -> None:
    plain = [
        (
            (terms_values(terms), move_values(move), number, previous),
            [move_values(each) for each in earlier],
            one.r,
            one.vs,
            other.r,
            other.vs,
        )
        for terms, move, number, previous, earlier, one, other in parts
    ]
    ours = packing.record_batch(
        [
            packing.agreement(terms, SignedOffer(number, move, previous, b"", b""), earlier, one, other)
            for terms, move, number, previous, earlier, one, other in parts
        ]
    )
    selector = keccak(packing.RECORD_BATCH.encode())[:4]
    assert ours == selector + encode([f"{packing.AGREEMENT_ABI}[]"], [plain])


@given(st.lists(st.tuples(session_terms, moves, uint16), max_size=3))
@settings(max_examples=50)
def test_settle_batch_is_packed_as_the_encoder_does(items: list[tuple[SessionTerms, Move, int]]) -> None:
    deals = [(deal_of(terms, move), index) for terms, move, index in items]
    plain = [tuple(getattr(deal, name) for name in deal.__slots__) for deal, _ in deals]
    expected = encode([f"{packing.DEAL_ABI}[]", "uint16[]"], [plain, [index for _, index in deals]])
    assert packing.settle_batch(deals) == keccak(packing.SETTLE_BATCH.encode())[:4] + expected


@given(st.lists(st.tuples(readings, signatures, signatures | st.none()), max_size=3))
@settings(max_examples=50)
def test_post_batch_is_packed_as_the_encoder_does(
    items: list[tuple[Reading, Signature, Signature | None]],
) -> None:
    zero = bytes(32)
    plain = [
        (
            (reading.meter, reading.interval, reading.exported, reading.imported),
            one.r,
            one.vs,
            other.r if other else zero,
            other.vs if other else zero,
        )
        for reading, one, other in items
    ]
    expected = encode([f"{packing.SIGNED_READING_ABI}[]"], [plain])
    assert packing.post_batch(items) == keccak(packing.POST_BATCH.encode())[:4] + expected


class TestDigests:
    """Signed digests and deal keys are those that the deployed contracts give themselves."""

    @given(terms=session_terms, move=moves, round=uint16, previous=word)
    @settings(max_examples=25)
    def test_offer(
        self, chain_worlds: ChainWorlds, terms: SessionTerms, move: Move, round: int, previous: bytes
    ) -> None:
        market, _ = chain_worlds.market()
        head = (terms_values(terms), move_values(move), round, previous)
        ours = digest(
            market.negotiator_domain.separator(), offer_hash(terms_hash(terms), move, round, previous)
        )
        assert ours == market.negotiator._read(NegotiatorClient.OFFER_DIGEST, head)

    @given(reading=readings)
    @settings(max_examples=25)
    def test_reading(self, chain_worlds: ChainWorlds, reading: Reading) -> None:
        market, _ = chain_worlds.market()
        ours = digest(market.registry_domain.separator(), reading_hash(reading))
        assert ours == market.registry.reading_digest(reading)

    @given(key=word)
    @settings(max_examples=10)
    def test_release(self, chain_worlds: ChainWorlds, key: bytes) -> None:
        market, _ = chain_worlds.market()
        ours = digest(market.negotiator_domain.separator(), release_hash(key))
        assert ours == market.negotiator.release_digest(key)

    @given(terms=session_terms)
    @settings(max_examples=25)
    def test_deal_key(self, chain_worlds: ChainWorlds, terms: SessionTerms) -> None:
        market, _ = chain_worlds.market()
        expected = market.negotiator.deal_key(terms.seller, terms.buyer, terms.nonce)
        assert market.key(DealKey.of(terms)) == expected
