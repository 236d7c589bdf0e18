"""A recorded session negotiated again from what the record keeps: the same outcome to the last bit."""

from agents.cooperative.mechanism import PaperMechanism
from agents.cooperative.replay import exchange_before
from agents.cooperative.session import QuantileBidding, negotiate
from agents.cooperative.week import simulate
from tests.agents.cooperative.worlds import homes, needs, small_plan


def test_every_session_can_be_held_again() -> None:
    members, net, plan = homes(4), needs(4, 14), small_plan()
    record = simulate(members, net_kwh=net, plan=plan, mechanism=PaperMechanism(), seed=2)
    assert record.agreements
    bidding = QuantileBidding(tuple(m.aspiration_quantile for m in members))
    for k, held in enumerate(record.sessions):
        view = exchange_before(k, record=record, members=members, net_kwh=net, plan=plan, seed=2)
        if held.agreed:
            # Looking on changes nothing.
            assert negotiate(view, held.a, held.b, bidding, commit=False) == held
        assert negotiate(view, held.a, held.b, bidding) == held
