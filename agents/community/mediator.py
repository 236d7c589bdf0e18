"""Who speaks for a community. It has to be a negotiation agent.

The paper takes "the agent that has the actual tariff which maximizes the CEC's utility" and says that there are other ways
(section 4). A rule is one function from a community to a name; equally good candidates are told apart by their names.
"""

from collections.abc import Callable

from agents.community.community import Community
from agents.community.errors import MediatorError
from agents.community.measures import average_utility, weighted_utility
from agents.community.members import Member, Role

MediatorRule = Callable[[Community], str]


def by_tariff(community: Community) -> str:
    """Who has the old tariff that is worth most to the members on average (Definition 10)."""
    members = community.informed()
    return _greatest(community, lambda member: average_utility(members, member.old_rates))


def by_weighted_tariff(community: Community) -> str:
    """Who has the old tariff that is worth most to the members weighted by size (Definition 11)."""
    members = community.informed()
    return _greatest(community, lambda member: weighted_utility(members, member.old_rates))


def by_size(community: Community) -> str:
    """Who moves most energy."""
    return _greatest(community, lambda member: member.size)


def check_mediator(community: Community, name: str) -> Member:
    """The member who is to mediate.

    Raises
    ------
    MediatorError
        If it is no negotiation agent.
    NotAMember
    """
    member = community.member(name)
    if member.role is not Role.NEGOTIATOR:
        raise MediatorError(f"{community.name}.mediator", name, f"a negotiation agent, not {member.role}")
    return member


def _greatest(community: Community, value: Callable[[Member], float]) -> str:
    # Of the first by name among equals: members stand in the order of their names, and max keeps the first.
    return max(community.negotiators, key=value).name
