"""The shipped scenario files, their schema, and the composition from a file to a market that is ready to run."""
