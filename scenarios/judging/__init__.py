"""What tournaments and sweeps leave behind: tables and pictures."""
