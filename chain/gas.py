"""What a run has paid to the chain: gas and fees of every transaction, by kind."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chain.port import Receipt


@dataclass(frozen=True, slots=True)
class GasUse:
    """One transaction: gas used, wei paid, and how many deals, readings or settlements it carried."""

    gas: int
    fee: int
    items: int
    ok: bool


class GasMeter:
    """Gas and fees of transactions by kind (``record``, ``settle``, ``deposit``, …), in the order they were mined."""

    __slots__ = ("_uses",)

    def __init__(self) -> None:
        self._uses: defaultdict[str, list[GasUse]] = defaultdict(list)

    def add(self, kind: str, receipt: Receipt, items: int = 1) -> None:
        """Note one transaction."""
        use = GasUse(receipt.gas_used, receipt.gas_used * receipt.gas_price, items, receipt.ok)
        self._uses[kind].append(use)

    @property
    def uses(self) -> Mapping[str, list[GasUse]]:
        """Every transaction by kind."""
        return MappingProxyType(self._uses)

    def gas(self, kind: str) -> list[int]:
        """Gas of each transaction of a kind."""
        return [use.gas for use in self._uses.get(kind, [])]

    def total(self) -> tuple[int, int]:
        """Gas used and wei paid, all in all."""
        every = [use for uses in self._uses.values() for use in uses]
        return sum(use.gas for use in every), sum(use.fee for use in every)

    def per_item(self, kind: str) -> float:
        """Mean gas for each item of a kind; 0 where there was none."""
        uses = self._uses.get(kind, [])
        items = sum(use.items for use in uses)
        return sum(use.gas for use in uses) / items if items else 0.0
