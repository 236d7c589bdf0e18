"""The mechanisms that a reproduction plays side by side, by name: the paper's, its variants, and ours.

A mechanism that is added here runs with the same pictures and rows as the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.cooperative.joint import JointMechanism
from agents.cooperative.mechanism import Mechanism, PaperMechanism
from agents.cooperative.peers import NashPeers, OwnPeers, RandomPeers


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mechanism as it is shown.

    Attributes
    ----------
    label : str
        In tables and pictures.
    idea : str
        What sets it apart from the one above it: a row of the table of what each idea contributes.
    mechanism : Mechanism
    oracle : bool
        Whether it needs what no agent knows (both sides' utilities).
    """

    label: str
    idea: str
    mechanism: Mechanism
    oracle: bool = False


PAPER = "paper"
"""The paper's proposal, which its claims are about: peers learned from the distance to Nash."""
RANDOM = "paper-random"
LITERAL = "paper-literal"
JOINT = "joint"
"""Ours: aimed at the joint gain, with all its ideas."""

MECHANISMS: Mapping[str, Entry] = {
    RANDOM: Entry(
        label="random peers",
        idea="the paper's sessions, peers at random",
        mechanism=PaperMechanism(RandomPeers()),
    ),
    PAPER: Entry(
        label="learned peers",
        idea="ε-greedy on the distance to Nash (an oracle)",
        mechanism=PaperMechanism(NashPeers()),
        oracle=True,
    ),
    "paper-own": Entry(
        label="learned peers, own view",
        idea="ε-greedy on what an agent itself saw",
        mechanism=PaperMechanism(OwnPeers()),
    ),
    LITERAL: Entry(
        label="learned peers, literal quantile",
        idea="aspiration by the quantile alone, even below no deal",
        mechanism=PaperMechanism(NashPeers(), literal_aspiration=True),
        oracle=True,
    ),
    "joint-even": Entry(
        label="even concession",
        idea="own view, but no deal as the only floor and both sides conceding evenly",
        mechanism=JointMechanism(sessions=1, favours=False),
    ),
    "joint-sessions": Entry(
        label="and several sessions",
        idea="and up to 8 rounds of sessions a period while somebody agrees",
        mechanism=JointMechanism(favours=False),
    ),
    JOINT: Entry(
        label="joint gain",
        idea="and favours from each agent's own lead: all ideas",
        mechanism=JointMechanism(),
    ),
    "joint-random": Entry(
        label="joint gain, random peers",
        idea="all ideas but the choice of peers",
        mechanism=JointMechanism(peers=RandomPeers()),
    ),
    "joint-quantile": Entry(
        label="several sessions of the paper's",
        idea="the paper's bidding, own view, several sessions a period",
        mechanism=JointMechanism(even=False, favours=False),
    ),
}
"""In the order of the tables."""

ABLATION = ("paper-own", "joint-even", "joint-sessions", JOINT, "joint-random", "joint-quantile")
"""Rows of the table of what each idea contributes; the first four are a ladder."""
