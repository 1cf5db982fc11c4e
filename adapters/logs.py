"""The lines of the service: JSON with a closed set of fields for whoever collects them, German lines for who reads.

What is not on the list, or not of its kind, is left out and counted, never written: no address, no name, no words of
anybody, nor of a library. The words of a part stand in the German lines alone; `lotse doctor` says them too. Proven by
`tests/watched/test_logs.py` and `tests/system/test_http_canary.py`.
"""

import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, TextIO

TEXT, JSON = FORMATS = ("text", "json")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LIBRARIES = frozenset(
    {"alembic", "apscheduler", "asyncio", "concurrent", "hvac", "psycopg", "sqlalchemy", "uvicorn"}
)
"""Whose own lines are passed on: that there was one, how grave, from which place; never its words."""
FACTS = "facts"
"""The attribute of a log record that carries its fields."""
Kind = Callable[[object], bool]

service = logging.getLogger("lotse.service")
failures = logging.getLogger("lotse.failures")
_OURS = "lotse"


def of(*allowed: str) -> Kind:
    """One of these words."""
    known = frozenset(allowed)
    return lambda value: type(value) is str and value in known


def like(pattern: str) -> Kind:
    """A text of this form, made by the program itself: a class, a place in the code."""
    form = re.compile(pattern)
    return lambda value: type(value) is str and form.fullmatch(value) is not None


def number(most: float) -> Kind:
    """A number from 0 to `most`."""
    return lambda value: type(value) in (int, float) and 0 <= value <= most  # type: ignore[operator]  # `type` narrows nothing


def fields(
    routes: Collection[str] = (), troubles: Collection[str] = (), parts: Collection[str] = ()
) -> Mapping[str, Kind]:
    """Every field a line may have, and of which kind its value is; routes, troubles and parts as the program has them."""
    return {
        "event": of("request", "failure", "part", "library", "service"),
        "process": of("serve", "scheduler", "notary"),
        "logger": of(*LIBRARIES, "other"),
        "request": like(r"[0-9a-f]{16}"),
        "method": of(*METHODS, "?"),
        "route": of(*routes, "-"),
        "status": number(599),
        "duration_ms": number(86_400_000),
        "trouble": of(*troubles),
        "part": of(*parts),
        "outcome": of("began", "ended", "well", "trouble", "over"),
        "error": like(r"[A-Za-z_][A-Za-z0-9_]{0,79}"),
        "place": like(r"[A-Za-z0-9_]{1,60}\.pyx?:[0-9]{1,6}"),
        "version": like(r"[0-9][0-9a-z.]{0,20}"),
    }


class Sentence(str):
    """What a part says, with what the structured line has of it."""

    __slots__ = ("error", "outcome", "part")

    part: str
    outcome: str
    error: str

    @classmethod
    def of(cls, part: str, sentence: str, outcome: str = "well", error: str = "") -> "Sentence":
        """`part: sentence`, as a person reads it."""
        made = cls(f"{part}: {sentence}")
        made.part, made.outcome, made.error = part, outcome, error
        return made


class Allowed:
    """A processor of structlog that keeps the fields of the list, and counts what it leaves out."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    def __call__(
        self, _logger: object, level: str, told: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """What may be written of a record, its level and time first."""
        facts = _facts_of(told["_record"], told.get("exc_info"))
        kept = {
            name: value for name, value in facts.items() if name in self._kinds and self._kinds[name](value)
        }
        made: dict[str, Any] = {"time": _utc(told["_record"]), "level": level, **kept}
        if len(kept) < len(facts):
            made["dropped"] = len(facts) - len(kept)
        return made


def _utc(record: logging.LogRecord) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03}Z"


def _facts_of(record: logging.LogRecord, error: Any) -> Mapping[str, object]:  # noqa: ANN401 - as logging has it
    facts = getattr(record, FACTS, None)
    return facts if isinstance(facts, Mapping) else _of_library(record, error)


def _of_library(record: logging.LogRecord, error: Any) -> dict[str, object]:  # noqa: ANN401 - as above
    """What is told of a line that is not ours; its words could be anybody's."""
    top = record.name.partition(".")[0]
    told: dict[str, object] = {
        "event": "library",
        "logger": top if top in LIBRARIES else "other",
        "place": f"{record.filename}:{record.lineno}",
    }
    if isinstance(error, tuple) and error[0] is not None:
        told["error"] = error[0].__name__
    return told


class _German(logging.Formatter):
    """A line for a person: time in UTC, logger, message; of a library only its place."""

    def __init__(self) -> None:
        self.converter = time.gmtime
        super().__init__("%(asctime)s.%(msecs)03dZ %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        if record.name.partition(".")[0] != _OURS:
            told = _of_library(record, record.exc_info)
            words = (record.levelname, told.get("error"), told["place"])
            record = logging.makeLogRecord(
                {**record.__dict__, "msg": " ".join(str(each) for each in words if each), "args": (), "exc_info": None,
                 "exc_text": None, "stack_info": None}
            )  # fmt: skip
        return super().format(record)


class Lines:
    """How a program speaks while it runs; see `speaking`."""

    def __init__(self, process: str, *, structured: bool, notice: Callable[[str], None]) -> None:
        self._process = process
        self._notice = notice
        self.structured = structured

    def tell(self, sentence: str) -> None:
        """Pass on what a part says; of what nobody has named a part of, JSON says nothing."""
        if not self.structured:
            self._notice(sentence)
        elif isinstance(sentence, Sentence):
            facts = {
                "event": "part",
                "process": self._process,
                "part": sentence.part,
                "outcome": sentence.outcome,
            }
            if sentence.error:
                facts["error"] = sentence.error
            level = logging.WARNING if sentence.outcome == "trouble" else logging.INFO
            service.log(level, "%s", sentence, extra={FACTS: facts})

    def stands(self, outcome: str, sentence: str) -> None:
        """Say that the program has begun or ended, and which version it is."""
        if not self.structured:
            self._notice(sentence)
            return
        facts = {
            "event": "service",
            "process": self._process,
            "outcome": outcome,
            "version": version("lotse"),
        }
        service.info("%s", sentence, extra={FACTS: facts})


@contextmanager
def speaking(
    process: str,
    chosen: str,
    kinds: Mapping[str, Kind],
    notice: Callable[[str], None],
    stream: TextIO | None = None,
) -> Iterator[Lines]:
    """Let this process write its lines meanwhile, libraries' too, to stderr or `stream`; `chosen`: "text" or "json"."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_German() if chosen == TEXT else _structured(kinds))
    root, ours = logging.getLogger(), logging.getLogger(_OURS)
    before = root.level, ours.level, logging.raiseExceptions, threading.excepthook
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    ours.setLevel(logging.INFO)
    logging.raiseExceptions = False
    threading.excepthook = _of_a_thread
    try:
        yield Lines(process, structured=chosen == JSON, notice=notice)
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        logging.raiseExceptions, threading.excepthook = before[2:]


def _of_a_thread(met: threading.ExceptHookArgs) -> None:
    """What a thread has died of, without its words."""
    if met.exc_value is not None:
        tell_failure(met.exc_value)


def _structured(kinds: Mapping[str, Kind]) -> logging.Formatter:
    import orjson  # noqa: PLC0415 - only where it writes
    import structlog  # noqa: PLC0415 - as above

    def written(_logger: object, _level: str, told: Any) -> str:  # noqa: ANN401 - as structlog has it
        return orjson.dumps(dict(told)).decode()

    return structlog.stdlib.ProcessorFormatter(processors=[Allowed(kinds), written], use_get_message=False)


def tell_failure(error: BaseException) -> None:
    """Log the kind of an error and where it came from; its words may be somebody's name."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "?"
    kind = type(error).__name__
    facts = {"event": "failure", "error": kind, **({"place": place} if frames else {})}
    failures.error("%s in %s", kind, place, extra={FACTS: facts})
