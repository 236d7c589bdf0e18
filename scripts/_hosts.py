"""Which ledger a command's options ask for."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from scenarios.hosts import Host, SimulatedHost


@contextmanager
def host_of(
    ledger: str,
    chain: str,
    *,
    realtime: bool = False,
    keystore: Path | None = None,
    funder: Path | None = None,
    password: str = "prompt",
) -> Iterator[Host]:
    """The host that the options name, closed at the end."""
    if ledger not in ("chain", "simulated"):
        raise typer.BadParameter(f"found {ledger!r}, expected chain or simulated", param_hint="--ledger")
    host: Host
    if ledger == "simulated":
        host = SimulatedHost()
    else:
        from scenarios.chain_host import ChainHost, ChainOptions

        options = ChainOptions(
            spec=chain, realtime=realtime, keystore=keystore, funder=funder, password=password
        )
        host = ChainHost(options)
    try:
        yield host
    finally:
        host.close()
