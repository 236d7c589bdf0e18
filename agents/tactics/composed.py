"""``strategy = "tactics"``: a strategy whose parts a scenario names."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from agents.strategy import Context, ParameterError, Strategy
from agents.tactics.negotiator import Composed
from agents.tactics.parts import ACCEPTANCE, BIDDING, MODELS, read_part, read_utility
from agents.tactics.view import Seat
from market.negotiation import Action, Turn

KEYS = ("bidding", "acceptance", "model", "utility")


class Tactics(Strategy):
    """Bidding, acceptance, opponent model and utility, each a name or a table with ``name`` and its own parameters::

        strategy = "tactics"
        parameters = { bidding = { name = "time", beta = 0.3 }, acceptance = "combi", model = "bayesian" }

    The names are in ``agents.tactics.parts``. Left out, they are those of :attr:`DEFAULTS`.
    """

    DEFAULTS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Parts where the scenario names none, or gives a table without ``name``."""

    BASE: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "bidding": {"name": "time"},
        "acceptance": {"name": "combi"},
        "model": {"name": "frequency"},
        "utility": {"name": "gain"},
    }

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        parameters = context.parameters
        self.check(parameters)
        utility = read_utility(parameters.get("utility", "gain"))
        stakes = context.stakes
        self._negotiator = Composed(
            Seat(stakes, utility(stakes), context.rng),
            read_part("bidding", parameters.get("bidding", {}), BIDDING, self._default("bidding")),
            read_part(
                "acceptance", parameters.get("acceptance", {}), ACCEPTANCE, self._default("acceptance")
            ),
            read_part("model", parameters.get("model", {}), MODELS, self._default("model")),
        )

    @classmethod
    def check(cls, parameters: Mapping[str, Any]) -> None:
        """Refuse unknown keys, unknown parts, and values with which a part has no meaning."""
        for key, value in parameters.items():
            if key not in KEYS:
                near = get_close_matches(key, KEYS, n=1)
                raise ParameterError(
                    key, value, f"one of {', '.join(KEYS)}" + (f" ({near[0]}?)" if near else "")
                )
        read_part("bidding", parameters.get("bidding", {}), BIDDING, cls._default("bidding"))
        read_part("acceptance", parameters.get("acceptance", {}), ACCEPTANCE, cls._default("acceptance"))
        read_part("model", parameters.get("model", {}), MODELS, cls._default("model"))
        weights = parameters.get("utility", "gain")
        read_utility(weights)
        if isinstance(weights, Mapping) and len(weights.get("weights", (1, 1))) != 2:
            raise ParameterError("utility.weights", weights["weights"], "two numbers, of price and energy")

    @classmethod
    def _default(cls, kind: str) -> Mapping[str, Any]:
        return cls.DEFAULTS.get(kind, cls.BASE[kind])

    def act(self, turn: Turn) -> Action:
        """The parts' decision."""
        return self._negotiator.act(turn)
