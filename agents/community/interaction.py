"""How mediator and members talk: a contract net, and the four kinds of interaction that say who may speak when.

The mediator calls for proposals or votes, members answer, it tells all of them what was proposed and the result
(section 3.2). A member sees what is told to all and its own messages, never another's: proposals are published without
their authors. What the paper's Table 2 said of each kind is lost but for one sentence each, which `Interaction` follows.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from agents.community.errors import InteractionError


class Interaction(IntEnum):
    """What members may do; each kind allows all that the one before does."""

    INFORMATIVE = 1
    """They receive information about their contracts."""
    RESPONSIVE = 2
    """They answer the mediator's requests."""
    LIMITED = 3
    """They address the mediator of their own accord."""
    COMPLETE = 4
    """They speak to each other too."""


class Act(StrEnum):
    """What a message is."""

    CALL = "call"
    """Mediator to all: propose, or vote on what stands in it; opens a request."""
    ANSWER = "answer"
    """A member to the mediator, to the request that is open, once."""
    PUBLISH = "publish"
    """Mediator to all: what was proposed, or decided; closes the request."""
    ASK = "ask"
    """A member to the mediator, of its own accord."""
    TELL = "tell"
    """A member to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; ``receiver`` None: to all members."""

    act: Act
    sender: str
    receiver: str | None
    content: object


class ContractNet:
    """The messages of one negotiation, in order.

    Parameters
    ----------
    mediator
        Its name; it may be a member itself.
    members
        Names of all.
    interaction
        What they may do.
    """

    def __init__(self, mediator: str, members: frozenset[str], interaction: Interaction) -> None:
        self.mediator = mediator
        self.interaction = interaction
        self._members = members
        self._messages: list[tuple[Message, frozenset[str]]] = []
        """Each with the members of its time: who joins later has not heard it."""
        self._answered: set[str] | None = None
        """Who has answered the open request; None where there is none."""

    def admit(self, mediator: str, members: frozenset[str]) -> None:
        """From now on these are the members, and this is their mediator; an open request is closed."""
        self.mediator, self._members, self._answered = mediator, members, None

    def call(self, content: object) -> None:
        """The mediator asks all members."""
        self._answered = set()
        self._send(Act.CALL, self.mediator, None, content)

    def answer(self, sender: str, content: object) -> None:
        """A member answers.

        Raises
        ------
        InteractionError
            If nothing was asked, it has answered already, is no member, or members do not answer here.
        """
        self._may(sender, "answer", Interaction.RESPONSIVE)
        if self._answered is None:
            raise InteractionError(f"{sender}.answer", content, "a request of the mediator that is open")
        if sender in self._answered:
            raise InteractionError(f"{sender}.answer", content, "one answer to a request")
        self._answered.add(sender)
        self._send(Act.ANSWER, sender, self.mediator, content)

    def publish(self, content: object) -> None:
        """The mediator tells all members."""
        self._answered = None
        self._send(Act.PUBLISH, self.mediator, None, content)

    def ask(self, sender: str, content: object) -> None:
        """A member addresses the mediator; refused as `answer` is, below limited interaction."""
        self._may(sender, "ask", Interaction.LIMITED)
        self._send(Act.ASK, sender, self.mediator, content)

    def tell(self, sender: str, receiver: str, content: object) -> None:
        """A member addresses another; refused below complete interaction."""
        self._may(sender, "tell", Interaction.COMPLETE)
        if receiver not in self._members:
            raise InteractionError("receiver", receiver, "a member")
        self._send(Act.TELL, sender, receiver, content)

    def seen_by(self, name: str) -> tuple[Message, ...]:
        """What ``name`` has sent or received."""
        return tuple(
            message
            for message, members in self._messages
            if name in (message.sender, message.receiver) or (message.receiver is None and name in members)
        )

    def _may(self, sender: str, act: str, least: Interaction) -> None:
        if sender not in self._members:
            raise InteractionError("sender", sender, "a member")
        if self.interaction < least:
            raise InteractionError(
                f"{sender}.{act}", self.interaction.name.lower(), f"{least.name.lower()} interaction at least"
            )

    def _send(self, act: Act, sender: str, receiver: str | None, content: object) -> None:
        message = Message(act=act, sender=sender, receiver=receiver, content=content)
        self._messages.append((message, self._members))
