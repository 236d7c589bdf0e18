"""Properties of whole negotiations between built-in strategies: bounds, rationality, locks, deadlines, channels."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.builtin import BUILTIN
from agents.concession import no_worse
from agents.prosumer import FirmKind, HomeKind, Kind, Prosumer
from agents.strategy import Context
from market.channels import LedgerChannel, SignedChannel
from market.issues import Domain
from market.ledger.memory import MemoryLedger
from market.ledger.port import MarketRules, MeterSpec, Recorded, TariffStep
from market.ledger.unsigned import HashChain
from market.session import Agreed, Deadline, SessionRun, Withdrawn
from market.terms import SessionTerms
from market.utility import buyer_gain, seller_gain
from tests.agents.park import BUYER, PROVIDER, SELLER, brief_of, domain_of, meet, prosumer

EPOCH, INTERVAL = 1_000, 4
RULES = MarketRules(epoch=EPOCH)


@dataclass(frozen=True)
class Table:
    """Two parties, what they may negotiate, and how."""

    seller: Prosumer
    buyer: Prosumer
    domain: Domain
    max_rounds: int
    issue_by_issue: bool
    seller_opens: bool

    def contexts(self) -> tuple[Context, Context] | None:
        brief = brief_of(self.domain, selling=True, max_rounds=self.max_rounds, interval=INTERVAL)
        sells = self.seller.context(brief)
        buys = self.buyer.context(replace(brief, selling=False, counterpart=SELLER))
        return None if sells is None or buys is None else (sells, buys)

    def meet(self, **channel: Any) -> SessionRun | None:
        return meet(
            self.seller,
            self.buyer,
            self.domain,
            max_rounds=self.max_rounds,
            issue_by_issue=self.issue_by_issue,
            seller_opens=self.seller_opens,
            interval=INTERVAL,
            **channel,
        )


speeds = st.fixed_dictionaries(
    {},
    optional={
        "dl": st.floats(1, 40),
        "cr": st.floats(0.1, 10),
        "price": st.fixed_dictionaries({}, optional={"dl": st.floats(1, 40), "cr": st.floats(0.1, 10)}),
        "energy": st.fixed_dictionaries({}, optional={"dl": st.floats(1, 40), "cr": st.floats(0.1, 10)}),
    },
)
kinds: st.SearchStrategy[Kind] = st.one_of(
    st.builds(HomeKind, below=st.floats(0.1, 1), above=st.floats(0.05, 0.5)),
    st.builds(FirmKind, deadline=st.integers(4, 90), patience=st.integers(0, 20)),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    buy = draw(st.integers(1, 100))
    domain = domain_of(
        buy,
        buy + draw(st.integers(0, 300)),
        draw(st.integers(100, 2000)),
        price_tick=draw(st.integers(1, 7)),
        energy_tick=draw(st.integers(1, 10)),
    )

    def side(sign: int) -> Prosumer:
        return prosumer(
            sign * draw(st.integers(20, 3000)),
            draw(st.sampled_from(sorted(BUILTIN))),
            draw(speeds),
            kind=draw(kinds),
            margin=draw(st.sampled_from([0, 0, 0, 1, 20])),
            threshold=draw(st.floats(0.05, 0.6)),
        )

    max_rounds = draw(st.integers(1, 60))
    return Table(side(1), side(-1), domain, max_rounds, draw(st.booleans()), draw(st.booleans()))


@settings(max_examples=200, deadline=None)
@given(tables())
def test_every_negotiation_keeps_its_rules(table: Table) -> None:
    run, contexts = table.meet(), table.contexts()
    assert (run is None) == (contexts is None)
    if run is None or contexts is None:
        return
    stakes = {int(not table.seller_opens): contexts[0].stakes, int(table.seller_opens): contexts[1].stakes}
    buy, sell = table.domain.issues[0].low, table.domain.issues[0].high

    assert len(run.trace) <= table.max_rounds
    assert not isinstance(run.outcome, Withdrawn), "a built-in strategy neither leaves nor breaks a rule"
    for offer in run.trace:
        for stake, value in zip(stakes[offer.who], offer.values, strict=True):
            assert stake.allows(value), "no offer beyond preference or reservation price"
    for who in (0, 1):
        own = [offer for offer in run.trace if offer.who == who]
        for before, after in pairwise(own):
            for i, stake in enumerate(stakes[who]):
                if not after.locked >> i & 1:
                    assert no_worse(before.values[i], after.values[i], stake.sense), "concession is monotone"
    for before, after in pairwise(run.trace):
        assert before.locked & after.locked == before.locked
        assert table.issue_by_issue or after.locked == 0
    if isinstance(run.outcome, Agreed):
        price, energy = run.outcome.values
        for who in (0, 1):
            for stake, value in zip(stakes[who], run.outcome.values, strict=True):
                assert stake.allows(value), "the agreement lies within both sides' bounds"
        assert seller_gain(price, buy, energy) >= 0
        assert buyer_gain(price, sell, energy) >= 0
        assert energy <= table.seller.position(0, INTERVAL)
        assert energy <= -table.buyer.position(0, INTERVAL)
    else:
        assert run.outcome == Deadline()


@settings(max_examples=60, deadline=None)
@given(tables())
def test_the_same_negotiators_agree_alike_by_message_and_on_the_ledger(table: Table) -> None:
    def ledger() -> tuple[MemoryLedger, SessionTerms]:
        made = MemoryLedger(
            rules=RULES,
            provider=PROVIDER,
            tariff=[TariffStep(from_interval=0, buy_price=1, sell_price=300)],
            address=PROVIDER[:-1] + "4",  # type: ignore[arg-type]
            now=EPOCH,
        )
        meters = [made.register_meter(MeterSpec(name=p[-4:], owner=p, rating=2000)) for p in (SELLER, BUYER)]
        made.buy_tokens(BUYER, 10**6)
        made.deposit(BUYER, 10**6)
        terms = SessionTerms(
            seller=SELLER,
            buyer=BUYER,
            nonce=1,
            seller_meter=meters[0],
            buyer_meter=meters[1],
            interval=INTERVAL,
            seller_opens=table.seller_opens,
            issue_by_issue=table.issue_by_issue,
        )
        return made, terms

    one, terms = ledger()
    gate = RULES.gate_of(INTERVAL)
    message = SignedChannel(terms, signer=HashChain(), timeout=300, gate=gate, clock=one.now)
    by_message = table.meet(channel=message)
    if by_message is None:
        return
    other, terms = ledger()
    call = LedgerChannel.open(other, terms, max_rounds=table.max_rounds, timeout=300)
    by_call = table.meet(channel=call)
    assert by_call is not None
    assert (by_message.trace, by_message.outcome) == (by_call.trace, by_call.outcome)
    if isinstance(by_message.outcome, Agreed):
        (recorded,) = one.record([message.transcript], disclose=True)
        assert isinstance(recorded, Recorded)
        assert isinstance(call.result, Recorded)
        assert one.balance(BUYER) == other.balance(BUYER) == 10**6 - recorded.deal.escrow


@settings(max_examples=40, deadline=None)
@given(tables())
def test_two_equal_sessions_are_equal(table: Table) -> None:
    first, second = table.meet(), table.meet()
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert (first.trace, first.outcome) == (second.trace, second.outcome)


@pytest.mark.parametrize("issue_by_issue", [True, False])
@pytest.mark.parametrize("strategy", ["boulware", "linear", "conceder"])
@pytest.mark.parametrize(("surplus", "need"), [(1000, 1000), (2620, 71), (300, 2500)])
def test_homes_that_concede_to_their_limits_agree_before_the_deadline(
    strategy: str, surplus: int, need: int, issue_by_issue: bool
) -> None:
    # Both reach their reservation values by the deadline, and these overlap: the smaller amount can be agreed.
    run = meet(
        prosumer(surplus, strategy),
        prosumer(-need, strategy),
        domain_of(80, 300, 5000, energy_tick=10),
        max_rounds=40,
        issue_by_issue=issue_by_issue,
    )
    assert run is not None
    assert isinstance(run.outcome, Agreed)
    assert 0 < run.outcome.values[1] <= min(surplus, need)
