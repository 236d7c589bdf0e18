"""A scenario played with every combination of some of its keys' values, and what that changed."""
