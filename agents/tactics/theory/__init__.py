"""Opponents from bargaining theory, who play what is proven best in games whose solution is known.

They know what no agent of a market does (the other's preferences, or how it draws them), and serve to check the
negotiation's machinery, its measures, and what learned policies reach.
"""
