"""When a standing offer is taken.

T. Baarslag, K. Hindriks, C. Jonker, "Effective acceptance conditions in real-time automated negotiation", *Decision
Support Systems* 60, 2014, sections 3 and 4. Every condition is asked only about offers within the owner's limits.
"""
