"""The real forward desk with rules taken out, deployed and played: the audit names the rule and the transaction.

One compilation from which several rules are missing at once; each test breaks one of them.
"""

from dataclasses import replace

import pytest

from chain.audit import AuditReport
from market.forward.trees import offer_hash, tree_proof, voter_nodes
from tests.chain.audit.mutants import Mutant, Mutations, audited, mutate, named
from tests.ledger_suite.forward_world import BOUNDARIES, DEPOSIT, PURSE, Community, community
from tests.ledger_suite.world import World

pytestmark = pytest.mark.node

MUTATIONS: Mutations = {
    "contracts/forward/ForwardBook.sol": [
        # a consent to other terms is as good
        ("if (membership.terms != _forwards[key].termsHash) revert", "if (false) revert"),
        # and need not be signed
        ("if (!_consents(membership, signature)) revert", "if (false) revert"),
        # nor on the roster
        ("if (!MerkleProof.verifyCalldata(proof, terms.roster, leaf))", "if (false)"),
        # the retailer's word is enough
        ("if (!Signatures.byAnyone(terms.community, digest, communitySignature))", "if (false)"),
        # whatever the vote decided
        ("if (terms.decision != 0) _requireDecided", "if (false) _requireDecided"),
    ],
    "contracts/forward/BillDesk.sol": [
        # a period may be billed before its registers can be in
        (
            "if (!isFinal) return _notFinal(meter, frame.boundaries[uint256(period) + 1]);",
            "if (!isFinal && meter == 0) return '';",
        ),
        # what is fed in is paid for twice
        ("if (paid != 0) _credit(slot.account(), paid);", "_credit(slot.account(), paid * 2);"),
        # who leaves has the fee back
        ("if (fee != 0) _credit(terms.retailer, fee);", "_credit(msg.sender, fee);"),
        # and stays supplied
        ("if (last != periods) {", "if (last > periods) {"),
        # a contract may be closed over its members' heads
        ("if (state.openMembers() != 0) revert", "if (false) revert"),
    ],
    "contracts/forward/BallotBox.sol": [
        # a leaf that a member posted may be left out
        ("!= 0 && _leaves[key][i] != leaves[i]", "!= 0 && _leaves[key][i] == 0"),
    ],
}


@pytest.fixture(scope="module")
def mutant(tmp_path_factory: pytest.TempPathFactory) -> Mutant:
    return mutate("ForwardContracts", MUTATIONS, tmp_path_factory.mktemp("ForwardContracts"))


@pytest.fixture
def made(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> Community:
    """A contract about to be signed, in a market whose forward desk is the mutant."""
    return community(mutant.deployed(monkeypatch))


def report(world: World) -> AuditReport:
    return audited(world, "ForwardContracts")


def found(made: Community, check: str) -> list[str]:
    return named(report(made.world), check)


def test_a_consent_to_other_terms(made: Community) -> None:
    agreed = made.joining()
    made.terms = replace(made.terms, exit_fee=made.terms.exit_fee + 1)
    made.sign()
    made.world.ledger.forward.join(replace(agreed, terms=made.terms))
    (detail,) = found(made, "forward.terms")
    assert "consent to other terms" in detail


def test_nobody_consented(made: Community) -> None:
    made.sign()
    joining = made.joining()
    made.world.ledger.forward.join(replace(joining, signature=joining.signature[::-1]))
    assert found(made, "forward.signatures") == [
        f"meter {made.meters['cy']}: {made.world['cy']} did not consent"
    ]


def test_not_on_the_roster(made: Community) -> None:
    made.sign()
    made.world.ledger.forward.join(replace(made.joining(), proof=()))
    (detail,) = found(made, "forward.terms")
    assert "not on the roster" in detail


def test_signed_by_the_retailer_alone(made: Community) -> None:
    signed = made.signed()
    made.world.ledger.forward.sign(replace(signed, community_signature=signed.retailer_signature))
    (detail,) = found(made, "forward.signatures")
    assert detail.endswith(f"the community {made.world['bo']} did not sign it")


def voted(made: Community, result: bytes, *, posted: bytes = b"", published: bytes = b"\x07" * 32) -> bytes:
    """The key of a vote of Cy alone that is published with a result; Cy has posted a leaf of its own, or none."""
    ledger, desk = made.world.ledger, made.world.ledger.forward
    cy, close = made.world["cy"], ledger.now() + 10
    vote = desk.open_vote(made.world["bo"], 1, [cy], close=close, deadline=close + 10)
    if posted:
        desk.post_leaf(cy, vote, 0, posted, tree_proof(voter_nodes([cy], desk.hash), 0, desk.hash))
    ledger.advance_to(close + 1)
    desk.publish_vote(made.world["bo"], vote, [published], result)
    return vote


def test_the_vote_decided_on_another_tariff(made: Community) -> None:
    terms, desk = made.terms, made.world.ledger.forward
    dearer = tuple(rate + 1 for rate in terms.rates)
    decided = offer_hash(terms.retailer, dearer, terms.blocks, terms.zone, desk.hash)
    vote = voted(made, decided)
    made.terms = replace(terms, decision=vote, expiry=made.world.ledger.now() + 1_000)
    made.sign()
    (detail,) = found(made, "forward.terms")
    assert "its vote did not decide on this tariff" in detail


def test_a_leaf_that_was_posted_is_left_out(made: Community) -> None:
    voted(made, bytes(32), posted=b"\x05" * 32)
    (detail,) = found(made, "forward.votes")
    assert "posted" in detail


def test_billed_before_the_period_is_final(made: Community) -> None:
    made.sign().join("cy")
    made.read("cy", 0, 10, 20)
    made.bill("cy", 0)
    audit = report(made.world)
    assert any("PeriodNotFinal" in refusal for refusal in named(audit, "replay"))
    assert named(audit, "forward.bills")


def test_feed_in_is_paid_for_twice(made: Community) -> None:
    made.sign().join("cy")
    made.read("cy", 0, 10, 20)
    made.read("cy", 1, 10, 20, exported=(30, 0))
    before = made.balance("cy")
    made.bill("cy", 0)
    gained = made.balance("cy") - before
    details = found(made, "storage")
    name = f"balance of {made.world['cy']} at the forward desk"
    assert f"{name}: storage holds {before + gained}, by the rules {before + gained // 2}" in details


def test_who_leaves_keeps_the_fee(made: Community) -> None:
    made.sign().join("cy")
    made.world.ledger.forward.exit(made.world["cy"], made.terms, made.meters["cy"])
    details = found(made, "storage")
    name = f"balance of {made.world['cy']} at the forward desk"
    assert f"{name}: storage holds {PURSE}, by the rules {PURSE - made.terms.exit_fee}" in details
    assert made.terms.exit_fee < DEPOSIT


def test_who_leaves_stays_supplied(made: Community) -> None:
    made.sign().join("cy")
    made.world.ledger.forward.exit(made.world["cy"], made.terms, made.meters["cy"])
    (detail,) = found(made, "forward.supply")
    assert detail.startswith(f"meter {made.meters['cy']}: no SupplyEnded of")


def test_closed_over_its_members_heads(made: Community) -> None:
    made.sign().join("cy")
    made.world.ledger.advance_to(made.world.ledger.rules.start(BOUNDARIES[-1]))
    made.world.ledger.forward.close(made.terms)
    audit = report(made.world)
    assert any("MembersOpen" in refusal for refusal in named(audit, "replay"))
