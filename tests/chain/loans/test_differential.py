"""Random loans among deals, readings and pauses through both ledgers: the same results, refusals and final state."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.ledger import ChainLedger
from chain.loans.seals import SignedLoanSeals
from chain.loans.signing import LoanKeyringSigner
from chain.seals import SignedSeals
from chain.sender import Sender
from chain.signing import KeyringSigner
from market.ledger.memory import MemoryLedger
from market.ledger.port import Ledger, MeterSpec, Reading
from market.loans.port import RecordedLoan
from market.loans.terms import Loan, LoanMove, LoanTerms, LoanTranscript, SignedLoanOffer
from market.terms import Party
from tests.chain.test_differential import (
    NAMES,
    Player,
    Step,
    good_deal,
    harvest,
    passing,
    play,
    readings,
    settling,
    who,
)
from tests.chain.worlds import ChainWorlds, people, stake
from tests.ledger_suite.world import TARIFF

DESK = 200_000
"""What each party has at the desk: some loans are too dear."""


class Lender(Player):
    """One ledger, its desk, and the loans of a sequence."""

    def __init__(
        self,
        ledger: Ledger,
        parties: list[Party],
        signer: KeyringSigner,
        loan_signer: LoanKeyringSigner,
    ) -> None:
        super().__init__(ledger, parties, signer)
        self.loan_signer = loan_signer
        self.loans: list[Loan] = []

    def agreed(self, terms: LoanTerms, moves: list[LoanMove]) -> LoanTranscript:
        offers: list[SignedLoanOffer] = []
        for number, move in enumerate(moves):
            previous = offers[-1].hash if offers else bytes(32)
            offers.append(self.loan_signer.sign(terms, move, number, previous))
        return LoanTranscript(terms, tuple(offers), self.loan_signer.countersign(terms, offers[-1]))

    def record_loans(self, transcripts: list[LoanTranscript], *, disclose: bool) -> list[Any]:
        results = self.ledger.loans.record(transcripts, disclose=disclose)
        self.loans += [result.loan for result in results if isinstance(result, RecordedLoan)]
        return list(results)


def lender(player: Player) -> Lender:
    assert isinstance(player, Lender)
    return player


intervals = st.sampled_from((2, 3, 3, 4, 4, 120))
times = st.sampled_from((1, 1, 1, 2, 2, 0, 95, 2**32 - 1))
quantities = st.sampled_from((-400, -30, 0, 30, 200, 900, 1001, 2**32, -(2**63)))
prices = st.sampled_from((0, 20, 250, 2**62))
covers = st.sampled_from((0, 20, 300, 2**62))
ahead = st.sampled_from((0, 100, 2**32 - 1))
some_meters = st.sampled_from((1, 1, 2, 2, 3, 3, 0, 4))


@st.composite
def good_loan(draw: st.DrawFn) -> Step:
    """A loan between two meters of their owners, so that sequences are not refusals only."""
    opener, responder = draw(st.permutations(range(len(NAMES))))[:2]
    nonce, interval = draw(st.integers(7, 60)), draw(st.sampled_from((2, 3, 4)))
    quantity, after = draw(st.sampled_from((-200, -30, 30, 200))), draw(st.sampled_from((1, 1, 2)))
    cover, most = draw(st.sampled_from((250, 300))), draw(st.sampled_from((2**32 - 1,) * 3 + (0,)))
    spoilt = draw(st.sampled_from(("",) * 6 + ("signature", "chain")))

    def step(player: Player) -> object:
        terms = LoanTerms(
            opener=player.parties[opener],
            responder=player.parties[responder],
            nonce=nonce,
            opener_meter=opener + 1,
            responder_meter=responder + 1,
            interval=interval,
            price=250,
            cover=cover,
            max_ahead_given=most,
            max_ahead_returned=most,
        )
        gate = player.ledger.rules.gate_of(interval)
        move = LoanMove(quantity=quantity, return_after=after, expiry=gate)
        transcript = lender(player).agreed(terms, [move, move])
        if spoilt == "signature":
            transcript = replace(transcript, acceptance=transcript.offers[-1].signature)
        if spoilt == "chain":
            opening, last = transcript.offers
            told = replace(opening, move=replace(move, expiry=gate - 1))
            transcript = replace(transcript, offers=(told, last))
        return lender(player).record_loans([transcript], disclose=True)

    return step


@st.composite
def any_loans(draw: st.DrawFn) -> Step:
    """A batch of loans, sensible or not."""
    disclose = draw(st.booleans())
    move = st.tuples(quantities, times, st.sampled_from((0, 0, 0, 1, 9000)))
    moves = st.lists(move, min_size=1, max_size=3)
    sides = st.tuples(who, who, st.integers(0, 6), some_meters, some_meters, intervals)
    items = draw(
        st.lists(
            st.tuples(sides, st.tuples(prices, covers, ahead, ahead), moves, st.integers(0, 9)),
            min_size=1,
            max_size=4,
        )
    )

    def step(player: Player) -> object:
        transcripts = []
        for (one, other, nonce, meter, its_meter, interval), amounts, offers, spoilt in items:
            gate = player.ledger.rules.gate_of(interval)
            terms = LoanTerms(
                opener=player.parties[one],
                responder=player.parties[other],
                nonce=nonce if spoilt else 2**62,
                opener_meter=meter,
                responder_meter=its_meter,
                interval=interval,
                price=amounts[0],
                cover=amounts[1],
                max_ahead_given=amounts[2],
                max_ahead_returned=amounts[3],
            )
            made = [
                LoanMove(quantity=q, return_after=tau, expiry=gate - early if early != 1 else gate + 1)
                for q, tau, early in offers
            ]
            transcript = lender(player).agreed(terms, made)
            if spoilt == 1:
                transcript = replace(transcript, acceptance=transcript.offers[-1].signature)
            transcripts.append(transcript)
        return lender(player).record_loans(transcripts, disclose=disclose)

    return step


@st.composite
def loan_ends(draw: st.DrawFn) -> Step:
    """Settlements, voids, releases, cancellations and pauses, in time or not."""
    kind = draw(st.sampled_from(("settle", "settle", "void", "void", "release", "cancel", "pause")))
    picks = draw(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), min_size=1, max_size=5))
    one, other, nonce = draw(who), draw(who), draw(st.integers(0, 8))

    def step(player: Player) -> object:
        desk, loans = player.ledger.loans, lender(player).loans
        if kind == "cancel":
            desk.cancel(player.parties[one], player.parties[other], nonce)
            return None
        if kind == "pause":
            if nonce == 0:
                desk.pause()
            return None
        if not loans:
            return None
        chosen = [loans[pick % len(loans)] for pick, _ in picks]
        chosen = [
            replace(loan, price=loan.price + 1) if altered == 5 else loan
            for loan, (_, altered) in zip(chosen, picks, strict=True)
        ]
        if kind == "settle":
            return desk.settle(chosen)
        if kind == "void":
            return desk.void(chosen[0])
        desk.release(chosen[0])
        return None

    return step


@st.composite
def desk_money(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(("deposit", "withdraw")))
    party, amount = draw(who), draw(st.sampled_from((0, 1, 1000, 10**5, 10**8)))
    return lambda player: getattr(player.ledger.loans, kind)(player.parties[party], amount)


@st.composite
def season(draw: st.DrawFn) -> Step:
    """Every interval is read, by some meters, and after each all is settled that can be; then silence counts."""
    exports = st.lists(st.sampled_from((0, 30, 150, 400)), min_size=1, max_size=len(NAMES))
    read = draw(st.lists(exports, min_size=5, max_size=5))
    voided = draw(st.booleans())

    def step(player: Player) -> object:
        ledger, loans = player.ledger, lender(player).loans
        said: list[object] = []
        for interval, exported in enumerate(read, start=2):
            ledger.advance_to(ledger.rules.end(interval))
            posted = [
                Reading(meter=meter, interval=interval, exported=amount, imported=0)
                for meter, amount in enumerate(exported, 1)
            ]
            said += ledger.post_readings(posted)
            said += ledger.loans.settle(loans) if voided else []
        ledger.advance_to(ledger.rules.closed(7))
        return [*said, *ledger.loans.settle(loans), *ledger.settle([(deal, 0) for deal in player.deals])]

    return step


business = st.one_of(
    good_loan(), good_loan(), good_loan(), good_deal(), any_loans(), loan_ends(), desk_money()
)
steps = st.one_of(
    good_loan(),
    any_loans(),
    loan_ends(),
    loan_ends(),
    harvest(),
    readings(),
    good_deal(),
    settling(),
    passing(),
)
sequences = st.tuples(st.lists(business, min_size=3, max_size=10), st.lists(steps, max_size=8), season())


def pair(chain_worlds: ChainWorlds) -> tuple[Lender, Lender]:
    """The same market with its desk, on the embedded chain and in memory."""
    market, keyring = chain_worlds.market(provider_cap=500)
    names = people(keyring)
    on_chain = ChainLedger(market, keyring, Sender(market.network))
    in_memory = MemoryLedger(
        rules=on_chain.rules,
        provider=on_chain.provider,
        tariff=TARIFF,
        address=on_chain.address,
        now=on_chain.now(),
        guardian=keyring.guardian.party,
        keys=market.key,
        seals=SignedSeals(market.negotiator_domain),
        loans_address=on_chain.loans.address,
        loan_keys=market.loan_key,
        loan_seals=SignedLoanSeals(market.loans_domain),
    )
    stake(in_memory, names)
    signers = (
        KeyringSigner(keyring.keys(), market.negotiator_domain),
        LoanKeyringSigner(keyring.keys(), market.loans_domain),
    )
    parties = [names[name] for name in NAMES]
    players = []
    for ledger in (on_chain, in_memory):
        for name, party in zip(NAMES, parties, strict=True):
            ledger.register_meter(MeterSpec(name=name, owner=party, rating=1000))
            ledger.loans.deposit(party, DESK)
        players.append(Lender(ledger, parties, *signers))
    return players[0], players[1]


@given(sequence=sequences)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_both_desks_say_the_same(
    chain_worlds: ChainWorlds, sequence: tuple[list[Step], list[Step], Step]
) -> None:
    on_chain, in_memory = pair(chain_worlds)
    first, later, last = sequence
    expected = play(in_memory, [*first, *later, last])
    found = play(on_chain, [*first, *later, last])
    assert found == expected
    assert on_chain.ledger.state() == in_memory.ledger.state()
