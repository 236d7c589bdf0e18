"""A contract from its vote to its last bill on the ledger in memory; expected amounts from what the meters count."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from market.issues import Values
from scenarios.community.billing import TariffRecord
from scenarios.community.tariff_load import TariffScenario, find_tariff, load_tariff
from scenarios.community.tariff_report import BillRow, bill_rows, member_rows
from scenarios.community.tariff_run import Prepared, rehearse_tariff
from scenarios.community.year import blocks_of_intervals

Load = Callable[..., TariffScenario]


def owed(rates: Values, volumes: Values) -> int:
    return sum(rate * volume for rate, volume in zip(rates, volumes, strict=True))


def amounts(record: TariffRecord, name: str) -> list[int]:
    return [bill.amount for _, who, bill in record.bills if who == name]


def metered(prepared: Prepared, name: str, months: int) -> list[Values]:
    return [prepared.years[name].net(period) for period in range(months)]


def test_every_bill_is_what_the_meter_counted_at_the_rates_agreed_on(tariff: Load) -> None:
    prepared, record = rehearse_tariff(tariff())
    (running,) = record.signed
    for name in ("ada", "ben", "cyd"):
        assert amounts(record, name) == [
            owed(running.terms.rates, volumes) for volumes in metered(prepared, name, 3)
        ]
    assert all(bill.metered and bill.paid == abs(bill.amount) for _, _, bill in record.bills)
    # Ben feeds in more than he draws in September, and is paid for it out of the retailer's deposit.
    assert amounts(record, "ben")[0] < 0
    paid_out = -sum(amount for amount in amounts(record, "ben") if amount < 0)
    assert record.refunded == {"lane-end": 400 * 10**6 - paid_out}


@pytest.mark.parametrize("late", ["false", "true"])
def test_a_missing_register_is_billed_by_contract_and_put_right_by_the_next(tariff: Load, late: str) -> None:
    prepared, record = rehearse_tariff(
        tariff(more=f'[[missing]]\nmember = "ada"\nmonth = 2\nlate = {late}\n')
    )
    (running,) = record.signed
    first, second, third = metered(prepared, "ada", 3)
    contracted = running.contract.volumes["ada"][1]
    rates = running.terms.rates
    assert amounts(record, "ada") == [
        owed(rates, first),
        owed(rates, contracted),
        owed(rates, tuple(b + c - v for b, c, v in zip(second, third, contracted, strict=True))),
    ]
    assert [bill.metered for _, name, bill in record.bills if name == "ada"] == [True, False, True]


def test_who_leaves_pays_its_fee_and_is_billed_to_the_month_s_end(tariff: Load) -> None:
    scenario = tariff(more='[[exit]]\nmember = "cyd"\non = 2027-10-09\n')
    prepared, record = rehearse_tariff(scenario)
    assert len(amounts(record, "cyd")) == 2
    assert len(amounts(record, "ada")) == 3
    ((_, name, left),) = record.exits
    assert (name, left.last_periods, left.fee) == ("cyd", 2, 5 * 10**6)
    row = next(
        row
        for row in member_rows(
            scenario, prepared.contracts, record, bill_rows(scenario, prepared.contracts, record)
        )
        if row.member == "cyd"
    )
    assert row.refunded == 900 * 10**6 - sum(amounts(record, "cyd")) - 5 * 10**6
    assert row.saving == row.at_old_rates - row.amount - 5 * 10**6


def test_a_deposit_that_runs_out_is_the_end_of_what_is_owed(tariff: Load) -> None:
    scenario = tariff(("deposit = 900", "deposit = 100"))
    prepared, record = rehearse_tariff(scenario)
    bills = [row for row in bill_rows(scenario, prepared.contracts, record) if row.member == "ada"]
    assert sum(row.amount for row in bills) > 100 * 10**6
    assert sum(row.paid for row in bills) == 100 * 10**6
    assert sum(row.short for row in bills) == sum(row.amount for row in bills) - 100 * 10**6


def test_the_vote_decides_on_the_tariff_that_is_signed(tariff: Load) -> None:
    _, record = rehearse_tariff(tariff())
    ((vote,), (running,)) = record.votes, record.signed
    assert vote.result != bytes(32)
    assert running.terms.decision == vote.key
    assert sorted(vote.names) == ["ada", "ben"]  # a dependent customer does not vote
    assert all(member for member in running.last)


def test_without_an_agreement_nothing_is_signed_or_billed(tariff: Load) -> None:
    _, record = rehearse_tariff(
        tariff(
            (
                "goals = { day = 0.34, night = 0.28 }\nlimits = { day = 0.26, night = 0.20 }",
                "goals = { day = 0.60, night = 0.60 }\nlimits = { day = 0.59, night = 0.59 }",
            )
        )
    )
    assert record.votes[0].result == bytes(32)
    assert (record.signed, record.bills, record.refunded) == ([], [], {})


def test_a_strategy_without_votes_signs_without_a_decision(tariff: Load) -> None:
    _, record = rehearse_tariff(tariff(('strategy = "MSV"', 'strategy = "RM"')))
    assert record.votes[0].key == bytes(32)
    assert record.signed[0].terms.decision == bytes(32)
    assert len(record.bills) == 9


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 28), 23), ((2027, 10, 31), 25), ((2027, 5, 5), 24)])
def test_a_day_with_a_change_of_clocks_has_its_own_number_of_hours(
    tariff: Load, day: tuple[int, int, int], hours: int
) -> None:
    """Night is 0 to 7 and 22 to 24: nine hours, eight or ten where clocks change at night; day is 15 hours always."""
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime(*day, tzinfo=zone)
    places = blocks_of_intervals(tariff().case.blocks, begin, hours * 4, zone)
    assert np.bincount(places).tolist() == [15 * 4, (hours - 15) * 4]
    ends = (begin + timedelta(days=1)).timestamp() - begin.timestamp()
    assert ends == hours * 3600


def test_months_have_their_true_lengths(tariff: Load) -> None:
    edges = tariff().case.boundaries
    spans = [(end.timestamp() - begin.timestamp()) / 3600 for begin, end in pairwise(edges)]
    assert spans == [30 * 24, 31 * 24 + 1, 30 * 24]


def shipped_rows() -> tuple[TariffScenario, TariffRecord, list[BillRow]]:
    path = find_tariff("community-tariff")
    assert path is not None
    scenario = load_tariff(path)
    prepared, record = rehearse_tariff(scenario)
    return scenario, record, bill_rows(scenario, prepared.contracts, record)


def test_the_shipped_year_has_all_that_can_happen_to_a_member() -> None:
    scenario, record, rows = shipped_rows()
    assert len(scenario.table.meters) == 8
    by_member: Mapping[str, list[BillRow]] = {
        meter.member: [row for row in rows if row.member == meter.member] for meter in scenario.table.meters
    }
    assert {name: len(bills) for name, bills in by_member.items() if len(bills) != 12} == {"inn": 9}
    assert [(row.member, row.month) for row in rows if not row.metered] == [("school", 5)]
    assert {row.member for row in rows if row.short} == {"shop"}
    assert min(row.amount for row in by_member["farm"]) < 0 < max(row.amount for row in by_member["farm"])
    assert [name for _, name, _ in record.exits] == ["inn"]


SECOND = """
[[community]]
name = "hill"
strategy = "RM"

[[community.member]]
name = "dan"
role = "negotiator"
energy = { day = 700, night = 200 }
old_rates = { day = 0.33, night = 0.27 }
goals = { day = 0.25, night = 0.19 }
limits = { day = 0.32, night = 0.26 }
weights = { day = 0.6, night = 0.4 }

[[meter]]
member = "dan"
load = { profile = "H0-C", annual_kwh = 3000 }
deposit = 900
"""


def test_two_communities_have_a_contract_each(tariff: Load) -> None:
    prepared, record = rehearse_tariff(tariff(more=SECOND))
    assert [running.contract.community.name for running in record.signed] == ["lane-end", "hill"]
    hill = record.signed[1]
    assert list(hill.last) == ["dan"]
    assert amounts(record, "dan") == [
        owed(hill.terms.rates, volumes) for volumes in metered(prepared, "dan", 3)
    ]
    assert len(record.bills) == 4 * 3
    assert set(record.refunded) == {"lane-end", "hill"}
