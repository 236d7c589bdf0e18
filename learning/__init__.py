"""How policies are learned and judged: environments, training, tournaments. Knows agents and the market, no chain."""
