"""How a scenario names a strategy, what a wrong name gets, and that no strategy gets beyond its owner's limits."""

from pathlib import Path
from typing import Any

import pytest

from agents.builtin import BUILTIN, Hardliner, load_strategy
from agents.strategy import (
    Context,
    ModuleNotLoaded,
    NotAStrategy,
    ParameterError,
    Stake,
    Strategy,
    StrategyError,
    UnknownStrategy,
)
from market.issues import Issue
from market.negotiation import Accept, Action, Propose, Turn
from market.session import OPENER, RESPONDER, Agreed, Deadline, Withdrawn
from tests.agents.park import domain_of, meet, prosumer

OWN = '''
"""A strategy of a user's own."""
from agents.strategy import Context, Strategy
from market.negotiation import Accept, Action, Propose, Turn
from neighbour import SHARE


class HalfWay(Strategy):
    """Asks for the middle of its price limits, takes anything."""

    def act(self, turn: Turn) -> Action:
        if turn.standing is not None:
            return Accept()
        price, energy = self.context.stakes
        return Propose((int((price.low + price.high) * SHARE), energy.high))


class Half:
    pass


class Unfinished(Strategy):
    pass


number = 3
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_module.py").write_text(OWN)
    (tmp_path / "neighbour.py").write_text("SHARE = 0.5\n")
    (tmp_path / "broken.py").write_text("raise OSError('no data')\n")
    (tmp_path / "wanting.py").write_text("import a_package_that_nobody_has\n")
    return tmp_path


def test_a_users_class_beside_the_scenario_file_negotiates(folder: Path) -> None:
    strategy = load_strategy("my_module:HalfWay", beside=folder)
    run = meet(
        prosumer(40, "conceder"),
        prosumer(-30, strategy),
        domain_of(10, 30, 100),
        max_rounds=10,
        seller_opens=False,
    )
    assert run is not None
    assert run.trace[0].values == (20, 30)
    assert load_strategy("my_module:HalfWay", beside=folder) is strategy


def test_two_folders_may_have_modules_of_the_same_name(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "my_module.py").write_text(OWN.replace("HalfWay", "HalfWay").replace("* SHARE", "* SHARE / 2"))
    (other / "neighbour.py").write_text("SHARE = 0.5\n")
    assert load_strategy("my_module:HalfWay", beside=other) is not load_strategy(
        "my_module:HalfWay", beside=folder
    )


def test_a_class_from_an_installed_module_and_the_builtins_by_name(folder: Path) -> None:
    assert load_strategy("agents.builtin:Hardliner", beside=folder) is Hardliner
    assert {name: load_strategy(name) for name in BUILTIN} == dict(BUILTIN)


@pytest.mark.parametrize(
    ("name", "refusal", "told"),
    [
        (
            "boulwar",
            UnknownStrategy,
            "found 'boulwar', expected module:Class or a built-in; nearest: boulware",
        ),
        (
            "zzz",
            UnknownStrategy,
            "nearest: adaptive, boulware, conceder, concession, hardliner, learned, linear",
        ),
        (
            "no_such_module:Mine",
            ModuleNotLoaded,
            "expected its module beside .*No module named 'no_such_module'",
        ),
        ("broken:Mine", ModuleNotLoaded, "it raises OSError: no data"),
        ("wanting:Mine", ModuleNotLoaded, "No module named 'a_package_that_nobody_has'"),
        ("../my_module:HalfWay", ModuleNotLoaded, "expected module:Class with a Python module's name"),
        (":HalfWay", ModuleNotLoaded, "found ':HalfWay'"),
        ("my_module:Missing", NotAStrategy, "expected a class 'Missing' in 'my_module'"),
        ("my_module:", NotAStrategy, "expected a class ''"),
        ("my_module:number", NotAStrategy, "expected a subclass of Strategy, not a int"),
        ("my_module:Half", NotAStrategy, "expected a subclass of Strategy, not a type"),
        ("my_module:Unfinished", NotAStrategy, "expected a class with act"),
    ],
)
def test_a_wrong_name_is_refused_by_name(
    folder: Path, name: str, refusal: type[StrategyError], told: str
) -> None:
    with pytest.raises(refusal, match=told) as caught:
        load_strategy(name, beside=folder)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"cr": 0}, "parameters.cr: found 0, expected more than 0"),
        ({"dl": "20"}, "parameters.dl: found '20', expected a finite number"),
        ({"prize": {}}, "parameters.prize: found .*expected one of dl, cr, price, energy \\(price\\?\\)"),
        ({"price": 20}, "parameters.price: found 20, expected a table"),
        ({"price": {"rr": 3}}, "parameters.price.rr: found 3, expected one of ip, rp, dl, cr"),
        ({"energy": {"cr": -1.0}}, "parameters.energy.cr: found -1.0, expected more than 0"),
        ({"price": {"ip": float("nan")}}, "parameters.price.ip: found nan"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_starts(parameters: dict[str, Any], told: str) -> None:
    with pytest.raises(ParameterError, match=told) as caught:
        prosumer(10, "concession", parameters)
    assert caught.value.exit_code == 2


class Reckless(Strategy):
    """Sells for nothing and takes anything."""

    def act(self, turn: Turn) -> Action:
        if turn.standing is not None and turn.time > 1:
            return Accept()
        price, energy = turn.domain.issues
        return Propose((price.low, energy.high))


def test_a_strategy_that_goes_beyond_its_owners_limits_ends_its_session_without_telling_them() -> None:
    run = meet(
        prosumer(40, Reckless, margin=7),
        prosumer(-40),
        domain_of(10, 30, 100),
        max_rounds=10,
        seller_opens=True,
    )
    assert run is not None
    assert run.outcome == Withdrawn(
        OPENER, "BeyondLimits: offered a value of price beyond its owner's limits"
    )
    assert run.trace == ()


def test_an_acceptance_beyond_the_limits_is_none() -> None:
    class Taker(Strategy):
        def act(self, turn: Turn) -> Action:
            return Accept()

    run = meet(prosumer(40, Taker, margin=7), prosumer(-40), domain_of(10, 30, 100), max_rounds=10)
    assert run is not None
    assert run.outcome == Withdrawn(
        RESPONDER, "BeyondLimits: accepted a value of price beyond its owner's limits"
    )


def test_bounded_lets_pass_what_is_within() -> None:
    class Ends(Strategy):
        def act(self, turn: Turn) -> Action:
            price, energy = self.context.stakes
            return Propose((price.worst, energy.worst))

    run = meet(prosumer(40, Ends, margin=7), prosumer(-40, "hardliner"), domain_of(10, 30, 100), max_rounds=2)
    assert run is not None
    assert run.trace[1].values == (17, 1)


def test_hardliners_never_meet_but_a_conceder_comes_to_them() -> None:
    domain = domain_of(10, 30, 100)
    hard = meet(prosumer(40, "hardliner"), prosumer(-40, "hardliner"), domain, max_rounds=12)
    assert hard is not None
    assert hard.outcome == Deadline()
    assert {offer.values for offer in hard.trace} == {(10, 40), (30, 40)}
    soft = meet(prosumer(40, "hardliner"), prosumer(-40, "conceder"), domain, max_rounds=12)
    assert soft is not None
    assert soft.outcome == Agreed((30, 40), OPENER)


def test_a_reservation_value_of_its_own_that_cannot_be_had_makes_it_leave() -> None:
    dreamer = prosumer(40, "concession", {"price": {"ip": 90, "rp": 50}})
    run = meet(dreamer, prosumer(-40, "conceder"), domain_of(10, 30, 100), max_rounds=12)
    assert run is not None
    assert run.outcome == Withdrawn(RESPONDER)


def test_an_initial_value_worse_than_the_reservation_value_is_its_own_fault() -> None:
    upside_down = prosumer(40, "concession", {"price": {"ip": 15, "rp": 25}})
    run = meet(upside_down, prosumer(-40), domain_of(10, 30, 100), max_rounds=12)
    assert run is not None
    assert run.outcome == Withdrawn(RESPONDER, "UpsideDown: price: ip is worse than rp for who sells")


def test_a_strategy_that_cannot_be_created_is_a_withdrawal_too() -> None:
    class Failing(Strategy):
        def __init__(self, context: Context) -> None:
            raise OSError("weights not found")

        def act(self, turn: Turn) -> Action:
            return Accept()

    run = meet(prosumer(40, Failing), prosumer(-40), domain_of(10, 30, 100), max_rounds=12)
    assert run is not None
    assert run.outcome == Withdrawn(RESPONDER, "OSError: weights not found")


def test_best_and_worst_of_a_stake() -> None:
    issue = Issue("price", 10, 30)
    assert (Stake(issue, 12, 30, +1).best, Stake(issue, 12, 30, +1).worst) == (30, 12)
    assert (Stake(issue, 10, 28, -1).best, Stake(issue, 10, 28, -1).worst) == (10, 28)
