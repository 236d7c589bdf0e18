"""The park: a party that decides once a time step whether to wait, to turn to the provider, or whom to negotiate with."""
