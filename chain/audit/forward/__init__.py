"""What an audit makes sure of at a market's desk of forward contracts: signatures, bills, votes, storage."""
