"""Energy loans: what two homes agree on when one lends the other energy and has it back later."""
