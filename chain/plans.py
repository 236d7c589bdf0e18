"""From what a user asks for to a plan: options that are not given come from the record, or from the market's defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_utils.address import is_address

from chain.clients import party
from chain.deploy import Plan, plan_of
from chain.errors import ChainFault
from chain.port import Network
from chain.record import read_record
from market.ledger.port import MarketRules, TariffStep
from market.terms import NOBODY, Party


class BadOption(ChainFault):
    """An option of a deployment is none: its name, what was given, what was expected."""

    def __init__(self, option: str, found: object, expected: str) -> None:
        super().__init__(f"{option}: found {found}, expected {expected}")


BOUNDS: Mapping[str, tuple[int, int]] = {
    "epoch": (0, 2**64 - 1),
    "interval": (2, 2**32 - 1),
    "gate": (0, 2**32 - 1),
    "horizon": (1, 2**32 - 1),
    "window": (1, 2**32 - 1),
    "utility": (0, 2**8 - 1),
    "wei_per_unit": (1, 2**128 - 1),
    "provider_cap": (0, 2**64 - 1),
    "pause_length": (0, 2**32 - 1),
    "pause_cooldown": (0, 2**32 - 1),
}
"""Least and greatest value of each rule (the contracts' own checks are narrower for some)."""


def make_plan(
    network: Network,
    path: Path | None,
    *,
    registrar: Party,
    rules: Mapping[str, int | None],
    provider: str | None = None,
    guardian: str | None = None,
    tariff: Sequence[str] = (),
) -> Plan:
    """The plan of a deployment on ``network``.

    Parameters
    ----------
    path
        The record that is gone on from, if it exists.
    rules
        Fields of :class:`MarketRules`; None for what is not given. Without an epoch on record, it is the next full
        interval on the network's clock.
    tariff
        Steps ``FROM:BUY:SELL``.

    Raises
    ------
    BadOption, DeploymentError
    """
    given = {name: _bounded(name, value) for name, value in rules.items() if value is not None}
    if path is not None and path.exists():
        record = read_record(path)
        plan = plan_of(record, str(path))
        plan = replace(plan, rules=replace(plan.rules, **given), registrar=Party(record.registrar))
    else:
        interval = given.get("interval", MarketRules(epoch=0).interval)
        given.setdefault("epoch", (network.now() // interval + 1) * interval)
        plan = Plan(rules=MarketRules(**given), registrar=registrar)
    changes: dict[str, Any] = {}
    if provider is not None:
        changes["provider"] = _address("--provider", provider)
    if guardian is not None:
        changes["guardian"] = _address("--guardian", guardian)
    if tariff:
        changes["tariff"] = tuple(map(_step, tariff))
    plan = replace(plan, **changes)
    if (plan.provider == NOBODY) != (not plan.tariff):
        found = "neither" if plan.provider == NOBODY else "a provider alone"
        found = "a tariff alone" if plan.tariff else found
        raise BadOption("--provider and --tariff", found, "both or none")
    return plan


def _bounded(name: str, value: int) -> int:
    low, high = BOUNDS[name]
    if not low <= value <= high:
        raise BadOption(f"--{name.replace('_', '-')}", value, f"{low}..{high}")
    return value


def _address(option: str, text: str) -> Party:
    if not is_address(text) or not text.startswith("0x"):
        raise BadOption(option, repr(text), "an address (0x and 40 hexadecimal digits)")
    return party(text)


def _step(text: str) -> TariffStep:
    parts = text.split(":")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise BadOption("--tariff", repr(text), "FROM:BUY:SELL, whole numbers")
    start, buy, sell = map(int, parts)
    if start >= 2**32 or sell >= 2**64 or buy > sell:
        raise BadOption("--tariff", repr(text), "an interval below 2**32 and prices BUY ≤ SELL below 2**64")
    return TariffStep(from_interval=start, buy_price=buy, sell_price=sell)
