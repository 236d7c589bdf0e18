"""Bargaining sessions as an environment: one negotiation an episode, against compiled opponents or between two seats."""
