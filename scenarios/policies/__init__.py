"""Policies of a scenario's park: how one is trained, and how good it is."""
