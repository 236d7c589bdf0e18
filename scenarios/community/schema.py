"""The schema of a community file (TOML): blocks of hours, a retailer, and communities with their members.

Energies are in kWh over the whole contract (negative: fed in), rates in tokens per kWh, both by the names of the blocks:
``energy = {day = 310_000, night = 95_000}``. Turns are those of both sides. ``scenarios/community/load.py`` reads and
checks it; a scenario that has communities in it nests `CaseTable` as it stands.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from scenarios.schema import Table

Name = Annotated[str, Field(min_length=1)]
ByBlock = dict[str, Decimal]
Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
DAYS: tuple[Day, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_BLOCKS = 4
MOST_MONTHS = 63


class BlockTable(Table):
    """Hours of the week that share a rate, by the clock on the wall."""

    name: Name
    hours: tuple[tuple[int, int], ...] = Field(
        min_length=1, description="spans [from, to) of hours of the day, 0 to 24; over midnight, two spans"
    )
    days: tuple[Day, ...] = Field(DAYS, min_length=1)


class RatesTable(Table):
    """Which rates can be offered at all, tokens per kWh."""

    lowest: Decimal = Field(Decimal(0), ge=0)
    highest: Decimal = Field(gt=0)
    tick: Decimal = Field(Decimal("0.01"), gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "RatesTable":
        if self.lowest >= self.highest:
            raise ValueError(f"lowest {self.lowest}, highest {self.highest}, expected lowest < highest")
        return self


class TacticTable(Table):
    """How a side concedes on a rate from its goal to its limit (``agents.community.tactics``)."""

    kind: Literal["time", "share", "firm"] = "time"
    rate: float = Field(
        1.0, gt=0, description="time: below 1 late (boulware), 1 evenly, above 1 early (conceder)"
    )
    deadline: int | None = Field(
        None, ge=1, description="time: turns until the limit; none: the negotiation's"
    )
    share: float = Field(0.1, gt=0, lt=1, description="share: of what is left to the limit, each turn")


class PreferencesTable(Table):
    """What a side wants of each rate."""

    goals: ByBlock = Field(description="tokens per kWh")
    limits: ByBlock = Field(description="the last it would take of each by itself, tokens per kWh")
    weights: dict[str, float] = Field(description="sum 1")
    least: float = Field(0.0, le=1, description="utility of the least acceptable agreement")
    tactic: TacticTable | None = Field(None, description="for every block that has none of its own")
    tactics: dict[str, TacticTable] = Field(default_factory=dict, description="by block")


class MemberTable(PreferencesTable):
    """A member."""

    name: Name
    title: str = ""
    kind: Literal["consumer", "prosumer", "producer", "storage"] = "consumer"
    role: Literal["negotiator", "independent", "dependent"]
    sector: str = ""
    energy: ByBlock = Field(description="kWh over the contract, negative: fed in")
    months: tuple[Decimal, ...] = Field(
        (), description="how the energy is spread over the periods: a weight each; none: evenly by hours"
    )
    old_rates: ByBlock = Field(description="what it pays so far, tokens per kWh")


class CommunityTable(Table):
    """A community and how it decides."""

    # `members` in code, `[[community.member]]` in the file.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

    name: Name
    title: str = ""
    interaction: Literal["informative", "responsive", "limited", "complete"] = "responsive"
    trust: Decimal = Field(
        Decimal("0.5"),
        ge=0,
        lt=1,
        description="how far goals and limits follow the members' tariffs on joining",
    )
    strategy: str = Field(
        "USV",
        description="RM, RM-IDM, SSV, MSV, CSV, USV, SBV, SDV, or module:Class in a module beside the file",
    )
    mediator: str = Field(
        "by-tariff", description="a member's name, or by-tariff, by-weighted-tariff, by-size"
    )
    leave: bool = Field(
        True,
        description="whoever may, and to whom the rates are not acceptable, leaves before they are signed",
    )
    weights: dict[str, float] | None = Field(
        None, description="of members in the weighted utility, by name, sum 1; none: by energy"
    )
    members: tuple[MemberTable, ...] = Field(min_length=1, alias="member")


class SizeTable(Table):
    """What a small contract costs more to serve: rates grow with each power of ten below the reference."""

    reference: Decimal = Field(gt=0, description="kWh a year from which on nothing is added")
    per_decade: float = Field(ge=0, description="0.1: a tenth more for each power of ten")


class RetailerTable(Table):
    """The opponent: what it asks first and last, before what the contract's size adds."""

    name: Name = "retailer"
    goals: ByBlock = Field(description="tokens per kWh")
    limits: ByBlock = Field(description="tokens per kWh, below its goals")
    weights: dict[str, float] | None = Field(
        None, description="sum 1; none: each block's share of the energy"
    )
    tactic: TacticTable = TacticTable()
    tactics: dict[str, TacticTable] = Field(default_factory=dict, description="by block")
    deadline: int | None = Field(
        None, ge=1, description="it leaves after so many turns; none: it stays to the end"
    )
    size: SizeTable | None = None


class ContractTable(Table):
    """When the contract runs: whole months, each a period of its own, from a day's beginning on the clocks of the zone."""

    first: date
    months: int = Field(12, ge=1, le=MOST_MONTHS)

    @model_validator(mode="after")
    def _first_of_month(self) -> "ContractTable":
        if self.first.day > 28:
            raise ValueError(f"first {self.first}, expected a day that every month has, 1 to 28")
        return self


class CurrencyTable(Table):
    """How money is shown: tokens in one of these."""

    name: Name = "tokens"
    tokens: Decimal = Field(Decimal(1), gt=0)


class CaseTable(Table):
    """A whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

    name: Name
    title: str = ""
    illustrative: bool = Field(False, description="the inputs are made up; said wherever results are shown")
    note: str = Field("", description="where the inputs are from")
    seed: int = Field(1, ge=0, description="of ties that are left to chance")
    zone: str = Field("UTC", description="whose clocks tell the blocks, an IANA name")
    turns: int = Field(20, ge=1, description="most turns of both sides")
    opens: Literal["retailer", "community"] = "retailer"
    currency: CurrencyTable = CurrencyTable()
    rates: RatesTable
    contract: ContractTable
    blocks: tuple[BlockTable, ...] = Field(min_length=1, max_length=MOST_BLOCKS, alias="block")
    retailer: RetailerTable
    communities: tuple[CommunityTable, ...] = Field(min_length=1, alias="community")
