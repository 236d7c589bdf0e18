"""Forward contracts: signed by both, of a tariff with one rate for every hour; joined by each member for itself."""

from dataclasses import replace

import pytest

from market.forward.port import ForwardState
from market.forward.schedule import EVERY_HOUR
from market.forward.terms import ForwardStatus, ForwardTerms, Joining, Membership, MemberState
from market.forward.trees import terms_hash, volumes_hash
from market.ledger.digest import conserved
from market.ledger.errors import (
    AlreadyMember,
    BadBlocks,
    BadBoundaries,
    BadSignature,
    BadVolumes,
    ForwardKeyUsed,
    ForwardOverflow,
    GateClosed,
    InsufficientBalance,
    LedgerError,
    MissingHours,
    NonceOutOfRange,
    NotOnRoster,
    OfferExpired,
    OverlappingBlocks,
    PausedUntil,
    RateOverflow,
    SelfForward,
    SupplyTooSoon,
    TermsMismatch,
    WrongForwardStatus,
    ZeroDeposit,
    ZeroVolume,
)
from market.ledger.port import Supply
from market.ledger.ranges import NotEncodable, bytes32
from tests.ledger_suite.forward_world import (
    BLOCKS,
    BOUNDARIES,
    DEPOSIT,
    PURSE,
    RETAILER_DEPOSIT,
    VOLUMES,
    Community,
    community,
)
from tests.ledger_suite.world import Ledgers, refuses


class TestForwardSigning:
    def test_both_sign_and_the_retailer_deposits(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world = contract.world
        state = world.ledger.state()
        assert state.forward.contracts == {
            contract.key: ForwardState(
                terms=contract.terms,
                status=ForwardStatus.SIGNED,
                retailer_deposit=RETAILER_DEPOSIT,
            )
        }
        assert state.forward.contracts[contract.key].open_members == 0
        assert state.forward.deposits == RETAILER_DEPOSIT
        assert contract.balance("ana") == PURSE - RETAILER_DEPOSIT
        assert world.ledger.forward.contract(contract.key) == state.forward.contracts[contract.key]
        assert conserved(state, world.minted)
        terms = contract.terms
        desk = world.ledger.forward
        assert desk.key(terms.community, terms.retailer, terms.nonce) == contract.key
        assert desk.contract(desk.key(terms.community, terms.retailer, 2)) is None

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        """One contract with every fault, and one fault less each time: the first left is the one that is named."""
        sound = community(ledgers())
        world = sound.world
        ledger, desk, rules = world.ledger, world.ledger.forward, world.ledger.rules
        ledger.advance_to(rules.gate_of(100) + 1)
        now = ledger.now()
        used = community(world, nonce=5, boundaries=(300, 400)).sign()
        terms = replace(
            sound.terms,
            retailer=world["bo"],
            nonce=2**62,
            boundaries=(100,),
            blocks=(),
            rates=(2**40,),
            expected=(0, 0),
            exit_fee=2**63,
            retailer_deposit=2**63,
            decision=b"\x01" * 32,
            expiry=now - 1,
        )

        def still(expected: LedgerError, *, signer: ForwardTerms | None = None) -> None:
            signed = sound.signed(terms)
            if signer is not None:
                signed = replace(sound.signed(signer), terms=terms)
            refuses(world, expected, lambda: desk.sign(signed))

        still(SelfForward(world["bo"]))
        terms = replace(terms, retailer=world["ana"])
        still(NonceOutOfRange(2**62))
        terms = replace(terms, nonce=5)
        still(BadBoundaries(1))
        terms = replace(terms, boundaries=tuple(range(100, 165)))
        still(BadBoundaries(65))
        terms = replace(terms, boundaries=(100, 200, 200))
        still(BadBoundaries(2))
        terms = replace(terms, boundaries=(100, 200))
        still(BadBlocks(0, 1, 2))
        terms = replace(terms, blocks=(EVERY_HOUR, 0b111))
        still(BadBlocks(2, 1, 2))
        terms = replace(terms, rates=(7, 2**40))
        still(RateOverflow(1, 2**40))
        terms = replace(terms, rates=(7, 8))
        still(OverlappingBlocks(1, 0b111))
        terms = replace(terms, blocks=(EVERY_HOUR - 0b1011, 0b0010))
        still(MissingHours(0b1001))
        terms = replace(terms, blocks=BLOCKS)
        still(ZeroVolume())
        terms = replace(terms, expected=(0, -1))
        still(ForwardOverflow(bytes32("exitFee"), 2**63))
        terms = replace(terms, exit_fee=2**63 - 1)
        still(ForwardOverflow(bytes32("retailerDeposit"), 2**63))
        terms = replace(terms, retailer_deposit=2**63 - 1)
        still(OfferExpired(used.key, now - 1, now))
        terms = replace(terms, expiry=now + 100_000)
        still(GateClosed(100, rules.gate_of(100), now))
        terms = replace(terms, boundaries=(300, 400))
        still(BadSignature(used.key, world["ana"]), signer=replace(terms, nonce=6))
        signed = replace(sound.signed(terms), community_signature=sound.signed().community_signature)
        refuses(world, BadSignature(used.key, world["bo"]), lambda: desk.sign(signed))
        # That no vote has decided on it: tests.ledger_suite.ballots.
        terms = replace(terms, decision=bytes(32))
        still(InsufficientBalance(world["ana"], contract_free(used), 2**63 - 1))
        terms = replace(terms, retailer_deposit=0)
        still(ForwardKeyUsed(used.key, ForwardStatus.SIGNED))

    @pytest.mark.parametrize("blocks", [5, 0])
    def test_a_tariff_has_one_to_four_blocks(self, ledgers: Ledgers, blocks: int) -> None:
        contract = community(ledgers())
        terms = replace(contract.terms, blocks=(1,) * blocks, rates=(1,) * blocks, expected=(1,) * blocks)
        refuses(
            contract.world,
            BadBlocks(blocks, blocks, blocks),
            lambda: contract.world.ledger.forward.sign(contract.signed(terms)),
        )

    def test_either_party_burns_a_number(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world, key = contract.world, contract.key
        desk, ana, bo = world.ledger.forward, world["ana"], world["bo"]
        refuses(world, SelfForward(ana), lambda: desk.cancel(ana, ana, 2**62))
        refuses(world, NonceOutOfRange(2**62), lambda: desk.cancel(ana, bo, 2**62))
        desk.cancel(bo, ana, 1)
        burnt = ForwardKeyUsed(key, ForwardStatus.CANCELLED)
        refuses(world, burnt, lambda: desk.cancel(ana, bo, 1))
        refuses(world, burnt, lambda: desk.sign(contract.signed()))
        refuses(world, TermsMismatch(key), lambda: desk.join(contract.joining()))
        other = community(world, nonce=2).sign()
        refuses(world, ForwardKeyUsed(other.key, ForwardStatus.SIGNED), lambda: desk.cancel(ana, bo, 2))

    def test_a_balance_of_its_own(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world, desk = contract.world, contract.world.ledger.forward
        free = PURSE - RETAILER_DEPOSIT
        refuses(
            world,
            InsufficientBalance(world["ana"], free, free + 1),
            lambda: desk.withdraw(world["ana"], free + 1),
        )
        desk.withdraw(world["ana"], free)
        assert desk.balance(world["ana"]) == 0
        assert conserved(world.ledger.state(), world.minted)

    def test_a_pause_stops_signing_and_joining_alone(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        other = community(contract.world, nonce=2)
        world, desk = contract.world, contract.world.ledger.forward
        desk.pause()
        until, now = world.ledger.now() + world.ledger.rules.pause_length, world.ledger.now()
        refuses(world, PausedUntil(until, now), lambda: desk.sign(other.signed()))
        refuses(world, PausedUntil(until, now), lambda: desk.join(contract.joining("dov")))
        assert desk.exit(world["cy"], contract.terms, contract.meters["cy"]).last_periods == 0

    def test_a_value_that_fits_no_type_is_a_mistake(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        desk = contract.world.ledger.forward
        for change in (
            {"boundaries": (100, 2**32)},
            {"blocks": (2**168, 0)},
            {"rates": (-1, 1)},
            {"expected": (2**63, 1)},
            {"roster": b"short"},
            {"expiry": 2**64},
        ):
            terms = replace(contract.terms, **change)
            signed = replace(contract.signed(), terms=terms)
            with pytest.raises(NotEncodable):
                desk.sign(signed)


def contract_free(contract: Community) -> int:
    """What the retailer has left at the desk."""
    return contract.balance("ana")


class TestJoining:
    @pytest.mark.parametrize("signed", [True, False])
    def test_a_member_takes_part(self, ledgers: Ledgers, signed: bool) -> None:
        contract = community(ledgers()).sign()
        world, meter = contract.world, contract.meters["cy"]
        world.ledger.forward.join(contract.joining("cy", signed=signed))
        assert contract.member() == MemberState(
            member=world["cy"],
            deposit=DEPOSIT,
            last=3,
            volumes_hash=volumes_hash(VOLUMES, world.ledger.forward.hash),
        )
        state = world.ledger.state()
        assert state.forward.contracts[contract.key].open_members == 1
        assert contract.balance("cy") == PURSE - DEPOSIT
        assert state.forward.deposits == RETAILER_DEPOSIT + DEPOSIT
        assert state.supplies == {
            meter: (Supply(market=world.ledger.forward.address, from_interval=100, to_interval=400),)
        }
        assert conserved(state, world.minted)

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world = contract.world
        desk, key = world.ledger.forward, contract.key
        cy, meter, now = world["cy"], contract.meters["cy"], world.ledger.now()
        other = contract.meters["dov"]
        consent = Membership(terms=b"\x05" * 32, member=cy, meter=other, max_deposit=0, expiry=now - 1)
        joining = replace(contract.joining(), membership=consent, volumes=VOLUMES[1:], proof=())

        def still(expected: LedgerError) -> None:
            refuses(world, expected, lambda: desk.join(joining))

        def agree(joining: Joining, **changes: object) -> Joining:
            changed = replace(joining.membership, **changes)  # type: ignore[arg-type]
            return replace(joining, membership=changed)

        still(TermsMismatch(key))
        contract.sign()
        still(TermsMismatch(key))
        joining = agree(joining, terms=terms_hash(contract.terms, desk.hash))
        altered = replace(joining, terms=replace(contract.terms, rates=(1, 1)))
        refuses(world, TermsMismatch(key), lambda: desk.join(altered))
        still(OfferExpired(key, now - 1, now))
        joining = agree(joining, expiry=now + 50_000)
        still(BadVolumes(key, other))
        joining = replace(joining, volumes=(2**54, *VOLUMES[1:]))
        still(BadVolumes(key, other))
        joining = replace(joining, volumes=(-(2**54), *VOLUMES[1:]))
        still(BadVolumes(key, other))
        joining = replace(joining, volumes=(2**54 - 1, *VOLUMES[1:]))
        still(NotOnRoster(key, cy, other))
        joining = replace(joining, volumes=VOLUMES)
        still(NotOnRoster(key, cy, other))
        joining = replace(joining, proof=contract.roster.proof(0))
        still(NotOnRoster(key, cy, other))
        joining = agree(joining, meter=meter)
        still(ZeroDeposit())
        joining = agree(joining, max_deposit=2**63)
        still(BadSignature(key, cy))
        own = replace(joining, signature=b"")
        refuses(world, ForwardOverflow(bytes32("maxDeposit"), 2**63), lambda: desk.join(own))
        joining = contract.joining(max_deposit=PURSE + 1)
        still(InsufficientBalance(cy, PURSE, PURSE + 1))
        contract.join("cy")
        joining = contract.joining(max_deposit=1)
        still(AlreadyMember(key, meter))

    def test_a_consent_is_to_terms_and_not_to_their_number(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world, desk = contract.world, contract.world.ledger.forward
        agreed = contract.joining()
        recorded = replace(contract.terms, rates=(contract.terms.rates[0] + 1, *contract.terms.rates[1:]))
        desk.sign(contract.signed(recorded))
        refuses(world, TermsMismatch(contract.key), lambda: desk.join(agreed))
        joining = replace(agreed, terms=recorded)
        refuses(world, TermsMismatch(contract.key), lambda: desk.join(joining))
        consent = replace(agreed.membership, terms=terms_hash(recorded, desk.hash))
        forged = replace(joining, membership=consent)
        refuses(world, BadSignature(contract.key, world["cy"]), lambda: desk.join(forged))

    def test_nobody_joins_a_closed_contract(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world = contract.world
        world.ledger.advance_to(world.ledger.rules.start(BOUNDARIES[-1]))
        world.ledger.forward.close(contract.terms)
        refuses(
            world,
            WrongForwardStatus(contract.key, ForwardStatus.CLOSED, ForwardStatus.SIGNED),
            lambda: world.ledger.forward.join(contract.joining()),
        )

    def test_a_member_joins_while_nothing_can_be_recorded_for_the_start(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world, rules = contract.world, contract.world.ledger.rules
        start = rules.start(100)
        world.ledger.advance_to(start - rules.horizon * rules.interval)
        refuses(
            world,
            SupplyTooSoon(contract.meters["cy"], 100, start),
            lambda: world.ledger.forward.join(contract.joining()),
        )

    def test_who_was_not_asked_cannot_be_signed_for(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign()
        world = contract.world
        of_dov = contract.joining("dov").signature
        refuses(
            world,
            BadSignature(contract.key, world["cy"]),
            lambda: world.ledger.forward.join(replace(contract.joining("cy"), signature=of_dov)),
        )
