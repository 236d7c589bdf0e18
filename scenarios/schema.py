"""The schema of a scenario file (TOML). Every key is described here; ``scenarios/load.py`` reads and checks it.

Amounts are in the utility's unit (kWh, m³), prices in tokens per unit, powers in kW (gas: m³/h), money in tokens, times
in seconds, ``step`` and ``interval`` counted from the first interval of the run.
"""

from decimal import Decimal
from itertools import pairwise
from math import fsum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

MOST_COURSES = 10**7
"""Scenarios × horizon of one home: 80 MB for each array of them."""
CRITERIA = ("flexibility", "autarky", "fluctuation", "peak", "cost")
"""What a home may judge loans by; the costs of ``agents.loans.criteria``."""

Positive = Field(gt=0)
NonNegative = Field(ge=0)


class Table(BaseModel):
    """A table of the file: no unknown keys, no NaN, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MarketTable(Table):
    """How the market runs."""

    interval: int = Field(900, ge=2, description="length of an interval, s")
    gate: int = Field(
        60, ge=0, description="nothing is recorded later than this before an interval's start, s"
    )
    horizon: int = Field(96, gt=0, description="nor for an interval further ahead, intervals")
    window: int = Field(1800, gt=0, description="readings are accepted this long after an interval's end, s")
    lead: int = Field(1, ge=1, description="sessions at step k are about interval k + lead")
    pace: Literal["interval", "step"] = Field(
        "interval", description="a session runs to its end within a step, or makes one offer a step"
    )
    procedure: Literal["issue-by-issue", "package"] = "issue-by-issue"
    matcher: Literal["largest-first", "random"] = "largest-first"
    meetings: int = Field(2, ge=1, description="most rounds of meetings in a step")
    max_rounds: int = Field(40, ge=2, le=65535, description="most offers in a session")
    turn_timeout: int = Field(
        300, gt=0, description="s for each turn of a session on chain, and each signed offer"
    )
    price_tick: Decimal = Field(Decimal("0.001"), gt=0, description="tokens per unit")
    energy_tick: Decimal = Field(Decimal("0.01"), gt=0, description="units")
    onchain_every: int = Field(0, ge=0, description="every n-th session is held on chain; 1: all, 0: none")
    disclose: bool = Field(True, description="signed transcripts are recorded whole, not their heads alone")


class TariffTable(Table):
    """The provider's prices from an interval on."""

    from_interval: int = Field(ge=0, alias="from")
    buy: Decimal = Field(ge=0, description="what the provider pays, tokens per unit")
    sell: Decimal = Field(gt=0, description="what the provider asks, tokens per unit")

    @model_validator(mode="after")
    def _ordered(self) -> "TariffTable":
        if self.buy > self.sell:
            raise ValueError(f"buy {self.buy} is above sell {self.sell}, expected buy ≤ sell")
        return self


class ProviderTable(Table):
    """The provider: the outside option of everyone."""

    name: str = "provider"
    funds: Decimal = Field(gt=0, description="tokens it escrows its purchases from")
    cap: Decimal = Field(Decimal(100), gt=0, description="most units that one meter may have open towards it")
    tariff: tuple[TariffTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ascending(self) -> "ProviderTable":
        starts = [step.from_interval for step in self.tariff]
        if starts[0] != 0 or any(b <= a for a, b in pairwise(starts)):
            raise ValueError(f"tariff starts at {starts}, expected ascending from 0")
        return self


class DataTable(Table):
    """Where profiles come from: the SimBench extract at a date of 2016, or a CSV file of one's own."""

    source: Literal["simbench", "csv", "none"] = "simbench"
    date: str | None = Field(None, pattern=r"^2016-\d\d-\d\d$", description="first day, for SimBench")
    file: str | None = Field(None, description="CSV file, relative to the scenario file")
    interval_h: float = Field(0.25, gt=0, description="length of an interval of the profiles, h")

    @model_validator(mode="after")
    def _complete(self) -> "DataTable":
        if self.source == "simbench" and self.date is None:
            raise ValueError("date is missing, expected the first day for SimBench profiles, as 2016-05-21")
        if self.source == "csv" and self.file is None:
            raise ValueError("file is missing, expected the name of a CSV file")
        return self


class LoadTable(Table):
    """A home's load: a SimBench household profile scaled to a year's energy, or a column of the CSV file."""

    profile: str | None = None
    annual_kwh: float | None = Field(None, gt=0)
    shift_days: int = Field(0, description="take the profile this many days earlier (negative) or later")
    column: str | None = None


class PvTable(Table):
    """A home's photovoltaics: a SimBench profile scaled by its peak power, or a column of the CSV file."""

    profile: str | None = None
    kwp: float | None = Field(None, gt=0)
    column: str | None = None


class BatteryTable(Table):
    """A home's battery; rules as in ``energy.battery``."""

    capacity_kwh: float = Positive
    charge_kw: float = Field(1.3, ge=0)
    discharge_kw: float = Field(3.3, ge=0)
    efficiency: float = Field(0.9, description="round trip")
    low: float = Field(0.2, description="fraction of capacity")
    high: float = Field(0.9, description="fraction of capacity")
    degradation: float = Field(0.0, ge=0, description="share of capacity lost a step")
    initial: float = Field(0.5, description="state of charge at the start, fraction of capacity")


class StoreTable(Table):
    """A firm's holder and its plan: what it holds, makes and needs."""

    capacity: Decimal = Field(gt=0, description="units")
    level: Decimal = Field(Decimal(0), ge=0, description="units at the start")
    production: Decimal = Field(Decimal(0), ge=0, description="units an interval, as forecast")
    actual_production: Decimal | None = Field(
        None, ge=0, description="units an interval, as it happens; the forecast"
    )
    need: Decimal = Field(Decimal(0), ge=0, description="units needed by the deadline")
    deadline: int | None = Field(None, gt=0, description="step by which the need must be met")
    patience: int = Field(
        0,
        ge=0,
        description="intervals before the deadline at which it turns to the provider for what is missing",
    )

    @model_validator(mode="after")
    def _holds(self) -> "StoreTable":
        if self.level > self.capacity:
            raise ValueError(f"level {self.level} is above capacity {self.capacity}, expected at most that")
        if self.need > 0 and self.deadline is None:
            raise ValueError("deadline is missing, expected one where need is positive")
        return self


class ForecastTable(Table):
    """Errors of a party's forecasts; rules as in ``energy.forecast.ForecastError``."""

    first: float = Field(
        0.05, description="standard deviation for the next interval, relative to mean load or clear sky"
    )
    last: float = Field(0.20, description="and far ahead")
    rise: float = Field(16.0, description="intervals in which the difference falls to 1/e")
    correlation: float = Field(0.8, description="between neighbouring intervals")


class LoansTable(Table):
    """Loans of energy (q, τ) beside the deals; a market has them where this table is given."""

    step: Decimal = Field(Decimal("0.1"), gt=0, description="quantities are multiples of this, units")
    most: int = Field(7, ge=1, le=1000, description="largest quantity, in steps")
    horizon: int = Field(96, ge=2, le=10_000, description="intervals over which a home weighs a loan (w)")
    scenarios: int = Field(100, ge=1, description="courses of its net demand it weighs it in (|S|)")
    first_return: int = Field(1, ge=1, description="least return time, intervals; the paper's is 2")
    last_return: int | None = Field(
        None, ge=1, description="greatest return time; as far as both horizons reach if not given"
    )
    return_every: int = Field(1, ge=1, description="intervals between return times")
    every: int = Field(1, ge=1, description="intervals between sessions about loans")
    max_rounds: int = Field(5000, ge=2, le=65535, description="most offers in a session")
    peers: Literal["random", "own"] = Field(
        "own", description="whom a home asks: anyone, or by what it saw of its peers"
    )
    epsilon: float = Field(0.1, ge=0, le=1, description="chance of asking anyone all the same")
    sure: float = Field(
        0.9, gt=0, le=1, description="share of the scenarios in which a home has to be able to keep a promise"
    )
    price: Decimal = Field(gt=0, description="compensation for what is not returned, tokens per unit")
    cover: Decimal = Field(gt=0, description="collateral, tokens per unit lent")
    max_ahead: Literal["queued", "any"] = Field(
        "queued", description="places accepted: behind what stands in the queues already, or any"
    )
    disclose: bool = Field(False, description="transcripts are recorded whole, not their heads alone")

    @model_validator(mode="after")
    def _consistent(self) -> "LoansTable":
        if self.cover < self.price:
            raise ValueError(f"cover {self.cover} is below price {self.price}, expected at least that")
        if self.last_return is not None and not self.first_return <= self.last_return < self.horizon:
            raise ValueError(
                f"last_return is {self.last_return}, expected from first_return = {self.first_return} to "
                f"{self.horizon - 1}, one less than horizon"
            )
        if self.first_return >= self.horizon:
            raise ValueError(
                f"first_return is {self.first_return}, expected less than horizon = {self.horizon}"
            )
        if self.scenarios * self.horizon > MOST_COURSES:
            raise ValueError(
                f"scenarios × horizon is {self.scenarios * self.horizon}, expected at most {MOST_COURSES} "
                "(what a home's courses may take of the memory)"
            )
        return self


class LendingTable(Table):
    """How a home lends and borrows; it does where this table is given."""

    deposit: Decimal = Field(Decimal(5), ge=0, description="tokens it takes collateral from")
    weights: dict[str, float] = Field(
        default={"flexibility": 0.5, "autarky": 0.5}, description="λ of each criterion it has, sum 1"
    )
    aspiration: float = Field(
        0.7,
        ge=0,
        le=1,
        description='quantile of its utility that it aspires to ("Reservation %" of the paper)',
    )
    least_gain: float = Field(
        0.001, gt=0, description="what a loan it proposes gains it over no deal, kWh (tokens, for the cost)"
    )
    policy: str | None = Field(
        None,
        description="a learned policy that decides in its sessions in place of the aspiration: a shipped one's "
        "name, or a file NAME.npz beside the scenario file",
    )

    @model_validator(mode="after")
    def _weighs(self) -> "LendingTable":
        unknown = sorted(set(self.weights) - set(CRITERIA))
        if unknown:
            raise ValueError(
                f"weights has {', '.join(map(repr, unknown))}, expected some of {', '.join(CRITERIA)}"
            )
        total = fsum(self.weights.values())
        if min(self.weights.values(), default=-1.0) < 0 or abs(total - 1) > 1e-9:
            raise ValueError(
                f"weights is {self.weights} with sum {total:g}, expected at least 0 each and sum 1"
            )
        return self


class PlaceTable(Table):
    """A meter and what is behind it."""

    name: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")
    rating: Decimal = Field(Decimal(10), gt=0, description="most units an hour through its meter")
    load: LoadTable | None = None
    pv: PvTable | None = None
    battery: BatteryTable | None = None
    forecast: ForecastTable = ForecastTable()


class HouseholdTable(PlaceTable):
    """A member of a community that trades as one party: a home behind the community's meter, with its own submeter."""

    @model_validator(mode="after")
    def _has_a_load(self) -> "HouseholdTable":
        if self.load is None:
            raise ValueError("load is missing, expected one for a member")
        return self


class PartyTable(PlaceTable):
    """A home, a firm, or a community of homes behind one meter, and its agent."""

    kind: Literal["home", "firm", "community"] = "home"
    deposit: Decimal = Field(Decimal(50), ge=0, description="tokens it trades with")
    store: StoreTable | None = None
    member: tuple[HouseholdTable, ...] = Field((), description="of a community: its homes, at least 2")
    strategy: str = Field(
        "concession", description="a built-in name, or module:Class beside the scenario file"
    )
    parameters: dict[str, Any] = Field(default_factory=dict, description="of the strategy")
    margin: Decimal = Field(
        Decimal(0), ge=0, description="tokens per unit by which its reservation price beats the provider's"
    )
    threshold: float = Field(0.3, gt=0, le=1, description="least preference that it negotiates")
    loans: LendingTable | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> "PartyTable":
        if self.kind == "home" and self.load is None:
            raise ValueError("load is missing, expected one for a home")
        if self.kind == "firm" and self.store is None:
            raise ValueError("store is missing, expected one for a firm")
        if self.kind == "firm" and self.loans is not None:
            raise ValueError("loans is given, expected none for a firm: homes lend and borrow")
        if self.kind != "community" and self.member:
            raise ValueError(f"member is given, expected none for a {self.kind}: communities have members")
        return self

    @model_validator(mode="after")
    def _is_its_members(self) -> "PartyTable":
        if self.kind != "community":
            return self
        own = sorted({"load", "pv", "battery", "store", "forecast", "loans"} & self.model_fields_set)
        if own:
            raise ValueError(f"{own[0]} is given, expected it of the members: a community is what they are")
        if len(self.member) < 2:
            raise ValueError(f"members: {len(self.member)}, expected at least 2")
        return self


class VariationTable(Table):
    """How the days of different seeds differ, beside their forecasts: without this table they do not."""

    amounts: float = Field(
        0.0, ge=0, lt=1, description="levels, production and needs are multiplied by 1 ± this, evenly"
    )
    deadlines: float = Field(0.0, ge=0, lt=1, description="deadlines likewise")
    tariff: float = Field(0.0, ge=0, lt=1, description="the provider's two prices likewise, each by itself")
    seat: Literal["given", "rotate"] = Field(
        "given",
        description="rotate: with seed s, party s mod their number is the one that decides as learned",
    )
    strategies: tuple[str, ...] = Field(
        (), description="of those who do not decide as learned one is drawn for each; none: as the file says"
    )


class ScenarioTable(Table):
    """A whole scenario file."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.-]+$")
    title: str
    utility: Literal["electricity", "gas", "heat"]
    seed: int = Field(0, ge=0)
    intervals: int = Field(96, gt=0, le=35_136)
    market: MarketTable = MarketTable()
    provider: ProviderTable
    data: DataTable = DataTable(source="none")
    loans: LoansTable | None = None
    variation: VariationTable | None = None
    party: tuple[PartyTable, ...] = Field(min_length=2)
    fault: tuple[dict[str, Any], ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Names of all who own meters: the parties and, behind communities, their members."""
        return tuple(place.name for party in self.party for place in (party, *party.member))

    @field_validator("party")
    @classmethod
    def _one_community_each(cls, parties: tuple[PartyTable, ...]) -> tuple[PartyTable, ...]:
        seen: dict[str, str] = {}
        for party in parties:
            for member in party.member:
                other = seen.setdefault(member.name, party.name)
                if other != party.name:
                    raise ValueError(
                        f"{member.name} as a member of {other} and of {party.name}, expected it in one community"
                    )
        return parties

    @model_validator(mode="after")
    def _names_differ(self) -> "ScenarioTable":
        names = [self.provider.name, *self.owners]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names used twice: {', '.join(twice)}, expected different names")
        return self

    @model_validator(mode="after")
    def _lend_in_a_market(self) -> "ScenarioTable":
        lenders = [party.name for party in self.party if party.loans is not None]
        if self.loans is None and lenders:
            raise ValueError(f"loans is missing, expected it since {lenders[0]} lends and borrows")
        if self.loans is not None and len(lenders) < 2:
            raise ValueError(f"parties with a loans table: {len(lenders)}, expected at least 2")
        if self.loans is not None and self.market.pace != "interval":
            raise ValueError("market.pace is 'step', expected 'interval' in a market with loans")
        return self
