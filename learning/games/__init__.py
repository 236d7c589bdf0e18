"""Games of bargaining theory as batched environments: their solution is known, what was learned judged exactly."""
