"""A community in a market day: one party with one meter, on both ledgers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from market.ledger.errors import AggregatedMeter
from market.ledger.port import ProviderOrder, Recorded
from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.composition import cast_of
from scenarios.errors import ScenarioError
from scenarios.hosts import Host, SimulatedHost
from scenarios.load import load
from scenarios.market_setup import enroll, market_setup
from scenarios.park import park_bank
from scenarios.report.folder import open_folder
from scenarios.running import RunOptions, RunResult, run_scenario
from tests.scenarios.conftest import SMALL

Write = Callable[..., Path]

ORCHARD = """
[[party]]
name = "orchard"
kind = "community"
rating = 20

[[party.member]]
name = "juniper"
load = { column = "oak.load" }
forecast = { first = 0.0, last = 0.0 }

[[party.member]]
name = "larch"
load = { column = "ash.load" }
pv = { column = "ash.pv" }
forecast = { first = 0.0, last = 0.0 }
"""
"""Larch has 150 Wh over in every interval, juniper is short of 100: together 50 Wh over."""


def play(host: Host, path: Path, out: Path, *, pictures: bool = False) -> RunResult:
    try:
        return run_scenario(load(str(path)), host, RunOptions(out=out, pictures=pictures))
    finally:
        host.close()


def test_a_community_trades_what_its_members_have_together(write: Write, tmp_path: Path) -> None:
    """Ash, too, has 150 over and oak is short of 100: between them 100, and the community's 50 go where it gets more.
    Nothing is refunded, for forecasts are perfect; what juniper draws stays behind the meter and is paid by nobody."""
    result = play(SimulatedHost(), write(SMALL + ORCHARD), tmp_path / "runs", pictures=True)
    sold = [deal for deal in result.record.deals if deal.seller == "orchard"]
    assert sum(deal.delivered for deal in sold) == 50 * 8
    assert not [deal for deal in result.record.deals if deal.buyer == "orchard" or deal.refunded]
    assert {row.meter for row in result.record.readings} == {"ash", "oak", "orchard"}
    assert [(row.member, row.exported, row.imported, row.proceeds, row.costs) for row in result.shares] == [
        ("juniper", 0, 8 * 100, 0, 0),
        ("larch", 8 * 150, 0, sum(deal.paid for deal in sold), 0),
    ]
    assert (result.folder.pictures / "orchard.png").stat().st_size > 0
    assert (result.folder.tables / "shares.csv").read_text().count("orchard") == 2


def test_a_community_ends_alike_on_both_ledgers(write: Write, tmp_path: Path) -> None:
    path = write(SMALL + ORCHARD)
    simulated = play(SimulatedHost(), path, tmp_path / "runs")
    chain = play(ChainHost(ChainOptions()), path, tmp_path / "runs")
    assert chain.digest == simulated.digest
    assert chain.audit.verdict == "pass", chain.audit.violations
    assert chain.shares == simulated.shares
    assert len(chain.composition.meters) == 5  # those of its members are registered too


def refusal(path: Path) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        load(str(path))
    return caught.value


@pytest.mark.parametrize(
    ("change", "place", "found"),
    [
        (
            lambda text: text + ORCHARD.replace('"orchard"', '"grove"'),
            "party",
            "juniper as a member of orchard and of grove",
        ),
        (lambda text: text.replace('"larch"', '"ash"'), "file", "names used twice: ash"),
        (
            lambda text: text.replace("rating = 20", 'rating = 20\nload = { column = "ash.load" }'),
            "party[3]",
            "load is given",
        ),
        (
            lambda text: text.replace('kind = "community"', 'kind = "home"\nload = { column = "ash.load" }'),
            "party[3]",
            "member is given",
        ),
        (lambda text: text[: text.index('\n[[party.member]]\nname = "larch"')], "party[3]", "members: 1"),
        (
            lambda text: text.replace(
                'load = { column = "oak.load" }\nforecast = { first = 0.0, last = 0.0 }\n\n[[party.member]]',
                "\n[[party.member]]",
            ),
            "party[3].member[1]",
            "load is missing",
        ),
    ],
)
def test_what_no_community_is(write: Write, change: Callable[[str], str], place: str, found: str) -> None:
    error = refusal(write(change(SMALL + ORCHARD)))
    assert (error.place, error.found) == (place, found)


def test_a_fault_of_a_member_is_named(write: Write, tmp_path: Path) -> None:
    text = SMALL + ORCHARD.replace("pv = { column", "battery = { capacity_kwh = -1.0 }\npv = { column")
    with pytest.raises(ScenarioError) as caught:
        play(SimulatedHost(), write(text), tmp_path / "runs")
    assert caught.value.place.startswith("party[3].member[2].battery")


def test_a_community_plays_in_no_park(write: Write) -> None:
    text = (
        SMALL.replace("horizon = 4", "horizon = 40\nmeetings = 1")
        .replace("funds = 50", "funds = 5000\ncap = 1000")
        .replace('load = { column = "ash.load" }', 'load = { column = "ash.load" }\nstrategy = "learned"', 1)
    )
    with pytest.raises(ScenarioError, match=r"party\[3\]\.kind: found 'community'"):
        park_bank(load(str(write(text + ORCHARD, None))), [0])


@pytest.mark.parametrize("host", [SimulatedHost, lambda: ChainHost(ChainOptions())])
def test_a_submeter_sells_nothing_itself(host: Callable[[], Host], write: Write, tmp_path: Path) -> None:
    """From the first interval on it is behind the community's meter; its owner is refused on either ledger, and so would
    be whoever bought from it. What it counted by the end stands on the ledger."""
    scenario = load(str(write(SMALL + ORCHARD)))
    place = host()
    try:
        opened = place.open(
            cast_of(scenario),
            open_folder(tmp_path, scenario, 3, "here", {}).folder,
            lambda epoch: market_setup(scenario, epoch=epoch),
            seed=3,
            resume=False,
        )
        ledger = opened.ledger
        setup = market_setup(scenario, epoch=ledger.rules.epoch)
        meters = enroll(ledger, scenario, setup, opened.party_of)
        larch = opened.party_of("larch")
        ledger.buy_tokens(larch, 10**6)
        ledger.deposit(larch, 10**6)
        ledger.advance_to(ledger.rules.start(0))
        order = ProviderOrder(
            party=larch, number=1, meter=meters["larch"], interval=1, energy=100, limit=1, selling=True
        )
        (refused,) = ledger.trade_with_provider([order])
        assert refused == AggregatedMeter(meters["larch"], meters["orchard"], 0)
        party = opened.party_of("orchard")
        (sold,) = ledger.trade_with_provider([replace(order, party=party, meter=meters["orchard"], number=2)])
        assert isinstance(sold, Recorded)
    finally:
        place.close()


def test_submeters_are_read_out_when_the_day_is_over(write: Write, tmp_path: Path) -> None:
    result = play(SimulatedHost(), write(SMALL + ORCHARD), tmp_path / "runs")
    names = result.composition.meters
    assert {
        (names[posted.meter], posted.at, posted.exported[0], posted.imported[0])
        for posted in result.state.registers.values()
    } == {("juniper", 8, 0, 800), ("larch", 8, 1200, 0)}
