"""A party that adapts, in a market of two: it comes to earn what its best ψ would, and a restart changes nothing."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.adaptive import AdaptiveProsumer
from agents.bandit_memory import Memory
from agents.builtin import Adaptive, ByFractions, load_strategy
from agents.learned import Store
from agents.policy.park_view import GRID
from agents.prosumer import HomeKind
from agents.strategy import Bounded, ParameterError
from market.channels import SignedChannel
from market.ledger.port import Recorded, Settlement
from market.ledger.unsigned import HashChain
from market.session import Agreed, SessionRules, SessionRun
from market.terms import Deal, DealKey, SessionTerms
from market.trader import Outlook
from tests.agents.park import BUYER, SELLER, Fixed, brief_of, domain_of, meet, prosumer

DOMAIN = domain_of(20, 80, 100)
ROUNDS = 20
AMOUNT = 100


@dataclass(frozen=True)
class Plain:
    """Surroundings of a party without a store, in a run of 1,000 intervals."""

    first: int = 0
    opens: int = 0
    intervals: int = 1000
    lead: int = 1
    rating: int = 100

    def store(self) -> Store:
        return Store()

    def tokens(self) -> int:
        return 0

    def prices(self, interval: int) -> tuple[int, int]:
        return 20, 80


def adaptive(memory: Memory, seed: int = 0) -> AdaptiveProsumer:
    return AdaptiveProsumer(
        memory=memory,
        surroundings=Plain(),
        peers={SELLER: "seller", BUYER: "buyer"},
        name="seller",
        party=SELLER,
        meter=1,
        kind=HomeKind(),
        forecaster=Fixed(AMOUNT),
        strategy=Adaptive,
        parameters={},
        seeds=(seed,),
    )


def episode(seller: AdaptiveProsumer, opponent: str, interval: int, delivered: float = 1.0) -> float:
    """One session and its settlement; what it earned as a part of the most, (80 − 20) × 100."""
    buyer = prosumer(-AMOUNT, opponent)
    run = meet(seller, buyer, DOMAIN, max_rounds=ROUNDS, interval=interval)
    assert run is not None
    if not isinstance(run.outcome, Agreed):
        seller.choose(
            Outlook(step=0, interval=interval, meeting=1, announced=(), buy_price=20, sell_price=80)
        )
        return 0.0
    price, energy = run.outcome.values
    deal = Deal(
        seller=SELLER,
        buyer=BUYER,
        nonce=interval,
        seller_meter=1,
        buyer_meter=2,
        interval=interval,
        count=1,
        price=price,
        energy=energy,
    )
    seller.recorded(Recorded(deal=deal, positions=(0,)))
    came = int(delivered * energy)
    seller.settled(
        Settlement(key=DealKey.of(deal), delivered=came, paid=price * came, refunded=price * (energy - came))
    )
    return (price - 20) * came / (60 * AMOUNT)


def by_hand(arm: int, opponent: str) -> float:
    """What a fixed ψ earns in the same session."""
    seller, buyer = prosumer(AMOUNT), prosumer(-AMOUNT, opponent)
    context = seller.context(brief_of(DOMAIN, selling=True, max_rounds=ROUNDS))
    buys = buyer.negotiator(brief_of(DOMAIN, selling=False, max_rounds=ROUNDS))
    assert context is not None
    assert buys is not None
    run = SessionRun(
        SessionRules(domain=DOMAIN, max_rounds=ROUNDS),
        opener=buys,
        responder=Bounded(lambda given: ByFractions(given, GRID[arm]), context),
    )
    outcome = run.finish()
    return (
        (outcome.values[0] - 20) * outcome.values[1] / (60 * AMOUNT) if isinstance(outcome, Agreed) else 0.0
    )


@pytest.mark.parametrize("opponent", ["conceder", "linear", "boulware"])
@pytest.mark.parametrize("seed", range(3))
def test_it_comes_to_earn_nearly_what_its_best_psi_would(opponent: str, seed: int) -> None:
    fixed = [by_hand(arm, opponent) for arm in range(len(GRID))]
    assert max(fixed) > np.mean(fixed) + 0.1, "an opponent against which the choice matters"
    seller = adaptive(Memory(), seed)
    earned = [episode(seller, opponent, 4 + number) for number in range(160)]
    assert np.mean(earned[-50:]) > 0.85 * max(fixed)
    assert np.mean(earned[-50:]) > np.mean(fixed) + 0.05


def test_it_learns_from_what_was_delivered() -> None:
    """A deal of which nothing arrives earns nothing, however good its price."""
    memory = Memory()
    seller = adaptive(memory)
    for number in range(5):
        episode(seller, "conceder", 4 + number, delivered=0.0)
    known = list(memory.bandit)
    assert sum(tried.episodes for *_, tried in known) == 5
    assert [tried.earned for *_, tried in known] == [0.0] * len(known)


def test_what_it_remembers_is_what_its_sessions_earned() -> None:
    memory = Memory()
    seller = adaptive(memory)
    earned = [episode(seller, "linear", 4 + number, delivered=0.5) for number in range(20)]
    known = list(memory.bandit)
    assert sum(tried.episodes for *_, tried in known) == 20
    # The best of a session is at the provider's 80 for all that it has.
    assert sum(tried.earned for *_, tried in known) == pytest.approx(sum(earned))


@pytest.mark.parametrize("stop", [1, 13, 29])
def test_a_restart_changes_nothing(tmp_path: Path, stop: int) -> None:
    def days(path: Path, cuts: list[int]) -> list[float]:
        earned = []
        for first, last in zip([0, *cuts], [*cuts, 30], strict=True):
            memory = Memory(path)
            memory.begin("run", resumes=first > 0)
            seller = adaptive(memory)
            earned += [episode(seller, "linear", 4 + number) for number in range(first, last)]
        return earned

    assert days(tmp_path / "whole.json", []) == days(tmp_path / "cut.json", [stop])
    assert json.loads((tmp_path / "whole.json").read_text()) == json.loads(
        (tmp_path / "cut.json").read_text()
    )


def test_a_run_that_is_played_again_after_an_interruption_learns_from_none_twice(tmp_path: Path) -> None:
    """The day begins anew from its first step, as a resumed run's does; its first twelve sessions had been settled."""
    paths = tmp_path / "whole.json", tmp_path / "cut.json"
    earned: list[list[float]] = []
    for path, parts in zip(paths, ([30], [12, 30]), strict=True):
        for part, length in enumerate(parts):
            memory = Memory(path)
            memory.begin("run", resumes=part > 0)
            seller = adaptive(memory)
            earned.append([episode(seller, "linear", 4 + number) for number in range(length)])
    whole, before, after = earned
    assert after == whole
    assert before == whole[:12]
    assert json.loads(paths[0].read_text()) == json.loads(paths[1].read_text())


def test_equal_seeds_choose_alike_and_others_do_not() -> None:
    def played(seed: int) -> list[float]:
        seller = adaptive(Memory(), seed)
        return [episode(seller, "linear", 4 + number) for number in range(15)]

    assert played(1) == played(1) != played(2)


@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({"memmory": "a.json"}, "memmory"),
        ({"memory": "a.txt"}, "memory"),
        ({"memory": 3}, "memory"),
        ({"exploration": -0.1}, "exploration"),
        ({"exploration": float("nan")}, "exploration"),
        ({"exploration": True}, "exploration"),
        ({"dl": 3}, "dl"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], key: str) -> None:
    with pytest.raises(ParameterError, match=rf"parameters\.{key}: found"):
        load_strategy("adaptive").check(parameters)


def test_right_parameters_are_taken() -> None:
    load_strategy("adaptive").check({"memory": "ash.json", "exploration": 0})


def test_nothing_of_what_it_remembers_is_in_what_it_says() -> None:
    """Trained on 30 sessions and then signed: the transcript has offers on the grid and no word of the memory."""
    seller = adaptive(Memory())
    for number in range(30):
        episode(seller, "linear", 4 + number)
    terms = SessionTerms(
        seller=SELLER, buyer=BUYER, nonce=1, seller_meter=1, buyer_meter=2, interval=99, issue_by_issue=True
    )
    channel = SignedChannel(terms, signer=HashChain(), timeout=300, gate=10**6, clock=lambda: 5000)
    run = meet(seller, prosumer(-AMOUNT, "linear"), DOMAIN, max_rounds=ROUNDS, interval=99, channel=channel)
    assert run is not None
    said = json.dumps(
        asdict(channel.transcript), default=lambda raw: raw.hex() if isinstance(raw, bytes) else str(raw)
    )
    assert not re.search(r"psi|memory|bandit|situation|explor|earned|peer|arm\b|ample|firm", said)
    assert not re.search(r"\d\.\d", said), "a memory's numbers are fractions, an offer's are whole"
