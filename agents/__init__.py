"""Who decides: preferences, concession, strategies, prosumers and the provider."""
