"""Case files small enough for tests: a day, a short horizon, few scenarios."""

from pathlib import Path

from scenarios.load import SHIPPED

SHORT = """
[plan]
periods = 96
horizon = 48
scenarios = 4
quantities_each_way = 4
quantity_step = 0.1
"""


def small_case(folder: Path, number: int, *, agents: int) -> Path:
    """The shipped case ``number`` with its first ``agents`` agents over one short day."""
    text = (SHIPPED / f"rec-case{number}.toml").read_text(encoding="utf-8")
    head, *members = text.split("[[agent]]")
    before, _, after = head.partition("[plan]")
    _, _, rest = after.partition("[forecast]")
    name = before.replace(f'name = "rec-case{number}"', f'name = "small-{number}"')
    kept = "".join(f"[[agent]]{member}" for member in members[:agents])
    path = folder / f"small-{number}.toml"
    path.write_text(f"{name}{SHORT}\n[forecast]{rest}{kept}", encoding="utf-8")
    return path
