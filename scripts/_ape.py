"""The bridge to Ape: makes a command of ours one that ``ape run NAME --network …`` runs on Ape's network.

Imported only while Ape loads the scripts. Ape parses the network and its own options, connects (spawning a node where
the network asks for one), and everything else on the line is the command's own; the node's address is handed over as
``--chain``, so the command needs not know that Ape is there. No deploying is done here.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from ape.cli import ConnectedProviderCommand

from scripts._console import run, takes

ROOT = Path(__file__).resolve().parent.parent


def connected(main: Callable[..., Any]) -> click.Command:
    """A click command that connects to Ape's network and runs ``main`` with the rest of the command line."""

    @click.command(
        cls=ConnectedProviderCommand,
        name=main.__module__.rpartition(".")[2].replace("_", "-"),
        help=inspect.getdoc(main),
        epilog="All other options of the same command of wattpact may be given too.",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    @click.pass_context
    def call(context: click.Context, provider: Any) -> None:
        arguments = list(context.args)
        address = _address(provider)
        chosen = any(a == "--chain" or a.startswith("--chain=") for a in arguments)
        if address and takes(main, "--chain") and not chosen:
            arguments += ["--chain", address]
        # Ape takes the project off the path once the script is loaded; commands import the rest when they run.
        if str(ROOT) not in sys.path:
            sys.path.insert(0, str(ROOT))
        run(main, arguments, name=f"ape run {context.info_name}")

    return call


def _address(provider: Any) -> str | None:
    """Where others reach the node Ape is connected to; None for the chain that lives inside Ape's process."""
    for kind in ("http_uri", "ws_uri", "ipc_path"):
        if address := getattr(provider, kind, None):
            return str(address)
    return None
