"""The park of a scenario as a Gymnasium environment: importing this registers ``Wattpact/Park-v0`` over ``park-day``.

``park_env("my-park.toml")`` makes one of any other scenario. What it shows and takes is in ``agents.policy.park_view``
(:data:`~agents.policy.park_view.FEATURES` features in [−1, 1], :data:`~agents.policy.park_view.ACTIONS` actions, of which
``action_masks()`` says which are legal); the reward is what the seat's deals earned over the provider when they are settled, in
units of the bank's; an episode is a day, and ends when all of it is settled.
"""

from learning.park.core import OneSeatPark
from learning.scalar import ScalarEnv, register
from scenarios.load import load
from scenarios.park import park_bank

DAYS = 256


def park_env(scenario: str = "park-day", days: int = DAYS, first: int = 0) -> ScalarEnv:
    """The park of a scenario's ``days`` from seed ``first`` on, in an order that each reset's seed draws.

    Raises
    ------
    ScenarioError
    """
    return ScalarEnv(OneSeatPark(park_bank(load(scenario), range(first, first + days)), 1))


register("Wattpact/Park-v0", park_env)
