"""What judging refuses."""


class JudgingError(ValueError):
    """Something that cannot be judged like this; ``exit_code`` is that of bad input."""

    exit_code = 2

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found}, expected {expected}")


class GameError(JudgingError):
    """Payoffs or mixtures for which a measure of a game has no meaning."""
