"""A network that remembers every moment at which a run could have been killed."""

from collections.abc import Sequence

from chain.embedded import EmbeddedNetwork
from chain.port import RawTransaction, Receipt


class WatchedNetwork(EmbeddedNetwork):
    """Keeps a copy of the chain as it stood before each transaction.

    Of a call that sends several, a copy holds those before it, mined, although the caller never heard of them.
    """

    def __init__(self, database: dict[bytes, bytes], *, watched: bool = True) -> None:
        super().__init__(database)
        self._watched = watched
        self.moments: list[dict[bytes, bytes]] = []
        self.sent = 0

    def send(self, transactions: Sequence[RawTransaction]) -> list[Receipt]:
        for number in range(len(transactions) if self._watched else 0):
            moment = dict(self.backend.database)
            if number:
                EmbeddedNetwork(moment).send(transactions[:number])
            self.moments.append(moment)
        self.sent += len(transactions)
        return super().send(transactions)
