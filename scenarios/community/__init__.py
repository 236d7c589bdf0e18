"""Communities from a file: who is in them, what they negotiate about and with whom, and the contract that comes of it."""
