"""A cooperative or a market day on a low-voltage grid: what exchange between homes does to voltages and lines.

Exchange travels over the grid as everything does: what a home's connection carries is its load less its generation plus
what its battery takes, P. Loans and trades change the grid only where they change what batteries do.
"""
