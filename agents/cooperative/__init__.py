"""A residential cooperative over a week: who meets whom, what they lend each other, and what every home gains by it.

Chakraborty et al., "Energy loans in residential cooperatives", sections 4.2 to 4.5 and 5. What one agent thinks a loan
is worth and how two of them negotiate is in ``agents.loans``; settlement in tokens is not here.
"""
