"""Strategies of the literature by one name each. A scenario may still change any of their parts."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from agents.strategy import Strategy
from agents.tactics.composed import Tactics

Parts = Mapping[str, Mapping[str, Any]]


class TitForTatRelative(Tactics):
    """Relative tit-for-tat (Faratin et al. 1998)."""

    DEFAULTS: ClassVar[Parts] = {"bidding": {"name": "relative"}}


class TitForTatAbsolute(Tactics):
    """Random absolute tit-for-tat (Faratin et al. 1998), with up to a tick more by chance."""

    DEFAULTS: ClassVar[Parts] = {"bidding": {"name": "absolute", "noise": 1}}


class TitForTatAveraged(Tactics):
    """Averaged tit-for-tat (Faratin et al. 1998)."""

    DEFAULTS: ClassVar[Parts] = {"bidding": {"name": "averaged"}}


class Resource(Tactics):
    """Resource-dependent (Faratin et al. 1998): patience that a long session wears down."""

    DEFAULTS: ClassVar[Parts] = {"bidding": {"name": "resource", "resource": "patience", "amount": 8.0}}


class MicroStrategy(Tactics):
    """MiCRO (de Jonge 2022)."""

    DEFAULTS: ClassVar[Parts] = {
        "bidding": {"name": "micro"},
        "acceptance": {"name": "lowest"},
        "model": {"name": "none"},
    }


class MicroRushed(Tactics):
    """MiCRO with strides that bring it through its outcomes by the deadline."""

    DEFAULTS: ClassVar[Parts] = {**MicroStrategy.DEFAULTS, "bidding": {"name": "micro-rushed"}}


class NashStrategy(Tactics):
    """Concedes to the Nash point that a Bayesian model suggests."""

    DEFAULTS: ClassVar[Parts] = {"bidding": {"name": "nash"}, "model": {"name": "bayesian"}}


class RandomStrategy(Tactics):
    """Offers any outcome within its limits, takes what is no worse than its next."""

    DEFAULTS: ClassVar[Parts] = {
        "bidding": {"name": "random"},
        "acceptance": {"name": "next"},
        "model": {"name": "none"},
    }


PRESETS: Final[Mapping[str, type[Strategy]]] = {
    "micro": MicroStrategy,
    "micro-rushed": MicroRushed,
    "nash": NashStrategy,
    "random": RandomStrategy,
    "resource": Resource,
    "tactics": Tactics,
    "tit-for-tat-absolute": TitForTatAbsolute,
    "tit-for-tat-averaged": TitForTatAveraged,
    "tit-for-tat-relative": TitForTatRelative,
}
