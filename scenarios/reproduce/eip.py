"""The case study of the eco-industrial park (Kröhling et al., section 5) on a ledger, held against the paper's figures.

The negotiation goes over the ledger offer by offer, one a step; what was agreed is delivered, metered, settled and
audited; the rest of the buyer's need is bought from the provider. The expected figures are the paper's own, read off
its section 5 and Table 1 (prices in tokens per m³, amounts in m³).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agents.preferences import DeadlineBuyer, Preference, StoreSeller
from market.records import DealRow, OfferRow
from market.terms import Lock
from scenarios.hosts import Host
from scenarios.load import load
from scenarios.report import style
from scenarios.report.pictures import draw_negotiation
from scenarios.report.run import telling_session
from scenarios.report.sheet import sheet_of
from scenarios.reproduce.claims import Claim
from scenarios.running import Progress, RunOptions, RunResult, run_scenario
from scenarios.units import GAS, TOKEN

SELLER, BUYER, PROVIDER = "biogas", "foundry", "gasworks"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What the reproduction found."""

    claims: tuple[Claim, ...]
    pictures: tuple[Path, ...]
    run: RunResult


def reproduce(host: Host, out: Path, progress: Progress) -> Reproduction:
    """Play the case study on the ledger of ``host`` and compare."""
    run = run_scenario(load("eip-case"), host, RunOptions(out=out, pictures=False), progress)
    pictures = [draw_preferences(run.folder.pictures / "figure-5.png")]
    shown = telling_session(run.record)
    if shown is not None:
        sheet = sheet_of(run.scenario, "", run.setup.plan.first)
        pictures.append(draw_negotiation(sheet, *shown, run.folder.pictures / "figure-6.png"))
    return Reproduction(tuple(claims(run)), tuple(pictures), run)


def claims(run: RunResult) -> list[Claim]:
    """The paper's statements beside what the run gave."""
    first = run.record.sessions[0]
    offers = [offer for offer in run.record.offers if offer.session == first.session]
    deals = run.record.deals
    peer = next((d for d in deals if (d.seller, d.buyer) == (SELLER, BUYER)), None)
    topped = sum(d.energy for d in deals if (d.seller, d.buyer) == (PROVIDER, BUYER))
    price_step = _locked_at(offers, Lock.PRICE)
    seller_own = _own_price_at(price_step)
    paid = 0 if peer is None else peer.paid

    def claim(id: str, source: str, paper: str, ours: str, holds: bool) -> Claim:
        return Claim(id=id, source=source, paper=paper, ours=ours, holds=holds)

    def m3(litres: int) -> float:
        return GAS.amount(litres)

    return [
        claim(
            "opening-offers",
            "§5, Table 1",
            "buyer 20, seller 80 token/m³",
            _opening(offers),
            _opens_right(offers),
        ),
        claim(
            "price-step",
            "§5, Fig. 6a",
            "price agreed at step 11",
            f"step {price_step}: the seller stands at {seller_own:.1f}, down to {int(seller_own)}",
            price_step == 11,
        ),
        claim(
            "amount-step",
            "§5, Fig. 6b",
            "amount agreed at step 12",
            f"step {first.rounds} ({first.outcome})",
            first.outcome == "agreed" and first.rounds == 12,
        ),
        claim(
            "price",
            "§5",
            "35 tokens per m³",
            f"{GAS.tokens_per_unit(first.price):g}",
            first.price == 35 * TOKEN // 1000,
        ),
        claim("amount", "§5", "100 m³", f"{m3(first.energy):g} m³", first.energy == 100_000),
        claim("paid", "§5 (35 × 100)", "3500 tokens", f"{paid / TOKEN:g}", paid == 3500 * TOKEN),
        claim(
            "seller-better",
            "§5",
            "more than 2000 from the provider (20 × 100)",
            f"{paid / TOKEN:g} > {_at_provider(peer, 'provider_buys'):g}",
            peer is not None and paid > peer.provider_buys * peer.delivered,
        ),
        claim(
            "buyer-better",
            "§5",
            "less than 8000 to the provider (80 × 100)",
            f"{paid / TOKEN:g} < {_at_provider(peer, 'provider_sells'):g}",
            peer is not None and 0 < paid < peer.provider_sells * peer.delivered,
        ),
        claim(
            "remaining-deficit",
            "§5",
            "50 m³ left, to be had from the provider",
            f"{m3(150_000 - first.energy):g} m³ left, {m3(topped):g} m³ bought from the provider",
            150_000 - first.energy == 50_000 == topped,
        ),
        claim(
            "delivered",
            "§4.3",
            "paid for what is delivered",
            f"{0 if peer is None else m3(peer.delivered):g} m³ metered and settled",
            peer is not None and peer.delivered == 100_000,
        ),
        claim(
            "enforced",
            "§6",
            "every agreement is executed",
            f"audit: {run.audit.verdict}, {len(run.audit.violations)} violations",
            run.audit.verdict == "pass",
        ),
    ]


def _locked_at(offers: Sequence[OfferRow], lock: Lock) -> int:
    return next((offer.round for offer in offers if offer.locked & lock), -1)


def _own_price_at(t: int) -> float:
    """The seller's value by Eq. 1 with Table 1's parameters, written out: an oracle beside the agents' code."""
    return float(80 + (20 - 80) * (t / 20) ** (1 / 2.0)) if t >= 0 else float("nan")


def _opening(offers: Sequence[OfferRow]) -> str:
    prices = [f"{offer.proposer} {GAS.tokens_per_unit(offer.price):g}" for offer in offers[:2]]
    return f"{', '.join(prices)} (80 conceded at its first turn, t = 1)"


def _opens_right(offers: Sequence[OfferRow]) -> bool:
    # At t = 1 the seller's 80 has already conceded: 80 − 60·√(1/20) = 66.6, rounded down to 66.
    prices = [offer.price * 1000 // TOKEN for offer in offers[:2]]
    return prices == [20, int(_own_price_at(1))]


def _at_provider(deal: DealRow | None, side: str) -> float:
    return 0.0 if deal is None else getattr(deal, side) * deal.delivered / TOKEN


def draw_preferences(path: Path) -> Path:
    """Fig. 5: the preferences of both prosumers over amount and time step, 0 to 1."""
    steps = np.arange(0, 401, 4)
    amounts = np.arange(0, 201, 2)
    surfaces: tuple[tuple[str, Preference], ...] = (
        ("Prosumer 0 sells its surplus of 100 m³", StoreSeller(surplus=100, first=0, last=400)),
        ("Prosumer 1 needs 150 m³ before step 350", DeadlineBuyer(need=150, deadline=350, ramp=40)),
    )
    figure, axes = style.figure(1, height=4.2, columns=2)
    for axis, (name, surface) in zip(axes, surfaces, strict=True):
        values = surface.at(amounts[None, :], steps[:, None])
        shown = axis.contourf(steps, amounts, values.T, levels=np.linspace(0, 1, 11), cmap="GnBu")
        axis.set_xlabel("time step")
        axis.set_ylabel("m³")
        style.title(axis, name)
        figure.colorbar(shown, ax=axis, label="preference", shrink=0.9)
    return style.save(figure, path)
