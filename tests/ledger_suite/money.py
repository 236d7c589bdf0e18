"""Token units: bought, deposited, withdrawn, redeemed; none made and none lost."""

from market.ledger.digest import conserved
from market.ledger.errors import InsufficientBalance, ZeroTokens
from tests.ledger_suite.world import PURSE, STAKE, Ledgers, refuses


class TestMoney:
    def test_what_is_bought_can_be_deposited_withdrawn_and_redeemed(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, ledger = world["ana"], world.ledger
        ledger.buy_tokens(ana, 7)
        ledger.deposit(ana, PURSE - STAKE + 7)
        assert ledger.balance(ana) == PURSE + 7
        ledger.withdraw(ana, PURSE)
        ledger.redeem_tokens(ana, PURSE)
        state = ledger.state()
        assert (state.balances[ana], state.tokens.get(ana, 0)) == (7, 0)
        assert conserved(state, world.minted + 7 - PURSE)

    def test_nothing_is_bought_or_redeemed_for_nothing(self, ledgers: Ledgers) -> None:
        world = ledgers()
        refuses(world, ZeroTokens(), lambda: world.ledger.buy_tokens(world["ana"], 0))
        refuses(world, ZeroTokens(), lambda: world.ledger.redeem_tokens(world["ana"], 0))

    def test_nobody_moves_more_than_he_has(self, ledgers: Ledgers) -> None:
        world = ledgers()
        ana, outside = world["ana"], PURSE - STAKE
        refuses(
            world,
            InsufficientBalance(ana, outside, outside + 1),
            lambda: world.ledger.deposit(ana, outside + 1),
        )
        refuses(
            world, InsufficientBalance(ana, STAKE, STAKE + 1), lambda: world.ledger.withdraw(ana, STAKE + 1)
        )
        refuses(
            world,
            InsufficientBalance(ana, outside, outside + 1),
            lambda: world.ledger.redeem_tokens(ana, outside + 1),
        )

    def test_escrow_is_not_free(self, ledgers: Ledgers) -> None:
        world = ledgers()
        terms = world.terms(seller_meter=world.meter("ana"), buyer_meter=world.meter("bo"))
        world.deal(terms, price=250, energy=500)
        free = STAKE - 125_000
        assert world.ledger.balance(world["bo"]) == free
        refuses(
            world,
            InsufficientBalance(world["bo"], free, free + 1),
            lambda: world.ledger.withdraw(world["bo"], free + 1),
        )
        assert world.ledger.state().escrowed == 125_000
