"""Deploying once, finding it again, and every way in which a record can be wrong: nothing is sent then."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.deploy import Plan, deploy, open_market, plan_of
from chain.embedded import CHAIN_ID, EmbeddedNetwork
from chain.errors import ChainFault, DeploymentError, WrongChain
from chain.funding import dev_account
from chain.plans import BadOption, make_plan
from chain.record import read_record
from chain.sender import Sender
from market.ledger.port import MarketRules, TariffStep
from market.terms import NOBODY, Party

PROVIDER = Party("0x00000000000000000000000000000000000000AA")


class CountingNetwork(EmbeddedNetwork):
    """Counts what is sent."""

    sent = 0

    def send(self, transactions: Any) -> Any:
        self.sent += len(transactions)
        return super().send(transactions)


@pytest.fixture
def network() -> CountingNetwork:
    return CountingNetwork()


def plan_for(network: EmbeddedNetwork, **changes: Any) -> Plan:
    plan = Plan(
        rules=MarketRules(epoch=network.now() + 900, interval=300, provider_cap=77),
        provider=PROVIDER,
        tariff=(TariffStep(from_interval=3, buy_price=1, sell_price=2),),
        registrar=dev_account(network).party,
    )
    return replace(plan, **changes)


def deployed(network: EmbeddedNetwork, path: Path | None, plan: Plan | None = None) -> Any:
    return deploy(Sender(network), dev_account(network), plan or plan_for(network), path=path)


def test_a_market_is_deployed_once(network: CountingNetwork, tmp_path: Path) -> None:
    path = tmp_path / "records" / f"{CHAIN_ID}.json"
    market, record = deployed(network, path)
    assert network.sent == 9  # six contracts and three listings
    again, read = deployed(network, path)
    assert network.sent == 9
    assert read == record == read_record(path)
    assert again.addresses == market.addresses
    assert market.rules == plan_for(network).rules
    assert market.provider == PROVIDER
    assert market.registry.markets() == [
        market.negotiator.address,
        market.loans.address,
        market.forward.address,
    ]
    assert market.loans.constants() == {"utility": 1, "pause_length": 604_800, "pause_cooldown": 2_592_000}
    assert market.tariff is not None
    assert market.tariff.price_at(9) == (1, 2)
    assert plan_of(record, "x") == plan_for(network)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_market_without_a_provider(network: CountingNetwork, tmp_path: Path) -> None:
    plan = plan_for(network, provider=NOBODY, tariff=())
    market, record = deployed(network, tmp_path / "r.json", plan)
    assert (market.tariff, market.provider) == (None, NOBODY)
    assert set(record.contracts) == {
        "UtilityToken",
        "MeterRegistry",
        "UtilityNegotiator",
        "EnergyLoans",
        "ForwardContracts",
    }
    assert deployed(network, tmp_path / "r.json", plan)[1] == record


def test_another_plan_is_not_deployed_over_a_record(network: CountingNetwork, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    plan = plan_for(network)
    deployed(network, path, plan)
    with pytest.raises(DeploymentError) as caught:
        deployed(network, path, replace(plan, rules=replace(plan.rules, gate=61)))
    assert caught.value.place == "contracts.MeterRegistry.arguments.gate"
    assert (caught.value.found, caught.value.expected) == ("60", "61")
    assert network.sent == 9


Change = Callable[[dict[str, Any]], None]


def without(*keys: str) -> Change:
    def change(record: dict[str, Any]) -> None:
        for key in keys[:-1]:
            record = record[key]
        del record[keys[-1]]

    return change


def setting(value: Any, *keys: str) -> Change:
    def change(record: dict[str, Any]) -> None:
        for key in keys[:-1]:
            record = record[key]
        record[keys[-1]] = value

    return change


WORD = "0x" + "1" * 64
WRONG: list[tuple[Change, str, str]] = [
    (without("block"), "block", "nothing"),
    (without("contracts", "MeterRegistry"), "contracts.MeterRegistry", "nothing"),
    (without("contracts", "EnergyLoans"), "contracts.EnergyLoans", "nothing"),
    (without("loans_listed"), "loans_listed", "nothing"),
    (without("contracts", "ForwardContracts"), "contracts.ForwardContracts", "nothing"),
    (without("forward_listed"), "forward_listed", "nothing"),
    (without("contracts", "UtilityToken", "address"), "contracts.UtilityToken.address", "nothing"),
    (setting({}, "contracts", "Other"), "contracts.Other.address", "nothing"),
    (setting("1", "chain_id"), "chain_id", "'1'"),
    (setting(2, "format"), "format", "2"),
    (setting(True, "extra"), "extra", "True"),
    (setting("0xabc", "contracts", "UtilityToken", "address"), "contracts.UtilityToken.address", "'0xabc'"),
    (
        setting(PROVIDER.lower(), "contracts", "UtilityToken", "address"),
        "contracts.UtilityToken.address",
        repr(PROVIDER.lower()),
    ),
    (setting(PROVIDER, "contracts", "UtilityToken", "address"), "contracts.UtilityToken.address", "no code"),
    (
        setting(WORD, "contracts", "ProviderTariff", "bytecode_hash"),
        "contracts.ProviderTariff.bytecode_hash",
        WORD,
    ),
    (
        setting(901, "contracts", "MeterRegistry", "arguments", "interval"),
        "contracts.MeterRegistry.arguments.interval",
        "901",
    ),
    (
        setting(PROVIDER, "contracts", "EnergyLoans", "arguments", "guardian"),
        "contracts.EnergyLoans.arguments.guardian",
        PROVIDER,
    ),
    (
        without("contracts", "MeterRegistry", "arguments", "gate"),
        "contracts.MeterRegistry.arguments.gate",
        "None",
    ),
]


@pytest.mark.parametrize(("change", "place", "found"), WRONG)
def test_a_wrong_record_is_refused_with_place_found_and_expected(
    network: CountingNetwork, tmp_path: Path, change: Change, place: str, found: str
) -> None:
    path = tmp_path / "r.json"
    deployed(network, path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(DeploymentError) as caught:
        open_market(network, read_record(path), str(path))
    error = caught.value
    assert error.exit_code == 2
    assert error.file == str(path)
    assert error.place == place
    assert found in str(error.found)
    assert str(error).startswith(f"{path}: {place}: found ")
    assert ", expected " in str(error)
    assert "\n" not in str(error)
    assert network.sent == 9


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\0"])
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(DeploymentError, match=r"r\.json: .*found .*expected"):
        read_record(path)
    with pytest.raises(DeploymentError, match="FileNotFoundError"):
        read_record(tmp_path / "none.json")


def test_contracts_in_each_others_place_are_refused(network: CountingNetwork, tmp_path: Path) -> None:
    _, record = deployed(network, None)
    token, registry = record.contracts["UtilityToken"], record.contracts["MeterRegistry"]
    swapped = record.model_copy(
        update={
            "contracts": {
                **record.contracts,
                "UtilityToken": token.model_copy(update={"address": registry.address}),
            }
        }
    )
    with pytest.raises(DeploymentError, match="bytes of other code at"):
        open_market(network, swapped, "r.json")
    # Our code, but of another market.
    other, other_record = deployed(network, None)
    mixed = record.model_copy(
        update={"contracts": {**record.contracts, "UtilityToken": other_record.contracts["UtilityToken"]}}
    )
    with pytest.raises(DeploymentError, match=r"contracts\.UtilityToken\.address") as caught:
        open_market(network, mixed, "r.json")
    assert caught.value.expected == other.token.address
    desk = other_record.contracts["EnergyLoans"]
    mixed = record.model_copy(update={"contracts": {**record.contracts, "EnergyLoans": desk}})
    with pytest.raises(DeploymentError, match=r"contracts\.EnergyLoans\.address") as caught:
        open_market(network, mixed, "r.json")
    assert other.token.address in str(caught.value.found)


def test_another_chain_is_refused(network: CountingNetwork) -> None:
    _, record = deployed(network, None)
    with pytest.raises(WrongChain) as caught:
        open_market(network, record.model_copy(update={"chain_id": 5}), "r.json")
    assert (caught.value.found, caught.value.expected) == (CHAIN_ID, 5)
    assert "r.json: chain_id" in str(caught.value)


class TestPlans:
    def test_defaults_begin_with_the_next_full_interval(self, network: CountingNetwork) -> None:
        network.set_time(network.now() + 10)
        plan = make_plan(network, None, registrar=PROVIDER, rules={"interval": 60, "gate": None})
        assert plan.rules == MarketRules(epoch=network.now() + 50, interval=60)

    def test_what_is_not_given_is_as_on_record(self, network: CountingNetwork, tmp_path: Path) -> None:
        path = tmp_path / "r.json"
        deployed(network, path)
        assert make_plan(network, path, registrar=NOBODY, rules={}) == plan_for(network)
        changed = make_plan(network, path, registrar=NOBODY, rules={"gate": 1}, tariff=["0:5:6"])
        assert changed.rules.gate == 1
        assert changed.tariff == (TariffStep(from_interval=0, buy_price=5, sell_price=6),)

    @pytest.mark.parametrize(
        ("options", "named"),
        [
            ({"rules": {"interval": 1}}, "--interval: found 1, expected 2.."),
            ({"rules": {"wei_per_unit": 0}}, "--wei-per-unit: found 0"),
            ({"provider": "0x12", "tariff": ["0:1:2"]}, "--provider: found '0x12'"),
            ({"guardian": "bob"}, "--guardian: found 'bob'"),
            ({"provider": PROVIDER}, "--provider and --tariff: found a provider alone"),
            ({"tariff": ["0:1:2"]}, "--provider and --tariff: found a tariff alone"),
            ({"provider": PROVIDER, "tariff": ["0:1"]}, "--tariff: found '0:1'"),
            ({"provider": PROVIDER, "tariff": ["0:3:2"]}, "--tariff: found '0:3:2'"),
            ({"provider": PROVIDER, "tariff": ["0:-1:2"]}, "--tariff: found '0:-1:2'"),
        ],
    )
    def test_wrong_options_are_named(
        self, network: CountingNetwork, options: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(BadOption) as caught:
            make_plan(network, None, registrar=PROVIDER, **{"rules": {}, **options})
        assert named in str(caught.value)
        assert isinstance(caught.value, ChainFault)
        assert caught.value.exit_code == 2
