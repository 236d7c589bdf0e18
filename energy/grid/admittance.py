"""From data sheets to the nodal admittance matrix, in per unit of 1 MVA and each bus's rated voltage.

Lines are π-equivalents; the transformer is a T-equivalent (half its leakage on either side of the magnetising branch)
turned into a π, with its off-nominal ratio on the high side. These are pandapower's models, so that both solve the
same equations.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from energy.grid.model import Grid, Line, Transformer

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

BASE_MVA = 1.0
KW_PER_BASE = BASE_MVA * 1000.0


@dataclass(frozen=True, slots=True)
class Branches:
    """All branches of a grid, lines first, then the transformer; each is a two-port I_f = ff·V_f + ft·V_t and so on.

    Attributes
    ----------
    start, end : ndarray of int, shape (branches,)
        Buses of the two ports.
    ff, ft, tf, tt : ndarray of complex, shape (branches,)
        Admittances [p.u.].
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    ff: ComplexArray
    ft: ComplexArray
    tf: ComplexArray
    tt: ComplexArray


TwoPort = tuple[complex, complex, complex, complex]


def line_port(line: Line, rated_kv: float) -> TwoPort:
    """Two-port of a line [p.u.]: series 1/(r + jx), half the susceptance jb at either end."""
    base_ohm = rated_kv**2 / BASE_MVA
    series = base_ohm / (complex(line.r_ohm_per_km, line.x_ohm_per_km) * line.length_km)
    shunt = 0.5j * line.b_us_per_km * 1e-6 * line.length_km * base_ohm
    return series + shunt, -series, -series, series + shunt


def transformer_port(transformer: Transformer, hv_rated_kv: float, lv_rated_kv: float) -> TwoPort:
    """Two-port of a transformer [p.u.], its high side first.

    Series: r = P_cu/S, z = v_k/100, x = √(z² − r²), on the transformer's own rating. Magnetising branch: g = P_fe/S,
    y = i_0/100, b = −√(y² − g²). The T of z/2, magnetising branch, z/2 becomes a π by star-delta; the ratio is that of
    the tapped rated voltages over that of the buses' rated voltages.
    """
    rated_mva = transformer.rated_kva / 1000
    to_base = (transformer.lv_kv / lv_rated_kv) ** 2 * BASE_MVA / rated_mva
    r = transformer.copper_loss_kw / transformer.rated_kva
    z = transformer.short_circuit_percent / 100
    impedance = complex(r, (z**2 - r**2) ** 0.5) * to_base
    g = transformer.iron_loss_kw / transformer.rated_kva
    y = transformer.no_load_current_percent / 100
    magnetising = complex(g, -(max(y**2 - g**2, 0.0) ** 0.5)) / to_base
    # Star-delta of z/2, 1/y_m, z/2: multiplied out, so that no magnetising branch (y_m = 0) needs no case of its own.
    series = 1 / (impedance + impedance**2 * magnetising / 4)
    shunt = magnetising / (2 + impedance * magnetising / 2)
    ratio = transformer.tapped_hv_kv / transformer.lv_kv / (hv_rated_kv / lv_rated_kv)
    return (series + shunt) / ratio**2, -series / ratio, -series / ratio, series + shunt


def branches(grid: Grid) -> Branches:
    """Every branch of `grid` as a two-port."""
    ports = [line_port(line, grid.buses[line.start].rated_kv) for line in grid.lines]
    transformer = grid.transformer
    ports.append(
        transformer_port(
            transformer, grid.buses[transformer.hv].rated_kv, grid.buses[transformer.lv].rated_kv
        )
    )
    ff, ft, tf, tt = np.array(ports, np.complex128).T
    start = np.array([*(line.start for line in grid.lines), transformer.hv], np.int64)
    end = np.array([*(line.end for line in grid.lines), transformer.lv], np.int64)
    return Branches(start, end, ff, ft, tf, tt)


def admittance_matrix(grid: Grid) -> ComplexArray:
    """The nodal admittance matrix Y of I = Y·V [p.u.], shape (buses, buses)."""
    ports = branches(grid)
    matrix = np.zeros((len(grid.buses), len(grid.buses)), np.complex128)
    for row, column, values in (
        (ports.start, ports.start, ports.ff),
        (ports.start, ports.end, ports.ft),
        (ports.end, ports.start, ports.tf),
        (ports.end, ports.end, ports.tt),
    ):
        np.add.at(matrix, (row, column), values)
    return matrix
