"""The case studies of the residential energy cooperative (Chakraborty et al.) played again, and held against its claims."""
