"""A program of its own, run by NegMAS's environment: time-based sessions of NegMAS over tables in a file.

Started as ``python negmas_program.py IN.npz OUT.npz``. It imports nothing of this project, and nothing of this project
imports it or NegMAS.

IN holds u_a and u_b, shape (sessions, outcomes); reserved, shape (sessions, 2); exponents, shape (curves,); deadline; and
eps, the tolerance of the negotiators (negative: NegMAS's own). OUT holds, shape (curves, sessions): agreement (an
outcome's index, −1: none), steps, and seconds (of the processor) from the two utility functions to the end.
"""

import sys
import time
import warnings

import numpy as np
from negmas.outcomes import make_issue, make_os
from negmas.preferences import MappingUtilityFunction
from negmas.sao import SAOMechanism
from negmas.sao.negotiators import TimeBasedConcedingNegotiator


def main() -> None:
    """Play every session with every curve."""
    source, target = sys.argv[1:]
    with np.load(source) as given:
        tables, reserved = (given["u_a"], given["u_b"]), given["reserved"]
        exponents, deadline, eps = given["exponents"], int(given["deadline"]), float(given["eps"])
    sessions, size = tables[0].shape
    space = make_os([make_issue(list(range(size)))])
    shape = (len(exponents), sessions)
    agreement, steps, seconds = np.full(shape, -1), np.zeros(shape, np.int64), np.zeros(shape)
    tolerance = {"eps": eps} if eps >= 0 else {}
    for i, exponent in enumerate(exponents):
        for s in range(sessions):
            functions = [
                MappingUtilityFunction(
                    {(c,): float(table[s, c]) for c in range(size)},
                    outcome_space=space,
                    reserved_value=float(reserved[s, side]),
                )
                for side, table in enumerate(tables)
            ]
            started = time.process_time()
            # One offer a step: NegMAS then counts rounds as Algorithm 1 does.
            session = SAOMechanism(outcome_space=space, n_steps=deadline, one_offer_per_step=True)
            for function in functions:
                negotiator = TimeBasedConcedingNegotiator(
                    offering_curve=float(exponent), stochastic=False, **tolerance
                )
                session.add(negotiator, ufun=function)
            end = session.run()
            seconds[i, s] = time.process_time() - started
            steps[i, s] = end.step
            if end.agreement is not None:
                agreement[i, s] = end.agreement[0]
    np.savez(target, agreement=agreement, steps=steps, seconds=seconds)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
