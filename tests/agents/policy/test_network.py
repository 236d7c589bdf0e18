"""Policies as plain weights: what they decide, what they refuse, and files that were cut short."""

from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.policy.errors import NotFinite, NothingLegal, PolicyFileError, SpecMismatch, UnknownPolicy
from agents.policy.find import find_policy, shipped_policies
from agents.policy.network import Layer, Policy
from agents.policy.spec import Spec

SPEC = Spec("toy", ("time", "price"), ("wait", "offer", "accept"), {"rounds": 4})


def policy(seed: int = 0, activation: str = "tanh", hidden: int = 4) -> Policy:
    rng = np.random.default_rng(seed)

    def layers(*widths: int) -> tuple[Layer, ...]:
        return tuple(
            (rng.normal(size=(a, b)).astype(np.float32), rng.normal(size=b).astype(np.float32))
            for a, b in pairwise(widths)
        )

    return Policy(SPEC, layers(2, hidden, 3), layers(2, hidden, 1), activation, '{"seed":1}')


def test_logits_and_values_by_hand() -> None:
    # hidden = tanh(2·1 − 1·1 + 0.5) = tanh(1.5); logits 1·h, −1·h + 1, 0; value 2h − 1.
    first = (np.array([[2], [-1]], np.float32), np.array([0.5], np.float32))
    actor = (first, (np.array([[1, -1, 0]], np.float32), np.array([0, 1, 0], np.float32)))
    critic = (first, (np.array([[2]], np.float32), np.array([-1], np.float32)))
    x = np.array([[1, 1]], np.float32)
    h = np.tanh(1.5)
    one = Policy(SPEC, actor, critic)
    np.testing.assert_allclose(one.logits(x), [[h, 1 - h, 0]], rtol=1e-6)
    np.testing.assert_allclose(one.values(x), [2 * h - 1], rtol=1e-6)
    assert one.act(x, np.array([[True, True, True]])).tolist() == [0]
    assert one.act(x, np.array([[False, True, True]])).tolist() == [1]
    assert one.act(x, np.array([[False, False, True]])).tolist() == [2]
    # relu of 1.5 is itself.
    np.testing.assert_allclose(Policy(SPEC, actor, critic, "relu").values(x), [2], rtol=1e-6)


@given(st.integers(0, 1000), st.integers(1, 7))
def test_what_is_chosen_is_legal(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(scale=100, size=(rows, 2)).astype(np.float32)
    masks = rng.random((rows, 3)) < 0.5
    masks[np.arange(rows), rng.integers(0, 3, rows)] = True
    for chosen in (policy(seed).act(x, masks), policy(seed).sample(x, masks, rng)):
        assert chosen.dtype == np.int64
        assert masks[np.arange(rows), chosen].all()


def test_samples_are_as_likely_as_the_policy_holds_them() -> None:
    one = policy(3)
    x = np.tile(np.array([[0.3, -0.2]], np.float32), (40_000, 1))
    masks = np.tile(np.array([[True, False, True]]), (40_000, 1))
    weights = np.exp(one.logits(x[:1])[0].astype(np.float64)) * masks[0]
    chances = weights / weights.sum()
    counts = np.bincount(one.sample(x, masks, np.random.default_rng(0)), minlength=3) / 40_000
    # Five standard errors of a share are at most 5 · 0.5 / 200.
    assert np.abs(counts - chances).max() < 0.0125
    assert counts[1] == 0


def test_a_policy_survives_its_file(tmp_path: Path) -> None:
    one = policy(activation="relu")
    one.save(tmp_path / "one.npz")
    other = Policy.load(tmp_path / "one.npz")
    x = np.random.default_rng(1).normal(size=(5, 2)).astype(np.float32)
    assert (one.logits(x) == other.logits(x)).all()
    assert (one.values(x) == other.values(x)).all()
    assert (other.spec, other.activation, other.config) == (one.spec, "relu", '{"seed":1}')
    other.save(tmp_path / "other.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.npz", "other.npz"]


def test_refused_inputs() -> None:
    one = policy()
    everything = np.ones((2, 3), bool)
    x = np.zeros((2, 2), np.float32)
    with pytest.raises(NotFinite, match=r"observation\.price: found nan"):
        one.act(np.array([[0, 0], [0, np.nan]], np.float32), everything)
    with pytest.raises(NotFinite, match=r"observation\.time: found inf"):
        one.values(np.array([[np.inf, 0]], np.float32))
    with pytest.raises(NothingLegal, match="row 1"):
        one.act(x, np.array([[True, False, False], [False, False, False]]))
    with pytest.raises(NothingLegal, match="row 0"):
        one.sample(x, np.zeros((2, 3), bool), np.random.default_rng())
    with pytest.raises(SpecMismatch, match="features"):
        one.logits(np.zeros((2, 3), np.float32))
    with pytest.raises(SpecMismatch, match="actions"):
        one.act(x, np.ones((2, 4), bool))


@given(cut=st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_is_refused(tmp_path_factory: pytest.TempPathFactory, cut: float) -> None:
    path = tmp_path_factory.mktemp("cut") / "one.npz"
    policy().save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(cut * len(whole))])
    with pytest.raises(PolicyFileError, match=r"one\.npz") as refused:
        Policy.load(path)
    assert refused.value.exit_code == 2


@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_damaged_file_is_refused_or_still_a_policy(
    tmp_path_factory: pytest.TempPathFactory, at: float, flip: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "one.npz"
    policy().save(path)
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= flip
    path.write_bytes(content)
    with suppress(PolicyFileError):
        assert Policy.load(path).logits(np.zeros((1, 2), np.float32)).shape == (1, 3)


def test_files_that_hold_no_policy(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="no file"):
        Policy.load(tmp_path / "none.npz")
    text = tmp_path / "text.npz"
    text.write_text("not an archive")
    with pytest.raises(PolicyFileError, match="unreadable"):
        Policy.load(text)
    other = tmp_path / "other.npz"
    np.savez(other, a=np.zeros(3))
    with pytest.raises(PolicyFileError, match="format"):
        Policy.load(other)
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, format=np.array([{}], object))
    with pytest.raises(PolicyFileError, match="allow_pickle"):
        Policy.load(pickled)
    whole = tmp_path / "whole.npz"
    policy().save(whole)
    with np.load(whole) as file:
        arrays = {key: file[key] for key in file.files}
    for key, value, said in (
        ("actor.0.weights", np.zeros((3, 4), np.float32), "2 inputs"),
        ("actor.1.biases", np.zeros(2, np.float32), "as many biases"),
        ("critic.0.weights", np.full((2, 4), np.nan, np.float32), "finite"),
        ("critic.0.weights", np.zeros((2, 4)), "float32"),
        ("critic.1.weights", np.zeros((4, 2), np.float32), "as many biases"),
        ("activation", np.frombuffer(b"sine", np.uint8), "tanh"),
        ("spec", np.frombuffer(b"{", np.uint8), "texts"),
        ("format", np.array(2), "format 2"),
    ):
        bad = tmp_path / "bad.npz"
        np.savez(bad, **(arrays | {key: value}))
        with pytest.raises(PolicyFileError, match=said):
            Policy.load(bad)


def test_policies_by_name_and_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("park", "park-selfish", "loans"):
        policy().save(tmp_path / f"{name}.npz")
    monkeypatch.setattr("agents.policy.find.SHIPPED", tmp_path)
    assert list(shipped_policies()) == ["loans", "park", "park-selfish"]
    assert find_policy("park") == tmp_path / "park.npz"
    with pytest.raises(UnknownPolicy, match="found 'prak', expected park") as refused:
        find_policy("prak")
    assert refused.value.exit_code == 2
    with pytest.raises(UnknownPolicy, match="loans, park, park-selfish, or a path"):
        find_policy("zzz")
    assert find_policy("mine/own.npz", tmp_path) == tmp_path / "mine" / "own.npz"
    assert find_policy("/abs/own.npz", tmp_path) == Path("/abs/own.npz")


def test_shipped_policies_load() -> None:
    for path in shipped_policies().values():
        one = Policy.load(path)
        assert one.logits(np.zeros((1, len(one.spec.features)), np.float32)).shape == (
            1,
            len(one.spec.actions),
        )
