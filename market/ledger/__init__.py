"""The Ledger port and its exact in-memory implementation: the rules of escrow, queue and settlement."""
