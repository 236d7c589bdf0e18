"""One hash for one outcome, whatever the ledger: SHA-256 over the canonical JSON of what a ledger holds at the end.

Parties and meters stand under their scenario names, so that addresses and ids, which differ from chain to chain, do not
matter; zero balances and untouched intervals are left out, and so are forward contracts, votes, registers and supplies
where there are none. It proves equality, not correctness: :func:`conserved` and
the audit look after that.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from market.ledger.forward_digest import forward_outcome
from market.ledger.port import DealState, LedgerState, MeterInterval
from market.loans.port import LoanState
from market.terms import NO_METER, Party

FORM = "wattpact-outcome-2"
"""The form of the hashed text; a change of it is another name."""


class Unnamed(KeyError):
    """A party or meter of the ledger has no name in the scenario, so its outcome has no canonical form."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(f"{kind} {value!r} has no name; expected one for every {kind} that the ledger holds")
        self.kind = kind
        self.value = value

    def __str__(self) -> str:
        return str(self.args[0])


def digest(state: LedgerState, names: Mapping[Party, str], meters: Mapping[int, str]) -> str:
    """SHA-256 (hex) of the outcome in ``state``.

    Parameters
    ----------
    names
        The scenario's name of each party that holds, trades or lends something; each name once.
    meters
        The scenario's name of each meter id; each name once.

    Raises
    ------
    Unnamed
        Something in ``state`` has no name.
    ValueError
        Two parties or two meters share a name: unequal outcomes could then look equal.
    """
    return sha256(canonical(state, names, meters).encode("ascii")).hexdigest()


def canonical(state: LedgerState, names: Mapping[Party, str], meters: Mapping[int, str]) -> str:
    """The text that :func:`digest` hashes: to find out where two outcomes differ."""
    _once("party", names)
    _once("meter", meters)
    outcome = {
        "form": FORM,
        "free": _amounts(state.balances, names),
        "tokens": _amounts(state.tokens, names),
        "escrowed": state.escrowed,
        "deals": sorted(
            (_deal(deal, names, meters) for deal in state.deals.values()),
            key=lambda d: (d["interval"], d["index"], d["seller"], d["buyer"], d["nonce"]),
        ),
        "desk": _amounts(state.loans.balances, names),
        "collateral": state.loans.collateral,
        "loans": sorted(
            (_loan(loan, names, meters) for loan in state.loans.loans.values()),
            key=lambda d: (d["interval"], d["lender"], d["borrower"], d["nonce"]),
        ),
        "meters": sorted(
            (
                {"meter": _meter(meter, meters), "interval": interval, **_interval(slot)}
                for (meter, interval), slot in state.meters.items()
                if slot != MeterInterval()
            ),
            key=lambda m: (m["interval"], m["meter"]),
        ),
        **forward_outcome(state, lambda party: _name(party, names), lambda meter: _meter(meter, meters)),
    }
    return json.dumps(outcome, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def conserved(state: LedgerState, minted: int) -> bool:
    """Whether every minted token unit is held by someone, in escrow, collateral, or deposited for a contract."""
    holdings = (state.balances, state.tokens, state.loans.balances, state.forward.balances)
    held = state.escrowed + state.loans.collateral + state.forward.deposits
    return sum(sum(each.values()) for each in holdings) + held == minted


def _amounts(holdings: Mapping[Party, int], names: Mapping[Party, str]) -> dict[str, int]:
    return {_name(party, names): amount for party, amount in holdings.items() if amount}


def _deal(state: DealState, names: Mapping[Party, str], meters: Mapping[int, str]) -> dict[str, int | str]:
    deal = state.deal
    return {
        "seller": _name(deal.seller, names),
        "buyer": _name(deal.buyer, names),
        "nonce": deal.nonce,
        "seller_meter": _meter(deal.seller_meter, meters),
        "buyer_meter": _meter(deal.buyer_meter, meters),
        "interval": deal.interval,
        "count": deal.count,
        "price": deal.price,
        "energy": deal.energy,
        "index": state.index,
        "status": state.status.name,
        "position": state.position,
        "delivered": state.delivered,
        "paid": state.paid,
        "refunded": state.refunded,
    }


def _loan(state: LoanState, names: Mapping[Party, str], meters: Mapping[int, str]) -> dict[str, int | str]:
    loan = state.loan
    return {
        "lender": _name(loan.lender, names),
        "borrower": _name(loan.borrower, names),
        "nonce": loan.nonce,
        "lender_meter": _meter(loan.lender_meter, meters),
        "borrower_meter": _meter(loan.borrower_meter, meters),
        "interval": loan.interval,
        "return_after": loan.return_after,
        "quantity": loan.quantity,
        "price": loan.price,
        "collateral": loan.collateral,
        "status": state.status.name,
        "given_position": state.given_position,
        "returned_position": state.returned_position,
        "principal": state.principal,
        "returned": state.returned,
        "compensation": state.compensation,
        "refunded": state.refunded,
    }


def _interval(slot: MeterInterval) -> dict[str, int | str]:
    return {
        "exported": slot.exported,
        "imported": slot.imported,
        "committed": slot.committed,
        "recorded": int(slot.recorded),
    }


def _name(party: Party, names: Mapping[Party, str]) -> str:
    if party not in names:
        raise Unnamed("party", party)
    return names[party]


def _meter(meter: int, meters: Mapping[int, str]) -> str:
    if meter == NO_METER:
        return ""
    if meter not in meters:
        raise Unnamed("meter", meter)
    return meters[meter]


def _once(kind: str, names: Mapping[Party, str] | Mapping[int, str]) -> None:
    seen: set[str] = set()
    for name in names.values():
        if name in seen:
            raise ValueError(f"the name {name!r} stands for two of kind {kind}, expected each name once")
        seen.add(name)
