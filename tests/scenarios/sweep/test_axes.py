"""What a sweep varies: how it is written, which scenarios follow, what is refused before anything runs."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.sweep.axes import SweepError, axis_of, points_of, seeds_of


@pytest.mark.parametrize(
    ("text", "path", "values"),
    [
        ("market.max_rounds=20,40", "market.max_rounds", (20, 40)),
        ("market.price_tick=0.001, 0.002", "market.price_tick", (Decimal("0.001"), Decimal("0.002"))),
        (
            "party.alder.strategy=boulware,my_module:Mine",
            "party.alder.strategy",
            ("boulware", "my_module:Mine"),
        ),
        ("market.disclose=true,false", "market.disclose", (True, False)),
        (
            "party.1.parameters={ dl = 3, cr = 2 },{ dl = 4 }",
            "party.1.parameters",
            ({"dl": 3, "cr": 2}, {"dl": 4}),
        ),
        ("a.b=x,1,true", "a.b", ("x", 1, True)),
    ],
)
def test_values_are_tomls_and_names_need_no_quotes(text: str, path: str, values: tuple[object, ...]) -> None:
    axis = axis_of(text)
    assert (axis.path, axis.values) == (path, values)


@pytest.mark.parametrize("text", ["market.max_rounds", "=3", "a=", "a=x,,y", "a=1,1", "a=x,y,x"])
def test_what_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(SweepError):
        axis_of(text)


def test_seeds() -> None:
    assert seeds_of("0:4") == (0, 1, 2, 3)
    assert seeds_of("7") == (7,)
    assert seeds_of("1,5:7") == (1, 5, 6)
    for text in ("", "a", "3:3", "-1", "1,1", "4:2"):
        with pytest.raises(SweepError, match="--seeds"):
            seeds_of(text)


def test_every_combination_has_its_scenario(write: Callable[..., Path]) -> None:
    path = str(write())
    axes = [
        axis_of("market.max_rounds=20,40"),
        axis_of("party.ash.strategy=boulware,linear"),
        axis_of("provider.tariff.1.sell=0.3,0.4"),
    ]
    points = points_of(path, axes)
    assert len(points) == 8
    last = points[-1].scenario.table
    assert last.market.max_rounds == 40
    assert [party.strategy for party in last.party] == ["linear", "concession"]
    assert last.provider.tariff[0].sell == Decimal("0.4")
    assert points[0].name == "market.max_rounds=20 party.ash.strategy=boulware provider.tariff.1.sell=0.3"
    assert len({point.scenario.sha256 for point in points}) == 8
    # By number, and all at once.
    (second,) = points_of(path, [axis_of("party.2.strategy=linear")])
    assert [party.strategy for party in second.scenario.table.party] == ["concession", "linear"]
    (both,) = points_of(path, [axis_of("party.*.margin=0.01")])
    assert {party.margin for party in both.scenario.table.party} == {Decimal("0.01")}
    # A table that the file does not have.
    (stored,) = points_of(path, [axis_of("party.oak.battery.capacity_kwh=2")])
    battery = stored.scenario.table.party[1].battery
    assert battery is not None
    assert battery.capacity_kwh == 2
    # Without an axis, the file as it is.
    (plain,) = points_of(path, [])
    assert (plain.name, plain.scenario.table.market.max_rounds) == ("", 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("market.max_round=20", r"market\.max_round: found unknown key .*did you mean max_rounds\?"),
        ("markets.max_rounds=20", r"markets: found unknown key .*did you mean market\?"),
        ("party.ahs.strategy=linear", r"party\.ahs: found no such entry.*did you mean ash\?"),
        ("party.3.strategy=linear", r"party\.3: found no such entry.*1 to 2"),
        ("party.ash.strategy=bolware", r"party\[1\]\.strategy: found 'bolware'.*boulware"),
        ("party.ash.parameters={ crs = 1 }", r"party\[1\]\.parameters\.crs: found"),
        ("market.max_rounds=20,many", r"market\.max_rounds: found 'many', expected a valid integer"),
        ("market.max_rounds=1", r"market\.max_rounds: found 1, expected greater than"),
        ("market.price_tick=0.0000000001", r"market\.price_tick"),
        ("market.lead=9", r"market\.lead: found 9, expected at most horizon = 4"),
        ("seed.x=1", r"seed: found 3, expected a table"),
        (
            "party.strategy=linear",
            r"party: found a list, expected the name or number of one of its 2 entries",
        ),
        ("party.ash.name.x.y=1", r"party\.ash\.name: found 'ash', expected a table"),
        ("party=1", r"party: found 1, expected"),
    ],
)
def test_a_wrong_key_or_value_is_named(write: Callable[..., Path], text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message) as refused:
        points_of(str(write()), [axis_of(text)])
    assert refused.value.exit_code == 2


def test_a_key_is_varied_once(write: Callable[..., Path]) -> None:
    with pytest.raises(SweepError, match="each key once"):
        points_of(str(write()), [axis_of("seed=1"), axis_of("seed=2")])
