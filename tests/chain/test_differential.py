"""Random operations through both ledgers: the same results and refusals item by item, and the same final state.

The in-memory ledger is the readable oracle of the rules; deals are named by the chain's keys in both, so that refusals
compare equal, values and all.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.ledger import ChainLedger
from chain.seals import SignedSeals
from chain.sender import Sender
from chain.signing import KeyringSigner
from market.ledger.errors import LedgerError
from market.ledger.memory import MemoryLedger
from market.ledger.port import (
    Ledger,
    LedgerState,
    MeterSpec,
    OpenRequest,
    ProviderOrder,
    Reading,
    Recorded,
    TariffStep,
)
from market.terms import NOBODY, Deal, Lock, Move, Party, SessionTerms, Transcript
from tests.chain.worlds import ChainWorlds, people, stake
from tests.ledger_suite.world import TARIFF

NAMES = ("ana", "bo", "cy")
EXPORTS = (0, 150, 400, 1001)
Step = Callable[["Player"], object]


class Player:
    """One ledger and what the operations of a sequence remember from one to the next."""

    def __init__(self, ledger: Ledger, parties: list[Party], signer: KeyringSigner) -> None:
        self.ledger = ledger
        self.parties = parties
        self.signer = signer
        self.deals: list[Deal] = []
        self.sessions = 0

    def keep(self, results: list[Any]) -> list[Any]:
        self.deals += [result.deal for result in results if isinstance(result, Recorded)]
        return results

    def transcript(self, terms: SessionTerms, moves: list[Move]) -> Transcript:
        offers = []
        previous = bytes(32)
        for number, move in enumerate(moves):
            offers.append(self.signer.sign(terms, move, number, previous))
            previous = offers[-1].hash
        return Transcript(terms, tuple(offers), self.signer.countersign(terms, offers[-1]))


who = st.integers(0, len(NAMES) - 1)
meters = st.integers(1, len(NAMES))
some_meters = st.integers(0, len(NAMES) + 1)
intervals = st.sampled_from((2, 3, 3, 4, 4, 5, 120))
amounts = st.sampled_from((0, 1, 30, 200, 900, 1001, 2**32))
prices = st.sampled_from((0, 79, 80, 200, 300, 50_000, 2**62))
locks = st.sampled_from((Lock.NONE, Lock.PRICE, Lock.ENERGY, Lock.ALL))


@st.composite
def money(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(("buy_tokens", "redeem_tokens", "deposit", "withdraw")))
    party, amount = draw(who), draw(st.sampled_from((0, 1, 1000, 10**7, 10**8)))
    return lambda player: getattr(player.ledger, kind)(player.parties[party], amount)


@st.composite
def signed(draw: st.DrawFn) -> Step:
    disclose = draw(st.booleans())
    items = draw(
        st.lists(
            st.tuples(
                who,
                who,
                st.integers(0, 6),
                meters,
                meters,
                intervals,
                st.sampled_from((1, 1, 1, 2, 0)),
                st.sampled_from((0, 100, 2**32 - 1)),
                st.booleans(),
                st.lists(
                    st.tuples(prices, amounts, locks, st.sampled_from((0, 0, 0, 1, 9000))),
                    min_size=1,
                    max_size=3,
                ),
            ),
            min_size=1,
            max_size=4,
        )
    )

    def step(player: Player) -> object:
        transcripts = []
        for seller, buyer, nonce, sold, bought, interval, count, ahead, opens, offers in items:
            gate = player.ledger.rules.gate_of(interval)
            terms = SessionTerms(
                seller=player.parties[seller],
                buyer=player.parties[buyer],
                nonce=nonce,
                seller_meter=sold,
                buyer_meter=bought,
                interval=interval,
                count=count,
                max_ahead=ahead,
                seller_opens=opens,
            )
            moves = [
                Move(
                    price=price, energy=energy, locked=locked, expiry=gate - early if early != 1 else gate + 1
                )
                for price, energy, locked, early in offers
            ]
            transcripts.append(player.transcript(terms, moves))
        return player.keep(player.ledger.record(transcripts, disclose=disclose))

    return step


@st.composite
def good_deal(draw: st.DrawFn) -> Step:
    """A deal between two meters of their owners, so that sequences are not refusals only."""
    seller, buyer = draw(st.permutations(range(len(NAMES))))[:2]
    nonce, interval = draw(st.integers(7, 60)), draw(st.sampled_from((2, 3, 4)))
    energy, price = draw(st.sampled_from((30, 200))), draw(st.sampled_from((100, 250)))

    def step(player: Player) -> object:
        terms = SessionTerms(
            seller=player.parties[seller],
            buyer=player.parties[buyer],
            nonce=nonce,
            seller_meter=seller + 1,
            buyer_meter=buyer + 1,
            interval=interval,
        )
        move = Move(price=price, energy=energy, expiry=player.ledger.rules.gate_of(interval))
        return player.keep(player.ledger.record([player.transcript(terms, [move])], disclose=False))

    return step


@st.composite
def provider(draw: st.DrawFn) -> Step:
    items = draw(
        st.lists(
            st.tuples(who, st.integers(0, 9), some_meters, intervals, amounts, prices, st.booleans()),
            min_size=1,
            max_size=3,
        )
    )

    def step(player: Player) -> object:
        orders = [
            ProviderOrder(
                party=player.parties[party],
                number=number,
                meter=meter,
                interval=interval,
                energy=energy,
                limit=limit,
                selling=selling,
            )
            for party, number, meter, interval, energy, limit, selling in items
        ]
        return player.keep(player.ledger.trade_with_provider(orders))

    return step


@st.composite
def readings(draw: st.DrawFn) -> Step:
    items = draw(
        st.lists(
            st.tuples(some_meters, intervals, st.sampled_from(EXPORTS), st.sampled_from((0, 7))),
            min_size=1,
            max_size=5,
        )
    )
    posted = [Reading(meter=m, interval=i, exported=e, imported=n) for m, i, e, n in items]
    return lambda player: player.ledger.post_readings(posted)


@st.composite
def settling(draw: st.DrawFn) -> Step:
    picks = draw(
        st.lists(
            st.tuples(st.integers(0, 20), st.sampled_from((0, 0, 0, 1, 2)), st.booleans()),
            min_size=1,
            max_size=6,
        )
    )

    def step(player: Player) -> object:
        if not player.deals:
            return None
        items = []
        for pick, index, altered in picks:
            deal = player.deals[pick % len(player.deals)]
            items.append((replace(deal, price=deal.price + 1) if altered and index == 2 else deal, index % 2))
        return player.ledger.settle(items)

    return step


@st.composite
def ending(draw: st.DrawFn) -> Step:
    kind, pick = (
        draw(st.sampled_from(("release", "cancel", "retire", "conflict", "tariff", "pause"))),
        draw(meters),
    )
    other, nonce, interval = draw(who), draw(st.integers(0, 8)), draw(intervals)

    def step(player: Player) -> object:
        ledger = player.ledger
        if kind == "release" and player.deals:
            ledger.release(player.deals[nonce % len(player.deals)])
            return None
        if kind == "cancel":
            ledger.cancel(player.parties[pick - 1], player.parties[other], nonce)
            return None
        if kind == "retire":
            ledger.retire_meter(pick, interval)
            return None
        if kind == "conflict":
            first = Reading(meter=pick, interval=interval, exported=1, imported=0)
            ledger.prove_conflict(first, replace(first, exported=nonce))
            return None
        if kind == "tariff":
            added = TariffStep(from_interval=interval * 50, buy_price=60, sell_price=10 * nonce)
            ledger.append_tariff([added])
        elif nonce == 0:
            ledger.pause()
        return None

    return step


@st.composite
def sessions(draw: st.DrawFn) -> Step:
    """One move of a session on the ledger, sensible or not."""
    kind = draw(st.sampled_from(("open", "join", "offer", "offer", "offer", "accept", "leave", "expire")))
    party, meter, interval = draw(who), draw(meters), draw(intervals)
    number, price, energy, locked = draw(st.integers(0, 3)), draw(prices), draw(amounts), draw(locks)
    sensible, flag = draw(st.booleans()), draw(st.booleans())

    def step(player: Player) -> object:
        ledger = player.ledger
        acting, own = player.parties[party], party + 1 if sensible else meter
        session = player.sessions if sensible else number
        if kind == "open":
            request = OpenRequest(
                counterpart=NOBODY if flag else player.parties[number % len(NAMES)],
                selling=locked is Lock.NONE,
                meter=own,
                interval=interval,
                count=1 if sensible else number,
                issue_by_issue=flag,
                max_rounds=number + sensible,
                timeout=600,
            )
            player.sessions = ledger.open(acting, request)
            return player.sessions
        if kind == "join":
            ledger.join(acting, session, own, 1000)
            return None
        if kind == "offer":
            if sensible:
                ledger.offer(acting, session, 250, 30, Lock.NONE)
                return None
            ledger.offer(acting, session, price, energy, locked)
            return None
        if kind == "accept":
            view = ledger.session(session)
            rounds = view.rounds - 1 if sensible and view.rounds else number
            result = ledger.accept(acting, session, rounds, view.price, view.energy if sensible else energy)
            return player.keep([result])
        if kind == "leave":
            ledger.withdraw_from(acting, session)
            return None
        ledger.expire(session)
        return None

    return step


@st.composite
def passing(draw: st.DrawFn) -> Step:
    """Some seconds, or until something happens to an interval."""
    kind = draw(st.sampled_from(("seconds", "gate_of", "end", "end", "closed")))
    interval, seconds = draw(st.sampled_from((2, 3, 4))), draw(st.sampled_from((0, 1, 601)))

    def step(player: Player) -> object:
        ledger = player.ledger
        base = ledger.now() if kind == "seconds" else getattr(ledger.rules, kind)(interval)
        ledger.advance_to(base + seconds)
        return None

    return step


@st.composite
def harvest(draw: st.DrawFn) -> Step:
    """An interval ends, some meters are read and everything is settled that can be."""
    interval = draw(st.sampled_from((2, 3, 4)))
    exports = draw(st.lists(st.sampled_from(EXPORTS[:3]), min_size=1, max_size=len(NAMES)))

    def step(player: Player) -> object:
        ledger = player.ledger
        ledger.advance_to(ledger.rules.end(interval))
        posted = ledger.post_readings(
            [Reading(meter=m, interval=interval, exported=e, imported=0) for m, e in enumerate(exports, 1)]
        )
        return [
            *posted,
            *ledger.settle([(deal, index) for deal in player.deals for index in range(deal.count)]),
        ]

    return step


steps = st.one_of(
    good_deal(),
    harvest(),
    money(),
    signed(),
    good_deal(),
    good_deal(),
    provider(),
    readings(),
    settling(),
    ending(),
    sessions(),
    sessions(),
    passing(),
)


def play(player: Player, sequence: list[Step]) -> list[object]:
    said: list[object] = []
    for step in sequence:
        try:
            said.append(step(player))
        except LedgerError as refusal:
            said.append(refusal)
        said.append(player.ledger.now())
    return said


def pair(chain_worlds: ChainWorlds) -> tuple[Player, Player]:
    """The same market, on the embedded chain and in memory."""
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
    )
    stake(in_memory, names)
    signer = KeyringSigner(keyring.keys(), market.negotiator_domain)
    parties = [names[name] for name in NAMES]
    players = []
    for ledger in (on_chain, in_memory):
        for name, party in zip(NAMES, parties, strict=True):
            ledger.register_meter(MeterSpec(name=name, owner=party, rating=1000))
        players.append(Player(ledger, parties, signer))
    return players[0], players[1]


@given(sequence=st.lists(steps, min_size=5, max_size=25))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_both_ledgers_say_the_same(chain_worlds: ChainWorlds, sequence: list[Step]) -> None:
    on_chain, in_memory = pair(chain_worlds)
    expected = play(in_memory, sequence)
    found = play(on_chain, sequence)
    assert found == expected
    states: list[LedgerState] = [player.ledger.state() for player in (on_chain, in_memory)]
    assert states[0] == states[1]
