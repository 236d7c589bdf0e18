"""Where a policy that a scenario names is: shipped with the project, or a file of one's own."""

from difflib import get_close_matches
from pathlib import Path
from typing import Final

from agents.policy.errors import UnknownPolicy
from agents.policy.network import Policy

SHIPPED: Final = Path(__file__).parent / "shipped"


def shipped_policies() -> dict[str, Path]:
    """Names and files of the policies that ship with the project, in alphabetical order."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.npz"), key=lambda p: p.stem)}


def find_policy(name_or_path: str, beside: Path | None = None) -> Path:
    """The file of a policy.

    Parameters
    ----------
    name_or_path
        The name of a shipped policy, or a path that ends in ``.npz``.
    beside
        The folder from which a relative path starts; without one, the current folder.

    Raises
    ------
    UnknownPolicy
        If no shipped policy bears the name; says the nearest names. Whether a path's file is there, and
        whole, is found when it is loaded.
    """
    if name_or_path.endswith(".npz"):
        return (beside or Path()) / name_or_path
    shipped = shipped_policies()
    if name_or_path in shipped:
        return shipped[name_or_path]
    near = get_close_matches(name_or_path, shipped, n=3, cutoff=0.5) or list(shipped)
    raise UnknownPolicy(name_or_path, tuple(near))


def load_policy(name_or_path: str, beside: Path | None = None) -> Policy:
    """The policy of :func:`find_policy`, read; also raises what ``Policy.load`` does."""
    return Policy.load(find_policy(name_or_path, beside))
