"""Linear programs in blocks of arrays, solved by HiGHS. What is minimised, and why, is not here.

Variables and rows are named by arrays of indices, so that a program over homes and periods is written as the sums over
arrays that its formulas are. The matrix goes to the solver as sparse arrays, without a modelling layer between.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

INFINITY = highspy.kHighsInf


class ProgramUnsolvedError(Exception):
    """The solver ended without an optimum."""

    exit_code = 1

    def __init__(self, found: str) -> None:
        super().__init__(f"linear program: the solver ended with {found!r}; expected 'Optimal'")
        self.found = found


@dataclass(frozen=True, slots=True)
class Optimum:
    """A solved program: the values of the variables, the least objective, and a bound that proves it.

    ``bound`` is the objective of the dual solution: no feasible point lies below it but by the solver's tolerance.
    """

    values: FloatArray
    objective: float
    bound: float
    iterations: int


class Program:
    """min c'x with lower <= x <= upper and low <= Ax <= high, put together block by block."""

    def __init__(self) -> None:
        self._cost: list[FloatArray] = []
        self._lower: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.columns = 0
        self.rows = 0

    def variables(
        self,
        shape: tuple[int, ...],
        *,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = INFINITY,
    ) -> IntArray:
        """A block of variables: their indices, in ``shape``; cost and bounds broadcast to it."""
        indices = np.arange(self.columns, self.columns + int(np.prod(shape)), dtype=np.int64).reshape(shape)
        for kept, given in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            kept.append(np.broadcast_to(np.asarray(given, np.float64), shape).ravel())
        self.columns += indices.size
        return indices

    def constraints(
        self, shape: tuple[int, ...], *, low: ArrayLike = -INFINITY, high: ArrayLike = INFINITY
    ) -> IntArray:
        """A block of rows, empty as yet: their indices, in ``shape``; bounds broadcast to it."""
        indices = np.arange(self.rows, self.rows + int(np.prod(shape)), dtype=np.int64).reshape(shape)
        for kept, given in ((self._low, low), (self._high, high)):
            kept.append(np.broadcast_to(np.asarray(given, np.float64), shape).ravel())
        self.rows += indices.size
        return indices

    def put(self, rows: IntArray, columns: IntArray, coefficients: ArrayLike) -> None:
        """Write coefficients where rows and columns meet; all three broadcast. A place is written once."""
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(coefficients, np.float64))
        kept = value != 0.0
        self._entries.append((row[kept], column[kept], value[kept]))

    def minimise(self, *, solver: str = "ipm") -> Optimum:
        """Solve it: "ipm" (an interior point, without crossover to a vertex unless that is needed) or "simplex".

        Raises
        ------
        ProgramUnsolvedError
            Where there is no feasible point, no least one, or the solver gave up.
        """
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("solver", solver)
        highs.setOptionValue("run_crossover", "choose")
        highs.setOptionValue("threads", 1)
        highs.passModel(self._model())
        highs.run()
        status = highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ProgramUnsolvedError(highs.modelStatusToString(status))
        info = highs.getInfo()
        return Optimum(
            np.asarray(highs.getSolution().col_value, np.float64),
            float(info.objective_function_value),
            self._dual_bound(highs),
            int(info.ipm_iteration_count + info.simplex_iteration_count),
        )

    def _arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        cost, lower, upper = (np.concatenate(kept) for kept in (self._cost, self._lower, self._upper))
        low, high = (np.concatenate(kept) if kept else np.empty(0) for kept in (self._low, self._high))
        return cost, lower, upper, low, high

    def _model(self) -> highspy.HighsLp:
        rows, columns, values = (
            np.concatenate([entry[k] for entry in self._entries]) if self._entries else np.empty(0)
            for k in range(3)
        )
        order = np.lexsort((rows, columns))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self.rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_, lp.row_lower_, lp.row_upper_ = self._arrays()
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        starts = np.searchsorted(columns[order], np.arange(self.columns + 1))
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = rows[order].astype(np.int32)
        lp.a_matrix_.value_ = values[order]
        return lp

    def _dual_bound(self, highs: highspy.Highs) -> float:
        """Objective of the dual solution: each multiplier at the bound that its sign points to."""
        _, lower, upper, low, high = self._arrays()
        solution = highs.getSolution()
        total = 0.0
        for duals, least, most in ((solution.row_dual, low, high), (solution.col_dual, lower, upper)):
            prices = np.asarray(duals, np.float64)
            bound = np.where(prices > 0, least, most)
            # A multiplier that leans on an infinite bound is rounding of zero.
            total += float((prices * np.where(np.isinf(bound), 0.0, bound)).sum())
        return total
