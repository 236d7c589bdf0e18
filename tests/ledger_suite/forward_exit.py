"""How members and contracts end: an exit before the start, within a period, and when fees exceed deposits; closing."""

from market.forward.port import MemberExit
from market.forward.terms import ForwardStatus
from market.ledger.digest import conserved
from market.ledger.errors import (
    AlreadyExited,
    AlreadyMember,
    ContractRunning,
    ExitTooLate,
    MembersOpen,
    NotAMember,
    NotTheMember,
    TermsMismatch,
    WrongForwardStatus,
    WrongPeriod,
)
from market.ledger.port import Supply
from tests.ledger_suite.forward_world import DEPOSIT, FEE, PURSE, RETAILER_DEPOSIT, Community, community
from tests.ledger_suite.world import Ledgers, recorded, refuses


def leave(contract: Community, name: str = "cy") -> MemberExit:
    return contract.world.ledger.forward.exit(contract.world[name], contract.terms, contract.meters[name])


class TestExit:
    def test_before_the_start_at_once(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        world, meter = contract.world, contract.meters["cy"]
        assert leave(contract) == MemberExit(
            key=contract.key, meter=meter, last_periods=0, fee=FEE, refunded=DEPOSIT - FEE
        )
        assert contract.balance("cy") == PURSE - FEE
        assert contract.balance("ana") == PURSE - RETAILER_DEPOSIT + FEE
        member = contract.member()
        assert (member.deposit, member.billed, member.last, member.exited) == (0, 0, 0, True)
        state = world.ledger.state()
        assert state.forward.contracts[contract.key].open_members == 0
        assert state.supplies == {}
        assert conserved(state, world.minted)
        refuses(
            world,
            WrongPeriod(contract.key, meter, 0, 0),
            lambda: world.ledger.forward.bill(contract.terms, contract.due("cy", 0)),
        )
        refuses(
            world,
            AlreadyMember(contract.key, meter),
            lambda: world.ledger.forward.join(contract.joining()),
        )

    def test_with_the_period_that_is_running(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        world, meter = contract.world, contract.meters["cy"]
        contract.read("cy", 0, 0, 0)
        contract.read("cy", 1, 10, 0)
        world.ledger.advance_to(world.ledger.rules.start(250))
        assert leave(contract) == MemberExit(key=contract.key, meter=meter, last_periods=2, fee=FEE)
        assert world.ledger.state().supplies == {
            meter: (Supply(market=world.ledger.forward.address, from_interval=100, to_interval=200 + 100),)
        }
        assert contract.bill("cy", 0).refunded is None
        contract.read("cy", 2, 20, 0)
        # Two bills of 10 x 5
        assert contract.bill("cy", 1).refunded == DEPOSIT - FEE - 100
        assert contract.balance("cy") == PURSE - FEE - 100
        refuses(
            world,
            WrongPeriod(contract.key, meter, 2, 2),
            lambda: world.ledger.forward.bill(contract.terms, contract.due("cy", 2)),
        )

    def test_a_period_begins_with_its_boundary(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy", "dov")
        rules = contract.world.ledger.rules
        contract.world.ledger.advance_to(rules.start(200) - 60)
        assert leave(contract, "cy").last_periods == 1
        contract.world.ledger.advance_to(rules.start(200))
        assert leave(contract, "dov").last_periods == 2

    def test_a_fee_beyond_the_deposit_takes_what_is_left(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy", max_deposit=FEE - 1)
        left = leave(contract)
        assert (left.fee, left.refunded) == (FEE - 1, 0)
        assert contract.balance("cy") == PURSE - FEE + 1

    def test_what_is_billed_after_a_fee_took_all(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy", max_deposit=FEE)
        contract.world.ledger.advance_to(contract.world.ledger.rules.start(150))
        left = leave(contract)
        assert (left.fee, left.last_periods, left.refunded) == (FEE, 1, None)
        contract.silent(1)
        bill = contract.bill("cy", 0)
        assert (bill.amount, bill.paid, bill.refunded) == (620, 0, 0)

    def test_in_the_last_period_nothing_is_saved(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        contract.world.ledger.advance_to(contract.world.ledger.rules.start(399))
        assert leave(contract).last_periods == 3
        assert contract.world.ledger.state().supplies[contract.meters["cy"]][0].to_interval == 400

    def test_who_left_sells_again(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        world, rules = contract.world, contract.world.ledger.rules
        leave(contract)
        world.ledger.advance_to(rules.start(95))
        terms = world.terms(
            "cy", "dov", seller_meter=contract.meters["cy"], buyer_meter=contract.meters["dov"], interval=150
        )
        assert recorded(world.record(world.agree(terms, world.move(150)))).positions == (0,)

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world, key, meter = contract.world, contract.key, contract.meters["cy"]
        desk = world.ledger.forward
        refuses(world, TermsMismatch(key), lambda: leave(contract))
        contract.sign()
        refuses(world, NotAMember(key, meter), lambda: leave(contract))
        contract.join("cy", "dov")
        refuses(
            world,
            NotTheMember(key, meter, world["dov"], world["cy"]),
            lambda: desk.exit(world["dov"], contract.terms, meter),
        )
        world.ledger.advance_to(world.ledger.rules.start(250))
        leave(contract)
        end = world.ledger.rules.start(400)
        world.ledger.advance_to(end)
        refuses(world, AlreadyExited(key, meter, 2), lambda: leave(contract))
        refuses(world, ExitTooLate(key, contract.meters["dov"], end, end), lambda: leave(contract, "dov"))


class TestClose:
    def test_the_retailer_has_its_deposit_back(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy")
        world, desk, key = contract.world, contract.world.ledger.forward, contract.key
        contract.silent(3)
        refuses(world, MembersOpen(key, 1), lambda: desk.close(contract.terms))
        for period in range(3):
            contract.bill("cy", period)
        assert desk.close(contract.terms) == RETAILER_DEPOSIT
        # 620 + 700 + 780 by contract
        assert contract.balance("ana") == PURSE + 2100
        state = world.ledger.state()
        held = state.forward.contracts[key]
        assert (held.status, held.retailer_deposit, held.open_members) == (ForwardStatus.CLOSED, 0, 0)
        assert state.forward.deposits == 0
        assert conserved(state, world.minted)
        refuses(
            world,
            WrongForwardStatus(key, ForwardStatus.CLOSED, ForwardStatus.SIGNED),
            lambda: desk.close(contract.terms),
        )

    def test_not_before_the_last_boundary(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world, desk, key = contract.world, contract.world.ledger.forward, contract.key
        refuses(world, TermsMismatch(key), lambda: desk.close(contract.terms))
        contract.sign()
        end = world.ledger.rules.start(400)
        refuses(
            world,
            ContractRunning(key, end, world.ledger.now()),
            lambda: desk.close(contract.terms),
        )
        world.ledger.advance_to(end)
        assert desk.close(contract.terms) == RETAILER_DEPOSIT
