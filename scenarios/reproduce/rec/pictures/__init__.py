"""The paper's figures drawn from our weeks and sessions, and pictures of what the paper does not show."""
