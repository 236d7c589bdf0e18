"""The faster loop against py-evm's own: random code, and a whole market's story, give the same gas, output and state."""

from typing import Any

import pytest
from eth.abc import ComputationAPI
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth_typing import Address
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import embedded
from chain.embedded import EmbeddedNetwork, StillClockVM
from chain.evm import FastComputation, analyse

PLAIN = [*range(0x01, 0x0C), *range(0x10, 0x1E), 0x30, 0x33, 0x34, 0x35, 0x36, 0x3D]
PLAIN += [0x50, 0x51, 0x52, 0x53, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x5B, 0x5E, 0x5F]
SMALL = st.integers(0, 255).map(lambda n: bytes([0x60, n]))
WIDE = st.tuples(st.integers(1, 32), st.binary(min_size=32, max_size=32)).map(
    lambda parts: bytes([0x5F + parts[0]]) + parts[1][: parts[0]]
)
NEAR_LIMITS = st.sampled_from((0, 1, 31, 32, 255, 256, 2**255, 2**256 - 1)).map(
    lambda n: b"\x7f" + n.to_bytes(32)
)
OPCODE = st.sampled_from(PLAIN).map(lambda op: bytes([op]))
STACKING = st.integers(0x80, 0x9F).map(lambda op: bytes([op]))
OTHER = st.sampled_from((0x20, 0x37, 0x3E, 0x54, 0x55, 0xA1, 0xF1, 0xF3, 0xFD, 0xFE, 0x0C, 0x00)).map(
    lambda op: bytes([op])
)
JUMP = st.integers(0, 120).map(lambda n: bytes([0x60, n, 0x56]))
JUMPI = st.tuples(st.integers(0, 1), st.integers(0, 120)).map(lambda p: bytes([0x60, p[0], 0x60, p[1], 0x57]))
CODE = st.lists(
    st.one_of(
        SMALL,
        SMALL,
        WIDE,
        NEAR_LIMITS,
        OPCODE,
        OPCODE,
        OPCODE,
        STACKING,
        JUMP,
        JUMPI,
        OTHER,
        st.just(b"\x5b"),
    ),
    max_size=60,
).map(b"".join)


def run(
    vm_class: type[PragueVM], code: bytes, data: bytes, gas: int, monkey: pytest.MonkeyPatch
) -> ComputationAPI:
    """``code`` as a message call on an empty chain."""
    monkey.setattr(embedded.StillClockChain, "vm_configuration", ((0, vm_class),))
    network = EmbeddedNetwork()
    vm: Any = network.backend.chain.get_vm()
    assert isinstance(vm, vm_class)
    sender = network.backend.account_keys[0].public_key.to_canonical_address()
    to = Address(bytes(18) + b"\x12\x34")
    return vm.execute_bytecode(
        origin=sender, gas_price=1, gas=gas, to=to, sender=sender, value=0, data=data, code=code
    )


class PlainVM(StillClockVM):
    """py-evm's own loop."""

    _state_class = PragueVM._state_class  # type: ignore[assignment]  # the slower one, on purpose


def everything(computation: Any) -> tuple[Any, ...]:
    """All that a computation leaves."""
    stack = [v if isinstance(v, int) else int.from_bytes(v) for v in computation._stack.values]
    error = None if computation._error is None else type(computation._error)
    return (
        error,
        computation.output,
        computation.get_gas_remaining(),
        computation._gas_meter.gas_remaining,
        computation.get_gas_refund(),
        computation.get_log_entries(),
        stack,
        bytes(computation._memory._bytes),
    )


@given(code=CODE, data=st.binary(max_size=70), gas=st.sampled_from((0, 2, 9, 30, 100, 300, 3000, 40_000)))
@settings(max_examples=250, deadline=None)
def test_random_code(code: bytes, data: bytes, gas: int) -> None:
    with pytest.MonkeyPatch.context() as monkey:
        fast = run(StillClockVM, code, data, gas, monkey)
        plain = run(PlainVM, code, data, gas, monkey)
    assert isinstance(fast, FastComputation)
    assert isinstance(plain, PragueComputation)
    assert not isinstance(plain, FastComputation)
    assert everything(fast) == everything(plain)


@pytest.mark.parametrize(
    "code",
    [
        b"",
        b"\x60",  # a PUSH without its byte
        b"\x7f\x01\x02",
        b"\x5f" * 1025,  # the stack overflows
        b"\x5f" * 1024 + b"\x80",
        b"\x5b\x5f\x56",  # for ever
        b"\x60\x04\x56\x61\x5b\x5b",  # a jump into what is pushed
        b"\x60\x01\x60\x00\x57\x5b",
        b"\x60\x20\x60\x20\x5e\x59",
    ],
)
@pytest.mark.parametrize("gas", [1, 50, 5000])
def test_corners(code: bytes, gas: int) -> None:
    with pytest.MonkeyPatch.context() as monkey:
        fast, plain = (run(vm, code, b"\x01", gas, monkey) for vm in (StillClockVM, PlainVM))
    assert everything(fast) == everything(plain)


def test_costs_are_py_evms() -> None:
    # What chain.evm charges, by opcode.
    three = [
        0x01,
        0x03,
        *range(0x10, 0x12),
        *range(0x14, 0x1A),
        0x1B,
        0x1C,
        0x35,
        0x51,
        0x52,
        *range(0x60, 0xA0),
    ]
    costs = {
        **dict.fromkeys(three, 3),
        **dict.fromkeys((0x02, 0x04, 0x06), 5),
        **dict.fromkeys((0x50, 0x5A, 0x5F), 2),
        0x56: 8,
        0x57: 10,
        0x5B: 1,
    }
    opcodes: dict[int, Any] = dict(PRAGUE_OPCODES)
    assert {op: opcodes[op].gas_cost for op in costs} == costs


def test_analysis_tells_code_from_what_is_pushed() -> None:
    pushed, targets = analyse(b"\x60\x5b\x5b\x61\x01\x5b\x5b\x7f\x05")
    assert targets == {2, 6}
    assert (pushed[0], pushed[3]) == (0x5B, 0x015B)
    assert pushed[7] == 5 << 248


def test_a_market_story_leaves_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.chain.faults import WatchedNetwork
    from tests.chain.test_resume import play
    from tests.chain.worlds import ChainWorlds

    heads = []
    for vm_class in (StillClockVM, PlainVM):
        monkeypatch.setattr(embedded.StillClockChain, "vm_configuration", ((0, vm_class),))
        master = ChainWorlds().master({}, staked=False)
        network = WatchedNetwork(dict(master.database))
        play(master, network)
        heads.append(network.w3.eth.get_block("latest")["hash"])
    assert heads[0] == heads[1]  # state, receipts and gas of every block before
