"""The Ledger on Ethereum: networks, deployment, contract clients, accounts, event index and audit."""
