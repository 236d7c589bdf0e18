"""Communities that negotiate one tariff: their members, their mediator, and how the team decides.

Algarvio, "Agent-Based Model of Citizen Energy Communities Used to Negotiate Bilateral Contracts in Electricity Markets".
The copy of the paper at hand has lost its equations and Tables 1 to 6; where its text leaves something open, the
docstring that decides it says so. A tariff is one integer rate [token units per Wh] for each block of hours; an amount of
energy is positive where its owner takes it from the supplier and negative where it feeds in [Wh].
"""
