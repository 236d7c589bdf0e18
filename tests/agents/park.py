"""Parties for the tests of this room: a forecaster that says one number, prosumers with a plain name, briefs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.builtin import BUILTIN
from agents.prosumer import FirmKind, Forecaster, HomeKind, Kind, Prosumer
from agents.strategy import Strategy
from market.issues import Domain, Issue, trade_domain
from market.session import SessionRules, SessionRun
from market.terms import Party
from market.trader import Brief

SELLER, BUYER, PROVIDER = (Party("0x" + digit * 40) for digit in "123")


@dataclass
class Fixed:
    """Forecasts the same amount for every interval."""

    amount: int

    def net(self, step: int, interval: int) -> int:
        return self.amount


def prosumer(
    amount: int,
    strategy: str | type[Strategy] = "concession",
    parameters: Mapping[str, Any] | None = None,
    *,
    kind: Kind | None = None,
    unit: int = 1,
    forecaster: Forecaster | None = None,
    **more: Any,
) -> Prosumer:
    """One that has ``amount`` to sell (positive) or is short of it (negative)."""
    return Prosumer(
        name="seller" if amount > 0 else "buyer",
        party=SELLER if amount > 0 else BUYER,
        meter=1 if amount > 0 else 2,
        kind=kind or HomeKind(),
        forecaster=forecaster or Fixed(amount),
        strategy=BUILTIN[strategy] if isinstance(strategy, str) else strategy,
        parameters=parameters or {},
        price_unit=unit,
        energy_unit=unit,
        **more,
    )


def domain_of(buy: int, sell: int, most: int, *, price_tick: int = 1, energy_tick: int = 1) -> Domain:
    """The domain that the trading day makes of the provider's prices and the meters' ratings."""
    return trade_domain(
        price=Issue("price", buy, sell, price_tick),
        energy=Issue("energy", energy_tick, most // energy_tick * energy_tick, energy_tick),
    )


def brief_of(domain: Domain, *, selling: bool, max_rounds: int, step: int = 0, interval: int = 4) -> Brief:
    """A brief whose provider's prices are the ends of the domain's price."""
    return Brief(
        selling=selling,
        counterpart=BUYER if selling else SELLER,
        step=step,
        interval=interval,
        buy_price=domain.issues[0].low,
        sell_price=domain.issues[0].high,
        domain=domain,
        max_rounds=max_rounds,
    )


def meet(
    seller: Prosumer,
    buyer: Prosumer,
    domain: Domain,
    *,
    max_rounds: int,
    issue_by_issue: bool = True,
    interval: int = 4,
    seller_opens: bool = False,
    **channel: Any,
) -> SessionRun | None:
    """A session of the two, run to its end; None if one of them wants none."""
    brief = brief_of(domain, selling=True, max_rounds=max_rounds, interval=interval)
    sells, buys = (
        seller.negotiator(brief),
        buyer.negotiator(replace(brief, selling=False, counterpart=SELLER)),
    )
    if sells is None or buys is None:
        return None
    sides = (sells, buys) if seller_opens else (buys, sells)
    rules = SessionRules(domain=domain, max_rounds=max_rounds, issue_by_issue=issue_by_issue)
    run = SessionRun(rules, opener=sides[0], responder=sides[1], **channel)
    run.finish()
    return run


BIOGAS = {"price": {"ip": 80, "rp": 20, "dl": 20, "cr": 2.0}}
"""Table 1, Prosumer 0; the amount it holds is its surplus."""
FOUNDRY = {
    "price": {"ip": 20, "rp": 80, "dl": 20, "cr": 0.5},
    "energy": {"ip": 150, "rp": 0, "dl": 20, "cr": 0.5},
}
"""Table 1, Prosumer 1; its amount with the same dl and cr."""


def table_1(unit: int = 1) -> tuple[Prosumer, Prosumer, Domain]:
    """The paper's seller of 100 m³, its buyer of 150 m³ with a deadline at step 350, and what they negotiate."""
    firm = FirmKind(deadline=350, patience=40)
    return (
        prosumer(100 * unit, "concession", BIOGAS, kind=FirmKind(), unit=unit),
        prosumer(-150 * unit, "concession", FOUNDRY, kind=firm, unit=unit),
        domain_of(20 * unit, 80 * unit, 200 * unit, price_tick=unit, energy_tick=unit),
    )
