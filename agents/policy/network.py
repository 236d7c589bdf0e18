"""A learned policy as plain weights: two small networks in numpy, their interface, and how they were trained.

Training is elsewhere (``learning.training``) and needs torch; what it exports to this plays without. A file
is an npz without pickled objects, so that reading one never runs code.
"""

import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from agents.policy.errors import NotFinite, NothingLegal, PolicyFileError, SpecMismatch
from agents.policy.spec import Spec

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Layer = tuple[Float32Array, Float32Array]
"""Weights (inputs, outputs) and biases (outputs,)."""

FORMAT: Final = 1


def _relu(x: Float32Array) -> Float32Array:
    return np.maximum(x, np.float32(0))


ACTIVATIONS: Final[Mapping[str, Callable[[Float32Array], Float32Array]]] = {"tanh": np.tanh, "relu": _relu}
"""What stands between two layers; nothing stands behind the last."""


@dataclass(frozen=True, eq=False)
class Policy:
    """What decides, from an observation and what is legal.

    Attributes
    ----------
    spec : Spec
        The world it was trained for.
    actor : tuple of (weights, biases)
        From features to one logit an action.
    critic : tuple of (weights, biases)
        From features to the expected discounted sum of rewards.
    activation : str
        ``tanh`` or ``relu``.
    config : str
        JSON of the configuration that it was trained with; empty if unknown.
    """

    spec: Spec
    actor: tuple[Layer, ...]
    critic: tuple[Layer, ...]
    activation: str = "tanh"
    config: str = ""

    def logits(self, observations: Float32Array) -> Float32Array:
        """(n, actions), before any mask.

        Raises
        ------
        SpecMismatch
            If the observations have another width than its features.
        NotFinite
            If one holds a NaN or an infinity; names the feature.
        """
        return self._through(self.actor, self._checked(observations))

    def values(self, observations: Float32Array) -> Float32Array:
        """(n,), what the critic expects; raises as :meth:`logits`."""
        return self._through(self.critic, self._checked(observations))[:, 0]

    def act(self, observations: Float32Array, masks: BoolArray) -> IntArray:
        """The likeliest legal action of each row, (n,); the first of equal ones.

        Parameters
        ----------
        observations
            (n, features).
        masks
            (n, actions), True where legal.

        Raises
        ------
        NothingLegal
            If a row of ``masks`` is all False. Otherwise as :meth:`logits`.
        """
        chosen: IntArray = np.argmax(self._legal(observations, masks), axis=1)
        return chosen

    def chances(self, observations: Float32Array, masks: BoolArray) -> NDArray[np.float64]:
        """How likely :meth:`sample` takes each action, (n, actions); 0 where illegal. Raises as :meth:`act`."""
        logits = self._legal(observations, masks).astype(np.float64)
        weights: NDArray[np.float64] = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return weights

    def sample(self, observations: Float32Array, masks: BoolArray, rng: np.random.Generator) -> IntArray:
        """A legal action of each row as likely as the policy holds it, (n,); one draw a row. Raises as :meth:`act`."""
        below = np.cumsum(self.chances(observations, masks), axis=1)
        drawn = rng.random(len(below)) * below[:, -1]
        # The first action whose cumulated weight lies above the draw: its own weight is positive, so it is legal.
        chosen: IntArray = np.argmax(below > drawn[:, None], axis=1)
        return chosen

    def to_bytes(self) -> bytes:
        """The content of its file; equal policies give equal bytes."""
        texts = {"spec": self.spec.to_json(), "activation": self.activation, "config": self.config}
        arrays: dict[str, NDArray[np.generic]] = {"format": np.array(FORMAT)}
        arrays |= {key: np.frombuffer(text.encode(), np.uint8) for key, text in texts.items()}
        for net, layers in (("actor", self.actor), ("critic", self.critic)):
            for at, (weights, biases) in enumerate(layers):
                arrays |= {f"{net}.{at}.weights": weights, f"{net}.{at}.biases": biases}
        file = BytesIO()
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy: also `allow_pickle`
        return file.getvalue()

    def save(self, path: Path) -> None:
        """Write the npz of :meth:`load`; a file is replaced whole or not at all."""
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                file.write(self.to_bytes())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def from_bytes(cls, content: bytes, name: object = "policy") -> "Policy":
        """The policy of :meth:`to_bytes`; ``name`` is what an error calls it.

        Raises
        ------
        PolicyFileError
            If it is cut short, no npz, or what it holds does not fit together.
        """
        try:
            with np.load(BytesIO(content), allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
        except (BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError) as error:
            raise PolicyFileError(name, f"an unreadable file ({error})", "a whole policy (npz)") from error
        try:
            return _assembled(name, arrays)
        except KeyError as error:
            raise PolicyFileError(name, f"no entry {error}", "a policy's entries") from error
        except PolicyFileError:
            raise
        except (ValueError, TypeError) as error:
            raise PolicyFileError(name, f"texts that say {error}", "those of a policy") from error

    @classmethod
    def load(cls, path: Path) -> "Policy":
        """Read a policy.

        Raises
        ------
        PolicyFileError
            If there is no such file, or as :meth:`from_bytes`.
        """
        if not path.is_file():
            raise PolicyFileError(path, "no file", "a policy (npz)")
        return cls.from_bytes(path.read_bytes(), path)

    def _through(self, layers: tuple[Layer, ...], x: Float32Array) -> Float32Array:
        between = ACTIVATIONS[self.activation]
        for at, (weights, biases) in enumerate(layers):
            x = x @ weights + biases if at == 0 else between(x) @ weights + biases
        return x

    def _checked(self, observations: Float32Array) -> Float32Array:
        x = np.asarray(observations, np.float32)
        expected = len(self.spec.features)
        if x.ndim != 2 or x.shape[1] != expected:
            raise SpecMismatch("features", f"an array {x.shape}", f"(n, {expected})")
        if not np.isfinite(x).all():
            row, column = np.argwhere(~np.isfinite(x))[0]
            raise NotFinite(self.spec.features[column], float(x[row, column]))
        return x

    def _legal(self, observations: Float32Array, masks: BoolArray) -> Float32Array:
        logits = self.logits(observations)
        if masks.shape != logits.shape:
            raise SpecMismatch("actions", f"a mask {masks.shape}", f"{logits.shape}")
        some = masks.any(axis=1)
        if not some.all():
            raise NothingLegal(int(np.argmin(some)))
        return np.where(masks, logits, np.float32(-np.inf))


def _assembled(path: object, arrays: Mapping[str, NDArray[np.generic]]) -> Policy:
    """The policy of a file's entries."""
    if arrays["format"].tolist() != FORMAT:
        raise PolicyFileError(path, f"format {arrays['format'].tolist()}", f"format {FORMAT}")
    texts = {key: arrays[key].tobytes().decode() for key in ("spec", "activation", "config")}
    if texts["activation"] not in ACTIVATIONS:
        raise PolicyFileError(path, f"activation {texts['activation']!r}", f"one of {', '.join(ACTIVATIONS)}")
    spec = Spec.from_json(texts["spec"])
    nets: dict[str, tuple[Layer, ...]] = {}
    for net, outputs in (("actor", len(spec.actions)), ("critic", 1)):
        layers: list[Layer] = []
        width = len(spec.features)
        while f"{net}.{len(layers)}.weights" in arrays or not layers:
            key = f"{net}.{len(layers)}"
            weights, biases = arrays[f"{key}.weights"], arrays[f"{key}.biases"]
            if weights.ndim != 2 or weights.shape[0] != width or biases.shape != weights.shape[1:]:
                found = f"{key} with weights {weights.shape} and biases {biases.shape}"
                raise PolicyFileError(path, found, f"{width} inputs and as many biases as outputs")
            if weights.dtype != np.float32 or biases.dtype != np.float32:
                raise PolicyFileError(path, f"{key} as {weights.dtype} and {biases.dtype}", "float32")
            if not (np.isfinite(weights).all() and np.isfinite(biases).all()):
                raise PolicyFileError(path, f"{key} with a number that is not finite", "finite weights")
            layers.append((weights.astype(np.float32), biases.astype(np.float32)))
            width = weights.shape[1]
        if width != outputs:
            raise PolicyFileError(path, f"{net} with {width} outputs", f"{outputs}")
        nets[net] = tuple(layers)
    return Policy(spec, nets["actor"], nets["critic"], texts["activation"], texts["config"])
