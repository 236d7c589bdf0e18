"""A day played in memory and nothing written: for evaluations, sweeps and tests, where thousands of days are played."""

from dataclasses import dataclass

from market.day import DayRecord
from market.ledger.port import Ledger
from scenarios.composition import Composition, RunName, cast_of, compose
from scenarios.hosts import SimulatedHost, simulated
from scenarios.load import Scenario
from scenarios.market_setup import MarketSetup, enroll, market_setup
from scenarios.places import build_places
from scenarios.report.welfare import WelfareRow, welfare_rows
from scenarios.variation import vary


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A day that was played on the exact ledger in memory."""

    scenario: Scenario
    """As varied by the seed."""
    record: DayRecord
    composition: Composition
    setup: MarketSetup
    ledger: Ledger

    @property
    def welfare(self) -> list[WelfareRow]:
        """What each party gained over the provider, in the order of the file."""
        names = [party.name for party in self.scenario.table.party]
        return welfare_rows(self.record.deals, names, self.scenario.table.provider.name)

    @property
    def gains(self) -> dict[str, int]:
        """Token units that each party gained over the provider."""
        return {row.party: row.gain_selling + row.gain_buying for row in self.welfare}


def rehearse(scenario: Scenario, seed: int, run: RunName | None = None) -> Rehearsal:
    """Play the day of ``seed``; raises as ``scenarios.running.run_scenario`` does.

    What adaptive parties learn goes into their files only if the ``run`` has a name.
    """
    day = vary(scenario, seed)
    places = build_places(day, seed)
    setup = market_setup(day, epoch=SimulatedHost.EPOCH)
    opened = simulated(cast_of(day), setup)
    meters = enroll(opened.ledger, day, setup, opened.party_of)
    composition = compose(
        day,
        seed=seed,
        places=places,
        setup=setup,
        opened=opened,
        meters=meters,
        run=run,
    )
    return Rehearsal(day, composition.day.run(), composition, setup, opened.ledger)
