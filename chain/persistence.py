"""The embedded chain on disk: its whole database in one SQLite file, written at once or not at all.

A run that was interrupted loads it and goes on from its last saved block. The file holds blocks, receipts, logs and
state, but no keys.
"""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from chain.embedded import CHAIN_ID, EmbeddedNetwork
from chain.errors import ChainFileError

FORMAT = 1
APPLICATION = 0x57505443
"""SQLite's application id of such a file ("WPTC")."""


def save(network: EmbeddedNetwork, path: Path) -> None:
    """Write the chain to ``path``; an earlier file there is replaced only by a complete new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        with closing(sqlite3.connect(name)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"PRAGMA application_id = {APPLICATION}")
            database.execute(f"PRAGMA user_version = {FORMAT}")
            database.execute("CREATE TABLE chain (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")
            database.executemany("INSERT INTO chain VALUES (?, ?)", network.backend.database.items())
            database.commit()
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path) -> EmbeddedNetwork:
    """The chain that :func:`save` wrote.

    Raises
    ------
    ChainFileError
        If the file is missing, none of ours, or of another format.
    """
    if not path.is_file():
        raise ChainFileError(str(path), "no file", "a saved chain")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (application,) = database.execute("PRAGMA application_id").fetchone()
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if (application, version) != (APPLICATION, FORMAT):
                found = f"application {application:#x} format {version}"
                raise ChainFileError(str(path), found, f"application {APPLICATION:#x} format {FORMAT}")
            rows = database.execute("SELECT key, value FROM chain").fetchall()
    except sqlite3.DatabaseError as error:
        raise ChainFileError(str(path), str(error), "a saved chain (SQLite)") from error
    if not rows:
        raise ChainFileError(str(path), "no blocks", f"a chain with id {CHAIN_ID}")
    return EmbeddedNetwork(dict(rows))
