"""Every operation of the loan desk on a chain, refused ones among them, as a run that may be interrupted makes them."""

from collections.abc import Callable

from chain.deploy import open_market
from chain.ledger import ChainLedger
from chain.port import Network
from chain.record import DeploymentRecord
from chain.sender import Sender
from market.ledger.errors import LedgerError
from market.ledger.port import LedgerState, Reading
from market.loans.terms import Loan, LoanTerms, LoanTranscript
from tests.chain.test_resume import attempt
from tests.chain.worlds import Master, keyring_for, world_of
from tests.ledger_suite.world import World

STAKED = 100_000


def story(world: World) -> list[object]:
    """Ana, Bo and Cy lend to each other; gives all that the desk said."""
    ledger, desk, rules = world.ledger, world.ledger.loans, world.ledger.rules
    said: list[object] = []

    def note(call: Callable[[], object]) -> None:
        attempt(said, call)

    ana, bo = world["ana"], world["bo"]
    for party in (ana, bo):
        ledger.buy_tokens(party, STAKED)
        desk.deposit(party, STAKED)
    note(lambda: desk.deposit(ana, 1))  # nothing is left outside
    note(lambda: desk.withdraw(bo, STAKED + 1))
    note(lambda: desk.withdraw(bo, 10_000))
    meters = {name: world.meter(name) for name in ("ana", "bo", "cy")}

    def agreed(
        nonce: int, *offers: tuple[int, int], opener: str = "ana", responder: str = "bo", interval: int = 10
    ) -> LoanTranscript:
        terms: LoanTerms = world.loan_terms(
            opener,
            responder,
            opener_meter=meters[opener],
            responder_meter=meters[responder],
            nonce=nonce,
            interval=interval,
        )
        return world.agree_loan(terms, *offers)

    # Recorded: two, and one of them again; one that Cy, who has nothing here, cannot cover.
    one, other = agreed(1, (400, 4), (500, 4)), agreed(2, (-300, 2), interval=11)
    batch = [one, other, one, agreed(3, (100, 2), responder="cy")]
    note(lambda: desk.record(batch, disclose=True))
    note(lambda: desk.cancel(bo, ana, 9))
    note(lambda: desk.cancel(ana, bo, 9))
    released = agreed(4, (50, 5), interval=20)
    note(lambda: desk.record([released], disclose=False))
    note(lambda: desk.balance(bo))
    note(lambda: desk.release(released.loan))
    note(lambda: desk.release(released.loan))
    nothing, late = agreed(5, (200, 3), interval=10), agreed(6, (20, 2), interval=12)
    note(lambda: desk.record([nothing, late], disclose=False))
    loans: list[Loan] = [each.loan for each in (one, other, nothing, late)]
    note(lambda: desk.settle(loans))  # nothing is final
    note(lambda: desk.void(nothing.loan))

    # Delivered: 500 of the first, none of the one behind it; 300 of the other, of which 250 come back.
    for interval, exports in ((10, {"ana": 500}), (11, {"bo": 300}), (13, {"ana": 250})):
        ledger.advance_to(rules.end(interval))
        readings = [
            Reading(meter=meters[name], interval=interval, exported=exported, imported=0)
            for name, exported in exports.items()
        ]
        note(lambda readings=readings: ledger.post_readings(readings))  # type: ignore[misc]
        if interval == 10:
            note(lambda: desk.void(one.loan))
            note(lambda: desk.void(nothing.loan))
            note(lambda: desk.void(nothing.loan))
    note(lambda: desk.settle(loans))
    ledger.advance_to(rules.closed(14))
    note(lambda: desk.settle(loans))
    note(lambda: desk.balance(bo))
    note(desk.pause)
    note(desk.pause)
    note(lambda: desk.record([agreed(7, (10, 1), interval=60)], disclose=False))
    note(ledger.now)
    return said


def play(
    master: Master, network: Network, record: DeploymentRecord | None = None
) -> tuple[list[object], LedgerState]:
    """The story on a chain, going on from whatever has been done on it."""
    market = open_market(network, record or master.record, "test")
    keyring = keyring_for(network)
    ledger = ChainLedger(market, keyring, Sender(network), resume=True)
    return story(world_of(ledger, market, keyring)), ledger.state()


def refusals(said: list[object]) -> list[str]:
    """The names of all that was refused, those of batches among them."""
    flat = [each for entry in said for each in (entry if isinstance(entry, list) else [entry])]
    return [type(each).__name__ for each in flat if isinstance(each, LedgerError)]
