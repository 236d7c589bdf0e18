"""``wattpact train SCENARIO --what loans``: a policy for the sessions about loans that the scenario's homes hold.

The sessions are those of the days of seeds 0, 1, 2, …, of several scenarios if told so, each learned from in both seats;
days from ``scenarios.policies.training.UNSEEN`` on are kept for judging. In the other seat sits the home that sat there,
conceding as the paper's agent does, or a scripted strategy; or a past self, which has to be met too where several homes
decide so.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agents.policy.find import load_policy
from learning.core import Core
from learning.session.bank import SessionBank
from learning.session.core import Sessions
from learning.session.selfplay import SessionPairs
from scenarios.errors import ScenarioError
from scenarios.load import Scenario
from scenarios.policies.loan_sessions import held_sessions, loan_bank, loan_plan, whole_domain
from scenarios.policies.training import Trained, TrainOptions, configured, finish
from scenarios.running import Progress

if TYPE_CHECKING:
    from learning.training.config import TrainConfig

DAYS: Final = 16
"""Days whose sessions a training draws its episodes from."""
OPPONENTS: Final = ("boulware", "linear", "conceder", "micro", "random", *("aspiration",) * 10)
"""In the other seat where no past self is: two times of three the paper's agent, whom homes meet. Against a hardliner there
is nothing to learn: it takes its best alone."""

LOANS: Final[Mapping[str, Any]] = {
    "steps": 5_000_000,
    "copies": 256,
    "horizon": 128,
    "batch": 4096,
    "epochs": 6,
    "learning_rate": 3e-3,
    "entropy": 0.0,
    "gamma": 0.995,
    "gae_lambda": 0.97,
    "hidden": [32, 32],
    "checkpoint_every": 31,
    "league": {"share": 0.25},
}
"""What a training in sessions about loans is unless told otherwise. A rollout holds whole sessions, of about 100 decisions of
a side at most. A decision's delay costs a little, so that none is drawn out for nothing."""


def train_loans(scenario: Scenario, folder: Path, options: TrainOptions, progress: Progress) -> Trained:
    """Train, and draw the learning curve.

    Raises
    ------
    ScenarioError, ConfigError, PolicyError, TrainingError
        Wrong input is refused before anything is written.
    """
    from learning.training.errors import ConfigError

    config = configured(LOANS, options)
    if options.traded is not None:
        raise ConfigError("continue", str(options.traded), "nothing: it is for parks")
    start = None if options.start is None else load_policy(options.start)
    plans = [loan_plan(each) for each in (scenario, *options.more)]
    whole, most = whole_domain(plans[0]), plans[0].offered.max_rounds
    for each, plan in zip(options.more, plans[1:], strict=True):
        if (whole_domain(plan), plan.offered.max_rounds) != (whole, most):
            raise ScenarioError(
                each.path, "loans", "other loans or rounds", f"those of {scenario.table.name}, to learn both"
            )
    days = range(DAYS)
    sessions = [each for given in (scenario, *options.more) for each in held_sessions(given, days, progress)]
    bank = loan_bank(sessions, whole, most)
    return finish(lambda each: worlds(bank, each), config, folder, options, progress, start)


def worlds(bank: SessionBank, config: "TrainConfig") -> Callable[[int], Core]:
    """What makes so many copies of the sessions: against the pool, and where there is a league, a part against it."""
    from learning.training.league import beside_pool

    return beside_pool(
        lambda copies: Sessions(bank, copies, opponents=OPPONENTS, encoding="levels"),
        lambda copies: SessionPairs(bank, copies, encoding="levels"),
        config.league,
        config.seed,
    )
