"""One server to measure in a process of its own: `python -m tests.bench.api_server KIND FOLDER TAPE`.

It says its port on stdout and serves until its stdin ends. `lotse` is the API as `lotse serve` has it, `alone` the same
with one step per commit, `empty` a route that does nothing, `sql` one that sends the statements of Lotse and no more.
"""

import pickle
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from adapters.api.app import create_app
from adapters.bootstrap import open_lotse
from adapters.login.door import Door
from adapters.service_api import lay_aside
from adapters.settings import read_settings
from adapters.writer import AT_ONCE, Writer
from tests.bench.tape import Bare, Call, Transaction


def with_lotse(folder: Path, at_once: int) -> FastAPI:
    """The API over a store."""
    lotse = open_lotse(read_settings(folder))
    lotse.writer = Writer(lotse.store.work, lotse.office, at_once=at_once)
    app = create_app(lotse, Door(lotse), lotse.writer)
    lay_aside()
    return app


def with_nothing() -> FastAPI:
    """A route that does nothing."""
    app = FastAPI()

    @app.api_route("/", methods=["GET", "POST"])
    async def nothing() -> dict[str, int]:
        return {"version": 0}

    return app


def with_sql(folder: Path, tape: Path) -> FastAPI:
    """A route that sends the next transaction of a tape through `sqlite3`, one after the other."""
    app = FastAPI()
    bare = Bare(read_settings(folder).database)
    waiting = iter(read_tape(tape))
    turn = threading.Lock()

    @app.api_route("/", methods=["GET", "POST"])
    def send() -> dict[str, int]:
        with turn:
            bare.send(next(waiting))
        return {"version": 0}

    return app


def write_tape(path: Path, transactions: list[Transaction]) -> None:
    """Keep what is to be sent, for another process."""
    path.write_bytes(
        pickle.dumps([[(c.sql, c.writes, c.many, c.bound) for c in each] for each in transactions])
    )


def read_tape(path: Path) -> list[Transaction]:
    """Undo `write_tape`; the statements of Core are not kept."""
    told = pickle.loads(path.read_bytes())  # noqa: S301 - this very bench has written it
    return [
        tuple(Call(sql, None, writes, many, bound, ()) for sql, writes, many, bound in each)  # type: ignore[arg-type] # not sent through Core
        for each in told
    ]


def main(kind: str, folder: str, tape: str) -> None:
    """Serve on loopback until told to stop."""
    store = Path(folder)
    apps = {
        "lotse": lambda: with_lotse(store, AT_ONCE),
        "alone": lambda: with_lotse(store, 1),
        "empty": with_nothing,
        "sql": lambda: with_sql(store, Path(tape)),
    }
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(apps[kind](), lifespan="off", log_config=None, access_log=False, ws="none")
    )
    threading.Thread(
        target=lambda: (sys.stdin.read(), setattr(server, "should_exit", True)), daemon=True
    ).start()
    print(listening.getsockname()[1], flush=True)
    server.run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
