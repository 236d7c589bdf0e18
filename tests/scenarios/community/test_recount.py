"""Opened ballots are counted again, held to a real chain's events, and every forgery of them is refuted by its name."""

import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_hash.auto import keccak

from agents.community.voting import TEAM_STRATEGIES
from chain.audit.report import Findings
from chain.audit.world import World
from chain.codec import party_of
from chain.events.base import Origin
from chain.events.forward import VoteOpened, VotePublished
from chain.forward.signing import ForwardKeyringSigner
from chain.signing import Domain
from market.forward.schedule import zone_word
from market.forward.terms import NOTHING, Ballots, SignedBallots
from market.forward.trees import leaf_nodes, offer_hash, tree_root
from market.ledger.port import MarketRules
from market.terms import NOBODY
from scenarios.community.ballots import Vote, ballots_of, canonical
from scenarios.community.build import build_case
from scenarios.community.load import load_communities
from scenarios.community.negotiated import Contract, negotiate_contract
from scenarios.community.opened import OpenedVote, open_vote_file, read_opened, write_opened
from scenarios.community.recount import recount, recount_of
from scenarios.errors import ScenarioError

DESK = party_of(bytes(19) + b"\x07")
RETAILER, COMMUNITY = party_of(bytes(19) + b"\x01"), party_of(bytes(19) + b"\x02")
DOMAIN = Domain("Wattpact", "1", 1337, DESK)
VOTE = keccak(b"a vote")
BLOCKS = (2**168 - 2, 1)
ZONE = zone_word("Europe/London")
VOTING = [name for name in TEAM_STRATEGIES if name != "RM"]


class Held:
    """A negotiation's vote as it would be held on chain: keys, ballots, leaves, and the two events of it."""

    def __init__(self, contract: Contract) -> None:
        cast = ballots_of(contract.negotiated)
        self.keys = {name: PrivateKey(keccak(name.encode())) for name in cast}
        party = {name: party_of(_address(key)) for name, key in self.keys.items()}
        self.names = sorted(cast, key=lambda name: int(party[name], 16))
        self.roster = tuple(party[name] for name in self.names)
        self.signer = ForwardKeyringSigner({party[name]: key for name, key in self.keys.items()}, DOMAIN)
        sealed = tuple(
            self.seal(at, canonical(cast[name].size, cast[name].rounds)) for at, name in enumerate(self.names)
        )
        rates = contract.rates
        self.result = NOTHING if rates is None else offer_hash(RETAILER, rates, BLOCKS, ZONE, keccak)
        self.leaves = tuple(each.leaf for each in sealed)
        vote = Vote(
            community=COMMUNITY,
            key=VOTE,
            names=tuple(self.names),
            roster=self.roster,
            sealed=sealed,
            opened=tuple(cast[name] for name in self.names),
            result=self.result,
        )
        self.opened = open_vote_file(
            vote,
            contract.negotiated,
            strategy=contract.strategy,
            retailer=RETAILER,
            blocks=BLOCKS,
            zone=ZONE,
            agreed=rates,
        )

    def seal(self, index: int, content: bytes) -> SignedBallots:
        """Ballots of the member at a place, signed by it."""
        ballots = Ballots(vote=VOTE, index=index, votes=keccak(content), salt=bytes([index]) * 32)
        return self.signer.sign_ballots(self.roster[index], ballots)

    def world(self) -> World:
        """The audit's view of a chain on which nothing else happened."""
        at = Origin(block=1, tx_index=0, time=1, log_index=0, transaction="0x" + 64 * "0", address=DESK)
        root = tree_root(leaf_nodes(self.leaves, keccak), keccak)
        return World(
            w3=None,  # type: ignore[arg-type]
            chain_id=1337,
            block=1,
            time=1,
            rules=MarketRules(epoch=1),
            registry=NOBODY,
            registrar=NOBODY,
            negotiator=NOBODY,
            guardian=NOBODY,
            token=NOBODY,
            tariff=NOBODY,
            provider=NOBODY,
            forward=DESK,
            events=[
                VoteOpened(at=at, key=VOTE, community=COMMUNITY, roster=self.roster, close=1, deadline=2),
                VotePublished(at=at, key=VOTE, result=self.result, root=root, leaves=self.leaves),
            ],
            transactions={},
        )

    def publish_again(self, content: dict[str, Any]) -> OpenedVote:
        """The file with other contents, all signed and published as they now are: only a count can refute it."""
        leaves = []
        for member in content["members"]:
            sealed = self.seal(member["index"], canonical(member["size"], member["rounds"]))
            member["signature"] = "0x" + sealed.signature.hex()
            leaves.append(sealed.leaf)
        self.leaves = tuple(leaves)
        return OpenedVote.model_validate(content)


def _address(key: PrivateKey) -> bytes:
    return bytes(keccak(key.public_key.format(compressed=False)[1:])[12:])


def found(held: Held, opened: OpenedVote) -> list[tuple[str, str]]:
    """What a recount says against a file."""
    findings = Findings()
    recount(held.world(), findings, opened, TEAM_STRATEGIES[opened.strategy]())
    return [(each.check, each.detail) for each in findings.violations]


def contract_of(strategy: str) -> Contract:
    loaded = load_communities("public-buildings")
    return negotiate_contract(build_case(loaded.path, loaded.table), strategy=strategy, seed=1)


@pytest.fixture(scope="module")
def held() -> Held:
    return Held(contract_of("MSV"))


def as_json(held: Held) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(held.opened.model_dump_json())
    return content


@pytest.mark.parametrize("strategy", VOTING)
def test_an_honest_count_holds_by_every_strategy_that_votes(strategy: str) -> None:
    held = Held(contract_of(strategy))
    assert found(held, held.opened) == []
    findings = Findings()
    recount(held.world(), findings, held.opened, TEAM_STRATEGIES[strategy]())
    assert findings.checks["community.ballots"] == 3
    assert findings.checks["community.count"] == len(held.opened.turns) > 0
    assert findings.checks["community.result"] == 1


def test_a_ballot_changed_after_it_was_signed_is_refuted(held: Held) -> None:
    content = as_json(held)
    given = content["members"][0]["rounds"][0]["votes"][0]["given"]
    given[0] = 1 - given[0]
    (first, *_) = found(held, OpenedVote.model_validate(content))
    assert first[0] == "community.ballots"
    assert "the signature is not this member's over these ballots" in first[1]


def test_other_ballots_than_those_published_are_refuted(held: Held) -> None:
    content = as_json(held)
    member = content["members"][1]
    member["rounds"] = member["rounds"][:1]
    sealed = held.seal(1, canonical(member["size"], member["rounds"]))
    member["signature"] = "0x" + sealed.signature.hex()
    (first, *_) = found(held, OpenedVote.model_validate(content))
    assert "these ballots are not the leaf that was published for them" in first[1]


def test_a_ballot_that_was_signed_twice_is_refuted(held: Held) -> None:
    content = as_json(held)
    second = json.loads(json.dumps(content["members"][0]))
    second["rounds"] = second["rounds"][:1]
    second["signature"] = "0x" + held.seal(0, canonical(second["size"], second["rounds"])).signature.hex()
    content["members"].append(second)
    said = found(held, OpenedVote.model_validate(content))
    assert any("signed twice; other ballots of this member stand in the file too" in text for _, text in said)


def test_a_ballot_of_a_non_member_is_refuted(held: Held) -> None:
    content = as_json(held)
    stranger = json.loads(json.dumps(content["members"][0]))
    stranger["party"], stranger["name"] = party_of(bytes(19) + b"\x09"), "stranger"
    content["members"].append(stranger)
    said = found(held, OpenedVote.model_validate(content))
    assert any(
        check == "community.ballots" and "stranger" in text and "not a voter" in text for check, text in said
    )


def test_a_ballot_left_out_is_refuted(held: Held) -> None:
    content = as_json(held)
    del content["members"][2]
    said = found(held, OpenedVote.model_validate(content))
    assert any("place 2" in text and "published, and not opened" in text for _, text in said)


def test_a_wrong_count_is_refuted_though_every_ballot_is_genuine() -> None:
    held = Held(contract_of("MSV"))
    content = as_json(held)
    turn = next(each for each in content["turns"] if each["act"] == "propose")
    turn.update(act="pass", rates=None)
    ((check, text),) = found(held, held.publish_again(content))
    assert check == "community.count"
    assert "by MSV the team would propose" in text
    assert text.endswith("the file says it did pass")


def test_a_ballot_with_more_votes_than_a_member_has_is_refuted() -> None:
    held = Held(contract_of("MSV"))
    content = as_json(held)
    vote = content["members"][0]["rounds"][0]["votes"][0]
    vote["given"] = [2] * len(vote["given"])
    said = found(held, held.publish_again(content))
    assert said[0][0] == "community.count"
    assert "is none that a member has in this vote" in said[0][1]


def test_a_ranking_that_gives_points_twice_is_refuted() -> None:
    """Twice the points of n offers sum to n·(n − 1), each place given once."""
    held = Held(contract_of("SBV"))
    content = as_json(held)
    member, at = next(
        (member, at)
        for member in content["members"]
        for at, each in enumerate(member["rounds"])
        if len(each["votes"][0]["offers"]) > 1
    )
    vote = member["rounds"][at]["votes"][0]
    vote["given"] = [2 * (len(vote["given"]) - 1)] * len(vote["given"])
    said = found(held, held.publish_again(content))
    assert any("is none that a member has in this vote" in text for _, text in said)


def test_another_result_than_the_ballots_is_refuted() -> None:
    held = Held(contract_of("MSV"))
    held.result = keccak(b"another tariff")
    ((check, text),) = found(held, held.opened)
    assert check == "community.result"
    assert held.result.hex() in text


def test_a_vote_that_was_not_published_is_named(held: Held) -> None:
    world = held.world()
    findings = Findings()
    other = held.opened.model_copy(update={"vote": "0x" + 64 * "a"})
    recount(world, findings, other, TEAM_STRATEGIES["MSV"]())
    assert [each.detail for each in findings.violations] == [f"vote 0x{64 * 'a'} was never opened"]


def test_a_file_that_is_none_is_refused_with_its_first_wrong_key(tmp_path: Path, held: Held) -> None:
    path = tmp_path / "votes.json"
    content = as_json(held)
    content["members"][0]["salt"] = "0x12"
    path.write_text(json.dumps(content))
    with pytest.raises(ScenarioError, match=r"members\.0\.salt: found '0x12'"):
        read_opened(path)
    with pytest.raises(ScenarioError, match="a file of opened ballots"):
        recount_of(tmp_path / "none.json")


def test_a_file_is_read_as_it_was_written(tmp_path: Path, held: Held) -> None:
    write_opened(tmp_path / "votes.json", held.opened)
    assert read_opened(tmp_path / "votes.json") == held.opened
    assert set(recount_of(tmp_path / "votes.json")) == {"community"}
