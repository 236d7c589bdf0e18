"""How an in-memory forward desk, and whoever counts again, checks what was really signed."""

from chain.audit.recovery import recover
from chain.forward.signing import ForwardDigests
from market.terms import Party


class SignedForwardSeals(ForwardDigests):
    """The ``market.forward.port.ForwardSeals`` of what :class:`chain.forward.signing.ForwardKeyringSigner` made."""

    __slots__ = ()

    def is_valid(self, party: Party, digest: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that of ``party`` over a digest."""
        return len(signature) == 64 and recover(digest, signature) == party
