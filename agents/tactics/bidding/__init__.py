"""What to offer. An offer keeps the locked issues and stays within the owner's limits."""
