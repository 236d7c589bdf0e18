"""What can go wrong between a market and its chain, apart from the contracts' own refusals (``market.ledger.errors``).

Every error names what was found and what was expected, and carries the exit code of the command that meets it.
"""


class ChainFault(Exception):
    """The chain, its node or a deployment record is not what was asked for; nothing more was sent."""

    exit_code = 2


class NetworkError(ChainFault):
    """A network cannot be used."""


class UnknownNetwork(NetworkError):
    def __init__(self, spec: str) -> None:
        super().__init__(
            f"network {spec!r}: expected 'memory', 'anvil', a URL (http, https, ws, wss) or the path of an IPC socket"
        )


class UnreachableNetwork(NetworkError):
    def __init__(self, url: str, cause: str) -> None:
        super().__init__(
            f"network {url}: no answer ({cause}); expected a node that speaks Ethereum's JSON-RPC"
        )


class NotJsonRpc(NetworkError):
    def __init__(self, url: str, found: str) -> None:
        super().__init__(f"network {url}: answered {found}; expected the result of eth_chainId")


class WrongChain(NetworkError):
    def __init__(self, place: str, found: int, expected: int) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"{place}: chain id {found}, expected {expected}")


class AnvilNotFound(NetworkError):
    def __init__(self, looked: list[str]) -> None:
        super().__init__(
            "anvil not found: looked in "
            + ", ".join(looked)
            + "; expected an executable there (npm install, or $ANVIL)"
        )


class AnvilFailed(NetworkError):
    def __init__(self, found: str) -> None:
        super().__init__(f"anvil did not start: {found}; expected it to listen")


class ChainFileError(NetworkError):
    """A saved chain cannot be read."""

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}; expected {expected}")


class ClockNotSettable(ChainFault):
    def __init__(self, network: str) -> None:
        super().__init__(
            f"network {network}: its clock cannot be set; expected realtime=True (--realtime) and an interval of at most "
            "60 s, so that the run waits for the hours of its day"
        )


class TestAccountRefused(ChainFault):
    """Keys derived from a public seed protect nothing; they are for chains that vanish."""

    __test__ = False

    def __init__(self, network: str, chain_id: int) -> None:
        super().__init__(
            f"network {network} (chain id {chain_id}): test accounts are derived from a public seed; expected the "
            "embedded chain or anvil, or a keystore"
        )


class KeystoreError(ChainFault):
    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(f"{place}: found {found}; expected {expected}")


class UnknownSigner(ChainFault):
    def __init__(self, address: str) -> None:
        super().__init__(f"no key for {address}: found none in the keyring; expected the party's account")


class DeploymentError(ChainFault):
    """A deployment record is wrong: the file, the place in it, what was found and what was expected."""

    def __init__(self, file: str, place: str, found: object, expected: object) -> None:
        self.file, self.place, self.found, self.expected = file, place, found, expected
        super().__init__(f"{file}: {place}: found {found}, expected {expected}")


class TransactionLost(ChainFault):
    def __init__(self, tx_hash: str, seconds: float) -> None:
        super().__init__(f"transaction {tx_hash}: no receipt after {seconds:.0f} s; expected it to be mined")


class ChainError(ChainFault):
    """A call or transaction failed for a reason that is none of the market's refusals."""

    exit_code = 1

    def __init__(self, what: str, data: bytes, detail: str = "") -> None:
        self.what, self.data = what, data
        super().__init__(
            f"{what}: failed with {detail or ('0x' + data.hex() if data else 'no reason')}; expected success"
        )
