"""A community of a case, played by every strategy that it may use."""

from math import exp, fsum, log

from agents.community.community import Community, Dependence, Structure
from agents.community.measures import weights_by_size
from agents.community.tactics import ByTime
from scenarios.community.build import Case, mediator_of
from scenarios.community.compare import allowed, outcome_of
from scenarios.reproduce.cec.statements import Kind, Played


def play(case: Case, name: str) -> Played:
    """All strategies that the community's roles allow, against the same retailer."""
    table, community = case.community(name)
    outcomes = {one: outcome_of(case, name, one) for one in allowed(case, name)}
    mediator = mediator_of(community, table)
    weights = dict(
        zip([member.name for member in community.members], weights_by_size(community.members), strict=True)
    )
    return Played(
        kind=kind_of(community),
        outcomes=outcomes,
        members=len(community.members),
        mediator=mediator,
        mediator_skill=skill(community, mediator),
        mediator_weight=weights[mediator],
    )


def kind_of(community: Community) -> Kind:
    """Which of the paper's three communities it is like."""
    if community.structure is Structure.SECTORED:
        return "sectored"
    return "aggregated-before" if community.dependence is Dependence.DEPENDENT else "spoken-for"


def skill(community: Community, name: str) -> float:
    """Geometric mean of a negotiation agent's concession rates; priorities halve one and double the other."""
    rates = [tactic.rate for tactic in community.member(name).tactics if isinstance(tactic, ByTime)]
    return exp(fsum(log(rate) for rate in rates) / len(rates))
