"""Forward contracts: one tariff for the members of a community, and the votes in which the community decides on it."""
