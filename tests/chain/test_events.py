"""Decoding of events: what is declared is what the ABIs say, values survive a round trip, and nothing is rounded."""

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.artifact import load
from chain.decoding import PLANS, EventPlan, MalformedEvent, UnknownEvent, abi_differences, decode, decode_all
from chain.events import AgreementSigned, DealSettled, LoanOfferDisclosed, OfferMade, Transfer
from chain.port import Log
from market.terms import Lock, SessionStatus

CONTRACTS = (
    "MeterRegistry",
    "UtilityNegotiator",
    "EnergyLoans",
    "ForwardContracts",
    "ProviderTariff",
    "UtilityToken",
)
ADDRESS = bytes.fromhex("11" * 20)


def log_of(plan: EventPlan, values: dict[str, Any], **other: Any) -> Log:
    """A log as Solidity writes it, by the general encoder."""
    topics = [plan.topic]
    types, words = [], []
    for field in plan.fields:
        if field.indexed:
            topics.append(encode([field.solidity], [values[field.name]]))
        else:
            types.append(field.solidity)
            words.append(values[field.name])
    data = encode(types, words)
    return Log(
        **{
            "address": ADDRESS,
            "topics": tuple(topics),
            "data": data,
            "block": 7,
            "tx_hash": b"\x22" * 32,
            "tx_index": 1,
            "log_index": 3,
            **other,
        }
    )


def value_of(solidity: str, python: str) -> st.SearchStrategy[Any]:
    if solidity.startswith("("):
        parts = solidity.strip("()").split(",")
        return st.tuples(*(value_of(part, "locked" if part == "uint8" else "") for part in parts))
    if solidity.endswith("[]"):
        return st.lists(value_of(solidity[:-2], ""), max_size=5).map(tuple)
    if solidity.endswith("[4]"):
        return st.tuples(*[value_of(solidity[:-3], "")] * 4)
    if python == "locked":
        return st.integers(0, 3)
    if python == "status":
        return st.sampled_from(list(SessionStatus)).map(int)
    if solidity.startswith("uint"):
        bits = int(solidity[4:])
        return st.one_of(st.just(2**bits - 1), st.integers(0, 2**bits - 1))
    if solidity.startswith("int"):
        most = 2 ** (int(solidity[3:]) - 1)
        return st.one_of(st.sampled_from((-most, most - 1)), st.integers(-most, most - 1))
    if solidity == "bool":
        return st.booleans()
    if solidity == "address":
        return st.binary(min_size=20, max_size=20)
    return st.binary(min_size=32, max_size=32) if solidity == "bytes32" else st.binary(max_size=100)


def plain(value: Any) -> Any:
    """A decoded value as the encoder takes it."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    if isinstance(value, str):
        return bytes.fromhex(value[2:])
    return value


@pytest.mark.parametrize("contract", CONTRACTS)
def test_declared_as_in_the_abi(contract: str) -> None:
    assert abi_differences(contract, load(contract).abi) == []


def test_a_difference_is_named() -> None:
    abi = [entry for entry in load("ProviderTariff").abi if entry.get("name") != "TariffAppended"]
    other = {"type": "event", "name": "TariffEnded", "inputs": [{"type": "uint32", "indexed": True}]}
    assert abi_differences("ProviderTariff", [*abi, other]) == [
        "ProviderTariff: TariffAppended(uint32 indexed, uint64, uint64) is declared, but not in the ABI",
        "ProviderTariff: TariffEnded(uint32 indexed) is in the ABI, but not declared",
    ]


@pytest.mark.parametrize("plan", PLANS.values(), ids=lambda plan: plan.cls.__name__)
@settings(max_examples=30)
@given(data=st.data())
def test_round_trip(plan: EventPlan, data: st.DataObject) -> None:
    """eth-abi encodes, we decode: the same values."""
    values = {field.name: data.draw(value_of(field.solidity, field.name)) for field in plan.fields}
    for contract in plan.cls.contracts:
        event = decode(log_of(plan, values), time=1000, contract=contract)
        assert type(event) is plan.cls
        assert {name: plain(getattr(event, name)) for name in values} == values
    assert (event.at.block, event.at.tx_index, event.at.log_index, event.at.time) == (7, 1, 3, 1000)


def plan_of(cls: type) -> EventPlan:
    return next(plan for plan in PLANS.values() if plan.cls is cls)


OFFER = {"session": 1, "round": 0, "price": 250, "energy": 100, "locked": 1}
LENT = {"key": b"\x05" * 32, "round": 0, "quantity": -100, "return_after": 4, "expiry": 9}
SETTLED = {"key": b"\x05" * 32, "delivered": 5, "paid": 6, "refunded": 7}


@pytest.mark.parametrize(
    ("cls", "values", "change", "found"),
    [
        (OfferMade, OFFER, {"data": bytes(31)}, "31 bytes of data, expected 128"),
        (OfferMade, OFFER, {"data": bytes(160)}, "160 bytes of data, expected 128"),
        (OfferMade, OFFER, {"data": (2**16).to_bytes(32) + bytes(96)}, "found 0x10000, expected uint16"),
        (OfferMade, OFFER, {"data": bytes(127) + b"\x04"}, "found 4, expected Lock"),
        (LoanOfferDisclosed, LENT, {"data": bytes(32) + b"\xff" + bytes(95)}, "expected int64"),
        (DealSettled, SETTLED, {"topics": (plan_of(DealSettled).topic,)}, "1 topics, expected 2"),
    ],
)
def test_what_is_no_encoding_is_refused(
    cls: type, values: dict[str, Any], change: dict[str, Any], found: str
) -> None:
    with pytest.raises(MalformedEvent, match=found) as caught:
        decode(log_of(plan_of(cls), values, **change), time=0)
    assert caught.value.transaction == "0x" + "22" * 32


def test_bytes_that_point_outside_are_refused() -> None:
    plan = plan_of(AgreementSigned)
    values: dict[str, Any] = {
        "key": bytes(32),
        "seller_opens": True,
        "issue_by_issue": False,
        "max_ahead": 1,
        "move": (1, 2, 0, 3),
        "round": 0,
        "previous": bytes(32),
        "proposer_signature": b"\x01" * 64,
        "acceptor_signature": b"\x02" * 65,
    }
    log = log_of(plan, values)
    assert decode(log, time=0).acceptor_signature == b"\x02" * 65  # type: ignore[attr-defined]
    far = bytearray(log.data)
    far[9 * 32 : 10 * 32] = (10_000).to_bytes(32)
    with pytest.raises(MalformedEvent, match="offset 10000"):
        decode(log_of(plan, values, data=bytes(far)), time=0)
    padded = bytearray(log.data)
    padded[-1] = 1
    with pytest.raises(MalformedEvent, match="padding"):
        decode(log_of(plan, values, data=bytes(padded)), time=0)


def test_topics_of_other_contracts_are_refused() -> None:
    log = log_of(plan_of(OfferMade), OFFER)
    with pytest.raises(UnknownEvent, match="no event of UtilityToken"):
        decode(log, time=0, contract="UtilityToken")
    with pytest.raises(UnknownEvent, match="topic none"):
        decode(log_of(plan_of(OfferMade), OFFER, topics=()), time=0)
    assert decode(log, time=0).locked is Lock.PRICE  # type: ignore[attr-defined]


def test_events_come_in_the_order_in_which_they_happened() -> None:
    plan = plan_of(Transfer)
    values = {"sender": ADDRESS, "to": ADDRESS, "value": 1}
    places = [(2, 0, 0), (1, 1, 4), (1, 0, 3)]
    logs = [log_of(plan, values, block=b, tx_index=t, log_index=i) for b, t, i in places]
    events = decode_all(logs, times={1: 10, 2: 20})
    assert [(e.at.block, e.at.tx_index, e.at.log_index, e.at.time) for e in events] == [
        (1, 0, 3, 10),
        (1, 1, 4, 10),
        (2, 0, 0, 20),
    ]
