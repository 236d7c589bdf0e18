"""The house itself: which rooms there are, what holds them apart, and that locks and configurations agree."""

import ast
import configparser
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"energy", "market", "agents", "learning", "chain", "dashboard", "scenarios", "scripts"}
FOLDERS = PACKAGES | {"contracts", "docs", "requirements", "tests"}
"""What the design allows at the top, and what every project has."""


def tracked(pattern: str = "*") -> list[Path]:
    """The files of the repository that exist; every file where there is no repository (a source archive)."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", pattern], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return [p for name in listed.stdout.split("\0") if name and (p := ROOT / name).is_file()]
    hidden = {"node_modules", "runs", "deployments"}
    return [
        p
        for p in ROOT.rglob(pattern)
        if p.is_file() and not any(q.startswith(".") or q in hidden for q in p.relative_to(ROOT).parts)
    ]


def python_files(*rooms: str) -> list[Path]:
    return [p for p in tracked("*.py") if p.relative_to(ROOT).parts[0] in rooms]


def test_only_the_allowed_rooms_stand_at_the_top() -> None:
    parts = [p.relative_to(ROOT).parts for p in tracked()]
    top = {p[0] for p in parts if len(p) > 1 and not p[0].startswith(".")}
    assert top <= FOLDERS


def test_no_module_lies_outside_a_room() -> None:
    assert [p for p in tracked("*.py") if p.parent == ROOT] == []


def test_every_room_is_a_package_that_says_what_it_is() -> None:
    for room in PACKAGES:
        if (ROOT / room).is_dir() and python_files(room):
            text = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8")))
            assert text, room


def test_the_arrows_are_checked_for_every_room() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    present = {room for room in PACKAGES if (ROOT / room / "__init__.py").is_file()}
    assert set(config["importlinter"]["root_packages"].split()) == present
    layers = re.findall(r"\w+", config["importlinter:contract:layers"]["layers"])
    assert set(layers) == PACKAGES


def test_nothing_below_imports_what_tests_or_tools_bring() -> None:
    """Import-linter sees our rooms; this sees the rest that must not be needed to run a market."""
    foreign = {"tests", "pytest", "hypothesis", "ape", "click", "torch", "negmas", "ray"}
    foreign |= {"stable_baselines3", "sb3_contrib", "gymnasium", "pettingzoo"}
    allowed = {
        ROOT / "scripts" / "_ape.py": {"ape", "click"},
        # A program of its own, run by another environment's interpreter.
        ROOT / "scenarios" / "bench" / "negmas_program.py": {"negmas"},
        ROOT / "learning" / "execution" / "ray_backend.py": {"ray"},
        ROOT / "learning" / "negmas" / "library.py": {"negmas"},
        ROOT / "learning" / "scalar.py": {"gymnasium"},
        ROOT / "scenarios" / "bench" / "env.py": {"stable_baselines3"},  # the baseline: its DummyVecEnv
        ROOT / "learning" / "parallel.py": {"gymnasium", "pettingzoo"},
    }
    trainer = {"torch", "stable_baselines3", "sb3_contrib", "gymnasium"}
    allowed |= {path: trainer for path in python_files("learning") if "training" in path.parts}
    for path in python_files(*PACKAGES):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        found = {name.partition(".")[0] for name in names} & foreign
        assert found <= allowed.get(path, set()), path


@pytest.mark.parametrize(
    "path", [*tracked("*.json"), *tracked("*.toml")], ids=lambda p: p.relative_to(ROOT).as_posix()
)
def test_configuration_and_data_parse(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        tomllib.loads(text)
    else:
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{path}: {name} is not JSON"))


def test_python_files_stay_short() -> None:
    long = {
        p.relative_to(ROOT).as_posix(): n
        for p in tracked("*.py")
        if (n := len(p.read_bytes().splitlines())) > 450
    }
    # The list of refusals mirrors the contracts' errors, one class of two lines for each.
    assert set(long) <= {"market/ledger/errors.py"}


def locked(name: str) -> dict[str, set[str]]:
    """Package to versions (several where platforms or Pythons differ) of a lock file."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_locks_hold_what_the_project_asks_for(lock: str) -> None:
    config = project()
    asked = [*config["project"]["dependencies"], *config["dependency-groups"]["build"]]  # type: ignore[index]
    if lock == "dev.txt":
        asked += config["dependency-groups"]["dev"]  # type: ignore[index]
    versions = locked(lock)
    for requirement in map(Requirement, asked):
        assert versions.get(requirement.name), requirement
        assert all(requirement.specifier.contains(v, prereleases=True) for v in versions[requirement.name])


def test_tests_run_on_the_versions_that_ship() -> None:
    ship, test = locked("run.txt"), locked("dev.txt")
    assert {name: test.get(name) for name in ship} == ship


def test_locks_name_no_host_and_hash_every_file() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text, path
        assert "--index" not in text, path
        assert "--find-links" not in text, path
        if path.name != "ape-overrides.txt":
            entries = re.findall(r"^[A-Za-z0-9._-]+==.*(?:\n    .*)*", text, flags=re.MULTILINE)
            assert entries, path
            assert all("--hash=sha256:" in entry for entry in entries), path


def test_ape_compiles_with_the_settings_of_forge() -> None:
    forge = tomllib.loads((ROOT / "foundry.toml").read_text(encoding="utf-8"))["profile"]["default"]
    ape = (ROOT / "ape-config.yaml").read_text(encoding="utf-8")
    npm = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]

    def setting(key: str) -> str:
        match = re.search(rf"^  {key}: *(\S+)$", ape, flags=re.MULTILINE)
        assert match, key
        return match[1]

    assert setting("version") == npm["solc"]
    assert setting("evm_version") == forge["evm_version"]
    assert setting("optimization_runs") == str(forge["optimizer_runs"])
    assert setting("via_ir") == str(forge["via_ir"]).lower()
    assert setting("optimize") == str(forge["optimizer"]).lower()
    assert f"openzeppelin/{npm['@openzeppelin/contracts']}" in ape


def test_versions_agree() -> None:
    stated = project()["project"]["version"]  # type: ignore[index]
    assert version("wattpact") == stated
    assert f"\nversion: {stated}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert stated in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_python_here_is_one_that_is_supported() -> None:
    assert sys.version_info >= (3, 11)
