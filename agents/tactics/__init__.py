"""Strategies from the literature, each put together from three parts that can be combined at will.

*Bidding* says what to offer, *acceptance* when to take what is offered, a *model* guesses what the counterpart prefers:
the BOA framework of T. Baarslag, K. Hindriks, M. Hendrikx, A. Dirkzwager, C. Jonker, "Decoupling negotiating agents to
explore the space of negotiation strategies", 2014. A scenario names one ready-made (``agents.tactics.presets``) or its
parts one by one (``agents.tactics.composed``). Oracles of bargaining theory are in ``agents.tactics.theory``.
"""
