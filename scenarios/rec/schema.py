"""The schema of a cooperative's case file (TOML): Tables 2 to 4 of the paper, and what the paper leaves out.

Energy in kWh, power in kW, percentages as the tables print them. ``scenarios/rec/load.py`` reads and checks a file.
"""

from typing import Literal

from pydantic import Field, model_validator

from scenarios.schema import Table


class PlanTable(Table):
    """Table 2: what all simulations share."""

    periods: int = Field(672, ge=1, description="intervals that are simulated: 7 days")
    interval_h: float = Field(0.25, gt=0, description="length of an interval, h")
    horizon: int = Field(96, ge=2, description="w, intervals that an agent looks ahead")
    scenarios: int = Field(100, ge=1, description="|S|, courses of net demand that a contract is judged over")
    deadline: int = Field(5000, ge=1, description="most rounds of a session")
    quantity_step: float = Field(0.1, gt=0, description="kWh between neighbouring quantities")
    quantities_each_way: int = Field(7, ge=1, description="Q = {-7 … 7} steps, 15 quantities")
    first_return: int = Field(1, ge=1, description="least return time, intervals; 2 is the paper's")
    last_return: int | None = Field(None, ge=1, description="greatest return time, intervals; horizon - 1")
    memory_mib: float = Field(1024, gt=0, description="most that a period's scenarios may take together, MiB")

    @property
    def longest(self) -> int:
        """Greatest return time [intervals]."""
        return self.horizon - 1 if self.last_return is None else self.last_return

    @model_validator(mode="after")
    def _returns_in_sight(self) -> "PlanTable":
        if self.longest >= self.horizon:
            raise ValueError(
                f"horizon {self.horizon} with return times to {self.longest}, expected more than the longest"
            )
        if self.first_return > self.longest:
            raise ValueError(f"first_return {self.first_return}, expected at most {self.longest}")
        return self


class ErrorTable(Table):
    """Sizes of net demand's forecast errors by lag; rules as in ``energy.forecast.ForecastError``."""

    first: float = Field(description="standard deviation at lag 0, fraction of the scale")
    last: float = Field(description="and far ahead")
    rise: float = Field(description="intervals in which the difference falls to 1/e")
    correlation: float = Field(description="between neighbouring lags")
    scale: Literal["mean-load"] = Field("mean-load", description="of the home's year, kWh an interval")


class LinkTable(Table):
    """One link's own limit."""

    between: tuple[str, str]
    limit_kw: float = Field(ge=0, description="L_ij")


class LinksTable(Table):
    """Eq. 6: links between any two agents; without a limit they carry anything."""

    limit_kw: float | None = Field(None, ge=0, description="L of every link that is not named")
    efficiency: float = Field(1.0, description="z")
    link: tuple[LinkTable, ...] = ()


class BatteryTable(Table):
    """What all batteries share (section 5.1)."""

    charge_kw: float = Field(1.3, ge=0)
    discharge_kw: float = Field(3.3, ge=0)
    low: float = Field(0.2, description="fraction of capacity")
    high: float = Field(0.9, description="fraction of capacity")
    initial: float = Field(0.5, description="x₀, fraction of capacity")


class LoadTable(Table):
    """A home's load: a SimBench household profile scaled to a year's energy, or a column of the CSV file."""

    profile: str | None = None
    annual_kwh: float | None = Field(None, gt=0)
    shift_days: int = Field(0, description="take the profile this many days earlier (negative) or later")
    column: str | None = None


class PvTable(Table):
    """A home's roof: a SimBench profile, its size given or such that the year balances, or a column of the CSV file."""

    profile: str | None = None
    balance: bool = Field(False, description="as many kWh a year as the load")
    kwp: float | None = Field(None, ge=0)
    column: str | None = None

    @model_validator(mode="after")
    def _one_size(self) -> "PvTable":
        if self.column is None and self.balance == (self.kwp is not None):
            found = "both balance and kwp" if self.balance else "neither balance nor kwp"
            raise ValueError(f"{found}, expected exactly one of them")
        return self


class AgentTable(Table):
    """A row of Table 3 or 4, and what belongs to that home."""

    name: str = Field(min_length=1, max_length=40)
    reservation: float = Field(ge=0, le=100, description="quantile that it aspires to, %")
    weights: tuple[float, float] = Field(description="λ of c1 (loss in flexibility) and of c2 (autarky)")
    capacity_kwh: float = Field(ge=0)
    efficiency: float = Field(description="round trip, as a fraction (the tables' heading says %)")
    degradation: float = Field(ge=0, description="% of the capacity lost a step")
    load: LoadTable
    pv: PvTable | None = None


class CopiesTable(Table):
    """Case 3: another case's agents copied, each copy with small variances of its own."""

    of: str = Field(description="the case whose agents are copied")
    agents: int = Field(100, ge=1, description="how many there are with the copied ones")
    days: int = Field(3, ge=0, description="loads shifted by up to so many days, either way")
    scale: float = Field(
        0.05, ge=0, lt=1, description="standard deviation of the load's yearly energy, relative"
    )
    capacity: float = Field(0.05, ge=0, lt=1, description="standard deviation of the capacity, relative")
    weights: float = Field(0.03, ge=0, lt=1, description="standard deviation of λ1, absolute")
    reservation: float = Field(2.0, ge=0, lt=100, description="standard deviation, percentage points")


class DataTable(Table):
    """Where profiles come from."""

    source: Literal["simbench", "csv"] = "simbench"
    file: str | None = Field(
        None, description="CSV file, relative to the case file; the week starts at its first row"
    )

    @model_validator(mode="after")
    def _complete(self) -> "DataTable":
        if (self.source == "csv") != (self.file is not None):
            raise ValueError(f"file {self.file!r} with source {self.source}, expected one for csv alone")
        return self


class PeersTable(Table):
    """How agents choose each other (section 4.2)."""

    kind: Literal["random", "nash", "own"] = "random"
    epsilon: float = Field(0.1, ge=0, le=1)


class CaseTable(Table):
    """A whole case file."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_.-]+$")
    title: str
    seed: int = Field(0, ge=0)
    week: int = Field(23, ge=1, le=52, description="week of the year, week 1 starts on 1 January")
    plan: PlanTable = PlanTable()
    data: DataTable = DataTable()
    forecast: ErrorTable
    battery: BatteryTable = BatteryTable()
    links: LinksTable = LinksTable()
    peers: PeersTable = PeersTable()
    agent: tuple[AgentTable, ...] = ()
    copies: CopiesTable | None = None

    @model_validator(mode="after")
    def _has_agents(self) -> "CaseTable":
        if bool(self.agent) == (self.copies is not None):
            found = f"{len(self.agent)} agents with{'' if self.copies else 'out'} copies"
            raise ValueError(f"{found}, expected either agents or copies of another case's")
        if self.copies is not None and self.data.source != "simbench":
            raise ValueError(
                "copies of profiles from a file, expected data.source = simbench, whose days can be shifted"
            )
        names = [agent.name for agent in self.agent]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names used twice: {', '.join(twice)}, expected different names")
        return self
