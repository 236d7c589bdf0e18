"""What a home keeps to itself is in no transaction, event, transcript or table of a run.

Shown by noninterference: private values are changed in a way that changes no move, and not a byte of what is public
changes with them.
"""

from collections.abc import Callable
from pathlib import Path

from hexbytes import HexBytes

from chain.network import connect
from scenarios.chain_host import ChainHost, ChainOptions
from scenarios.load import load
from scenarios.report.folder import RunFolder
from scenarios.running import RunOptions, run_scenario
from tests.scenarios.conftest import LOANS, lending_profiles

Write = Callable[..., Path]

OTHER = LOANS
for old, new in (
    ("aspiration = 0.0 }", "aspiration = 0.017, least_gain = 0.0023 }"),  # ash
    ("aspiration = 0.0 }", "aspiration = 0.013, least_gain = 0.0019 }"),  # oak
    # Without a battery there is no flexibility to lose: half the weight is half the utility, to the last bit.
    ("weights = { autarky = 1.0 }", "weights = { flexibility = 0.5, autarky = 0.5 }"),
    ("scenarios = 5", "scenarios = 5\nsure = 0.8713\nepsilon = 0.0917"),
):
    assert old in OTHER, old
    OTHER = OTHER.replace(old, new, 1)


def play(path: Path, out: Path) -> RunFolder:
    host = ChainHost(ChainOptions())
    try:
        result = run_scenario(load(str(path)), host, RunOptions(out=out, pictures=False))
    finally:
        host.close()
    assert result.loans["opened"] == 4
    return result.folder


def on_chain(folder: RunFolder) -> list[tuple[bytes, ...]]:
    """Every transaction's call data and every event, in order."""
    found: list[tuple[bytes, ...]] = []
    with connect("memory", state=folder.chain) as network:
        for number in range(network.block_number() + 1):
            block = network.w3.eth.get_block(number, full_transactions=True)
            for sent in block["transactions"]:
                assert not isinstance(sent, bytes)
                found.append((bytes(HexBytes(sent["data"])),))
            for log in network.w3.eth.get_logs({"fromBlock": number, "toBlock": number}):
                found.append((*map(bytes, log["topics"]), bytes(log["data"])))
    return found


def off_chain(folder: RunFolder) -> dict[str, bytes]:
    """Transcripts and tables; what batteries held and what homes expected is the simulation's own and said to be."""
    files = [*folder.transcripts.iterdir(), *folder.tables.glob("*.csv")]
    return {path.name: path.read_bytes() for path in files if path.name not in ("charge.csv", "lending.csv")}


def test_private_values_that_change_no_move_change_no_byte(write: Write, tmp_path: Path) -> None:
    one = play(write(LOANS, lending_profiles()), tmp_path / "one")
    other = play(write(OTHER, lending_profiles()), tmp_path / "other")
    assert len(on_chain(one)) > 100
    assert on_chain(one) == on_chain(other)
    said, heard = off_chain(one), off_chain(other)
    assert {name for name in said if said[name] != heard[name]} == set()
    assert {"loans.csv", "loan_offers.csv", "loan-00001.json"} <= set(said)
