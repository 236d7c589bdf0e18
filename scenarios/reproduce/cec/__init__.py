"""The case study of citizen energy communities: eight public buildings, three communities, one retailer, two rates."""
