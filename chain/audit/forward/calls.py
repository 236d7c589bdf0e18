"""What forward contracts were called with, where that is not in events: proofs of the roster."""

from collections.abc import Iterable, Mapping

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from chain.audit.proof import Transaction
from chain.clients.forward import ForwardClient
from chain.events import Event, MemberJoined


def proofs_of(
    events: Iterable[Event], transactions: Mapping[str, Transaction]
) -> dict[tuple[bytes, int], tuple[bytes, ...]]:
    """The branch by which each member showed that it is on the roster, by contract and meter.

    Empty where another contract called for it: the replay then says that it is not on the roster.
    """
    found: dict[tuple[bytes, int], tuple[bytes, ...]] = {}
    for event in events:
        if not isinstance(event, MemberJoined):
            continue
        made = transactions.get(event.at.transaction)
        if made is None or made.data[:4] != ForwardClient.JOIN.selector:
            continue
        try:
            _, _, _, proof, _ = decode(ForwardClient.JOIN.inputs, made.data[4:])
        except DecodingError:
            continue
        found[event.key, event.meter] = tuple(map(bytes, proof))
    return found
