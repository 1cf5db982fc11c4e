"""How a program that runs is watched: the lines it writes, and its figures on a port of their own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.failures import CommandError
from adapters.cli.screen import notice
from adapters.logs import FORMATS, Lines, fields, speaking
from adapters.settings import Settings, read_setting

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from sqlalchemy import Engine

    from adapters.api.headers import Answered
    from adapters.metrics import Requests
    from adapters.writer import Writer

SERVE, NOTARY = "serve", "notary"
PARTS = frozenset(
    {
        *("Notar", "Fristenuhr", "Vorwarnung", "Quarantäne", "Prüfpunkt", "Nachrichten", "Postausgang"),
        "Schnittstelle",
    }
)
"""The parts of `lotse serve` and `lotse scheduler`, by the names under which they speak."""

LogFormat = Annotated[
    str | None,
    typer.Option(
        "--log-format",
        metavar="|".join(FORMATS),
        help="Zeilen für Menschen (text) oder mit festen Feldern für Programme (json).",
    ),
]


def log_format(settings: Settings, said: str | None) -> str:
    """The format of the lines: as said on the command line, else as the settings have it."""
    return settings.log_format if said is None else str(read_setting("log_format", said, "--log-format"))


def speaking_as(process: str, chosen: str) -> AbstractContextManager[Lines]:
    """Let the program speak in this format from now on."""
    routes, troubles = _of_the_api(process)
    return speaking(process, chosen, fields(routes, troubles, PARTS), notice)


def _of_the_api(process: str) -> tuple[frozenset[str], frozenset[str]]:
    """The patterns of the routes and the kinds of problems, where there is an API."""
    if process != SERVE:
        return frozenset(), frozenset()
    from adapters.api.app import patterns  # noqa: PLC0415 - the web framework, only where it serves
    from adapters.api.problems import Trouble  # noqa: PLC0415 - as above

    return patterns(), frozenset(trouble.slug for trouble in Trouble)


class Figures:
    """What this process counts for whoever asks; nothing, where the settings name no port."""

    def __init__(
        self, registry: "CollectorRegistry | None" = None, requests: "Requests | None" = None
    ) -> None:
        self._registry = registry
        self._requests = requests

    def count(self, answered: "Answered") -> None:
        """Count a request."""
        if self._requests is not None:
            self._requests.count(answered)

    def watch(self, now: "Callable[[], tuple[Writer, Engine]]") -> None:
        """Give figures of the writer and the connections too, as they are whenever somebody asks."""
        if self._registry is not None:
            from adapters.metrics import OfTheWriter  # noqa: PLC0415 - only where there are figures

            self._registry.register(OfTheWriter(now))


@contextmanager
def figures(settings: Settings, process: str) -> Iterator[Figures]:
    """Give the figures on the port of the settings meanwhile. Raises CommandError where it cannot be had."""
    if settings.metrics_port is None:
        yield Figures()
        return
    from adapters import metrics  # noqa: PLC0415 - the library, only where there are figures

    registry = metrics.registry_of(settings, store=process != NOTARY)
    requests = metrics.Requests(registry, *_of_the_api(process)) if process == SERVE else None
    try:
        port = metrics.served(registry, settings.metrics_host, settings.metrics_port)
        with port:
            yield Figures(registry, requests)
    except metrics.MetricsTaken as error:
        raise CommandError(str(error)) from None
