"""From negotiated contracts to what a ledger is told: its rules, its times, the tariffs' hours, the rosters, the terms.

A scenario's registry begins when its votes are opened, some days before the contracts do, and its interval 0 with it: so
the numbers of all intervals, and the outcome, are the same on every ledger, whenever it is played.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from market.forward.port import ForwardDesk
from market.forward.schedule import hours_mask, zone_word
from market.forward.terms import NOTHING, ForwardTerms
from market.forward.trees import Entry, Roster, offer_hash
from market.ledger.port import MarketRules, MeterSpec, TariffStep
from market.terms import Party
from scenarios.community.negotiated import Contract
from scenarios.community.schema import DAYS
from scenarios.community.tariff_load import TariffScenario
from scenarios.community.tariff_schema import MeterTable
from scenarios.errors import ScenarioError
from scenarios.hosts import Cast
from scenarios.market_setup import PartyOf
from scenarios.units import ELECTRICITY, token_units

DAY = 86_400
HOUR = 3_600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class TariffGround:
    """What the ledger is made with (``scenarios.hosts.Ground``): a market of one utility without a provider."""

    rules: MarketRules
    tariff: Sequence[TariffStep] = ()
    opens: int = 0
    notice: int = 0


@dataclass(frozen=True, slots=True)
class Times:
    """When a contract comes about and runs, seconds since 1970."""

    opens: int
    closes: int
    """Last second at which a member posts its leaf."""
    deadline: int
    """Last second at which the vote is published."""
    boundaries: tuple[int, ...]


def times_of(scenario: TariffScenario) -> Times:
    """The scenario's times; the vote opens with the registry."""
    signing = scenario.table.signing
    boundaries = tuple(int(edge.timestamp()) for edge in scenario.case.boundaries)
    opens = boundaries[0] - signing.days * DAY
    closes = opens + signing.vote_days * DAY
    return Times(opens, closes, closes + signing.vote_days * DAY, boundaries)


def made_at(scenario: TariffScenario) -> datetime:
    """The instant from which on meters count: when the vote opens."""
    return scenario.case.boundaries[0].astimezone(UTC) - timedelta(days=scenario.table.signing.days)


def tariff_ground(scenario: TariffScenario, earliest: int) -> TariffGround:
    """The ledger's rules; ``earliest`` is the first second at which something can happen on it.

    Raises
    ------
    ScenarioError
        If the contract begins too early for the ledger's clock, or for its members to join.
    """
    ledger, times = scenario.table.ledger, times_of(scenario)
    if earliest > times.opens:
        found = f"{scenario.table.contract.first}, {scenario.table.signing.days} days after the vote opens"
        soonest = datetime.fromtimestamp(earliest, UTC).isoformat()
        raise ScenarioError(
            scenario.path, "contract.first", found, f"a vote after the ledger's clock, {soonest}"
        )
    join = times.closes + 1
    if times.boundaries[0] <= join + ledger.horizon * ledger.interval:
        raise ScenarioError(
            scenario.path,
            "signing.days",
            str(scenario.table.signing.days),
            "a contract that begins later than ledger.horizon after the vote is closed",
        )
    return TariffGround(
        MarketRules(
            epoch=times.opens,
            interval=ledger.interval,
            gate=ledger.gate,
            horizon=ledger.horizon,
            window=ledger.window,
            utility=ELECTRICITY.number,
        )
    )


def cast_of(scenario: TariffScenario) -> Cast:
    """Who has an account: the retailer, the communities, and their members."""
    table = scenario.table
    members = [member.name for community in table.communities for member in community.members]
    communities = [community.name for community in table.communities]
    return Cast(provider=None, owners=(table.retailer.name, *communities, *members))


def intervals_of(scenario: TariffScenario, rules: MarketRules) -> tuple[int, ...]:
    """The contract's boundaries as the ledger counts intervals."""
    return tuple((edge - rules.epoch) // rules.interval for edge in times_of(scenario).boundaries)


def funds_of(scenario: TariffScenario) -> dict[str, int]:
    """Token units that each brings to the desk: members what they may owe, the retailer its deposits.

    Raises
    ------
    ScenarioError
    """
    table = scenario.table
    funds = {
        meter.member: amount(scenario, f"meter[{i}].deposit", meter.deposit)
        for i, meter in enumerate(table.meters, 1)
    }
    each = amount(scenario, "signing.retailer_deposit", table.signing.retailer_deposit)
    return {table.retailer.name: each * len(table.communities), **funds}


def amount(scenario: TariffScenario, place: str, tokens: object) -> int:
    """Token units of an amount in the file."""
    try:
        return token_units(tokens)  # type: ignore[arg-type]
    except ValueError as error:
        found, _, expected = str(error).partition(", expected ")
        raise ScenarioError(scenario.path, place, found, expected) from None


def specs_of(scenario: TariffScenario, party_of: PartyOf) -> dict[str, MeterSpec]:
    """Every member's meter, its own."""
    hours = scenario.table.ledger.interval / HOUR
    return {
        meter.member: MeterSpec(
            name=meter.member,
            owner=party_of(meter.member),
            rating=int(float(meter.rating) * hours * ELECTRICITY.base_per_unit),
        )
        for meter in scenario.table.meters
    }


def meter_of(scenario: TariffScenario, member: str) -> MeterTable:
    """The table of a member's meter."""
    return next(meter for meter in scenario.table.meters if meter.member == member)


@dataclass(frozen=True, slots=True)
class Hours:
    """Which hours of the week each rate of the tariff counts, as contracts hold them."""

    masks: tuple[int, ...]
    zone: bytes


def hours_of(scenario: TariffScenario) -> Hours:
    """The masks of the file's blocks; that they fit together was checked with the case."""
    masks = []
    for block in scenario.table.blocks:
        days = [DAYS.index(day) for day in block.days]
        mask = 0
        for first, end in block.hours:
            mask |= hours_mask(days, range(first, end))
        masks.append(mask)
    return Hours(tuple(masks), zone_word(scenario.table.zone))


def roster_of(contract: Contract, meters: Mapping[str, int], party_of: PartyOf, desk: ForwardDesk) -> Roster:
    """Who may join: those who signed, in the order of their names, with their contracted volumes period by period."""
    entries = [
        Entry(
            member=party_of(member.name),
            meter=meters[member.name],
            volumes=tuple(amount for period in contract.volumes[member.name] for amount in period),
        )
        for member in contract.members
    ]
    return Roster(tuple(entries), desk.hash)


def decided_of(scenario: TariffScenario, contract: Contract, party_of: PartyOf, desk: ForwardDesk) -> bytes:
    """What the vote decided on: the tariff's hash; zero where nothing was agreed on."""
    hours = hours_of(scenario)
    if contract.rates is None:
        return NOTHING
    retailer: Party = party_of(scenario.table.retailer.name)
    return offer_hash(retailer, contract.rates, hours.masks, hours.zone, desk.hash)


def terms_of(
    scenario: TariffScenario,
    contract: Contract,
    *,
    number: int,
    rules: MarketRules,
    roster: Roster,
    decision: bytes,
    party_of: PartyOf,
) -> ForwardTerms:
    """What retailer and community sign; they can until the gate of the contract's first interval."""
    assert contract.rates is not None
    table, hours, boundaries = scenario.table, hours_of(scenario), intervals_of(scenario, rules)
    return ForwardTerms(
        retailer=party_of(table.retailer.name),
        community=party_of(contract.community.name),
        nonce=number,
        boundaries=boundaries,
        blocks=hours.masks,
        zone=hours.zone,
        rates=contract.rates,
        expected=contract.expected,
        roster=roster.root,
        exit_fee=amount(scenario, "signing.exit_fee", table.signing.exit_fee),
        retailer_deposit=amount(scenario, "signing.retailer_deposit", table.signing.retailer_deposit),
        decision=decision,
        expiry=rules.gate_of(boundaries[0]),
    )
