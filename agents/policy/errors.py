"""What can be wrong with a policy, or with what it is given."""


class PolicyError(ValueError):
    """A policy cannot be used like this; ``exit_code`` is that of bad input."""

    exit_code = 2


class SpecMismatch(PolicyError):
    """A policy was learned for another world than the one that asks it."""

    def __init__(self, key: str, found: object, expected: object) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(
            f"{key}: found {found!r} in the scenario, expected {expected!r}, as the policy learned"
        )


class PolicyFileError(PolicyError):
    """A file that holds no policy."""

    def __init__(self, path: object, found: object, expected: str) -> None:
        super().__init__(f"{path}: found {found}, expected {expected}")


class NotFinite(PolicyError):
    """A NaN or an infinity in an observation."""

    def __init__(self, feature: str, found: float) -> None:
        self.feature = feature
        super().__init__(f"observation.{feature}: found {found}, expected a finite number")


class NothingLegal(PolicyError):
    """A mask that allows no action."""

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(f"mask of row {row}: found no legal action, expected at least one")


class NothingToSign(PolicyError):
    """Utilities of which none is worth more than no deal."""

    def __init__(self, best: float, border: float) -> None:
        super().__init__(f"utilities: found {best:g} at best, expected more than {border:g}, no deal")


class IllegalChoice(PolicyError):
    """An action that its mask forbids."""

    def __init__(self, row: int, action: int) -> None:
        self.row, self.action = row, action
        super().__init__(f"action of row {row}: found {action}, expected one that its mask allows")


class UnknownPolicy(PolicyError):
    """A name that no shipped policy bears."""

    def __init__(self, name: str, near: tuple[str, ...]) -> None:
        self.name, self.near = name, near
        expected = ", ".join((*near, "or a path that ends in .npz")) if near else "a path that ends in .npz"
        super().__init__(f"policy: found {name!r}, expected {expected}")
