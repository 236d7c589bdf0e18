"""The contract net: who may speak when, and who sees what."""

from collections.abc import Callable

import pytest

from agents.community.errors import InteractionError
from agents.community.interaction import Act, ContractNet, Interaction


def net(interaction: Interaction) -> ContractNet:
    return ContractNet("m", frozenset({"m", "a", "b"}), interaction)


def answer(messages: ContractNet) -> None:
    messages.call("propose")
    messages.answer("a", (1, 2))


def ask(messages: ContractNet) -> None:
    messages.ask("a", "may I leave?")


def tell(messages: ContractNet) -> None:
    messages.tell("a", "b", "vote for mine")


@pytest.mark.parametrize(
    ("act", "least"),
    [(answer, Interaction.RESPONSIVE), (ask, Interaction.LIMITED), (tell, Interaction.COMPLETE)],
)
@pytest.mark.parametrize("interaction", list(Interaction))
def test_each_kind_of_interaction_allows_what_the_one_before_does_and_more(
    interaction: Interaction, act: Callable[[ContractNet], None], least: Interaction
) -> None:
    if interaction >= least:
        act(net(interaction))
    else:
        with pytest.raises(InteractionError, match=least.name.lower()) as refusal:
            act(net(interaction))
        assert refusal.value.exit_code == 2


def test_members_see_what_is_told_to_all_and_what_is_theirs() -> None:
    messages = net(Interaction.COMPLETE)
    messages.call("propose")
    messages.answer("a", (1, 2))
    messages.answer("b", (3, 4))
    messages.publish(((1, 2), (3, 4)))
    messages.tell("a", "b", "which is yours?")
    messages.ask("b", "what did a say?")
    acts = {name: [(m.act, m.sender) for m in messages.seen_by(name)] for name in "mab"}
    public = [(Act.CALL, "m"), (Act.PUBLISH, "m")]
    assert acts["a"] == [public[0], (Act.ANSWER, "a"), public[1], (Act.TELL, "a")]
    assert acts["b"] == [public[0], (Act.ANSWER, "b"), public[1], (Act.TELL, "a"), (Act.ASK, "b")]
    assert acts["m"] == [public[0], (Act.ANSWER, "a"), (Act.ANSWER, "b"), public[1], (Act.ASK, "b")]


def test_an_answer_answers_an_open_request_once() -> None:
    messages = net(Interaction.RESPONSIVE)
    with pytest.raises(InteractionError, match="open"):
        messages.answer("a", 1)
    messages.call("vote")
    messages.answer("a", 1)
    with pytest.raises(InteractionError, match="one answer"):
        messages.answer("a", 0)
    messages.publish("done")
    with pytest.raises(InteractionError, match="open"):
        messages.answer("b", 1)


def test_strangers_do_not_speak_and_are_not_spoken_to() -> None:
    messages = net(Interaction.COMPLETE)
    messages.call("vote")
    for speak in (messages.answer, messages.ask):
        with pytest.raises(InteractionError, match="a member"):
            speak("x", 1)
    with pytest.raises(InteractionError, match="receiver"):
        messages.tell("a", "x", 1)
