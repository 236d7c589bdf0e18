"""A faster inner loop for py-evm: the plain opcodes of stack, arithmetic, jumps and memory done in one Python function.

A market day executes some ten million of them, and py-evm spends four Python calls on each. Here they run inside the
iteration over a contract's code; every other opcode, and each of these as soon as anything is unusual about it (too
little gas, too small a stack, memory to be extended, a wrong jump), is handed to py-evm with the state as it was before.
So no rule of the EVM stands here that could be broken by an exception, and a test compares the two on random code.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState

MOST = 2**256 - 1
STACK = 1024
SMALL_MEMORY = 1 << 16
"""Bytes; larger ones grow by py-evm's hand."""
_STOP, _JUMPDEST, _PUSH1, _PUSH32 = 0x00, 0x5B, 0x60, 0x7F


@lru_cache(maxsize=256)
def analyse(code: bytes) -> tuple[tuple[int, ...], frozenset[int]]:
    """What each PUSH pushes, by its position (zero elsewhere), and the positions that may be jumped to."""
    pushed = [0] * len(code)
    targets: set[int] = set()
    place = 0
    while place < len(code):
        opcode = code[place]
        if _PUSH1 <= opcode <= _PUSH32:
            size = opcode - _PUSH1 + 1
            pushed[place] = int.from_bytes(code[place + 1 : place + 1 + size].ljust(size, b"\0"))
            place += size
        elif opcode == _JUMPDEST:
            targets.add(place)
        place += 1
    return tuple(pushed), frozenset(targets)


class FastCode(CodeStream):
    """Code that executes its plain opcodes while it is iterated over, and yields the others."""

    __slots__ = ["_computation"]

    def __init__(self, code: bytes, computation: Any) -> None:
        super().__init__(code)
        self._computation = computation

    def __iter__(self) -> Iterator[int]:  # one flat loop is what makes it fast
        computation = self._computation
        code = self._raw_code_bytes
        pushed, targets = analyse(code)
        values: list[Any] = computation._stack.values
        meter, memory = computation._gas_meter, computation._memory
        cells = memory._bytes
        data: bytes | None = None
        length = len(code)
        pc, gas = self.program_counter, meter.gas_remaining
        while True:
            op = code[pc] if pc < length else _STOP
            # Each branch either does all of its opcode and continues, or changes nothing and falls through.
            if op >= 0x60:
                if op < 0x80:  # PUSH1 … PUSH32
                    if gas >= 3 and len(values) < STACK:
                        values.append(pushed[pc])
                        gas -= 3
                        pc += op - 0x5E
                        continue
                elif op < 0x90:  # DUP1 … DUP16
                    if gas >= 3 and op - 0x7F <= len(values) < STACK:
                        values.append(values[0x7F - op])
                        gas -= 3
                        pc += 1
                        continue
                elif op < 0xA0 and gas >= 3 and len(values) >= op - 0x8E:  # SWAP1 … SWAP16
                    deep = 0x8E - op
                    values[-1], values[deep] = values[deep], values[-1]
                    gas -= 3
                    pc += 1
                    continue
            elif op >= 0x50:
                if op == 0x5B:  # JUMPDEST
                    if gas >= 1:
                        gas -= 1
                        pc += 1
                        continue
                elif op == 0x57:  # JUMPI
                    if gas >= 10 and len(values) >= 2:
                        if not values[-2]:
                            del values[-2:]
                            gas -= 10
                            pc += 1
                            continue
                        if values[-1] in targets:
                            pc = values[-1]
                            del values[-2:]
                            gas -= 10
                            continue
                elif op == 0x56:  # JUMP
                    if gas >= 8 and values and values[-1] in targets:
                        pc = values.pop()
                        gas -= 8
                        continue
                elif op == 0x52:  # MSTORE
                    if gas >= 3 and len(values) >= 2:
                        at, size = values[-1], len(cells)
                        if at + 32 <= size:
                            cells[at : at + 32] = values[-2].to_bytes(32, "big")
                            del values[-2:]
                            gas -= 3
                            pc += 1
                            continue
                        if at == size and size < SMALL_MEMORY:  # one word more, as most memory grows
                            words = size // 32
                            cost = 6 + (words + 1) ** 2 // 512 - words**2 // 512
                            if gas >= cost:
                                memory.extend(at, 32)
                                cells = memory._bytes
                                cells[at:] = values[-2].to_bytes(32, "big")
                                del values[-2:]
                                gas -= cost
                                pc += 1
                                continue
                elif op == 0x51:  # MLOAD
                    if gas >= 3 and values and values[-1] + 32 <= len(cells):
                        at = values[-1]
                        values[-1] = int.from_bytes(cells[at : at + 32], "big")
                        gas -= 3
                        pc += 1
                        continue
                elif op == 0x50:  # POP
                    if gas >= 2 and values:
                        values.pop()
                        gas -= 2
                        pc += 1
                        continue
                elif op == 0x5F:  # PUSH0
                    if gas >= 2 and len(values) < STACK:
                        values.append(0)
                        gas -= 2
                        pc += 1
                        continue
                elif op == 0x5A and gas >= 2 and len(values) < STACK:  # GAS
                    gas -= 2
                    values.append(gas)
                    pc += 1
                    continue
            elif op == 0x15 or op == 0x19:  # ISZERO, NOT
                if gas >= 3 and values:
                    values[-1] = (0 if values[-1] else 1) if op == 0x15 else MOST - values[-1]
                    gas -= 3
                    pc += 1
                    continue
            elif op == 0x35:  # CALLDATALOAD
                if gas >= 3 and values:
                    if data is None:
                        data = computation.msg.data_as_bytes
                    at = values[-1]
                    word = data[at : at + 32]
                    values[-1] = int.from_bytes(word if len(word) == 32 else word.ljust(32, b"\0"), "big")
                    gas -= 3
                    pc += 1
                    continue
            elif op < 0x20 and op and gas >= 5 and len(values) >= 2:
                # Two operands, three gas or (MUL, DIV, MOD) five; with less than five left py-evm decides.
                left, right = values[-1], values[-2]
                cost = 3
                if op == 0x01:  # ADD
                    result = (left + right) & MOST
                elif op == 0x16:  # AND
                    result = left & right
                elif op == 0x03:  # SUB
                    result = (left - right) & MOST
                elif op == 0x1B:  # SHL
                    result = (right << left) & MOST if left < 256 else 0
                elif op == 0x1C:  # SHR
                    result = right >> left if left < 256 else 0
                elif op == 0x17:  # OR
                    result = left | right
                elif op == 0x14:  # EQ
                    result = 1 if left == right else 0
                elif op == 0x11:  # GT
                    result = 1 if left > right else 0
                elif op == 0x10:  # LT
                    result = 1 if left < right else 0
                elif op == 0x18:  # XOR
                    result = left ^ right
                elif op == 0x02:  # MUL
                    result = (left * right) & MOST
                    cost = 5
                elif op == 0x04:  # DIV
                    result = left // right if right else 0
                    cost = 5
                elif op == 0x06:  # MOD
                    result = left % right if right else 0
                    cost = 5
                else:
                    result = -1
                if result >= 0:
                    values.pop()
                    values[-1] = result
                    gas -= cost
                    pc += 1
                    continue
            # py-evm's turn: with its program counter behind the opcode, and all else as it was before it.
            self.program_counter = pc + 1
            meter.gas_remaining = gas
            yield op
            pc, gas, cells = self.program_counter, meter.gas_remaining, memory._bytes
            # What an opcode leaves is on top; here it is always a number.
            if values and type(values[-1]) is bytes:
                values[-1] = int.from_bytes(values[-1], "big")


class FastComputation(PragueComputation):
    """Prague's rules over :class:`FastCode`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.code = FastCode(self.msg.code, self)


class FastState(PragueState):
    """Prague's state, executing with :class:`FastComputation`."""

    computation_class = FastComputation
