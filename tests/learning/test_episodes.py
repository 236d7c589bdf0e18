"""What is read back from a run's tables is what was traded, and how peers conceded can be seen from it."""

from pathlib import Path

import pytest

from learning.episodes import Episode, Episodes, NoEpisodes, Offer, observed_rates, read_episodes
from scenarios.hosts import SimulatedHost
from scenarios.load import load
from scenarios.running import RunOptions, run_scenario


def test_the_episodes_of_a_run_earned_what_its_welfare_says(tmp_path: Path) -> None:
    options = RunOptions(seed=8, out=tmp_path, pictures=False)
    result = run_scenario(load("park-day"), SimulatedHost(), options)
    for row in result.welfare:
        episodes = read_episodes(result.folder.path, row.party)
        assert episodes.gain == row.gain_selling + row.gain_buying
        assert [e.session for e in episodes.episodes] == [
            s.session for s in result.record.sessions if row.party in (s.seller, s.buyer)
        ]
        for episode in episodes.episodes:
            assert [o.round for o in episode.offers] == list(range(len(episode.offers)))
            assert episode.counterpart != row.party
            if episode.agreed:
                assert (episode.offers[-1].price, episode.offers[-1].energy) == (
                    episode.price,
                    episode.energy,
                )


def conceding(rate: float) -> Episodes:
    """A buyer with the bounds 20 and 80 that concedes by Eq. 1 up to offer 20, seen by the seller."""
    offers = tuple(
        Offer(t, t % 2 == 1, 80 if t % 2 else round(20 + 60 * (t / 20) ** (1 / rate)), 10) for t in range(21)
    )
    episode = Episode(1, 0, 1, "kiln", True, offers, False, 0, 0, 0, 0, 20, 80)
    return Episodes("digester", (episode,))


@pytest.mark.parametrize("rate", [0.2, 0.5, 1.0, 2.0, 5.0])
def test_a_rate_is_found_again(rate: float) -> None:
    found = observed_rates(conceding(rate))["kiln"]
    assert rate / 1.15 < found < rate * 1.15  # prices are whole, rates are tried in steps of 12 %


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoEpisodes, match=r"tables/sessions\.parquet"):
        read_episodes(tmp_path, "digester")
