"""What the counterpart may prefer, guessed from its offers."""
