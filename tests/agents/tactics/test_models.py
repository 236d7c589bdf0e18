"""Opponent models against counterparts whose preferences are known: they learn, the controls do not."""

import numpy as np
import pytest

from agents.tactics.bidding.random import Random
from agents.tactics.bidding.time import TimeDependent
from agents.tactics.models.base import Model, Opponent, Perfect, Unknown
from agents.tactics.models.bayesian import Bayesian
from agents.tactics.models.frequency import Frequency
from agents.tactics.utility import Additive
from market.issues import Domain, Issue, Values
from market.utility import outcome_table
from tests.agents.tactics.table import seat_of, stakes_of, view_of

LENGTHS = [11, 11, 11]
GROUND = Domain(tuple(Issue(f"issue {i}", 0, 10) for i in range(3)))
OUTCOMES = outcome_table(GROUND)


def offers_of(weights: tuple[float, ...], senses: list[int], count: int) -> list[Values]:
    """What a counterpart with these preferences offers when it concedes linearly to half by the deadline."""
    stakes = stakes_of(LENGTHS, senses)
    seat = seat_of(stakes, Additive(stakes, weights))
    tactic = TimeDependent(deadline=2.0)
    return [tactic.bid(view_of(seat, time=t, rounds=count)) for t in range(count)]


def watched(model: Model, offers: list[Values], seen: int | None = None) -> Opponent:
    """After the first ``seen`` offers of a session, or all."""
    opponent = model.begin(GROUND)
    for k, offer in enumerate(offers[:seen]):
        opponent.observe(offer, k / (len(offers) - 1))
    return opponent


def agreement(opponent: Opponent, truth: Additive) -> float:
    """Correlation of estimated and true utilities over all outcomes."""
    return float(np.corrcoef(opponent.utilities(OUTCOMES), truth.of(OUTCOMES))[0, 1])


PREFERENCES = [
    ((0.7, 0.2, 0.1), [+1, +1, -1]),
    ((0.1, 0.2, 0.7), [-1, +1, -1]),
    ((0.2, 0.6, 0.2), [-1, -1, -1]),
]


@pytest.mark.parametrize(("weights", "senses"), PREFERENCES)
def test_the_bayesian_model_converges_on_a_known_counterpart(
    weights: tuple[float, ...], senses: list[int]
) -> None:
    truth = Additive(stakes_of(LENGTHS, senses), weights)
    offers = offers_of(weights, senses, 30)
    early, late = (
        agreement(watched(Bayesian(), offers, 2), truth),
        agreement(watched(Bayesian(), offers), truth),
    )
    assert late > 0.9
    assert late > early


def wandering(weights: tuple[float, ...], senses: list[int], count: int) -> list[Values]:
    """What a counterpart offers that draws evenly from the outcomes above a utility falling linearly from 1 to half.

    The frequency model needs such variety: of a value that is never offered it knows nothing.
    """
    stakes = stakes_of(LENGTHS, senses)
    seat = seat_of(stakes, Additive(stakes, weights), seed=5)
    return [Random(least=1 - 0.5 * k / count).bid(view_of(seat)) for k in range(count)]


@pytest.mark.parametrize(("weights", "senses"), PREFERENCES)
def test_the_frequency_model_converges_on_a_known_counterpart(
    weights: tuple[float, ...], senses: list[int]
) -> None:
    truth = Additive(stakes_of(LENGTHS, senses), weights)
    offers = wandering(weights, senses, 200)
    early, late = (
        agreement(watched(Frequency(), offers, 4), truth),
        agreement(watched(Frequency(), offers), truth),
    )
    assert late > 0.75
    assert late > early
    assert agreement(watched(Bayesian(), offers), truth) > 0.9


def test_frequency_by_hand() -> None:
    # Equal values twice: its weight is (0.5 + 0.05) / (1 + 0.05); the value's count is 3 of at most 3.
    opponent = Frequency(bins=11).begin(Domain(GROUND.issues[:2]))
    opponent.observe((4, 1), 0.0)
    opponent.observe((4, 2), 0.5)
    heavy, light = 0.55 / 1.05, 0.5 / 1.05
    expected = [heavy + light, heavy + light, heavy + light / 2, heavy / 3 + light]
    outcomes = np.array([[4, 1], [4, 2], [4, 9], [5, 2]])
    assert opponent.utilities(outcomes) == pytest.approx(expected)


def test_one_update_of_beliefs_by_hand() -> None:
    # One issue that rises or falls. Of 8 in 0..10 rising is worth 0.8 and falling 0.2. At the start 1 is expected: misses
    # of 1 and 4 spreads, so the odds are e^(−1/2) to e^(−8). At the end 0.5 is expected, which both miss by as much.
    model, ground = Bayesian(peaks=0, spread=0.2, last=0.5), Domain(GROUND.issues[:1])
    rising = 1 / (1 + np.exp(-7.5))
    for progress, belief in ((0.0, rising), (1.0, 0.5)):
        opponent = model.begin(ground)
        opponent.observe((8,), progress)
        assert opponent.utilities(np.array([[10], [0]])) == pytest.approx([belief, 1 - belief])


@pytest.mark.parametrize("model", [Bayesian(), Frequency(), Unknown()])
def test_estimates_are_utilities_whatever_is_offered(model: Model) -> None:
    rng = np.random.default_rng(3)
    opponent = model.begin(GROUND)
    for k in range(40):
        opponent.observe(tuple(int(v) for v in rng.integers(-5, 20, 3)), k / 39)
    values = opponent.utilities(OUTCOMES)
    assert ((values >= 0) & (values <= 1)).all()


def test_controls() -> None:
    truth = Additive(stakes_of(LENGTHS, [+1, -1, +1]), (0.5, 0.3, 0.2))
    offers = offers_of((0.5, 0.3, 0.2), [+1, -1, +1], 10)
    assert agreement(watched(Perfect(truth), offers), truth) == pytest.approx(1)
    assert np.ptp(watched(Unknown(), offers).utilities(OUTCOMES)) == 0
