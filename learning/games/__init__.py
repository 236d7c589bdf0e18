"""Games of bargaining theory as batched environments: their solution is known, so what was learned can be judged exactly."""
