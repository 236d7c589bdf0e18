"""From Solidity sources to artifacts, the same on every machine.

Each contract is compiled by itself from exactly the files that it imports, with the settings of ``foundry.toml``, so
that an artifact changes only when its own sources or settings do. The compiler is the native one that py-solc-x holds,
else npm's behind ``scripts/solc``, else one that py-solc-x downloads; all of the same version write the same bytes.

Running a market needs none of this: the artifacts are in the repository (:mod:`chain.artifact`).
"""

import hashlib
import json
import posixpath
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError, SolcInstallationError, SolcNotInstalled

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.8.37"
"""The compiler of the committed artifacts."""

_IMPORT = re.compile(r"""^\s*import\s[^;]*?["']([^"']+)["']\s*;""", re.MULTILINE)
_COMMIT = re.compile(r"\d+\.\d+\.\d+\+commit\.[0-9a-f]{8}")


class CompileError(Exception):
    """Sources, settings or a compiler that are missing or do not compile."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One contract to compile, and where its artifact lies; both paths from the root of the repository."""

    source: str
    contract: str
    folder: str = "chain/artifacts"

    @property
    def file(self) -> str:
        """The artifact's path."""
        return f"{self.folder}/{self.contract}.json"


_BASELINE = "tests/contracts/baseline"

TARGETS: Sequence[Target] = (
    Target(source="contracts/UtilityToken.sol", contract="UtilityToken"),
    Target(source="contracts/MeterRegistry.sol", contract="MeterRegistry"),
    Target(source="contracts/ProviderTariff.sol", contract="ProviderTariff"),
    Target(source="contracts/UtilityNegotiator.sol", contract="UtilityNegotiator"),
    Target(source="contracts/EnergyLoans.sol", contract="EnergyLoans"),
    Target(source="contracts/ForwardContracts.sol", contract="ForwardContracts"),
    Target(source=f"{_BASELINE}/CloneMarket.sol", contract="CloneMarket", folder=f"{_BASELINE}/artifacts"),
    Target(
        source=f"{_BASELINE}/CloneNegotiation.sol",
        contract="CloneNegotiation",
        folder=f"{_BASELINE}/artifacts",
    ),
)
"""What ``wattpact compile`` writes: the market's contracts, and the baseline that gas figures are measured against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A committed artifact that is not what the sources compile to."""

    file: str
    parts: tuple[str, ...]
    """Its top-level keys that differ; ``("missing",)`` where there is no file."""

    def __str__(self) -> str:
        """For people: the file and what differs in it."""
        return f"{self.file}: differs in {', '.join(self.parts)}"


def settings(root: Path = ROOT) -> dict[str, Any]:
    """The compiler's settings from ``foundry.toml``, as standard JSON has them.

    Raises:
        CompileError: the file or one of its keys is missing.
    """
    file = root / "foundry.toml"
    try:
        profile = tomllib.loads(file.read_text(encoding="utf-8"))["profile"]["default"]
        return {
            "evmVersion": profile["evm_version"],
            "metadata": {"appendCBOR": profile["cbor_metadata"], "bytecodeHash": profile["bytecode_hash"]},
            "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
            "viaIR": profile["via_ir"],
        }
    except (OSError, KeyError, tomllib.TOMLDecodeError) as fault:
        raise CompileError(f"{file}: no settings for the compiler: {fault!r}") from fault


def closure(source: str, root: Path = ROOT) -> dict[str, str]:
    """``source`` and everything it imports, however deep: unit name to text, sorted by name.

    Raises:
        CompileError: a file is missing.
    """
    texts: dict[str, str] = {}
    waiting = [source]
    while waiting:
        name = waiting.pop()
        if name in texts:
            continue
        file = root / "node_modules" / name if name.startswith("@") else root / name
        try:
            texts[name] = file.read_text(encoding="utf-8")
        except OSError as fault:
            raise CompileError(
                f"{name}: cannot be read ({fault}); are the node modules installed?"
            ) from fault
        waiting.extend(_imports(name, texts[name]))
    return dict(sorted(texts.items()))


def _imports(name: str, text: str) -> Iterator[str]:
    for path in _IMPORT.findall(text):
        yield (
            posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if path.startswith(".")
            else path
        )


def find_compiler(root: Path = ROOT) -> Path:
    """An executable that is solc VERSION: installed by py-solc-x, npm's, or downloaded now, in this order.

    Raises:
        CompileError: none can be had.
    """
    try:
        return Path(solcx.install.get_executable(VERSION))
    except SolcNotInstalled:
        pass
    script = root / "scripts" / "solc"
    if shutil.which("node") and (root / "node_modules" / "solc").is_dir():
        return script
    try:
        solcx.install_solc(VERSION)
    except (SolcInstallationError, OSError, ValueError) as fault:
        raise CompileError(
            f"no solc {VERSION}: py-solc-x has none and cannot fetch it ({fault}); `npm ci` with Node brings one"
        ) from fault
    return Path(solcx.install.get_executable(VERSION))


def compile_target(target: Target, *, compiler: Path, root: Path = ROOT) -> dict[str, Any]:
    """The artifact of ``target`` as a JSON document.

    Raises:
        CompileError: the sources do not compile; the text holds the compiler's messages.
    """
    texts = closure(target.source, root)
    chosen = settings(root)
    selection = [
        "abi",
        "storageLayout",
        "metadata",
        "evm.bytecode.object",
        "evm.deployedBytecode.object",
        "evm.deployedBytecode.immutableReferences",
    ]
    document = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": {**chosen, "outputSelection": {target.source: {target.contract: selection}}},
    }
    try:
        output = solcx.compile_standard(document, solc_binary=compiler)
        compiled = output["contracts"][target.source][target.contract]
    except (SolcError, KeyError, OSError) as fault:
        raise CompileError(f"{target.source}: {target.contract} does not compile: {fault}") from fault
    version = _COMMIT.search(json.loads(compiled["metadata"])["compiler"]["version"])
    deployed = compiled["evm"]["deployedBytecode"]
    return {
        "contract": target.contract,
        "abi": compiled["abi"],
        "bytecode": "0x" + compiled["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + deployed["object"],
        "immutableReferences": deployed["immutableReferences"],
        "storageLayout": compiled["storageLayout"],
        "compiler": {"version": version.group() if version else VERSION, "settings": chosen},
        "sources": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
    }


def write(target: Target, document: Mapping[str, Any], root: Path = ROOT) -> None:
    """Put an artifact in its place, always in the same bytes for the same content."""
    file = root / target.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def compare(target: Target, document: Mapping[str, Any], root: Path = ROOT) -> Difference | None:
    """What the committed artifact of ``target`` has other than ``document``; None if it is the same."""
    try:
        committed = json.loads((root / target.file).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Difference(file=target.file, parts=("missing",))
    except ValueError:
        return Difference(file=target.file, parts=("everything: it is not JSON",))
    keys = [*document, *(key for key in committed if key not in document)]
    parts = tuple(key for key in keys if committed.get(key) != document.get(key))
    return Difference(file=target.file, parts=parts) if parts else None
