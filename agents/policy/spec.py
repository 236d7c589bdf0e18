"""What a policy sees and does, by name: it plays only where the world offers exactly that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from agents.policy.errors import SpecMismatch

Setting = int | float | str


@dataclass(frozen=True)
class Spec:
    """The interface between a world and a policy.

    Attributes
    ----------
    environment : str
        ``park``, ``session``, …
    features : tuple of str
        Of an observation, in order.
    actions : tuple of str
        In order.
    settings : mapping
        What else has to agree (sizes of a domain, rounds, …).
    """

    environment: str
    features: tuple[str, ...]
    actions: tuple[str, ...]
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def check(self, offered: "Spec") -> None:
        """Refuse a world that offers something else than this policy was learned with.

        Raises
        ------
        SpecMismatch
            Naming the first difference: what the world offers, and what the policy expects.
        """
        if offered.environment != self.environment:
            raise SpecMismatch("environment", offered.environment, self.environment)
        for kind in ("features", "actions"):
            found, expected = getattr(offered, kind), getattr(self, kind)
            if len(found) != len(expected):
                raise SpecMismatch(kind, f"{len(found)} of them", f"{len(expected)} of them")
            for i, (one, other) in enumerate(zip(found, expected, strict=True)):
                if one != other:
                    raise SpecMismatch(f"{kind}[{i}]", one, other)
        for key in sorted({*offered.settings, *self.settings}):
            if offered.settings.get(key) != self.settings.get(key):
                raise SpecMismatch(f"settings.{key}", offered.settings.get(key), self.settings.get(key))

    def to_json(self) -> str:
        """Canonical text."""
        return json.dumps(
            {
                "environment": self.environment,
                "features": list(self.features),
                "actions": list(self.actions),
                "settings": dict(sorted(self.settings.items())),
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> "Spec":
        """The spec of :meth:`to_json`."""
        table = json.loads(text)
        return cls(
            environment=table["environment"],
            features=tuple(table["features"]),
            actions=tuple(table["actions"]),
            settings=table["settings"],
        )

    @property
    def digest(self) -> str:
        """A short name for exactly this interface."""
        return sha256(self.to_json().encode()).hexdigest()[:16]
