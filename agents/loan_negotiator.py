"""Who sits in a session about a loan: the paper's agent (Algorithms 4 and 5), or a learned policy in its place."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.loans.negotiation import Negotiator as PaperNegotiator
from agents.policy.negotiator import PolicyNegotiator
from agents.policy.network import Policy
from agents.policy.session_view import shares
from market.issues import Domain, Values
from market.negotiation import Accept, Action, Propose, Turn, Withdraw

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoanGround:
    """What a home negotiates one loan from; private.

    Attributes
    ----------
    domain : Domain
        Of the session: q in the opener's view.
    opens : bool
        Whether the home is the opener.
    utilities : array, shape (nq, nt)
        Own view; −∞ for what it does not enter into.
    no_deal : float
        Utility of no loan.
    border : float
        Its aspiration by Definition 2 of the paper: there it takes what lies above.
    proposes : float
        Least utility of what it offers there, not below its aspiration.
    least_gain : float
        What a loan has to gain it over no deal to be worth recording.
    """

    domain: Domain
    opens: bool
    utilities: FloatArray
    no_deal: float
    border: float
    proposes: float
    least_gain: float

    @property
    def floor(self) -> float:
        """What a loan has to be worth for a policy to sign it."""
        return self.no_deal + self.least_gain

    def gain(self, values: Values) -> float:
        """What an agreement of the session gains the home over no deal."""
        quantities, returns = (issue.values() for issue in self.domain.issues)
        quantity = values[0] if self.opens else -values[0]
        return float(self.utilities[quantities.index(quantity), returns.index(values[1])]) - self.no_deal

    def shares(self, whole: Domain) -> FloatArray:
        """Utilities on the scale of a learned session, own view, shape (nq, return times of ``whole``).

        0 is what is just worth recording, and −1 what the home does not enter into, such as what would return later than
        this session's domain lets it.

        Raises
        ------
        NothingToSign
            If it would sign nothing.
        """
        table = np.full(tuple(len(issue) for issue in whole.issues), -np.inf)
        table[:, : self.utilities.shape[1]] = self.utilities
        return shares(table, self.floor)


class LoanNegotiator:
    """One session by Algorithms 4 and 5 (``market.negotiation.Negotiator``).

    Where the paper's agent makes no offer (∅) it offers no loan, q = 0: alternating messages have no silence, and nobody
    takes that. It leaves when the other side offers no loan either.
    """

    def __init__(self, ground: LoanGround) -> None:
        self.ground = ground
        self._quantities, self._returns = (issue.values() for issue in ground.domain.issues)
        table = ground.utilities if ground.opens else ground.utilities[::-1]
        offers = np.flatnonzero((table >= ground.proposes) & (np.array(self._quantities) != 0)[:, np.newaxis])
        self._side = PaperNegotiator(table.ravel(), ground.border, offers)

    def act(self, turn: Turn) -> Action:
        standing = turn.standing
        nothing = standing is not None and standing[0] == 0
        if standing is not None and not nothing and self._side.accept_offer(self._index(standing)):
            return Accept()
        offer = self._side.make_offer()
        if offer is not None:
            row, column = divmod(offer, len(self._returns))
            return Propose((self._quantities[row], self._returns[column]))
        return Withdraw() if nothing else Propose((0, self._returns[0]))

    def _index(self, values: Values) -> int:
        return self._quantities.index(values[0]) * len(self._returns) + self._returns.index(values[1])


class LearnedLoanNegotiator:
    """One session by a learned policy (``market.negotiation.Negotiator``).

    It sees the loan in its home's own view, q > 0 being what the home lends, and signs what is worth recording. It leaves
    when the other side has offered no loan as often in a row as there are loans that it would sign.

    Parameters
    ----------
    whole
        The market's domain of loans, of which a session has what returns within the day.
    rng
        What it draws its actions from.

    Raises
    ------
    NothingToSign, SpecMismatch
    """

    def __init__(
        self, ground: LoanGround, policy: Policy, whole: Domain, max_rounds: int, rng: np.random.Generator
    ) -> None:
        self.ground = ground
        table = ground.shares(whole).reshape(-1)
        self._inner = PolicyNegotiator(
            policy, whole, table, opens=ground.opens, max_rounds=max_rounds, rng=rng
        )
        self._patience = int((table >= 0).sum())
        self._nothing = 0

    def act(self, turn: Turn) -> Action:
        self._nothing = self._nothing + 1 if turn.standing is not None and turn.standing[0] == 0 else 0
        if self._nothing > self._patience:
            return Withdraw()
        action = self._inner.act(replace(turn, standing=self._own(turn.standing)))
        if not isinstance(action, Propose):
            return action
        quantity, return_after = action.values
        return Propose((quantity if self.ground.opens else -quantity, return_after))

    def _own(self, values: Values | None) -> Values | None:
        """As seen by the home."""
        return values if values is None or self.ground.opens else (-values[0], values[1])
