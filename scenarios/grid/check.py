"""A sample of a study's steps solved by pandapower too, and the largest differences."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from energy.grid.reference import reference_state
from scenarios.grid.study import Progress, Study

AGREED_PU = 1e-9
"""Largest difference of a voltage from the reference that counts as equal [p.u.]."""


@dataclass(frozen=True, slots=True)
class Check:
    """Largest differences from the reference over the steps compared.

    ``voltage_pu`` [p.u.], ``line_percent`` and ``transformer_percent`` [points of the loading].
    """

    steps: int
    voltage_pu: float
    line_percent: float
    transformer_percent: float

    @property
    def equal(self) -> bool:
        """Whether every voltage agrees."""
        return self.voltage_pu <= AGREED_PU


def check(
    study: Study,
    *,
    sample: int,
    seed: int = 0,
    progress: Progress = lambda what, done, total: None,
) -> Check:
    """Compare `sample` steps of every course with pandapower: the extreme ones, and the rest drawn.

    Raises
    ------
    ReferenceMissingError
        If pandapower is not installed.
    """
    rng = np.random.default_rng(seed)
    worst = [0.0, 0.0, 0.0]
    steps = 0
    for number, outcome in enumerate(study.outcomes):
        state = outcome.state
        extreme = {
            int(state.voltage_pu.min(axis=1).argmin()),
            int(state.voltage_pu.max(axis=1).argmax()),
            int(state.line_percent.max(axis=1).argmax()),
        }
        rest = [int(i) for i in rng.permutation(len(state.losses_kw)) if int(i) not in extreme]
        chosen = sorted([*extreme, *rest][: max(sample, 1)])
        base, total = number * len(chosen), len(study.outcomes) * len(chosen)
        reference = reference_state(
            study.grid,
            outcome.p_kw[chosen],
            outcome.q_kvar[chosen],
            on_steps=partial(_tell, progress, f"Reference: {outcome.course.label}", base, total),
        )
        for place, (ours, theirs) in enumerate(
            (
                (state.voltage_pu, reference.voltage_pu),
                (state.line_percent, reference.line_percent),
                (state.transformer_percent, reference.transformer_percent),
            )
        ):
            worst[place] = max(worst[place], float(np.abs(ours[chosen] - theirs).max()))
        steps += len(chosen)
    return Check(steps, *worst)


def _tell(progress: Progress, what: str, base: int, total: int, done: int) -> None:
    progress(what, base + done, total)
