"""The schema of a scenario in which a community's contract is signed and billed: a community file, and a ledger beside it.

It has all tables of ``scenarios.community.schema``; here are those of the ledger, of the members' meters, and of what
does not go as it should. Amounts in kWh, prices in tokens per kWh, money in tokens, times in seconds.
"""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from scenarios.community.schema import CaseTable
from scenarios.schema import LoadTable, PvTable, Table


class LedgerTable(Table):
    """How the ledger runs."""

    interval: int = Field(
        900, ge=2, description="length of an interval, s; a quarter of an hour divides into it"
    )
    gate: int = Field(60, ge=0, description="nothing is signed later than this before the contract begins, s")
    horizon: int = Field(96, gt=0, description="members join earlier than this before it begins, intervals")
    window: int = Field(259_200, gt=0, description="registers are accepted this long after a period's end, s")

    @model_validator(mode="after")
    def _divides(self) -> "LedgerTable":
        if 900 % self.interval:
            raise ValueError(f"interval {self.interval}, expected one that divides 900")
        return self


class SigningTable(Table):
    """How the contract comes about: the vote, the signatures, and what is deposited."""

    days: int = Field(30, ge=3, description="days before the contract begins on which the vote is opened")
    vote_days: int = Field(7, ge=1, description="days until the vote is closed; as many until its deadline")
    posts_leaf: tuple[str, ...] = Field((), description="members who post their own leaves")
    exit_fee: Decimal = Field(Decimal(0), ge=0, description="tokens")
    retailer_deposit: Decimal = Field(Decimal(0), ge=0, description="tokens, of each contract")

    @model_validator(mode="after")
    def _in_time(self) -> "SigningTable":
        if self.days <= 2 * self.vote_days:
            raise ValueError(f"days {self.days}, expected more than twice vote_days = {self.vote_days}")
        return self


class MeterTable(Table):
    """A member's meter, what is behind it, and how the member joins."""

    member: str
    rating: Decimal = Field(Decimal(20), gt=0, description="most kWh an hour, either way")
    load: LoadTable
    pv: PvTable | None = None
    deposit: Decimal = Field(gt=0, description="tokens: all that it can ever owe")
    joins: Literal["call", "signature"] = Field(
        "signature", description="by its own transaction, or by a signature that somebody submits"
    )


class MissingTable(Table):
    """A register that is not posted in its window."""

    member: str
    month: int = Field(ge=1, description="of the contract, from 1: the register at its end is missing")
    late: bool = Field(
        False, description="it comes after its window, when the ledger refuses it; otherwise never"
    )


class ExitTable(Table):
    """A member that leaves while the contract runs."""

    member: str
    on: date = Field(description="at the beginning of this day, on the clocks of the zone")


class TariffTable(CaseTable):
    """A whole file."""

    utility: Literal["electricity"] = "electricity"
    ledger: LedgerTable = LedgerTable()
    signing: SigningTable = SigningTable()
    meters: tuple[MeterTable, ...] = Field(min_length=1, alias="meter")
    missing: tuple[MissingTable, ...] = ()
    exits: tuple[ExitTable, ...] = Field((), alias="exit")

    @model_validator(mode="after")
    def _every_member_has_a_meter(self) -> "TariffTable":
        members = {member.name for community in self.communities for member in community.members}
        metered = Counter(meter.member for meter in self.meters)
        wrong = sorted((members ^ set(metered)) | {name for name, count in metered.items() if count > 1})
        if wrong:
            found = f"{metered[wrong[0]]} meters of {wrong[0]!r}"
            raise ValueError(f"{found}, expected one of each member and of nobody else")
        return self

    @model_validator(mode="after")
    def _tells_of_members(self) -> "TariffTable":
        members = {member.name for community in self.communities for member in community.members}
        for key, names in (
            ("missing", [each.member for each in self.missing]),
            ("exit", [each.member for each in self.exits]),
            ("signing.posts_leaf", list(self.signing.posts_leaf)),
        ):
            for name in names:
                if name not in members:
                    raise ValueError(f"{key} of {name!r}, expected one of {', '.join(sorted(members))}")
        late = [each.month for each in self.missing if each.month > self.contract.months]
        if late:
            raise ValueError(
                f"missing.month {late[0]}, expected at most contract.months = {self.contract.months}"
            )
        names = [self.retailer.name, *(one.name for one in self.communities), *sorted(members)]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise ValueError(f"names used twice: {', '.join(twice)}, expected different names")
        return self
