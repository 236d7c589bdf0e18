"""The forward desk of the Ledger on Ethereum: what is signed, what its events say, and the desk itself."""
