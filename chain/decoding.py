"""From a chain's logs to typed events, strictly: what Solidity would not have written is refused, never rounded.

One plan per event class, made from its annotations. :func:`abi_differences` says where a contract's ABI has other
events than ``chain.events`` declares.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from chain import events
from chain.codec import WORD, FieldPlan, MalformedValue, party_of, plan_fields
from chain.events import Event, Origin
from chain.port import Log
from market.terms import Party


class EventError(Exception):
    """A log that is no event of its contract."""

    def __init__(self, what: str, log: Log) -> None:
        self.log = log
        self.transaction = "0x" + log.tx_hash.hex()
        super().__init__(
            f"block {log.block}, log {log.log_index} of 0x{log.address.hex()} in transaction {self.transaction}: {what}"
        )


class UnknownEvent(EventError):
    """No event of that contract has this topic."""


class MalformedEvent(EventError):
    """Topics or data are no encoding of the event that the first topic names."""


@dataclass(frozen=True, slots=True)
class EventPlan:
    """How one class of events is told apart and read."""

    cls: type[Event]
    signature: str
    topic: bytes
    fields: tuple[FieldPlan, ...]
    reads: tuple[tuple[bool, int, Any], ...]
    """Per field: in a topic?, topic number or offset of its head word, reader."""
    topics: int
    head: int
    """Bytes of the data's head."""
    dynamic: bool

    @classmethod
    def of(cls, event: type[Event]) -> "EventPlan":
        plans = plan_fields(event, skip=("at",))
        signature = f"{event.__name__}({','.join(p.solidity for p in plans)})"
        reads: list[tuple[bool, int, Any]] = []
        topic, head = 0, 0
        for plan in plans:
            if plan.indexed:
                topic += 1
                reads.append((True, topic, plan.read))
            else:
                reads.append((False, head, plan.read))
                head += plan.words * WORD
        dynamic = any(plan.dynamic for plan in plans)
        return cls(event, signature, keccak(text=signature), plans, tuple(reads), topic + 1, head, dynamic)

    def decode(self, log: Log, at: Origin) -> Event:
        if len(log.topics) != self.topics:
            raise MalformedEvent(f"{self.signature}: {len(log.topics)} topics, expected {self.topics}", log)
        data, topics = log.data, log.topics
        if len(data) < self.head or (len(data) > self.head and not self.dynamic) or len(data) % WORD:
            raise MalformedEvent(f"{self.signature}: {len(data)} bytes of data, expected {self.head}", log)
        try:
            values = [read(topics[n], 0) if topic else read(data, n) for topic, n, read in self.reads]
        except MalformedValue as error:
            raise MalformedEvent(f"{self.signature}: {error}", log) from None
        return self.cls(at, *values)


def _leaves(cls: type[Event]) -> Iterator[type[Event]]:
    for sub in cls.__subclasses__():
        # dataclass(slots=True) makes a second class; the first one lives on in __subclasses__
        if sub is not getattr(events, sub.__name__, None):
            continue
        if sub.__subclasses__():
            yield from _leaves(sub)
        else:
            yield sub


PLANS: Mapping[bytes, EventPlan] = {
    plan.topic: plan for plan in map(EventPlan.of, dict.fromkeys(_leaves(Event)))
}
"""By topic."""

TOPICS: Mapping[type[Event], bytes] = {plan.cls: topic for topic, plan in PLANS.items()}


def decode(log: Log, *, time: int, contract: str | None = None) -> Event:
    """One log as an event.

    Parameters
    ----------
    time
        Of the log's block, seconds since 1970.
    contract
        Which contract stands at the log's address ("MeterRegistry", …), where that is to be held to.

    Raises
    ------
    UnknownEvent
        If no event (of that contract) has the log's topic.
    MalformedEvent
        If its topics or data are no encoding of that event.
    """
    plan = PLANS.get(log.topics[0]) if log.topics else None
    if plan is None or (contract is not None and contract not in plan.cls.contracts):
        topic = "0x" + log.topics[0].hex() if log.topics else "none"
        raise UnknownEvent(f"topic {topic} is no event of {contract or 'this market'}", log)
    at = Origin(log.block, log.tx_index, log.log_index, time, "0x" + log.tx_hash.hex(), party_of(log.address))
    return plan.decode(log, at)


def decode_all(
    logs: Iterable[Log], *, times: Mapping[int, int], contracts: Mapping[Party, str] | None = None
) -> list[Event]:
    """Logs as events, in the order in which they happened.

    Parameters
    ----------
    times
        Of each block, seconds since 1970.
    contracts
        Which contract stands at each address, where that is to be held to.
    """
    kinds = None if contracts is None else {bytes.fromhex(a[2:]): name for a, name in contracts.items()}
    ordered = sorted(logs, key=lambda log: (log.block, log.tx_index, log.log_index))
    return [
        decode(
            log,
            time=times[log.block],
            contract=None if kinds is None else kinds.get(log.address, "no contract"),
        )
        for log in ordered
    ]


def abi_differences(contract: str, abi: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where a contract's ABI has other events than are declared here; empty if they agree."""
    found = {_abi_signature(entry) for entry in abi if entry["type"] == "event"} - _UNUSED
    declared = {_plan_signature(plan) for plan in PLANS.values() if contract in plan.cls.contracts}
    return [f"{contract}: {s} is declared, but not in the ABI" for s in sorted(declared - found)] + [
        f"{contract}: {s} is in the ABI, but not declared" for s in sorted(found - declared)
    ]


_UNUSED = {"EIP712DomainChanged()"}
"""In an ABI by inheritance; the domain is immutable and the event is never emitted."""


def _abi_signature(entry: Mapping[str, Any]) -> str:
    return f"{entry['name']}({', '.join(_abi_type(i) + ' indexed' * i['indexed'] for i in entry['inputs'])})"


def _abi_type(item: Mapping[str, Any]) -> str:
    if item["type"] != "tuple":
        return str(item["type"])
    return f"({','.join(_abi_type(c) for c in item['components'])})"


def _plan_signature(plan: EventPlan) -> str:
    return f"{plan.cls.__name__}({', '.join(p.solidity + ' indexed' * p.indexed for p in plan.fields)})"
