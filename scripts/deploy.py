"""Deploy a market's contracts on a network and write the deployment record."""

from pathlib import Path
from typing import Annotated

import typer

from scripts._console import Json, command, emit_json


def main(
    *,
    chain: Annotated[
        str,
        typer.Option(
            "--network",
            "--chain",
            help="`anvil`, `memory` (both end with the command, unless --state keeps them), a URL, or an IPC path.",
        ),
    ] = "memory",
    state: Annotated[
        Path | None, typer.Option(help="Keep the chain of `memory` or `anvil` in this file.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where deployment records lie.")] = Path("deployments"),
    keystore: Annotated[
        Path | None,
        typer.Option(help="Encrypted key of the deployer; a test chain's own account without it."),
    ] = None,
    password: Annotated[
        str, typer.Option(help="Where the keystore's password is: `prompt`, `env:NAME` or `file:PATH`.")
    ] = "prompt",
    epoch: Annotated[
        int | None,
        typer.Option(help="Start of interval 0, seconds since 1970; the next full interval if not given."),
    ] = None,
    interval: Annotated[int | None, typer.Option(help="Seconds of an interval, at least 2.  [900]")] = None,
    gate: Annotated[
        int | None,
        typer.Option(help="Seconds before its start from which nothing is recorded for an interval.  [60]"),
    ] = None,
    horizon: Annotated[int | None, typer.Option(help="Intervals that may be traded ahead.  [192]")] = None,
    window: Annotated[
        int | None, typer.Option(help="Seconds after an interval in which its readings are accepted.  [1800]")
    ] = None,
    utility: Annotated[int | None, typer.Option(help="Number of what is traded.  [1]")] = None,
    rate: Annotated[int | None, typer.Option(help="Wei for one token unit.  [1000000000]")] = None,
    provider: Annotated[
        str | None, typer.Option(help="Address of the provider; no provider without it.")
    ] = None,
    tariff: Annotated[
        list[str] | None,
        typer.Option(
            help="The provider's prices `FROM:BUY:SELL`, token units per base unit; may be repeated."
        ),
    ] = None,
    provider_cap: Annotated[
        int | None, typer.Option(help="Base units that a meter may have open towards the provider.")
    ] = None,
    guardian: Annotated[
        str | None, typer.Option(help="Address of the guardian; nobody pauses without it.")
    ] = None,
    json: Json = False,
) -> None:
    """Deploy a market and record where it stands; a market that is on record is only checked.

    Example: wattpact deploy --network http://127.0.0.1:8545 --interval 900
    """
    import os

    from chain.accounts import from_keystore, read_password
    from chain.deploy import deploy
    from chain.embedded import EmbeddedNetwork
    from chain.funding import dev_account
    from chain.network import connect
    from chain.persistence import save
    from chain.plans import make_plan
    from chain.record import path_of
    from chain.sender import Sender

    with connect(chain, state=state) as node:
        lasting = chain not in ("memory", "anvil") or state is not None
        path = path_of(folder, node.chain_id) if lasting else None
        if keystore is None:
            deployer = dev_account(node)
        else:
            deployer = from_keystore(keystore, read_password(password, os.environ))
        rules = {
            "epoch": epoch,
            "interval": interval,
            "gate": gate,
            "horizon": horizon,
            "window": window,
            "utility": utility,
            "wei_per_unit": rate,
            "provider_cap": provider_cap,
        }
        plan = make_plan(
            node,
            path,
            registrar=deployer.party,
            rules=rules,
            provider=provider,
            guardian=guardian,
            tariff=tariff or (),
        )
        known = path is not None and path.exists()
        sender = Sender(node)
        _, record = deploy(sender, deployer, plan, path=path)
        if isinstance(node, EmbeddedNetwork) and state is not None:
            save(node, state)
        gas, fee = sender.meter.total()
        if json:
            contracts = {name: contract.address for name, contract in record.contracts.items()}
            emit_json(
                {
                    "network": node.name,
                    "chain_id": node.chain_id,
                    "record": path,
                    "deployed": not known,
                    "contracts": contracts,
                    "block": record.block,
                    "gas": gas,
                    "fee": fee,
                }
            )
            return
        print(f"{'on record' if known else 'deployed'} on {node.name} (chain id {node.chain_id}):")
        for name, contract in record.contracts.items():
            print(f"  {name:<18} {contract.address}")
        print(f"{gas:,} gas, {fee / 10**18:.6f} Ether in fees")
        print(f"record: {path}" if path else "no record: this chain ends with the command")


cli = command(main)

if __name__ == "__main__":
    cli()
