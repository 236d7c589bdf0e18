"""How a batch of parks lies in arrays: the columns of what is given, and of what changes.

P parties, T intervals that anything can be delivered in, B scenarios in a bank, n copies, S = P // 2 sessions at a time.
Energy in base units, money in token units, steps and intervals counted from the first of the run.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

# What is given of a party, and in a copy what has become of it, int64.
CAPACITY: Final = 0
LEVEL: Final = 1
PRODUCTION: Final = 2
ACTUAL: Final = 3
NEED: Final = 4
DEADLINE: Final = 5
"""−1: none."""
PATIENCE: Final = 6
RATING: Final = 7
DEPOSIT: Final = 8
"""Free token units."""
STYLE: Final = 9
KIND: Final = 10
RANK: Final = 11
"""Of its name among all names."""
AHEAD: Final = 12
"""What it has signed from now on, sold less bought; 0 in a bank."""
PARTY: Final = 13
"""Columns of a party."""

# How a scripted party negotiates.
CONCEDES: Final = 0
HARDLINE: Final = 1
IMITATES: Final = 2
DECIDED: Final = 3
"""By the actions that the environment is given."""

# What a party is.
FIRM: Final = 0
HOME: Final = 1

# How a scripted party concedes, float64.
DL: Final = 0
CR: Final = 1
THRESHOLD: Final = 2
PSI: Final = 3

# What is given of a market, int64.
INTERVALS: Final = 0
LEAD: Final = 1
MAX_ROUNDS: Final = 2
PRICE_TICK: Final = 3
ENERGY_TICK: Final = 4
ONE_OFFER: Final = 5
"""1: one offer a step."""
BY_ISSUE: Final = 6
HORIZON: Final = 7
OPENS: Final = 8
"""The first step."""
MARKET: Final = 9

# A session under way, int64; side 0 is the buyer, who opens, side 1 the seller.
ACTIVE: Final = 0
SIDE: Final = 1
"""and 2: the two parties."""
ABOUT: Final = 3
"""Delivery interval."""
ROUND: Final = 4
LOCKED: Final = 5
P_LOW: Final = 6
P_HIGH: Final = 7
E_HIGH: Final = 8
STAKE: Final = 9
"""Four numbers of each side: lowest and highest price, least and most energy it agrees to."""
MANNER: Final = 17
"""Two: how each side negotiates."""
FIRST: Final = 19
"""Four: the first values of each side's price and energy."""
LAST: Final = 23
"""Four: its last ones, within which rounding stays."""
SESSION: Final = 27

# How a side concedes, float64: ip, rp, dl, cr of the price, then of the energy.
SIDE_PSI: Final = 8

# What a party has signed for an interval, int64.
SOLD: Final = 0
"""Less what it has bought."""
QUEUED: Final = 1
"""Sold alone: where the next deal takes its place."""
SIGNED: Final = 2

# A recorded deal, int64: these are rows, and each deal is a column, since what is looked for is an interval among all.
SELLER: Final = 0
"""−1: the provider."""
BUYER: Final = 1
AT: Final = 2
PRICE: Final = 3
ENERGY: Final = 4
PLACE: Final = 5
DEAL: Final = 6
MOST_DEALS: Final = 64
"""Open at a time in one park."""


@dataclass(frozen=True)
class Bank:
    """Scenarios as arrays, and where each came from.

    Attributes
    ----------
    market : array of int64, shape (MARKET,)
        The same for all.
    parties : array of int64, shape (B, P, PARTY)
    psi : array of float64, shape (B, P, PSI)
    buy, sell : array of int64, shape (B, T)
        The provider's prices by delivery interval.
    net : array of int64, shape (B, P, T)
        What a home expects to have left (positive) or to be short of in an interval, as it negotiates about it; 0 of firms.
    exported : array of int64, shape (B, P, T)
        What its meter reads in the end; 0 of firms.
    seats : array of int64, shape (B,)
        Who decides.
    seeds : array of int64, shape (B,)
    unit : int
        Token units that make a reward of 1.
    """

    market: IntArray
    parties: IntArray
    psi: FloatArray
    buy: IntArray
    sell: IntArray
    net: IntArray
    exported: IntArray
    seats: IntArray
    seeds: IntArray
    unit: int

    def __len__(self) -> int:
        return len(self.parties)
