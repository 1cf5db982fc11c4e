"""The API at work within `lotse serve`: a socket of its own, an open store, the writer, and uvicorn in a thread.

A database put back, or a new profile, is noticed each second and the application put together anew behind the same
socket; what is being answered meanwhile is answered. Proven by `tests/cli/test_serve_api.py`.
"""

import errno
import gc
import socket
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from adapters.bootstrap import open_lotse
from adapters.db.place import place_of
from adapters.lotse import Lotse
from adapters.service import PATIENCE, Part
from adapters.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from sqlalchemy import Engine
    from starlette.types import Receive, Scope, Send

    from adapters.api.headers import Answered
    from adapters.writer import Writer

SECOND = 1.0
_ROUND = 10_000
"""So many new objects until somebody looks for rings among them; a request makes some hundred that live until its end."""
_WAITING = 2048


class CannotListen(Exception):
    """The API cannot listen where it is told to; the message is a German sentence with the next step."""


def listening(settings: Settings) -> socket.socket:
    """Give a socket on the address of the settings. Raises CannotListen."""
    host, port = settings.http_host, settings.http_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(_WAITING)
    except OSError as error:
        made.close()
        raise CannotListen(_why_not(error, host, port)) from None
    return made


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Am Anschluss {port} antwortet schon ein anderes Programm. Nächster Schritt: dieses beenden, oder einen "
            "anderen nennen: --port oder LOTSE_HTTP_PORT."
        )
    if error.errno == errno.EACCES:
        return f"Anschluss {port} ist diesem Benutzer nicht erlaubt. Nächster Schritt: einen ab 1024 nennen: --port."
    return f"An der Adresse {host} kann nicht gehört werden. Nächster Schritt: --host oder LOTSE_HTTP_HOST prüfen."


class Application:
    """The application over the store as it now is; opened anew where that is another than it was."""

    def __init__(self, settings: Settings, count: "Callable[[Answered], None]") -> None:
        self._settings = settings
        self._count = count
        self._app: FastAPI
        self._lotse: Lotse
        self._writer: Writer
        self._open()

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request by the application that stands."""
        await self._app(scope, receive, send)

    def look(self) -> Sequence[str]:
        """Open the store anew where another lies there, or new cases begin by another profile."""
        file = _identity(self._settings)
        if file == self._file and self._lotse.store.current == self._lotse.office.current:
            return ()
        lotse, writer = self._lotse, self._writer
        self._open()
        writer.close()
        lotse.store.engine.dispose()
        return ("der Speicher oder das Profil ist ein anderes; neu geöffnet.",)

    def now(self) -> "tuple[Writer, Engine]":
        """The writer and the connections as they now are."""
        return self._writer, self._lotse.store.engine

    def close(self) -> None:
        """Finish what waits to be written, and let go of the store."""
        self._writer.close()
        self._lotse.store.engine.dispose()

    def _open(self) -> None:
        from adapters.api.app import create_app  # noqa: PLC0415 - the web framework, only where it serves
        from adapters.login.door import Door  # noqa: PLC0415 - as above
        from adapters.writer import Writer  # noqa: PLC0415 - as above

        file = _identity(self._settings)
        lotse = open_lotse(self._settings)
        writer = Writer(lotse.store.work, lotse.office)
        lotse.writer = writer
        self._app = create_app(lotse, Door(lotse), writer, self._count)
        self._lotse, self._writer, self._file = lotse, writer, file
        lay_aside()


def lay_aside() -> None:
    """Take what stands for good out of the collector's rounds: looking through all of it would hold everybody up."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ROUND, *gc.get_threshold()[1:])


def _identity(settings: Settings) -> object:
    try:
        return place_of(settings).identity()
    except FileNotFoundError:
        return None


def _proxies(settings: Settings) -> Callable[[str], bool]:
    """Whether an address is that of a proxy in front, by the settings."""
    from uvicorn.middleware.proxy_headers import _TrustedHosts  # noqa: PLC0415 - the web server, only where it serves

    named = settings.http_proxies
    return _TrustedHosts(named).__contains__ if named is not None else lambda _address: False


class ServedApi:
    """The API on a socket, from entering until leaving: then it takes nothing new and finishes what it has begun."""

    def __init__(
        self, settings: Settings, count: "Callable[[Answered], None]" = lambda _answered: None
    ) -> None:
        import uvicorn  # noqa: PLC0415 - the web server, only where it serves

        from adapters.service_lines import guarded, room  # noqa: PLC0415 - as above

        self._socket = listening(settings)
        try:
            self._application = Application(settings, count)
        except BaseException:
            self._socket.close()
            raise
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._application,
                http=guarded(room(), _proxies(settings)),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=settings.http_proxies is not None,
                forwarded_allow_ips=settings.http_proxies,
                timeout_graceful_shutdown=int(PATIENCE),
                ws="none",
            )
        )
        self._thread = threading.Thread(target=self._run, name="Schnittstelle", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE + SECOND)
        self._application.close()
        self._socket.close()

    def now(self) -> "tuple[Writer, Engine]":
        """The writer and the connections as they now are."""
        return self._application.now()

    def part(self) -> Part:
        """The round that looks after it. It ends with what it cannot go on without."""
        return Part("Schnittstelle", SECOND, self._round)

    def _round(self) -> Sequence[str]:
        if not self._thread.is_alive() and not self._server.should_exit:
            raise CannotListen("Sie ist abgebrochen. Nächster Schritt: lotse serve neu starten.")
        return self._application.look()
