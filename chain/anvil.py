"""A spawned anvil: found, started on a free port, and always ended again.

Mines when told (one block for a batch), in the order of arrival, on a clock that stands still between warps, so that it
behaves like the embedded chain.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests
from web3 import HTTPProvider

from chain.errors import AnvilFailed, AnvilNotFound, WrongChain
from chain.rpc import RpcNetwork

CHAIN_ID = 31337
BLOCK_GAS = 300_000_000
EPOCH = 1_735_689_600
"""Time of the genesis block: 2025-01-01T00:00:00Z."""
DEV_ETHER = 10**12
"""Ether of each development account."""
START_WITHIN = 20.0
"""Seconds."""


def find_anvil(environ: Mapping[str, str], root: Path) -> Path:
    """The executable: ``$ANVIL``, the node package under ``root`` (not its shim: that loses the exit code), or PATH.

    Raises
    ------
    AnvilNotFound
        With the places that were looked at.
    """
    named = environ.get("ANVIL")
    pattern = "node_modules/@foundry-rs/anvil-*/bin/anvil"
    candidates = [Path(named)] if named else [*sorted(root.glob(pattern))]
    if not named and (on_path := shutil.which("anvil", path=environ.get("PATH"))):
        candidates.append(Path(on_path))
    for candidate in candidates:
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate.resolve()
    raise AnvilNotFound([f"$ANVIL={named}"] if named else ["$ANVIL (unset)", str(root / pattern), "PATH"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: "subprocess.Popen[bytes]", log: str) -> None:
    """End the process by its id; asked first, so that it writes its state."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    Path(log).unlink(missing_ok=True)


class AnvilNetwork(RpcNetwork):
    """An anvil of our own.

    ``state``: a file that it loads if present and writes when it ends, and every minute, so that a stopped run can go on.
    """

    clock_still = True
    _time: int | None = None

    def __init__(
        self,
        executable: Path,
        *,
        state: Path | None = None,
        chain_id: int = CHAIN_ID,
        epoch: int = EPOCH,
    ) -> None:
        port = _free_port()
        command = [str(executable), "--port", str(port), "--chain-id", str(chain_id), "--order", "fifo"]
        command += ["--no-mining", "--gas-limit", str(BLOCK_GAS), "--silent"]
        command += ["--balance", str(DEV_ETHER)]
        resumed = state is not None and state.exists()
        if not resumed:
            command += ["--timestamp", str(epoch)]
        if state is not None:
            command += ["--state", str(state), "--state-interval", "60"]
            command += ["--preserve-historical-states"]  # a replay reads the past
        handle, log = tempfile.mkstemp(prefix="anvil-", suffix=".log")
        with os.fdopen(handle, "wb") as output:
            # A session of its own: Ctrl-C in the terminal reaches us first, and we end it in order.
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._end = weakref.finalize(self, _end, self._process, log)
        self.url = f"http://127.0.0.1:{port}"
        try:
            self._wait_until_listening(port, Path(log))
            session = requests.Session()
            # No proxy leads here, and looking for one in the environment takes longer than asking anvil
            session.trust_env = False
            provider = HTTPProvider(self.url, request_kwargs={"timeout": 120}, session=session)
            super().__init__("anvil", provider, manual_mining=True, lost_after=20.0)
            if self.chain_id != chain_id:
                raise WrongChain(str(state or "anvil"), self.chain_id, chain_id)
            if resumed:  # otherwise the clock would go on from today
                self._result("evm_setTime", [self.now()])
            self._result("anvil_setBlockTimestampInterval", [0])
        except BaseException:
            self._end()
            raise

    def _result(self, method: str, params: Sequence[Any]) -> Any:
        if method.startswith(("evm_", "anvil_")):
            self._time = None
        return super()._result(method, params)

    def now(self) -> int:
        """The time of the latest block, asked once: the clock stands still until somebody sets it, and that is us."""
        if self._time is None:
            self._time = super().now()
        return self._time

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def _wait_until_listening(self, port: int, log: Path) -> None:
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                said = log.read_text(errors="replace").strip()[-500:]
                raise AnvilFailed(f"exit code {self._process.returncode}: {said}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.01)
        raise AnvilFailed(f"silence for {START_WITHIN:.0f} s")

    def close(self) -> None:
        self._end()
