"""Forward contracts, votes, registers and supplies in the canonical form of an outcome (:mod:`market.ledger.digest`).

Hashes and times differ from ledger to ledger, so they are left out: a contract says whether it was voted on, a vote who
posted and who is among the published leaves. Nothing at all is said where there is none of it.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from market.forward.port import ForwardState, VoteState
from market.forward.terms import NOTHING, MemberState
from market.ledger.port import LedgerState
from market.terms import Party

Name = Callable[[Party], str]
MeterName = Callable[[int], str]


def forward_outcome(state: LedgerState, name: Name, meter: MeterName) -> dict[str, Any]:
    """What the outcome's text holds beside deals and loans; ``name`` and ``meter`` give the scenario's names."""
    forward = state.forward
    found: dict[str, Any] = {
        "forward": {name(party): amount for party, amount in forward.balances.items() if amount},
        "deposits": forward.deposits,
        "contracts": _sorted(_contract(each, name, meter) for each in forward.contracts.values()),
        "votes": _votes(forward.votes, name),
        "registers": _sorted(
            {
                "meter": meter(each.meter),
                "at": each.at,
                "imported": list(each.imported),
                "exported": list(each.exported),
            }
            for each in state.registers.values()
        ),
        # A market has one supplier of meters: who it is need not be said.
        "supplies": _sorted(
            {"meter": meter(number), "from": each.from_interval, "to": each.to_interval}
            for number, supplies in state.supplies.items()
            for each in supplies
        ),
        "aggregates": _sorted(
            {"meter": meter(number), "into": meter(each.into), "from": each.from_interval}
            for number, each in state.aggregates.items()
        ),
    }
    return {key: value for key, value in found.items() if value}


def _contract(state: ForwardState, name: Name, meter: MeterName) -> dict[str, Any]:
    terms = state.terms
    return {
        "retailer": name(terms.retailer),
        "community": name(terms.community),
        "nonce": terms.nonce,
        "boundaries": list(terms.boundaries),
        "blocks": list(terms.blocks),
        "zone": terms.zone.hex(),
        "rates": list(terms.rates),
        "expected": list(terms.expected),
        "exit_fee": terms.exit_fee,
        "retailer_deposit": terms.retailer_deposit,
        "voted_on": terms.decision != NOTHING,
        "status": state.status.name,
        "left": state.retailer_deposit,
        "members": _sorted(
            {"meter": meter(number), **_member(each, name)} for number, each in state.members.items()
        ),
    }


def _member(state: MemberState, name: Name) -> dict[str, Any]:
    return {
        "member": name(state.member),
        "deposit": state.deposit,
        "billed": state.billed,
        "last": state.last,
        "based": state.based,
        "exited": state.exited,
        "accounted": list(state.accounted),
    }


def _votes(votes: Mapping[bytes, VoteState], name: Name) -> list[dict[str, Any]]:
    return _sorted(
        {
            "community": name(each.community),
            # In the order of names: that of addresses is another on every ledger.
            "voters": sorted(
                [name(member), index in each.posted, each.published and each.leaves[index] != NOTHING]
                for index, member in enumerate(each.roster)
            ),
            "published": each.published,
            "agreed": each.result != NOTHING,
        }
        for each in votes.values()
    )


def _sorted(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
