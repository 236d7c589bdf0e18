"""What a tariff means for members and community: Definitions 8 to 11, whose equations are lost in our copy."""

import math
from collections.abc import Mapping, Sequence

from agents.community.errors import WeightsError, ZeroEnergy
from agents.community.members import Member
from agents.community.preferences import SUM_TOLERANCE
from market.issues import Values


def cost(member: Member, rates: Values) -> int:
    """Definition 8: Σ_k price_k · energy_k [token units]; negative where it is paid more than it pays. Exact."""
    return sum(rate * amount for rate, amount in zip(rates, member.energy, strict=True))


def community_cost(members: Sequence[Member], rates: Values) -> int:
    """Definition 9: the sum of the members' costs [token units]."""
    return sum(cost(member, rates) for member in members)


def benefit(member: Member, rates: Values) -> int:
    """What it pays at its old tariff less what it pays at ``rates`` [token units]."""
    return cost(member, member.old_rates) - cost(member, rates)


def community_benefit(members: Sequence[Member], rates: Values) -> int:
    """The sum of the members' benefits [token units]."""
    return sum(benefit(member, rates) for member in members)


def average_utility(members: Sequence[Member], rates: Values) -> float:
    """Definition 10: the mean of the members' utilities."""
    return math.fsum(member.preferences.utility(rates) for member in members) / len(members)


def weights_by_size(members: Sequence[Member]) -> tuple[float, ...]:
    """Weights by energy (the paper's Eq. 16): each member's size over the sum of all. With feed-in, energy both ways.

    Raises
    ------
    ZeroEnergy
        If all sizes are 0.
    """
    total = sum(member.size for member in members)
    if total == 0:
        raise ZeroEnergy("members.energy", 0, "some energy that a contract can be about")
    return tuple(member.size / total for member in members)


def weights_in_order(members: Sequence[Member], given: Mapping[str, float]) -> tuple[float, ...]:
    """Weights given by name, in the order of ``members``.

    Raises
    ------
    WeightsError
        If they are not one a member, at least 0, with a sum of 1.
    """
    if set(given) != {member.name for member in members}:
        names = ", ".join(member.name for member in members)
        raise WeightsError("weights", ", ".join(given), f"one for each member: {names}")
    weights = tuple(given[member.name] for member in members)
    _check(weights, members)
    return weights


def weighted_utility(
    members: Sequence[Member], rates: Values, *, weights: Sequence[float] | None = None
) -> float:
    """Definition 11: Σ weight · utility over the members; weights by size unless others are given.

    Raises
    ------
    WeightsError
        If given weights are not one a member, at least 0, with a sum of 1.
    """
    if weights is None:
        weights = weights_by_size(members)
    _check(weights, members)
    parts = zip(weights, members, strict=True)
    return math.fsum(weight * member.preferences.utility(rates) for weight, member in parts)


def _check(weights: Sequence[float], members: Sequence[Member]) -> None:
    if len(weights) != len(members):
        raise WeightsError("weights", len(weights), f"{len(members)}, one for each member")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise WeightsError("weights", tuple(weights), "finite numbers, at least 0")
    if abs(math.fsum(weights) - 1) > SUM_TOLERANCE:
        raise WeightsError("weights", math.fsum(weights), "a sum of 1")
