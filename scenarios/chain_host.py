"""A run's ledger on a chain: connect, make or open the keys, deploy (or find the deployment of an interrupted run)."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chain.accounts import Account, from_keystore, new_account, read_password
from chain.audit import audit
from chain.clock import LONGEST_REALTIME_INTERVAL
from chain.deploy import Plan, deploy
from chain.embedded import EmbeddedNetwork
from chain.errors import ChainFault
from chain.forward.signing import ForwardKeyringSigner
from chain.funding import GAS_RESERVE, NoFunder, dev_account, top_up
from chain.keyring import Keyring, test_keyring
from chain.ledger import ChainLedger
from chain.loans.signing import LoanKeyringSigner
from chain.market import Market
from chain.network import connect, without_secrets
from chain.persistence import save
from chain.port import Network
from chain.record import read_record
from chain.sender import Sender
from chain.signing import KeyringSigner
from market.terms import NOBODY, Party
from scenarios.hosts import Cast, GasRow, Ground, MakeGround, Opened, Verdict
from scenarios.report.folder import RunFolder

SETTING_UP = 3600
"""Seconds of the chain's clock that are left for deploying and registering before the first step; each block takes one."""
SETTING_UP_REALTIME = 40
"""The same where the clock is the world's."""
LOCAL = ("memory", "anvil")
"""Chains that a run starts itself."""
ROLES = ("registrar", "guardian", "relayer")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOptions:
    """How a run meets its chain.

    ``keystore`` (a folder) and ``funder`` (a file) are needed on every chain but test chains; ``password`` says where
    their password is: ``prompt``, ``env:NAME`` or ``file:PATH``.
    """

    spec: str = "memory"
    realtime: bool = False
    keystore: Path | None = None
    funder: Path | None = None
    password: str = "prompt"


class ChainHost:
    """A run's ledger on a chain."""

    def __init__(self, options: ChainOptions) -> None:
        self._options = options
        self._network: Network | None = None
        self._ledger: ChainLedger | None = None
        self._market: Market | None = None

    @property
    def label(self) -> str:
        """What the user called it; secrets in an address are kept out."""
        return without_secrets(self._options.spec)

    def check(self, interval: int) -> None:
        """Reach a node, and see that a run on it could begin: that its clock can be set, its keys and funds be had.

        Raises
        ------
        IntervalTooLong, NetworkError, ClockCannotBeSet, KeystoreNeeded, NoFunder, KeystoreError
        """
        if self._options.realtime and interval > LONGEST_REALTIME_INTERVAL:
            raise IntervalTooLong(interval)
        if self._options.spec in LOCAL:
            return
        network = self._network = connect(self._options.spec)
        if not (self._options.realtime or network.clock_settable):
            raise ClockCannotBeSet(network.name)
        if self._options.keystore is None and not network.disposable:
            raise KeystoreNeeded(network.name)
        self._funder(network)

    def open(self, cast: Cast, folder: RunFolder, make: MakeGround, *, seed: int, resume: bool) -> Opened:
        """Connect, deploy and fund; with ``resume`` open what the interrupted run left.

        Raises
        ------
        NetworkError, KeystoreError, DeploymentError
            Before anything is sent.
        """
        network = self._network or connect(self._options.spec, state=self._state(folder))
        self._network = network
        keyring, party_of = self._keys(network, seed, cast)
        funder = self._funder(network)
        continues = resume and folder.deployment.exists() and self._kept(folder)
        if not continues:
            folder.deployment.unlink(missing_ok=True)
        ground = make(self._recorded_epoch(folder) if continues else self._epoch(network, make(0)))
        sender = Sender(network)
        top_up(sender, funder, {keyring.registrar: GAS_RESERVE})
        market, _ = deploy(
            sender,
            funder,
            Plan(
                rules=ground.rules,
                provider=NOBODY if cast.provider is None else party_of(cast.provider),
                tariff=tuple(ground.tariff),
                guardian=keyring.guardian.party,
                registrar=keyring.registrar.party,
            ),
            registrar=keyring.registrar,
            path=folder.deployment,
        )
        self._market = market
        self._ledger = ChainLedger(
            market, keyring, sender, resume=continues, realtime=self._options.realtime, funder=funder
        )
        return Opened(
            ledger=self._ledger,
            signer=KeyringSigner(keyring.keys(), market.negotiator_domain),
            loan_signer=LoanKeyringSigner(keyring.keys(), market.loans_domain),
            forward_signer=ForwardKeyringSigner(keyring.keys(), market.forward_domain),
            party_of=party_of,
        )

    def audit(self, folder: RunFolder, minted: int) -> Verdict:
        """Read the market back from the chain alone and replay it."""
        assert self._network is not None
        assert self._market is not None
        report = audit(self._network.w3, self._market.registry.address, transcripts=folder.transcripts)
        return Verdict(
            verdict=report.verdict,
            checks=report.checks,
            violations=report.as_json()["violations"],
            notes=tuple(note.detail for note in report.notes),
        )

    def gas(self) -> list[GasRow]:
        if self._ledger is None:
            return []
        return [
            GasRow(
                kind=kind,
                transactions=len(uses),
                items=sum(use.items for use in uses),
                gas=sum(use.gas for use in uses),
                fees_wei=sum(use.fee for use in uses),
            )
            for kind, uses in sorted(self._ledger.gas.uses.items())
        ]

    def keep(self, folder: RunFolder) -> None:
        """Write the embedded chain to the run's folder; the others keep themselves."""
        if isinstance(self._network, EmbeddedNetwork):
            save(self._network, folder.chain)

    def close(self) -> None:
        if self._network is not None:
            self._network.close()

    def _kept(self, folder: RunFolder) -> bool:
        """Whether the chain of an interrupted run still exists; one that lived in a killed process does not."""
        state = self._state(folder)
        return state is None or state.exists()

    def _state(self, folder: RunFolder) -> Path | None:
        return {"memory": folder.chain, "anvil": folder.anvil_state}.get(self._options.spec)

    def _epoch(self, network: Network, ground: Ground) -> int:
        """The start of interval 0: late enough for setting up, on a whole interval."""
        lead = ground.rules.interval * max(0, -ground.opens)
        # Nobody waits for a horizon to pass: with the world's clock, submeters are behind their community's meter later.
        margin = SETTING_UP_REALTIME if self._options.realtime else SETTING_UP + ground.notice
        earliest = network.now() + margin + lead
        return -(-earliest // ground.rules.interval) * ground.rules.interval

    def _recorded_epoch(self, folder: RunFolder) -> int:
        return int(read_record(folder.deployment).contracts["MeterRegistry"].arguments["epoch"])

    # Keys -------------------------------------------------------------------------------------------------------------
    def _keys(self, network: Network, seed: int, cast: Cast) -> tuple[Keyring, Callable[[str], Party]]:
        names = cast.names
        if self._options.keystore is None:
            keyring = test_keyring(network, seed, names)
            parties = dict(zip(names, keyring.accounts, strict=True))
        else:
            password = read_password(self._options.password, os.environ)
            accounts = {name: self._stored(name, password) for name in names}
            meters = {name: self._stored(f"meter-{name}", password) for name in cast.owners}
            registrar, guardian, relayer = (self._stored(role, password) for role in ROLES)
            keyring = Keyring(
                accounts={account.party: account for account in accounts.values()},
                registrar=registrar,
                guardian=guardian,
                relayer=relayer,
                meter_key=meters.__getitem__,
            )
            parties = {name: account.party for name, account in accounts.items()}
        return keyring, parties.__getitem__

    def _stored(self, name: str, password: str) -> Account:
        """The account of ``name`` in the keystore; a new one where there is none yet."""
        assert self._options.keystore is not None
        path = self._options.keystore / f"{name}.json"
        if path.exists():
            return from_keystore(path, password)
        path.parent.mkdir(parents=True, exist_ok=True)
        account = new_account()
        account.to_keystore(path, password)
        return account

    def _funder(self, network: Network) -> Account:
        if self._options.funder is not None:
            return from_keystore(self._options.funder, read_password(self._options.password, os.environ))
        if not network.dev_keys():
            raise NoFunder(network.name)
        return dev_account(network)


class ClockCannotBeSet(ChainFault):
    """A run would have to wait for every interval, and was not told to."""

    def __init__(self, network: str) -> None:
        super().__init__(
            f"network {network}: found a clock that cannot be set, expected --realtime with a short --interval (as 5)"
        )


class IntervalTooLong(ChainFault):
    """A run that waits for every interval would take a day for a day."""

    def __init__(self, interval: int) -> None:
        super().__init__(
            f"--realtime: found intervals of {interval} s, expected --interval at most {LONGEST_REALTIME_INTERVAL}"
        )


class KeystoreNeeded(ChainFault):
    """Accounts that anyone could derive are for test chains only."""

    def __init__(self, network: str) -> None:
        super().__init__(f"network {network}: found no --keystore, expected one: it is no test chain")
