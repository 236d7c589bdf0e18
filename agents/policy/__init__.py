"""Policies that were learned, as plain weights: what they see, how they decide. Needs no torch; learning is elsewhere."""
