"""Measured figures, each against its baseline in the same run. Never part of the tests: machines are shared and noisy."""
