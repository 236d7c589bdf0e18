"""What a replay raises where the in-memory rules give another result than the chain."""


class Disagreement(Exception):
    """The rules give another result than the chain."""


def same(what: str, found: object, expected: object) -> None:
    """Refuse what the chain did if the rules say otherwise (``Disagreement``)."""
    if found != expected:
        raise Disagreement(f"{what} {found}, by the rules {expected}")
