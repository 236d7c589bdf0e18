"""From a trained model of stable-baselines3 to plain weights, and back as the start of another training."""

from collections.abc import Iterable

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from torch import nn

from agents.policy.network import Layer, Policy
from agents.policy.spec import Spec

ACTIVATIONS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU}


def export(model: MaskablePPO, spec: Spec, config: str = "") -> Policy:
    """The policy of a model with an ``MlpPolicy``, with weights of its own.

    Parameters
    ----------
    model
        Trained on ``spec``.
    spec
        Of its world.
    config
        JSON of how it was trained.
    """
    extractor = model.policy.mlp_extractor
    activation = next(name for name, kind in ACTIVATIONS.items() if model.policy.activation_fn is kind)
    return Policy(
        spec,
        _layers([*extractor.policy_net, model.policy.action_net]),
        _layers([*extractor.value_net, model.policy.value_net]),
        activation,
        config,
    )


def start_from(model: MaskablePPO, policy: Policy) -> None:
    """Give a model the weights of ``policy``.

    Raises
    ------
    ValueError
        If its layers have other sizes.
    """
    extractor = model.policy.mlp_extractor
    for modules, layers in (
        ([*extractor.policy_net, model.policy.action_net], policy.actor),
        ([*extractor.value_net, model.policy.value_net], policy.critic),
    ):
        linear = [module for module in modules if isinstance(module, nn.Linear)]
        found = [(m.in_features, m.out_features) for m in linear]
        if found != [weights.shape for weights, _ in layers]:
            raise ValueError(f"layers: found {[w.shape for w, _ in layers]} in the policy, expected {found}")
        with torch.no_grad():
            for module, (weights, biases) in zip(linear, layers, strict=True):
                module.weight.copy_(torch.from_numpy(weights.T.copy()))
                module.bias.copy_(torch.from_numpy(biases.copy()))


def _layers(modules: Iterable[nn.Module]) -> tuple[Layer, ...]:
    return tuple(
        (
            np.ascontiguousarray(module.weight.detach().cpu().numpy().T).copy(),
            module.bias.detach().cpu().numpy().copy(),
        )
        for module in modules
        if isinstance(module, nn.Linear)
    )
