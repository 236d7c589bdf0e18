"""The paper's case studies of a residential energy cooperative: their files' schema, and what is built from them."""
