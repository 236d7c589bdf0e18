"""NegMAS's negotiators in our sessions and ours in NegMAS's; NegMAS is AGPL-3.0, and nothing else here imports it."""
