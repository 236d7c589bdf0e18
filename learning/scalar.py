"""A batched environment of one copy as a Gymnasium environment, and the names under which worlds are registered."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

import gymnasium
import numpy as np
from numpy.typing import NDArray

from learning.core import BoolArray, Core, Float32Array

if TYPE_CHECKING:
    from gymnasium.envs.registration import EnvCreator


class ScalarEnv(gymnasium.Env[Float32Array, np.int64]):
    """One copy of a :class:`~learning.core.Core`; what follows is the session's, ``Wattpact/Session-v0``.

    One negotiation an episode: alternating offers of whole outcomes, at most ``max_rounds`` by both sides together. After
    the last one the side on turn can still accept it; any further proposal ends the session without a deal. Utilities are
    the agent's own: no deal 0, the best outcome 1. Session, opponent, and who opens are drawn for each episode.

    Actions, ``Discrete``; :meth:`action_masks` says which are legal:

    ========== ================== ==========================================================
    encoding   action             meaning
    ========== ================== ==========================================================
    outcomes   0 … m − 1          propose this outcome; legal where worth at least no deal
    outcomes   m                  accept; legal where the standing offer is worth no less
    levels     k = 0 … 15         propose, of the outcomes worth at least k/15, one that was
                                  offered least often, the nearest to the standing offer
    levels     16                 accept, as above
    ========== ================== ==========================================================

    Observation, ``Box(-1, 1, (18,), float32)``; 0 where there is no such offer yet:

    ===== ====================================== ===== ======================================
    0     share of the offers that are left      9     half of its last change
    1     1 where no more offer can be made      10    1 where the agent has made an offer
    2     1 where the agent opens                11    utility of its last offer
    3     1 where there is a standing offer      12    half of what it has conceded at most
    4     utility of the standing offer          13    first issue of the standing offer, 0–1
    5     best utility offered so far            14    second issue of it
    6     utility of the first offer received    15    first issue of the own last offer
    7     mean utility of the offers received    16    second issue of it
    8     half of standing − first               17    share of outcomes worth at least no deal
    ===== ====================================== ===== ======================================

    Reward: utility of the agreement when the episode ends, 0 without one and before. An episode ends by an agreement or
    for want of offers, which are the rules themselves: it is terminated, never truncated.

    Parameters
    ----------
    core
        The environment, with n = 1.

    Raises
    ------
    ValueError
        If it has more copies.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - gymnasium's own

    def __init__(self, core: Core) -> None:
        if core.n != 1:
            raise ValueError(f"core: found {core.n} copies, expected 1")
        self.core = core
        self.observation_space = gymnasium.spaces.Box(-1.0, 1.0, (len(core.spec.features),), np.float32)
        self.action_space = gymnasium.spaces.Discrete(len(core.spec.actions))
        self._fresh = False
        """Whether the copy has begun anew by itself and nobody has acted since."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Float32Array, dict[str, Any]]:
        """Begin an episode: with a seed all anew, otherwise the next one."""
        super().reset(seed=seed)
        if seed is not None or not self._fresh:
            self.core.begin(seed if seed is not None else int(self.np_random.integers(2**31)))
        self._fresh = False
        return self.core.observations[0].copy(), {}

    def step(self, action: np.int64) -> tuple[Float32Array, float, bool, bool, dict[str, Any]]:
        """One action.

        Raises
        ------
        IllegalChoice
            If its mask forbids it.
        """
        core = self.core
        core.advance(np.array([action], np.int64))
        done, truncated = bool(core.dones[0]), bool(core.truncated[0])
        self._fresh = done
        seen = core.terminal[0] if done else core.observations[0]
        return seen.copy(), float(core.rewards[0]), done and not truncated, done and truncated, {}

    def action_masks(self) -> BoolArray:
        """(actions,), True where legal."""
        masks: BoolArray = self.core.masks[0].copy()
        return masks


def make_session(
    encoding: str = "levels",
    sessions: int = 64,
    prices: int = 15,
    amounts: int = 20,
    max_rounds: int = 20,
    bank_seed: int = 0,
    opponents: Sequence[str] | None = None,
    rational: bool = True,
) -> ScalarEnv:
    """``Wattpact/Session-v0``: trades of ``learning.session.bank.trade_bank``.

    ``opponents`` are names of ``learning.session.opponents``, its ``POOL`` unless given; ``rational`` False, with the encoding
    ``outcomes``, makes what is worth less than no deal legal.
    """
    from learning.session.bank import trade_bank
    from learning.session.core import Sessions
    from learning.session.opponents import POOL

    rng = np.random.default_rng(bank_seed)
    bank = trade_bank(rng, sessions, prices=prices, amounts=amounts, max_rounds=max_rounds)
    return ScalarEnv(Sessions(bank, 1, opponents=opponents or POOL, encoding=encoding, rational=rational))


def register(name: str, make_env: Callable[..., ScalarEnv]) -> None:
    """Register an environment under a name that is still free; under one that is taken nothing changes."""
    if name not in gymnasium.registry:
        gymnasium.register(name, entry_point=cast("EnvCreator", make_env))


def masks_of(env: gymnasium.Env[Any, Any]) -> NDArray[np.bool_]:
    """The masks of a :class:`ScalarEnv` under gymnasium's own wrappers."""
    inner = env.unwrapped
    assert isinstance(inner, ScalarEnv)
    return inner.action_masks()


register("Wattpact/Session-v0", make_session)
