"""How good strategies and policies are: sessions over many domains, what they reached, and the game between them."""
