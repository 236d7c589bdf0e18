"""Bills: by the difference of registers, by contract where one is missing, out of deposits as far as they reach.

Rates are 5 by day and 3 otherwise; contracted are (100, 40), (110, 50), (120, 60). Every amount is calculated by hand
beside its assertion.
"""

from typing import Any

import pytest

from market.forward.port import MemberBill
from market.forward.terms import Bill, ForwardStatus
from market.ledger.digest import conserved
from market.ledger.errors import (
    BadVolumes,
    NotAMember,
    PeriodNotFinal,
    TermsMismatch,
    WrongForwardStatus,
    WrongPeriod,
)
from tests.ledger_suite.forward_world import (
    DEPOSIT,
    PURSE,
    RETAILER_DEPOSIT,
    VOLUMES,
    Community,
    billed,
    community,
)
from tests.ledger_suite.world import Ledgers, refuses


def running(ledgers: Ledgers, *names: str, **changes: Any) -> Community:
    """A signed contract that these have joined."""
    return community(ledgers(), **changes).sign().join(*(names or ("cy",)))


class TestBills:
    def test_by_difference(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 1000, 700)
        contract.read("cy", 1, 1090, 745)
        # 90 x 5 + 45 x 3
        assert contract.bill("cy", 0, volumes=False) == MemberBill(
            key=contract.key,
            meter=contract.meters["cy"],
            period=0,
            metered=True,
            volumes=(90, 45, 0, 0),
            amount=585,
            paid=585,
        )
        member = contract.member()
        assert (member.deposit, member.billed, member.last) == (DEPOSIT - 585, 1, 3)
        assert (member.based, member.accounted) == (True, (1090, 745, 0, 0))
        assert contract.balance("ana") == PURSE - RETAILER_DEPOSIT + 585
        contract.read("cy", 2, 1100, 745)
        # 10 x 5 + 0 x 3
        assert contract.bill("cy", 1, volumes=False).amount == 50
        assert conserved(contract.world.ledger.state(), contract.world.minted)

    def test_what_is_fed_in_counts_less(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 1000, 700, exported=(200, 0))
        contract.read("cy", 1, 1090, 745, exported=(230, 10))
        # (90 - 30) x 5 + (45 - 10) x 3
        bill = contract.bill("cy", 0, volumes=False)
        assert (bill.volumes, bill.amount, bill.paid) == ((60, 35, 0, 0), 405, 405)
        assert contract.member().accounted == (860, 735, 0, 0)

    def test_a_missing_register_is_put_right_by_the_next(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 1000, 700)
        contract.silent(1)
        # contracted: 100 x 5 + 40 x 3
        first = contract.bill("cy", 0)
        assert (first.metered, first.volumes, first.amount) == (False, (100, 40, 0, 0), 620)
        assert contract.member().accounted == (1100, 740, 0, 0)
        contract.read("cy", 2, 1150, 900)
        # 1150 - 1100 = 50 by day, 900 - 740 = 160 otherwise: 250 + 480
        second = contract.bill("cy", 1, volumes=False)
        assert (second.metered, second.volumes, second.amount) == (True, (50, 160, 0, 0), 730)
        # In all what was read: 150 x 5 + 200 x 3
        assert first.amount + second.amount == 1350

    def test_more_contracted_than_read_is_paid_back(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 1000, 700)
        contract.silent(1)
        contract.bill("cy", 0)
        contract.read("cy", 2, 1020, 710)
        # 1020 - 1100 = -80, 710 - 740 = -30: -400 - 90
        bill = contract.bill("cy", 1)
        assert (bill.volumes, bill.amount, bill.paid) == ((-80, -30, 0, 0), -490, 490)
        assert contract.balance("cy") == PURSE - DEPOSIT + 490
        assert contract.left() == RETAILER_DEPOSIT - 490
        # The member's deposit is not topped up.
        assert contract.member().deposit == DEPOSIT - 620

    def test_without_a_base_the_first_register_is_it(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 1, 5000, 4000)
        # No register at the first boundary: contracted, 620
        bill = contract.bill("cy", 0)
        assert (bill.metered, bill.amount) == (False, 620)
        member = contract.member()
        assert (member.based, member.accounted) == (True, (5000, 4000, 0, 0))
        contract.read("cy", 2, 5010, 4000)
        assert contract.bill("cy", 1, volumes=False).amount == 50

    def test_without_any_register_all_is_contracted(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.silent(3)
        amounts = [contract.bill("cy", period).amount for period in range(3)]
        # 100 x 5 + 40 x 3, 110 x 5 + 50 x 3, 120 x 5 + 60 x 3
        assert amounts == [620, 700, 780]
        member = contract.member()
        assert (member.based, member.accounted, member.deposit) == (False, (0, 0, 0, 0), 0)
        assert contract.balance("cy") == PURSE - 2100

    def test_a_base_stands_where_the_end_is_missing(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 1000, 700)
        contract.silent(3)
        for period in range(3):
            contract.bill("cy", period)
        # 1000 + 100 + 110 + 120, 700 + 40 + 50 + 60
        assert contract.member().accounted == (1330, 850, 0, 0)

    def test_a_deposit_is_all_that_a_member_owes(self, ledgers: Ledgers) -> None:
        contract = community(ledgers()).sign().join("cy", max_deposit=600)
        contract.silent(2)
        first, second = contract.bill("cy", 0), contract.bill("cy", 1)
        assert (first.amount, first.paid) == (620, 600)
        assert (second.amount, second.paid) == (700, 0)
        assert contract.balance("ana") == PURSE - RETAILER_DEPOSIT + 600
        assert contract.balance("cy") == PURSE - 600

    def test_a_retailer_pays_out_of_its_deposit_alone(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        contract.read("cy", 0, 0, 0)
        contract.read("cy", 1, 0, 0, exported=(150, 100))
        contract.read("cy", 2, 0, 0, exported=(160, 100))
        # -150 x 5 - 100 x 3
        first, second = contract.bill("cy", 0), contract.bill("cy", 1)
        assert (first.amount, first.paid) == (-1050, RETAILER_DEPOSIT)
        assert (second.amount, second.paid) == (-50, 0)
        assert contract.left() == 0
        assert contract.balance("cy") == PURSE - DEPOSIT + RETAILER_DEPOSIT

    def test_after_the_last_bill_the_deposit_goes_back(self, ledgers: Ledgers) -> None:
        contract = running(ledgers, "cy", "dov")
        contract.silent(3)
        bills = [contract.bill("cy", period) for period in range(3)]
        # 5000 - 620 - 700 - 780
        assert [bill.refunded for bill in bills] == [None, None, 2900]
        assert contract.balance("cy") == PURSE - 2100
        member = contract.member()
        assert (member.deposit, member.billed, member.last) == (0, 3, 3)
        state = contract.world.ledger.state()
        assert state.forward.contracts[contract.key].open_members == 1
        # What is held is Dov's deposit and the retailer's.
        assert state.forward.deposits == DEPOSIT + RETAILER_DEPOSIT
        assert conserved(state, contract.world.minted)

    def test_what_further_registers_say_is_not_billed(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        ledger = contract.world.ledger
        for boundary, extra in ((0, 10), (1, 90)):
            ledger.advance_to(ledger.rules.start(contract.terms.boundaries[boundary]))
            registers = contract.registers("cy", boundary, 0, 0)
            odd = type(registers)(
                meter=registers.meter,
                at=registers.at,
                schedule=registers.schedule,
                imported=(0, 0, extra, extra),
                exported=(0, 0, 0, 0),
            )
            assert ledger.post_registers([odd]) == [odd]
        bill = contract.bill("cy", 0)
        assert (bill.metered, bill.volumes, bill.amount) == (True, (0, 0, 0, 0), 0)

    def test_registers_of_another_schedule_are_none(self, ledgers: Ledgers) -> None:
        contract = running(ledgers)
        ledger = contract.world.ledger
        ledger.advance_to(ledger.rules.start(contract.terms.boundaries[1]))
        registers = contract.registers("cy", 1, 50, 50)
        other = type(registers)(
            meter=registers.meter,
            at=registers.at,
            schedule=b"\x07" * 32,
            imported=registers.imported,
            exported=registers.exported,
        )
        assert ledger.post_registers([other]) == [other]
        contract.silent(1)
        assert contract.bill("cy", 0).metered is False

    def test_a_batch_bills_whom_it_can(self, ledgers: Ledgers) -> None:
        contract = running(ledgers, "cy", "dov")
        contract.read("cy", 0, 10, 10)
        contract.read("cy", 1, 20, 30)
        silence = contract.world.ledger.rules.start(200) + contract.world.ledger.rules.window
        results = contract.world.ledger.forward.bill_batch(
            contract.terms,
            [contract.due("cy", 0), contract.due("dov", 0), contract.due("cy", 0), contract.due("cy", 1)],
        )
        # 10 x 5 + 20 x 3
        assert billed(results[0]).amount == 110
        assert isinstance(results[1], PeriodNotFinal)
        assert (results[1].meter, results[1].at, results[1].silence) == (contract.meters["dov"], 200, silence)
        assert results[2] == WrongPeriod(contract.key, contract.meters["cy"], 0, 1)
        assert isinstance(results[3], PeriodNotFinal)
        assert (contract.member("cy").billed, contract.member("dov").billed) == (1, 0)

    @pytest.mark.parametrize("order", [("cy", "dov"), ("dov", "cy")])
    def test_the_order_of_bills_does_not_matter(self, ledgers: Ledgers, order: tuple[str, str]) -> None:
        contract = running(ledgers, "cy", "dov")
        contract.read("cy", 0, 0, 0)
        contract.read("dov", 0, 0, 0)
        contract.read("cy", 1, 30, 0)
        contract.read("dov", 1, 0, 0, exported=(10, 0))
        for name in order:
            contract.bill(name, 0)
        # 30 x 5 from Cy, 10 x 5 to Dov
        assert contract.balance("ana") == PURSE - RETAILER_DEPOSIT + 150
        assert contract.balance("dov") == PURSE - DEPOSIT + 50
        assert contract.left() == RETAILER_DEPOSIT - 50

    def test_what_is_wrong_is_named_in_order(self, ledgers: Ledgers) -> None:
        contract = community(ledgers())
        world, key, meter = contract.world, contract.key, contract.meters["cy"]
        desk, rules = world.ledger.forward, world.ledger.rules

        def still(expected: Exception, period: int = 0, volumes: tuple[int, ...] = VOLUMES) -> None:
            bill = Bill(meter=meter, period=period, volumes=volumes)
            refuses(world, expected, lambda: desk.bill(contract.terms, bill))  # type: ignore[arg-type]

        still(TermsMismatch(key))
        contract.sign()
        still(NotAMember(key, meter))
        contract.join("cy")
        still(WrongPeriod(key, meter, 1, 0), period=1)
        still(PeriodNotFinal(meter, 100, rules.start(100) + rules.window, world.ledger.now()))
        contract.read("cy", 0, 0, 0)
        still(PeriodNotFinal(meter, 200, rules.start(200) + rules.window, world.ledger.now()))
        contract.silent(3)
        still(BadVolumes(key, meter), volumes=())
        still(BadVolumes(key, meter), volumes=(*VOLUMES[:-1], 61))
        for period in range(3):
            contract.bill("cy", period)
        still(WrongPeriod(key, meter, 3, 3), period=3)
        still(WrongPeriod(key, meter, 0, 3))
        desk.close(contract.terms)
        closed = WrongForwardStatus(key, ForwardStatus.CLOSED, ForwardStatus.SIGNED)
        still(closed)
        refuses(world, closed, lambda: desk.bill_batch(contract.terms, [contract.due("cy", 0)]))
