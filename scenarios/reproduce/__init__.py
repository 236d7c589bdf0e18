"""Each paper's case study played again, its claims held against ours."""
