"""What is traded and by which rules: terms, domains, sessions, measures, who meets whom, the day, the Ledger port."""
