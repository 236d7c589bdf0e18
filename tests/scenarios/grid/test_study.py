"""Courses on a grid: figures by hand, settings that act as said, and the comparison with pandapower."""

from dataclasses import replace

import numpy as np
import pytest

from energy.grid import (
    GridError,
    GridState,
    PlacementRule,
    PowerError,
    TooManyHomesError,
    background,
    grid_state,
)
from scenarios.grid.check import check
from scenarios.grid.courses import Courses
from scenarios.grid.study import Background, Setting, figures, study

ALONE = Setting(background=Background.NONE)


def test_figures_by_hand() -> None:
    state = GridState(
        voltage_pu=np.array([[1.5, 1.0, 1.02], [1.5, 0.96, 1.0], [1.5, 0.89, 1.0], [1.5, 1.0, 1.031]]),
        line_percent=np.array([[10.0, 4.0], [20.0, 8.0], [0.0, 30.0], [2.0, 2.0]]),
        transformer_percent=np.array([5.0, 50.0, 7.0, 1.0]),
        losses_kw=np.array([1.0, 2.0, 3.0, 4.0]),
        supply_kw=np.array([8.0, -4.0, 12.0, -1.0]),
    )
    # Bus 0, at 1.5 p.u., is nobody's connection.
    found = figures(state, [1, 2], 0, 0.25)
    assert (found.least_pu, found.most_pu) == (0.89, 1.031)
    # Outside ±10 %: the third step; outside ±3 %: the second, third and fourth.
    assert (found.share_outside_10, found.share_outside_3) == (0.25, 0.75)
    assert (found.most_line_percent, found.mean_worst_line_percent) == (30.0, 8.0)
    assert found.most_transformer_percent == 50.0
    assert (found.most_drawn_kw, found.most_fed_back_kw) == (12.0, 4.0)
    # A quarter of an hour each: (8 + 12)/4, (4 + 1)/4, 10/4.
    assert (found.drawn_kwh, found.fed_back_kwh, found.losses_kwh) == (5.0, 1.25, 2.5)


def test_half_the_power_is_half_the_way(courses: Courses) -> None:
    found = study(courses, ALONE)
    full, half = found.outcomes
    assert found.grid.name == "rural1"  # 13 connections: the smallest
    assert found.connections == tuple(sorted(found.placement.buses))
    rest = full.state.voltage_pu[1]
    at = list(found.connections)
    # Drawing lowers voltages and feeding in raises them, by twice as much for twice the power, nearly.
    for step, sign in ((0, -1), (2, 1)):
        for a, b in zip(
            (full.state.voltage_pu[step] - rest)[at], (half.state.voltage_pu[step] - rest)[at], strict=True
        ):
            assert sign * a > sign * b > 0
            assert a / b == pytest.approx(2, rel=0.01)
    assert full.state.voltage_pu[1] == pytest.approx(half.state.voltage_pu[1])
    # 5 kW and the losses come in; 10 kW less the losses go out.
    assert full.figures.most_drawn_kw == pytest.approx(5.0 + full.state.losses_kw[0])
    assert full.figures.most_fed_back_kw == pytest.approx(10.0 - full.state.losses_kw[2])
    assert found.worst_line == int(full.state.line_percent.max(axis=0).argmax())


def test_reactive_power_follows_the_power_factor(courses: Courses) -> None:
    # tan(arccos 0.8) = 0.75 of what is drawn; nothing of what is fed in, nor where another home draws at that bus.
    outcome = study(courses, replace(ALONE, power_factor=0.8)).outcomes[0]
    assert outcome.q_kvar.sum(axis=1) == pytest.approx([3.75, 0.0, 0.0, 0.75])
    assert outcome.p_kw.sum(axis=1) == pytest.approx([5.0, 0.0, -10.0, 0.0])
    with pytest.raises(PowerError, match="power_factor"):
        study(courses, replace(ALONE, power_factor=1.2))


def test_other_customers_are_added_at_the_same_rows(courses: Courses) -> None:
    found = study(courses, Setting(grid="semiurb4"))
    alone = study(courses, replace(ALONE, grid="semiurb4"))
    p_kw, q_kvar = background(found.placement, slice(100, 104))
    for a, b in zip(found.outcomes, alone.outcomes, strict=True):
        assert a.p_kw == pytest.approx(b.p_kw + p_kw)
        assert a.q_kvar == pytest.approx(b.q_kvar + q_kvar)
    assert set(alone.connections) < set(found.connections)


def test_other_times_have_no_other_customers(courses: Courses) -> None:
    for other in (replace(courses, rows=None), replace(courses, interval_h=1.0)):
        with pytest.raises(GridError, match="background: found 'customers', expected none"):
            study(other, Setting())
        assert study(other, ALONE).outcomes[0].figures.most_drawn_kw > 5


def test_the_slack_and_the_places_can_be_set(courses: Courses) -> None:
    low, high = (study(courses, replace(ALONE, slack_pu=v)) for v in (0.95, 1.05))
    assert low.outcomes[0].figures.most_pu < 0.96
    assert high.outcomes[0].figures.least_pu > 1.04
    far, order = (
        study(courses, replace(ALONE, grid="rural3", rule=rule))
        for rule in (PlacementRule.FAR, PlacementRule.ORDER)
    )
    assert far.outcomes[0].figures.least_pu < order.outcomes[0].figures.least_pu
    drawn = [
        study(courses, replace(ALONE, rule=PlacementRule.RANDOM, seed=seed)).placement for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_settings_that_do_not_fit_are_refused(courses: Courses) -> None:
    with pytest.raises(GridError, match="grid: found 'rural9', expected one of rural1"):
        study(courses, Setting(grid="rural9"))
    many = tuple(f"home {i}" for i in range(119))
    with pytest.raises(TooManyHomesError, match="at most the 118"):
        study(replace(courses, homes=many), Setting())


def test_progress_is_told(courses: Courses) -> None:
    told: list[tuple[str, int, int]] = []
    study(courses, ALONE, lambda what, done, total: told.append((what, done, total)))
    assert told == [("Power flow: own battery", 4, 4), ("Power flow: loans", 4, 4)]


def test_a_difference_from_the_reference_is_seen(courses: Courses, monkeypatch: pytest.MonkeyPatch) -> None:
    # That pandapower finds the same is tested beside the solution; here another solver stands in for it.
    monkeypatch.setattr("scenarios.grid.check.reference_state", grid_state)
    found = study(courses, Setting())
    compared = check(found, sample=3)
    assert compared.equal
    assert compared.steps == 6
    assert compared.voltage_pu < 1e-12
    assert compared.line_percent < 1e-9
    assert compared.transformer_percent < 1e-9
    outcome = found.outcomes[1]
    moved = replace(outcome.state, voltage_pu=outcome.state.voltage_pu + 2e-9)
    wrong = replace(found, outcomes=(found.outcomes[0], replace(outcome, state=moved)))
    assert not check(wrong, sample=1).equal
