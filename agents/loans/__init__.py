"""Energy loans as one prosumer sees them: what contracts are worth to it, and how two of them negotiate one.

Eqs. 1 to 15 and Algorithms 1 to 5 of Chakraborty et al., "Energy loans in residential cooperatives". A contract (q, τ)
seen from an agent: q > 0 means that the agent gives q kWh now and has them back τ intervals later.
"""
