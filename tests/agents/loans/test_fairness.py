"""The Nash solution and the distances to it, on tables small enough to see."""

import numpy as np
import pytest

from agents.loans.fairness import nash_distances, nash_solution

# Five contracts; no deal is worth (−10, −10).
U_A = np.array([[-9.0, -6.0, -10.0, -12.0, -4.0]])
U_B = np.array([[-4.0, -7.0, -10.0, -3.0, -12.0]])
NO_DEAL = (-10.0, -10.0)


def test_the_nash_solution_has_the_largest_product_of_gains_among_those_who_gain_both() -> None:
    # Gains (1, 6), (4, 3), (0, 0), (−2, 7), (6, −2): products 6 and 12 among those that gain both.
    assert nash_solution(U_A, U_B, *NO_DEAL) == 1


def test_two_losses_are_no_solution_though_their_product_is_large() -> None:
    assert nash_solution(np.array([-20.0, -10.0]), np.array([-20.0, -10.0]), *NO_DEAL) is None
    assert nash_distances(np.array([-20.0]), np.array([-20.0]), *NO_DEAL, agreement=None) is None


def test_eq_15_as_printed_takes_the_largest_product_of_utilities() -> None:
    # Products 36, 42, 100, 36, 48: with costs, that is where both lose most.
    assert nash_solution(U_A, U_B, *NO_DEAL, literal=True) == 2


def test_distances_are_taken_on_utilities_between_the_sessions_least_and_greatest() -> None:
    # A's utilities span −12 … −4, B's −12 … −3: divide by 8 and 9. The solution is (−6, −7).
    distances = nash_distances(U_A, U_B, *NO_DEAL, agreement=0)
    assert distances is not None
    assert distances.agreement == pytest.approx(np.hypot(3 / 8, 3 / 9))
    assert distances.no_deal == pytest.approx(np.hypot(4 / 8, 3 / 9))
    failed = nash_distances(U_A, U_B, *NO_DEAL, agreement=None)
    assert failed is not None
    assert failed.agreement is None


def test_distances_do_not_depend_on_the_units_of_a_side() -> None:
    plain = nash_distances(U_A, U_B, *NO_DEAL, agreement=0)
    scaled = nash_distances(100 * U_A + 7, U_B, 100 * NO_DEAL[0] + 7, NO_DEAL[1], agreement=0)
    assert plain is not None
    assert scaled is not None
    assert scaled.agreement == pytest.approx(plain.agreement)
    assert scaled.no_deal == pytest.approx(plain.no_deal)
