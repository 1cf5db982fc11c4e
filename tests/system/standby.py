"""A PostgreSQL with a synchronous standby: what it acknowledges is on both; either can be crashed, the second promoted.

As it is run: the standby is copied from the primary (`pg_basebackup`), follows it, and is named in
`synchronous_standby_names`, so a commit is answered when both have it. Addresses name both servers and ask for the one
that takes writing.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg

from tests.postgres_server import Server, free_port
from tests.system.own_server import an_own_server

NAME = "zweiter"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Both servers; `second` follows `first` until it is promoted."""

    first: Server
    second: Server

    def address(self, url: str) -> str:
        """An address of the first, as one of both."""
        parts = urlsplit(url)
        who = parts.netloc.rpartition("@")[0]
        hosts = f"127.0.0.1:{self.first.port},127.0.0.1:{self.second.port}"
        return parts._replace(netloc=f"{who}@{hosts}", query="target_session_attrs=read-write").geturl()

    def promote(self) -> None:
        """Let the second take over."""
        self.second.program("pg_ctl", f"--pgdata={self.second.data}", "--wait", "promote")

    def shown(self, server: Server, name: str) -> str:
        """What a server says of one of its settings."""
        with psycopg.connect(server.url()) as connection:
            row = connection.execute(f"SHOW {name}".encode()).fetchone()
            assert row is not None
            return str(row[0])


@contextmanager
def a_pair() -> Iterator[Pair]:
    """A primary and its synchronous standby, both running."""
    with an_own_server() as first:
        second = Server(first.folder / "second")
        second.folder.mkdir()
        _same_owner(first, second)
        pair = Pair(first, second)
        second.port = free_port()
        first.program(
            "pg_basebackup", f"--dbname={first.url()}", f"--pgdata={second.data}", "--wal-method=stream"
        )
        (second.data / "standby.signal").touch()
        second.settings["primary_conninfo"] = f"{_words(first.url())} application_name={NAME}"
        second.start()
        try:
            first.settings["synchronous_standby_names"] = NAME
            first.stop()
            first.start()
            _until_both(first)
            yield pair
        finally:
            second.stop("immediate")


def _same_owner(first: Server, second: Server) -> None:
    owner = first.data.stat()
    os.chown(second.folder, owner.st_uid, owner.st_gid)


def _words(url: str) -> str:
    parts = urlsplit(url)
    return f"host={parts.hostname} port={parts.port} user={parts.username} password={parts.password}"


def _until_both(first: Server) -> None:
    """Wait until the standby is one that acknowledges."""
    until = time.monotonic() + PATIENCE
    while True:
        with psycopg.connect(first.url()) as connection:
            rows = connection.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
        if rows == [("sync",)]:
            return
        assert time.monotonic() < until, "the standby follows"
        time.sleep(0.02)
