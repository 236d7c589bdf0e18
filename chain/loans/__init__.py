"""The loan desk of the Ledger on Ethereum: what is signed, how batches are packed and read back, and the desk itself."""
