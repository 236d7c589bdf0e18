"""The forward desk on Ethereum: the calls of ``market.forward.port`` as transactions of the parties' own accounts.

Like the ledger that it stands beside (:mod:`chain.ledger`) it keeps no rules of its own, sends all that a call needs at
once, and takes from the past what an interrupted run has done already; a bill that a batch skipped leaves no trace of
its period there, so its batch is sent again and skips it again.
"""

from collections.abc import Sequence

from eth_hash.auto import keccak

from chain import batches
from chain.balances import ChainBalances
from chain.clients.forward import ForwardClient, bill_gas
from chain.clock import Clock
from chain.dispatch import Dispatch
from chain.forward import results
from chain.forward.signing import vote_key
from chain.forward.snapshot import state_from
from chain.keyring import Keyring
from chain.market import Market
from chain.snapshot import events_of
from market.forward.port import (
    ForwardDeskState,
    ForwardState,
    Hash,
    MemberBill,
    MemberExit,
    VoteState,
)
from market.forward.terms import Bill, ForwardTerms, Joining, SignedForward
from market.forward.trees import leaf_nodes, tree_root
from market.ledger import forward_terms
from market.ledger.errors import LedgerError
from market.ledger.ranges import UINT32, UINT64, unsigned, word
from market.terms import DealKey, Party


class ChainForward(ChainBalances):
    """A market's forward desk on a chain (``market.forward.port.ForwardDesk``).

    Parameters
    ----------
    market
        The deployed contracts.
    keyring
        Whose transactions it signs.
    dispatch, clock
        The ledger's own.
    """

    def __init__(self, market: Market, keyring: Keyring, dispatch: Dispatch, clock: Clock) -> None:
        self._market = market
        self._client: ForwardClient = market.forward
        self._keyring = keyring
        self._dispatch = dispatch
        self._clock = clock
        self._approved: set[Party] = set()

    @property
    def hash(self) -> Hash:
        """What trees, schedules and tariffs are hashed with."""
        return keccak

    def key(self, a: Party, b: Party, nonce: int) -> bytes:
        """The slot of a contract between two parties, in either order."""
        low, high = sorted((a, b), key=str.lower)
        return self._market.forward_key(DealKey(low, high, nonce))

    def vote_key(self, community: Party, nonce: int) -> bytes:
        """The slot of a community's vote."""
        return vote_key(self._market.network.chain_id, self.address, community, nonce)

    # Contracts --------------------------------------------------------------------------------------------------------

    def sign(self, signed: SignedForward) -> bytes:
        """Record what both signed, as the relayer submits it; returns the contract's key."""
        forward_terms.encodable(signed.terms)
        key = self._market.forward_key(signed.terms.key)
        if not self._dispatch.take("forward.sign", key):
            self._dispatch.do(self._keyring.relayer, self._client.sign(signed))
        return key

    def cancel(self, party: Party, counterpart: Party, nonce: int) -> None:
        """Burn a contract's number before it is signed."""
        unsigned("nonce", nonce, UINT64)
        if not self._dispatch.take("forward.cancel", self.key(party, counterpart, nonce), party):
            self._dispatch.do(self._keyring.of(party), self._client.cancel(counterpart, nonce))

    def join(self, joining: Joining) -> None:
        """A member takes part: by its own transaction, or by its signature, which the relayer submits."""
        forward_terms.encodable(joining.terms)
        consent, key = joining.membership, self._market.forward_key(joining.terms.key)
        if not self._dispatch.take("forward.join", key, consent.meter):
            sender = self._keyring.relayer if joining.signature else self._keyring.of(consent.member)
            self._dispatch.do(sender, self._client.join(joining))

    def bill(self, terms: ForwardTerms, bill: Bill) -> MemberBill:
        """Bill one period of one member, as the relayer asks."""
        forward_terms.encodable(terms)
        key = self._market.forward_key(terms.key)
        known = self._dispatch.take("forward.bill", key, bill.meter, bill.period)
        if known is not None:
            result: MemberBill = known.result
            return result
        (receipt,) = self._dispatch.do(self._keyring.relayer, self._client.bill(terms, bill))
        return results.one(results.bills(receipt, self._client.to, 1))

    def bill_batch(self, terms: ForwardTerms, bills: Sequence[Bill]) -> list[MemberBill | LedgerError]:
        """Bill many in one batch, sent by the relayer; each refusal stands at its place."""
        forward_terms.encodable(terms)
        key = self._market.forward_key(terms.key)

        def known(bill: Bill) -> "MemberBill | LedgerError | None":
            entry = self._dispatch.take("forward.bill", key, bill.meter, bill.period)
            return None if entry is None else entry.result

        def send(rest: Sequence[Bill]) -> list[MemberBill | LedgerError]:
            base = batches.BATCH_GAS + 4_000 * len(terms.boundaries)
            sized = ((bill, bill_gas(bill), 160 + 32 * len(bill.volumes)) for bill in rest)
            made = list(batches.chunks(sized, self._clock.block_gas, base))
            actions = [self._client.bill_batch(terms, chunk, gas) for chunk, gas in made]
            receipts = self._dispatch.do(self._keyring.relayer, *actions)
            found: list[MemberBill | LedgerError] = []
            for receipt, (chunk, _) in zip(receipts, made, strict=True):
                found += results.bills(receipt, self._client.to, len(chunk))
            return found

        return batches.each(bills, known, send)

    def exit(self, party: Party, terms: ForwardTerms, meter: int) -> MemberExit:
        """``party``, the member itself, leaves with the period that is running."""
        forward_terms.encodable(terms)
        unsigned("meter", meter, UINT32)
        known = self._dispatch.take("forward.exit", self._market.forward_key(terms.key), meter)
        if known is not None:
            result: MemberExit = known.result
            return result
        (receipt,) = self._dispatch.do(self._keyring.of(party), self._client.exit(terms, meter))
        return results.exit_of(receipt, self._client.to)

    def close(self, terms: ForwardTerms) -> int:
        """The retailer's deposit goes back, as the relayer asks; returns the token units."""
        forward_terms.encodable(terms)
        known = self._dispatch.take("forward.close", self._market.forward_key(terms.key))
        if known is not None:
            return int(known.result)
        (receipt,) = self._dispatch.do(self._keyring.relayer, self._client.close(terms))
        return results.closed(receipt, self._client.to)

    # Votes ------------------------------------------------------------------------------------------------------------

    def open_vote(
        self, community: Party, nonce: int, roster: Sequence[Party], *, close: int, deadline: int
    ) -> bytes:
        """The community fixes who votes; returns the vote's key."""
        unsigned("nonce", nonce, UINT64)
        key = self.vote_key(community, nonce)
        if not self._dispatch.take("forward.vote", key):
            action = self._client.open_vote(nonce, roster, close, deadline)
            self._dispatch.do(self._keyring.of(community), action)
        return key

    def post_leaf(self, member: Party, vote: bytes, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
        """A member posts its own leaf."""
        word("leaf", leaf)
        if not self._dispatch.take("forward.leaf", vote, index):
            self._dispatch.do(self._keyring.of(member), self._client.post_leaf(vote, index, leaf, proof))

    def publish_vote(self, community: Party, vote: bytes, leaves: Sequence[bytes], result: bytes) -> bytes:
        """The community publishes all leaves and what was decided; returns the root of the leaves' tree."""
        word("result", result)
        if not self._dispatch.take("forward.publish", vote):
            self._dispatch.do(self._keyring.of(community), self._client.publish(vote, leaves, result))
        return tree_root(leaf_nodes(leaves, keccak), keccak)

    # The rest ---------------------------------------------------------------------------------------------------------

    def contract(self, key: bytes) -> ForwardState | None:
        """A contract by its key."""
        return self.state().contracts.get(key)

    def vote(self, key: bytes) -> VoteState | None:
        """A vote by its key."""
        return self.state().votes.get(key)

    def state(self) -> ForwardDeskState:
        """All that the chain holds of this desk."""
        at = self._dispatch.at()
        block = self._market.network.block_number() if at is None else at
        return state_from(self._market, events_of(self._market, block), block)
