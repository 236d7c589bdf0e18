"""The file of a vote's opened ballots: what its members signed, and what the mediator says that they decided.

Whoever holds the file can count again (``scenarios.community.recount``). It names who proposed and voted what: it stays
with the mediator, and whoever it is given to (docs/trust.md).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.community.session import COMMUNITY, Negotiated
from market.session import Agreed, Withdrawn
from scenarios.community.ballots import Vote
from scenarios.errors import ScenarioError

Rates = tuple[int, ...]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]
Mask = Annotated[str, Field(pattern=r"^0x[0-9a-f]{1,42}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenedBallot(_Model):
    """One member's ballot in one vote of a round."""

    kind: Literal["approval", "favourite", "borda"]
    offers: tuple[Rates, ...] = Field(min_length=1, description="what stood in the vote")
    given: tuple[int, ...] = Field(description="its votes, or twice its Borda points, for each offer")


class OpenedRound(_Model):
    """What a member proposed and voted in a round."""

    time: int = Field(ge=0)
    proposal: Rates | None
    votes: tuple[OpenedBallot, ...]


class OpenedMember(_Model):
    """A member's ballots, as it signed them."""

    name: str
    party: Address
    index: int = Field(ge=0, description="place on the vote's roster")
    size: int = Field(ge=0, description="votes where they are weighted: what it moves, Wh")
    rounds: tuple[OpenedRound, ...]
    salt: Word
    signature: str = Field(
        pattern=r"^0x([0-9a-f]{64}){1,2}$", description="64 bytes; 32 of a simulated run's"
    )


class OpenedTurn(_Model):
    """What the team did in a round, as the mediator says."""

    time: int = Field(ge=0)
    received: Rates | None = Field(description="the opponent's offer that stood")
    act: Literal["propose", "accept", "pass", "withdraw"]
    rates: Rates | None = Field(None, description="proposed or accepted")


class OpenedVote(_Model):
    """The whole file."""

    format: Literal[1] = 1
    vote: Word
    community: Address
    strategy: str
    mediator: str
    retailer: Address
    zone: Word
    blocks: tuple[Mask, ...]
    turns: tuple[OpenedTurn, ...]
    agreed: Rates | None = Field(description="rates that both sides agreed on and the community signs")
    members: tuple[OpenedMember, ...]


def open_vote_file(
    vote: Vote,
    negotiated: Negotiated,
    *,
    strategy: str,
    retailer: str,
    blocks: Sequence[int],
    zone: bytes,
    agreed: Rates | None,
) -> OpenedVote:
    """The file of a vote that was held."""
    return OpenedVote(
        vote=_hex(vote.key),
        community=vote.community,
        strategy=strategy,
        mediator=negotiated.mediator,
        retailer=retailer,
        zone=_hex(zone),
        blocks=tuple(hex(mask) for mask in blocks),
        turns=turns_of(negotiated),
        agreed=agreed,
        members=tuple(
            OpenedMember(
                name=name,
                party=party,
                index=sealed.ballots.index,
                size=opened.size,
                rounds=tuple(OpenedRound.model_validate(each) for each in opened.rounds),
                salt=_hex(sealed.ballots.salt),
                signature=_hex(sealed.signature),
            )
            for name, party, sealed, opened in zip(
                vote.names, vote.roster, vote.sealed, vote.opened, strict=True
            )
        ),
    )


def turns_of(negotiated: Negotiated) -> tuple[OpenedTurn, ...]:
    """What the team did, round by round."""
    sent = {offer.round: offer.values for offer in negotiated.offers if offer.who == COMMUNITY}
    turns = []
    for meeting in negotiated.meetings:
        act: Literal["propose", "accept", "pass", "withdraw"]
        rates = sent.get(meeting.time)
        ended = meeting.time == negotiated.turns
        if rates is not None:
            act = "propose"
        elif meeting.time in negotiated.passes:
            act = "pass"
        elif ended and isinstance(negotiated.outcome, Agreed) and negotiated.outcome.by == COMMUNITY:
            act, rates = "accept", negotiated.outcome.values
        elif ended and isinstance(negotiated.outcome, Withdrawn) and negotiated.outcome.by == COMMUNITY:
            act = "withdraw"
        else:
            continue  # the deadline passed with what it would have sent
        turns.append(OpenedTurn(time=meeting.time, received=meeting.received, act=act, rates=rates))
    return tuple(turns)


def read_opened(path: Path) -> OpenedVote:
    """Read a file of opened ballots.

    Raises
    ------
    ScenarioError
        If it is none: with the first key that is wrong.
    """
    try:
        return OpenedVote.model_validate_json(path.read_text())
    except OSError as error:
        raise ScenarioError(path, "file", error.strerror or str(error), "a file of opened ballots") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "file"
        raise ScenarioError(path, place, repr(first["input"])[:80], first["msg"]) from error


def write_opened(path: Path, opened: OpenedVote) -> None:
    """Write the file."""
    path.write_text(opened.model_dump_json(indent=1) + "\n")


def _hex(content: bytes) -> str:
    return "0x" + content.hex()
