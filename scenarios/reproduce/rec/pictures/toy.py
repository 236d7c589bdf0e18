"""Figure 5: what the toy example's agreement does to both agents (section 4.4)."""

from pathlib import Path

import numpy as np

from scenarios.report import style
from scenarios.reproduce.rec.pictures.palette import A, B

NET = {"A": (1.0, 1.0, -2.0, 1.0, -1.0), "B": (-2.0, 1.0, -1.0, -1.0, 2.0)}
"""Net demands of section 4.4 [kWh an hour]."""
AGREED = (1.0, 4)
"""What B offers in round 2 and A accepts: B gives 1 kWh now and has it back four hours later."""


def exchanged(agent: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """ex(t) of Eq. 5 for ``agent``, shape (5,) [kWh]; positive: it gives."""
    q, tau = AGREED
    legs = np.zeros(len(NET[agent]))
    legs[0], legs[tau] = q, -q
    return legs if agent == "B" else -legs


def draw_toy(path: Path) -> Path:
    """Net demand of both agents before and after the agreement."""
    figure, axes = style.figure(1, height=3.6, width=9.0, columns=2)
    for axis, agent in zip(axes, NET, strict=True):
        hours = np.arange(len(NET[agent]))
        before = np.array(NET[agent])
        axis.bar(hours - 0.2, before, 0.38, color=A, label="net demand")
        axis.bar(hours + 0.2, before + exchanged(agent), 0.38, color=B, label="with the loan's legs")
        axis.axhline(0, color=style.INK, linewidth=0.8)
        axis.set_xticks(hours, [f"t{hour}" for hour in hours])
        axis.set_ylabel("kWh, positive: short")
        axis.set_ylim(-2.4, 3.4)
        style.title(axis, f"Agent {agent}", "gives 1 kWh at t0, has it back at t4" if agent == "B" else "")
        style.legend(axis, columns=2)
    return style.save(figure, path)
