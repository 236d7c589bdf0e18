"""Plain weights against the model that they come from."""

import numpy as np
import pytest
import torch

from agents.policy.network import Policy
from learning.games.double_auction import DoubleAuction, against_linear
from learning.training.config import TrainConfig
from learning.training.export import export, start_from
from learning.training.train import make_model
from learning.training.vector import VectorEnv


@pytest.mark.parametrize(("activation", "hidden"), [("tanh", (16, 8)), ("relu", (32,)), ("tanh", ())])
def test_an_export_is_the_model(activation: str, hidden: tuple[int, ...]) -> None:
    config = TrainConfig(copies=2, horizon=4, batch=8, activation=activation, hidden=hidden, seed=3)
    core = against_linear(DoubleAuction(2))
    model = make_model(VectorEnv(core), config)
    with torch.no_grad():
        # Fresh heads are near zero; trained ones are not.
        for weights in model.policy.action_net.parameters():
            weights.mul_(50)
        for weights in model.policy.value_net.parameters():
            weights.add_(0.3)
    policy = export(model, core.spec, config.to_json())
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(500, 2)).astype(np.float32)
    masks = rng.random((500, 61)) < 0.3
    masks[:, 7] = True
    with torch.no_grad():
        there = torch.from_numpy(seen)
        values = model.policy.predict_values(there).numpy()[:, 0]
        latent = model.policy.mlp_extractor.forward_actor(there)
        logits = model.policy.action_net(latent).numpy()
        masked = model.policy.get_distribution(there, masks)
        every = [masked.log_prob(torch.full((500,), action)).exp().numpy() for action in range(61)]
    np.testing.assert_allclose(policy.logits(seen), logits, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(policy.values(seen), values, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(policy.chances(seen, masks), np.stack(every, axis=1), atol=1e-6)
    greedy, _ = model.predict(seen, deterministic=True, action_masks=masks)
    assert (policy.act(seen, masks) == greedy).all()
    assert TrainConfig.from_json(policy.config) == config


def test_an_export_has_weights_of_its_own() -> None:
    core = against_linear(DoubleAuction(2))
    model = make_model(VectorEnv(core), TrainConfig(copies=2, horizon=4, batch=8, hidden=(4,)))
    policy = export(model, core.spec)
    seen = core.observations.copy()
    before = policy.logits(seen)
    with torch.no_grad():
        for weights in model.policy.action_net.parameters():
            weights.add_(1)
    assert (policy.logits(seen) == before).all()


def test_a_training_can_start_from_a_policy() -> None:
    core = against_linear(DoubleAuction(2))
    config = TrainConfig(copies=2, horizon=4, batch=8, hidden=(4,), seed=1)
    policy = export(make_model(VectorEnv(core), config), core.spec)
    other = make_model(VectorEnv(core), TrainConfig(copies=2, horizon=4, batch=8, hidden=(4,), seed=2))
    assert not (export(other, core.spec).logits(core.observations) == policy.logits(core.observations)).all()
    start_from(other, policy)
    again = export(other, core.spec)
    assert (again.logits(core.observations) == policy.logits(core.observations)).all()
    assert (again.values(core.observations) == policy.values(core.observations)).all()
    small = Policy(policy.spec, policy.actor[1:], policy.critic[1:])
    with pytest.raises(ValueError, match="layers"):
        start_from(other, small)
