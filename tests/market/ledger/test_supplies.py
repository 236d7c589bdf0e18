"""Supplies as the registry keeps them, seen from a market that is not the forward desk."""

import pytest

from market.ledger.errors import (
    EmptySupply,
    MarketNotAllowed,
    NotMeterOwner,
    NotSupplier,
    SuppliedMeter,
    UnknownMeter,
    WrongUtility,
)
from market.ledger.registry import Registry
from market.terms import NOBODY, Party
from tests.market.ledger.plain import ANA, BO, MARKET, RULES

OTHER = Party("0x" + "9" * 40)
NOW = RULES.epoch
FROM = RULES.horizon + 1
"""First interval beyond the horizon at the epoch."""


@pytest.fixture
def registry() -> Registry:
    made = Registry(RULES, (MARKET, OTHER))
    for number, owner in enumerate((ANA, BO), 1):
        key = Party(f"0x{number:040x}")
        made.register(owner=owner, key=key, attester=NOBODY, utility=RULES.utility, rating=9)
        made.allow(owner, number, MARKET, True)
    return made


def test_what_is_wrong_with_a_supply_is_named_in_order(registry: Registry) -> None:
    gas = registry.register(owner=ANA, key=OTHER, attester=NOBODY, utility=9, rating=9)
    for expected, market, meter, owner, end in (
        (UnknownMeter(4), OTHER, 4, BO, FROM),
        (NotMeterOwner(gas, BO, ANA), OTHER, gas, BO, FROM),
        (WrongUtility(gas, 9, RULES.utility), OTHER, gas, ANA, FROM),
        (MarketNotAllowed(1, OTHER), OTHER, 1, ANA, FROM),
        (EmptySupply(1, FROM, FROM), MARKET, 1, ANA, FROM),
    ):
        with pytest.raises(type(expected)) as raised:
            registry.supply(market, meter, owner, FROM, end, NOW)
        assert raised.value == expected


def test_only_its_market_ends_a_supply_and_never_later(registry: Registry) -> None:
    registry.supply(MARKET, 1, ANA, FROM, FROM + 50, NOW)
    end = registry.supplies.end
    for expected, market, start, to in (
        (NotSupplier(1, MARKET, NOBODY), MARKET, FROM + 1, FROM + 9),
        (NotSupplier(1, OTHER, MARKET), OTHER, FROM, FROM + 9),
        (EmptySupply(1, FROM + 50, FROM + 51), MARKET, FROM, FROM + 51),
    ):
        with pytest.raises(type(expected)) as raised:
            end(market, 1, start, to)
        assert raised.value == expected
    end(MARKET, 1, FROM, FROM + 20)
    registry.supplies.check_unsupplied(1, FROM + 20)
    with pytest.raises(SuppliedMeter):
        registry.supplies.check_unsupplied(1, FROM + 19)
    end(MARKET, 1, FROM, FROM - 3)
    assert registry.supplies.supplies == {}


def test_a_copy_is_independent(registry: Registry) -> None:
    registry.supply(MARKET, 1, ANA, FROM, FROM + 50, NOW)
    copied = registry.copy()
    copied.supply(MARKET, 2, BO, FROM, FROM + 50, NOW)
    copied.supplies.end(MARKET, 1, FROM, FROM)
    assert set(registry.supplies.supplies) == {1}
    assert set(copied.supplies.supplies) == {2}
