"""Figures for Prometheus on a port of their own: how much is asked, written and waited for, never about whom.

Labels come from closed sets: routes as they are declared, kinds of problems, states of the base process. The library
is loaded where the port is set, and nowhere else. Each figure stands in `docs/operation.md`
(`tests/watched/test_metrics.py`).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from io import StringIO
from typing import TYPE_CHECKING, TextIO

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    make_wsgi_app,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import ThreadingWSGIServer
from prometheus_client.registry import Collector

from adapters.figures import Standing, Watching, look
from adapters.logs import METHODS
from adapters.writer_counts import SIZES
from audit.errors import AuditError
from audit.notary_file import NotaryFile
from states.vocabulary import Fact

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from adapters.api.headers import Answered
    from adapters.settings import Settings
    from adapters.writer import Writer

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began says nothing here, and triples what is sent

OTHER = "other"
HALTED = "lotse_notary_halted"
PATIENCE = 10
"""Seconds that somebody who asks for figures may stay silent."""
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PLAIN_REASONS = frozenset(
    {
        "denied",
        "state",
        "recipient",
        "unknown",
        "no_longer",
        "closing_reason",
        "assign_self",
        "not_overdue",
        "open",
    }
)
"""Codes of `workflow.errors.Blocked` that have no facts behind them; what is not among them counts as "other"."""
REASONS = PLAIN_REASONS | {f"guard:{fact.partition(':')[0]}" for fact in map(str, Fact)} | {"guard", OTHER}


def reason_of(code: str) -> str:
    """The code of a refusal as a label: of a guard the first fact of the base process that it lacks."""
    kind, colon, facts = code.partition(":")
    if not colon:
        return code if code in PLAIN_REASONS else OTHER
    first = facts.partition(" ")[0].removeprefix("!").partition(":")[0]
    found = f"{kind}:{first}"
    return found if found in REASONS else kind if kind in REASONS else OTHER


class Requests:
    """Counts requests; `routes` and `troubles` are all there are."""

    def __init__(
        self, registry: CollectorRegistry, routes: Collection[str], troubles: Collection[str]
    ) -> None:
        self._routes, self._troubles = frozenset(routes), frozenset(troubles)
        self._requests = Counter(
            "lotse_requests", "Anfragen", ("method", "route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "lotse_request_seconds", "Dauer einer Anfrage", ("route",), buckets=SECONDS, registry=registry
        )
        self._problems = Counter(
            "lotse_problems", "Anfragen, die nicht gelangen", ("trouble",), registry=registry
        )
        self._refusals = Counter(
            "lotse_refusals", "Schritte, die der Ablauf nicht erlaubt", ("reason",), registry=registry
        )

    def count(self, answered: "Answered") -> None:
        """Count one."""
        route = answered.route if answered.route in self._routes else "-"
        method = answered.method if answered.method in METHODS else "?"
        self._requests.labels(method, route, f"{answered.status // 100}xx").inc()
        self._seconds.labels(route).observe(answered.seconds)
        if answered.trouble:
            self._problems.labels(answered.trouble if answered.trouble in self._troubles else OTHER).inc()
        if answered.refused:
            self._refusals.labels(reason_of(answered.refused)).inc()


class OfTheWriter(Collector):
    """What the writer of this process and its connections do; asked where they are now, for they may be opened anew."""

    def __init__(self, now: Callable[[], "tuple[Writer, Engine]"]) -> None:
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The figures as they stand."""
        writer, engine = self._now()
        counts, below, buckets = writer.counts, 0, []
        for bound, found in zip(SIZES, counts.sizes, strict=True):
            below += found
            buckets.append((str(bound), below))
        batches = HistogramMetricFamily(
            "lotse_writer_batch_jobs", "Aufträge, die zusammen gespeichert wurden"
        )
        batches.add_metric([], [*buckets, ("+Inf", below)], counts.jobs)
        yield batches
        yield GaugeMetricFamily("lotse_writer_waiting", "Aufträge, die warten", writer.waiting)
        yield CounterMetricFamily(
            "lotse_writer_waited_seconds", "Wartezeit des jeweils ersten Auftrags", counts.waited
        )
        yield CounterMetricFamily(
            "lotse_writer_turned_away", "Abgewiesen, weil zu viele warteten", counts.turned_away
        )
        connections = GaugeMetricFamily(
            "lotse_db_connections", "Verbindungen zur Datenbank", labels=("state",)
        )
        for state, count in _connections(engine):
            connections.add_metric([state], count)
        yield connections


def _connections(engine: "Engine") -> Iterator[tuple[str, float]]:
    for state, name in (("used", "checkedout"), ("idle", "checkedin")):
        counted = getattr(engine.pool, name, None)
        if counted is not None:
            yield state, counted()


class OfTheStore(Collector):
    """How it stands with the store."""

    def __init__(self, standing: Callable[[], Standing | None]) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """The figures, or that there are none to be had."""
        found = self._standing()
        yield GaugeMetricFamily(
            "lotse_store_readable", "Ob der Speicher zu lesen ist", int(found is not None)
        )
        if found is None:
            return
        yield GaugeMetricFamily("lotse_log_entries", "Einträge im Protokoll", found.entries)
        overdue = GaugeMetricFamily(
            "lotse_cases_overdue", "Überfällige Fälle, auf 5 aufgerundet", labels=("state",)
        )
        for state, count in found.overdue.items():
            overdue.add_metric([state], count)
        yield overdue
        yield GaugeMetricFamily(
            "lotse_sweep_lag_seconds", "Wie lange Überfälliges schon unmarkiert ist", found.unflagged_age
        )
        jobs = GaugeMetricFamily(
            "lotse_job_age_seconds", "Seit wann eine Aufgabe zuletzt gelang", labels=("job",)
        )
        for job, age in found.jobs.items():
            jobs.add_metric([job], age)
        yield jobs
        outbox = GaugeMetricFamily("lotse_outbox_letters", "Nachrichten im Postausgang", labels=("fate",))
        outbox.add_metric(["waiting"], found.outbox_waiting)
        outbox.add_metric(["given_up"], found.outbox_given_up)
        yield outbox
        yield GaugeMetricFamily("lotse_outbox_age_seconds", "Alter der ältesten davon", found.outbox_age)
        yield from _of_the_notary(found)


def _of_the_notary(found: Standing) -> Iterator[Metric]:
    """Where its file is at hand."""
    if found.unsigned is not None and found.unsigned_age is not None and found.halted is not None:
        yield GaugeMetricFamily("lotse_log_unsigned_entries", "Noch nicht unterschrieben", found.unsigned)
        yield GaugeMetricFamily("lotse_log_unsigned_seconds", "Seit wann", found.unsigned_age)
        yield GaugeMetricFamily(HALTED, "Ob der Notar angehalten hat", int(found.halted))


class OfTheNotary(Collector):
    """How it stands with a notary that works by itself: it may not see more of the store than the log."""

    def __init__(self, file: NotaryFile) -> None:
        self._file = file

    def collect(self) -> Iterator[Metric]:
        """How much is signed, and whether it goes on; nothing where its file cannot be read."""
        try:
            state = self._file.load()
        except (AuditError, OSError):
            return
        yield GaugeMetricFamily("lotse_log_signed_entries", "Unterschriebene Einträge", state.size)
        yield GaugeMetricFamily(HALTED, "Ob der Notar angehalten hat", int(state.halted is not None))


class OfTheProgram(Collector):
    """Which program this is."""

    def collect(self) -> Iterator[Metric]:
        """Its version."""
        told = InfoMetricFamily("lotse", "Dieses Programm")
        told.add_metric([], {"version": version("lotse")})
        yield told


def registry_of(settings: "Settings", *, store: bool) -> CollectorRegistry:
    """The figures that every process has: program, process, store; of the notary alone where it sees no `store`."""
    registry = CollectorRegistry()
    registry.register(OfTheProgram())
    ProcessCollector(registry=registry)
    if store:
        registry.register(OfTheStore(Watching(partial(look, settings)).standing))
    else:
        registry.register(OfTheNotary(NotaryFile(settings.notary)))
    return registry


class MetricsTaken(Exception):
    """The port for the figures cannot be had; the message is a German sentence with the next step."""


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Give the figures to whoever asks there, in a thread, and the port (0 finds one). Raises MetricsTaken."""
    import socket  # noqa: PLC0415 - only where a port is opened
    import threading  # noqa: PLC0415 - as above
    from wsgiref.simple_server import WSGIRequestHandler, make_server  # noqa: PLC0415 - as above

    class Server(ThreadingWSGIServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

        def handle_error(self, *_told: object) -> None:
            """Of whoever hangs up in the middle there is nothing to say."""

    class Quiet(WSGIRequestHandler):
        timeout = PATIENCE

        def log_message(self, *_told: object) -> None:
            """Say nothing of who asked for what."""

        def get_stderr(self) -> TextIO:
            """Where the words of an error would go: nowhere."""
            return StringIO()

    try:
        server = make_server(host, port, make_wsgi_app(registry), Server, Quiet)
    except OSError:
        raise MetricsTaken(
            f"Am Anschluss {port} für die Kennzahlen kann nicht gehört werden. Nächster Schritt: LOTSE_METRICS_PORT und "
            "LOTSE_METRICS_HOST prüfen."
        ) from None
    thread = threading.Thread(target=server.serve_forever, name="Kennzahlen", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
