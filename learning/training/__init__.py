"""How policies are learned; the only place that needs torch. What it makes plays without (``agents.policy``)."""
