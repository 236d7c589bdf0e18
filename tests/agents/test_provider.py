"""The provider: a tariff that holds together, and funds that it really escrows."""

from typing import Any

import pytest

from agents.provider import Provider, ProviderError
from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules, TariffStep
from market.terms import Party
from tests.agents.park import PROVIDER, SELLER

STEPS = (
    TariffStep(from_interval=0, buy_price=80, sell_price=300),
    TariffStep(from_interval=24, buy_price=90, sell_price=250),
)


def provider(**changes: Any) -> Provider:
    return Provider(**{"name": "grid", "party": PROVIDER, "tariff": STEPS, "funds": 10_000, **changes})


def ledger(tariff: tuple[TariffStep, ...] = STEPS, owner: Party = PROVIDER) -> MemoryLedger:
    address = Party("0x" + "8" * 40)
    return MemoryLedger(
        rules=MarketRules(epoch=1_000), provider=owner, tariff=tariff, address=address, now=1_000
    )


def test_it_escrows_its_funds_before_the_market_opens() -> None:
    market = ledger()
    provider().open(market)
    assert market.balance(PROVIDER) == 10_000


def test_its_prices_by_interval_and_what_they_may_cost_it() -> None:
    grid = provider()
    assert [grid.prices(interval) for interval in (0, 23, 24, 99)] == [
        (80, 300),
        (80, 300),
        (90, 250),
        (90, 250),
    ]


def test_it_does_not_open_where_the_ledger_says_otherwise() -> None:
    for market in (ledger(owner=SELLER), ledger(tariff=STEPS[:1])):
        with pytest.raises(ProviderError, match="on the ledger, expected"):
            provider().open(market)
        assert market.balance(PROVIDER) == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tariff": ()}, "found no steps"),
        ({"tariff": STEPS[::-1]}, "found steps from \\[24, 0\\], expected ascending"),
        ({"tariff": (TariffStep(from_interval=0, buy_price=3, sell_price=2),)}, "found buy 3 and sell 2"),
        ({"tariff": (TariffStep(from_interval=0, buy_price=-1, sell_price=2),)}, "expected 0 ≤ buy ≤ sell"),
        ({"funds": 0}, "funds: found 0"),
    ],
)
def test_a_provider_that_cannot_be_is_refused(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ProviderError, match=told) as caught:
        provider(**wrong)
    assert caught.value.exit_code == 2


def test_there_is_no_price_before_the_tariff() -> None:
    with pytest.raises(ProviderError, match="found 3, expected at least 24"):
        provider(tariff=STEPS[1:]).prices(3)
