"""The bandit on sessions whose best ψ is known, and its memory: what a restart keeps, what a file must hold."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.bandit import ARMS, SITUATIONS, Bandit, Situation, Tried, situation
from agents.bandit_memory import RUNS, Memory, MemoryDamaged, MemoryNotWritten
from agents.builtin import EVENLY
from agents.policy.park_view import GRID

WHERE = SITUATIONS["sells, ample time, wide spread, new peer"]
OTHER = SITUATIONS["buys, ample time, wide spread, new peer"]
GOOD = ARMS["ip 0 rp 0.5 dl 1 cr 0.2 amount 0"]


def played(
    bandit: Bandit, where: Situation, worth: Callable[[int], float], times: int, seed: int
) -> list[int]:
    """The ψs that ``bandit`` picks where each earns 0 or 1, the chance of 1 being ``worth`` of it."""
    rng, arms = np.random.default_rng(seed), []
    for _ in range(times):
        arms.append(bandit.choose(where, rng))
        bandit.learn(where, arms[-1], float(rng.random() < worth(arms[-1])))
    return arms


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_the_psi_that_earns_most(seed: int) -> None:
    """One ψ of fifty earns 0.8 on average and every other 0.3: chosen by chance it would come up 2 times in 100."""
    arms = played(Bandit(), WHERE, lambda arm: 0.8 if arm == GOOD else 0.3, 400, seed)
    assert arms[-100:].count(GOOD) > 60


@pytest.mark.parametrize("seed", range(4))
def test_it_tells_situations_apart(seed: int) -> None:
    """Who buys does best without conceding the amount, who sells by conceding it."""
    bandit, rng = Bandit(), np.random.default_rng(seed)
    for _ in range(250):
        for where, kept in ((WHERE, 1.0), (OTHER, 0.0)):
            arm = bandit.choose(where, rng)
            bandit.learn(where, arm, 0.6 if GRID[arm][4] == kept else 0.2)
    greedy = Bandit(0.0)
    for name, arm, tried in bandit:
        greedy.know(name, arm, tried)
    assert [GRID[greedy.choose(where, rng)][4] for where in (WHERE, OTHER)] == [1.0, 0.0]


def test_without_experience_and_doubt_it_concedes_evenly() -> None:
    assert GRID[Bandit(0.0).choose(WHERE, np.random.default_rng(0))] == EVENLY


def test_what_it_expects_is_the_mean_of_what_it_saw_often() -> None:
    bandit = Bandit()
    bandit.know(WHERE.name, GOOD, Tried(10_000, 7_000.0))
    assert bandit.expected(WHERE)[GOOD] == pytest.approx(0.7, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(SITUATIONS)),
            st.sampled_from([0, 7, 49]),
            st.sampled_from([0.0, 0.25, 1.0]),
        )
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_experience_does_not_matter(
    episodes: list[tuple[str, int, float]], shuffler: Any
) -> None:
    """Quarters add up exactly, so the tables are equal to the last bit, and with them the draws."""
    one, other = Bandit(), Bandit()
    mixed = list(episodes)
    shuffler.shuffle(mixed)
    for bandit, told in ((one, episodes), (other, mixed)):
        for name, arm, earned in told:
            bandit.learn(SITUATIONS[name], arm, earned)
    assert list(one) == list(other)
    picks = [bandit.choose(WHERE, np.random.default_rng(5)) for bandit in (one, other)]
    assert picks[0] == picks[1]


@pytest.mark.parametrize(
    ("left", "sell", "share", "name"),
    [
        (1.0, 300, None, "sells, ample time, wide spread, new peer"),
        (0.3, 300, 0.5, "sells, little time, wide spread, yielding peer"),
        (0.1, 120, 0.49, "sells, last moment, narrow spread, firm peer"),
    ],
)
def test_a_situation_is_put_into_words(left: float, sell: int, share: float | None, name: str) -> None:
    found = situation(selling=True, time_left=left, buy_price=80, sell_price=sell, last_share=share)
    assert found.name == name


def taught(path: Path, run: str, keys: list[str], *, resumes: bool = False) -> Memory:
    """A memory in which each of ``keys`` is an episode that earned a half."""
    memory = Memory(path)
    memory.begin(run, resumes=resumes)
    for key in keys:
        memory.chosen(key, WHERE.name, GOOD)
        memory.ended(key, 0.5, "oak", 0.25)
    return memory


def test_a_memory_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    before = taught(path, "day-1", ["a", "b"])
    after = Memory(path)
    assert list(after.bandit) == list(before.bandit) == [(WHERE.name, GOOD, Tried(2, 1.0))]
    assert after.last_share("oak") == 0.25
    assert after.last_share("elm") is None
    assert [path.name for path in tmp_path.iterdir()] == ["memory.json"]


def test_a_run_that_goes_on_learns_from_no_episode_twice(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    taught(path, "day-1", ["a", "b"])
    on = taught(path, "day-1", ["a", "b", "c"], resumes=True)
    assert list(on.bandit) == [(WHERE.name, GOOD, Tried(3, 1.5))]
    anew = taught(path, "day-1", ["a", "b", "c"])  # another run of this name: its sessions are others
    assert list(anew.bandit) == [(WHERE.name, GOOD, Tried(6, 3.0))]


def test_a_run_that_goes_on_knows_what_it_chose(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    memory = taught(path, "day-1", [])
    memory.chosen("open", WHERE.name, 7)
    memory.chosen("over", WHERE.name, GOOD)
    memory.ended("over", 1.0, "oak", None)
    on = Memory(path)
    on.begin("day-1", resumes=True)
    kept = [on.episode(key) for key in ("open", "over")]
    assert [(entry.arm, entry.earned) for entry in kept if entry] == [(7, None), (GOOD, 1.0)]


def test_the_episodes_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    for number in range(RUNS + 2):
        taught(path, f"day-{number}", ["a"])
    assert list(json.loads(path.read_text())["runs"]) == [f"day-{number}" for number in range(2, RUNS + 2)]
    assert list(Memory(path).bandit) == [(WHERE.name, GOOD, Tried(RUNS + 2, (RUNS + 2) / 2))]


def test_in_no_named_run_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    memory = Memory(path)
    memory.chosen("a", WHERE.name, GOOD)
    memory.ended("a", 0.5, "oak", 0.25)
    assert not path.exists()


def _without_version(document: dict[str, Any]) -> None:
    document["version"] = 2


def _unknown_psi(document: dict[str, Any]) -> None:
    document["experience"][WHERE.name]["ip 9"] = {"episodes": 1, "earned": 1.0}


def _unknown_situation(document: dict[str, Any]) -> None:
    document["experience"]["at sea"] = {"ip 0 rp 0.5 dl 1 cr 0.2 amount 0": {"episodes": 1, "earned": 1.0}}


def _too_much(document: dict[str, Any]) -> None:
    next(iter(document["experience"][WHERE.name].values()))["earned"] = 3.0


def _not_a_number(document: dict[str, Any]) -> None:
    document["peers"]["oak"] = float("nan")


def _no_table(document: dict[str, Any]) -> None:
    document["runs"] = []


@pytest.mark.parametrize(
    ("damage", "place"),
    [
        (_without_version, "version: found 2, expected 1"),
        (_unknown_psi, "ip 9"),
        (_unknown_situation, "at sea"),
        (_too_much, "earned: found 3.0, expected a number in [0, 2]"),
        (_not_a_number, "peers.oak: found nan"),
        (_no_table, "runs: found [], expected a table"),
    ],
)
def test_a_damaged_memory_is_refused_and_left_as_it_is(
    tmp_path: Path, damage: Callable[[dict[str, Any]], None], place: str
) -> None:
    path = tmp_path / "memory.json"
    taught(path, "day-1", ["a", "b"])
    document = json.loads(path.read_text())
    damage(document)
    path.write_text(json.dumps(document))
    with pytest.raises(MemoryDamaged) as refused:
        Memory(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert place in str(refused.value)
    assert refused.value.exit_code == 2
    assert json.loads(path.read_text()).keys() == document.keys()


def test_a_memory_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    taught(path, "day-1", ["a", "b"])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MemoryDamaged, match="syntax"):
        Memory(path)


def test_a_memory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "nowhere" / "memory.json")
    with pytest.raises(MemoryNotWritten, match="nowhere") as refused:
        memory.begin("day-1", resumes=False)
    assert refused.value.exit_code == 2
