"""From a scenario's tables to the market's own values: rules, tariff, plan of the day, and who brings which funds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from agents.provider import Provider
from market.day import DayPlan
from market.ledger.port import Ledger, MarketRules, MeterSpec, TariffStep
from market.loan_day import LoanPlan
from market.loan_meeting import LoanTermsOffered
from market.matching import MATCHERS
from market.terms import Party
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.places import rating
from scenarios.schema import LoansTable
from scenarios.units import UTILITIES, token_units

PartyOf = Callable[[str], Party]
"""The address of a party of the scenario, by its name."""


@dataclass(frozen=True, slots=True)
class MarketSetup:
    """A scenario's market in the ledger's units."""

    rules: MarketRules
    tariff: tuple[TariffStep, ...]
    plan: DayPlan
    deposits: Mapping[str, int]
    """Token units each party brings, the provider among them."""
    ratings: Mapping[str, int]
    loans: LoanPlan | None = None
    collateral: Mapping[str, int] = field(default_factory=dict)
    """Token units each party brings to the loan desk."""
    submeters: Mapping[str, int] = field(default_factory=dict)
    """Ratings of the meters behind communities' meters, by the members' names."""
    notice: int = 0
    """Seconds before the first step by which submeters must have been declared: for an interval that deals can be
    recorded for already, a meter cannot be put behind another any more."""

    @property
    def opens(self) -> int:
        """First step at which sessions are held."""
        return self.plan.opens

    @property
    def minted(self) -> int:
        """Token units that all parties buy."""
        return sum(self.deposits.values()) + sum(self.collateral.values())


def market_setup(
    scenario: Scenario, *, epoch: int, first: int = 0, interval: int | None = None
) -> MarketSetup:
    """The market of ``scenario`` on a ledger whose interval 0 starts at ``epoch``.

    Parameters
    ----------
    first
        The ledger's interval in which the run's first one falls.
    interval
        Length of an interval on the ledger's clock, s; the scenario's if not given. Gate, window and time-outs shrink
        with it.

    Raises
    ------
    ScenarioError
        Where an amount or a price is no whole number of the ledger's units.
    """
    table, market = scenario.table, scenario.table.market
    utility = UTILITIES[table.utility]
    seconds = interval or market.interval

    def scaled(value: int) -> int:
        return value if seconds == market.interval else max(1, value * seconds // market.interval)

    tariff = tuple(
        TariffStep(
            from_interval=first + step.from_interval if step.from_interval else 0,
            buy_price=whole(scenario, f"provider.tariff[{i + 1}].buy", utility.price, step.buy),
            sell_price=whole(scenario, f"provider.tariff[{i + 1}].sell", utility.price, step.sell),
        )
        for i, step in enumerate(table.provider.tariff)
    )
    rules = MarketRules(
        epoch=epoch,
        interval=seconds,
        gate=0 if market.gate == 0 else scaled(market.gate),
        horizon=market.horizon,
        window=scaled(market.window),
        utility=utility.number,
        provider_cap=whole(scenario, "provider.cap", utility.energy, table.provider.cap),
    )
    if market.lead > market.horizon:
        raise ScenarioError(
            scenario.path, "market.lead", str(market.lead), f"at most horizon = {market.horizon}"
        )
    plan = DayPlan(
        first=first,
        intervals=table.intervals,
        opens=first - (market.lead if market.pace == "interval" else 0),
        lead=market.lead,
        one_offer_a_step=market.pace == "step",
        issue_by_issue=market.procedure == "issue-by-issue",
        matcher=MATCHERS[market.matcher],
        meetings=market.meetings,
        max_rounds=market.max_rounds,
        turn_timeout=scaled(market.turn_timeout),
        price_tick=whole(scenario, "market.price_tick", utility.price, market.price_tick),
        energy_tick=whole(scenario, "market.energy_tick", utility.energy, market.energy_tick),
        onchain_every=market.onchain_every,
        disclose=market.disclose,
    )
    deposits = {table.provider.name: whole(scenario, "provider.funds", token_units, table.provider.funds)}
    for i, party in enumerate(table.party):
        deposits[party.name] = whole(scenario, f"party[{i + 1}].deposit", token_units, party.deposit)
    ratings = {party.name: rating(party, table.data.interval_h, utility) for party in table.party}
    collateral = {
        party.name: whole(scenario, f"party[{i + 1}].loans.deposit", token_units, party.loans.deposit)
        for i, party in enumerate(table.party)
        if party.loans is not None
    }
    submeters = {
        member.name: rating(member, table.data.interval_h, utility)
        for party in table.party
        for member in party.member
    }
    loans = None if table.loans is None else _loan_plan(scenario, table.loans, plan)
    return MarketSetup(
        rules=rules,
        tariff=tariff,
        plan=plan,
        deposits=deposits,
        ratings=ratings,
        loans=loans,
        collateral=collateral,
        submeters=submeters,
        notice=(rules.horizon + market.lead) * seconds if submeters else 0,
    )


def _loan_plan(scenario: Scenario, loans: LoansTable, plan: DayPlan) -> LoanPlan:
    """The plan of the loans: a return lies within a home's horizon and the market's."""
    utility, market = UTILITIES[scenario.table.utility], scenario.table.market
    furthest = min(loans.horizon - 1, market.horizon - market.lead)
    last = furthest if loans.last_return is None else loans.last_return
    if not loans.first_return <= last <= furthest:
        found = f"{last}, first_return = {loans.first_return}" if loans.last_return is None else str(last)
        raise ScenarioError(
            scenario.path,
            "loans.last_return",
            found,
            f"from first_return to {furthest}: less than loans.horizon = {loans.horizon}, and with "
            f"market.lead = {market.lead} at most market.horizon = {market.horizon}",
        )
    tick = whole(scenario, "loans.step", utility.energy, loans.step)
    return LoanPlan(
        every=loans.every,
        tick=tick,
        most=loans.most * tick,
        first_return=loans.first_return,
        last_return=last,
        return_every=loans.return_every,
        offered=LoanTermsOffered(
            price=whole(scenario, "loans.price", utility.price, loans.price),
            cover=whole(scenario, "loans.cover", utility.price, loans.cover),
            max_rounds=loans.max_rounds,
            turn_timeout=plan.turn_timeout,
        ),
        any_queue=loans.max_ahead == "any",
        disclose=loans.disclose,
    )


def whole(scenario: Scenario, place: str, convert: Callable[[Decimal], int], value: Decimal) -> int:
    """``value`` in the ledger's whole units.

    Raises
    ------
    ScenarioError
        If it is not whole there.
    """
    try:
        return convert(value)
    except ValueError as error:
        found, _, expected = str(error).partition(", expected ")
        raise ScenarioError(scenario.path, place, found, expected) from None


def enroll(ledger: Ledger, scenario: Scenario, setup: MarketSetup, party_of: PartyOf) -> dict[str, int]:
    """Fund every party and register every meter; returns the meter of each party and of each member by their names.

    A member owns its submeter and declares itself that it is behind the community's meter, which sells for it.
    """
    meters: dict[str, int] = {}
    name = scenario.table.provider.name
    Provider(name=name, party=party_of(name), tariff=setup.tariff, funds=setup.deposits[name]).open(ledger)
    for party in scenario.table.party:
        traded, lent = setup.deposits[party.name], setup.collateral.get(party.name, 0)
        if traded + lent:
            ledger.buy_tokens(party_of(party.name), traded + lent)
        if traded:
            ledger.deposit(party_of(party.name), traded)
        if lent:
            ledger.loans.deposit(party_of(party.name), lent)
        spec = MeterSpec(name=party.name, owner=party_of(party.name), rating=setup.ratings[party.name])
        meters[party.name] = ledger.register_meter(spec)
        for member in party.member:
            owner, most = party_of(member.name), setup.submeters[member.name]
            meters[member.name] = ledger.register_meter(MeterSpec(name=member.name, owner=owner, rating=most))
            ledger.aggregate_meter(meters[member.name], meters[party.name])
    return meters
