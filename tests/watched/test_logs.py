"""The lines of the service: what is on the list is written as it is, anything else is left out and counted."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.watched import PARTS
from adapters.logs import FACTS, Lines, Sentence, fields, speaking, tell_failure
from adapters.scheduler.jobs import JOBS
from tests.cli.program import fine
from tests.cli.running import running

CANARY = "Kanarie-Öztürk"
KINDS = fields({"/api/v1/cases/{number}", "/livez"}, {"not-yours"}, {"Notar"})
REQUEST = {
    "event": "request",
    "request": "0123456789abcdef",
    "method": "GET",
    "route": "/api/v1/cases/{number}",
    "status": 403,
    "duration_ms": 12.5,
    "trouble": "not-yours",
}


class Heard:
    """What was written to stderr meanwhile."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.notices: list[str] = []

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def spoken(heard: Heard) -> Iterator[Lines]:
    """The service speaks in JSON."""
    with speaking("serve", "json", KINDS, heard.notices.append, heard.stream) as lines:
        yield lines


def test_a_request_is_one_line_with_its_fields_and_no_other(spoken: Lines, heard: Heard) -> None:
    assert spoken.structured
    logging.getLogger("lotse.access").info("%s", CANARY, extra={FACTS: REQUEST})
    (line,) = heard.lines
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", **REQUEST}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", CANARY), ("message", CANARY), ("path", "/api/v1/cases/FH-2026-0042"), ("person", "yildiz"),
        ("route", "/api/v1/cases/FH-2026-0042"), ("method", CANARY), ("status", "403"), ("status", True),
        ("status", 1000), ("request", "0123456789abcdeg"), ("trouble", CANARY), ("part", "Öztürk"),
        ("duration_ms", float("nan")), ("duration_ms", float("inf")), ("duration_ms", -1), ("event", CANARY),
        ("error", "Frau Öztürk"), ("error", "a" * 81), ("place", f"{CANARY}.py:1"), ("route", ["/livez"]),
        ("error", None), ("process", {"a": CANARY}), ("logger", "lotse.access"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_list_or_not_of_its_kind_is_left_out_and_counted(
    spoken: Lines, heard: Heard, field: str, value: object
) -> None:
    assert spoken.structured
    logging.getLogger("lotse.access").info("x", extra={FACTS: {**REQUEST, field: value}})
    (line,) = heard.lines
    assert line["dropped"] == 1
    assert field not in line
    assert not {CANARY, "Öztürk", "FH-2026", "yildiz"} & set(heard.text.split('"'))


@given(
    st.dictionaries(
        st.sampled_from([*KINDS, "x", ""]),
        st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary(), st.lists(st.text())),
    )
)
def test_no_value_that_nobody_listed_gets_through(facts: dict[str, Any]) -> None:
    """Whatever stands where: a line is JSON, has no field beside the list, and no text of any other kind."""
    stream = io.StringIO()
    with speaking("serve", "json", KINDS, str, stream):
        logging.getLogger("lotse.service").info("x", extra={FACTS: facts})
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert set(line) <= {*KINDS, "time", "level", "dropped"}
    kept = {name: value for name, value in line.items() if name in KINDS}
    assert all(KINDS[name](value) for name, value in kept.items())
    assert line.get("dropped", 0) == len(facts) - len(kept)


def broken() -> None:
    raise RuntimeError(CANARY)


def an_error() -> BaseException:
    try:
        broken()
    except RuntimeError as error:
        return error
    raise AssertionError


def test_of_a_failure_only_its_kind_and_place_are_told(spoken: Lines, heard: Heard) -> None:
    del spoken
    tell_failure(an_error())
    (line,) = heard.lines
    assert line["error"] == "RuntimeError"
    assert line["place"].startswith("test_logs.py:")
    assert CANARY not in heard.text


@pytest.mark.parametrize("chosen", ["json", "text"])
@pytest.mark.parametrize(
    "name", ["uvicorn.error", "sqlalchemy.pool.impl", "apscheduler.executors", "irgendeine"]
)
def test_the_words_of_a_library_are_anybodys_and_never_written(heard: Heard, chosen: str, name: str) -> None:
    with speaking("serve", chosen, KINDS, heard.notices.append, heard.stream):
        logger = logging.getLogger(name)
        logger.error("%s", CANARY, exc_info=an_error())
        logger.warning(f"as it stands: {CANARY}", stack_info=True)  # noqa: G004 - as libraries do
        logger.info("%s", CANARY)
    assert CANARY not in heard.text
    assert heard.text.count("\n") == 2
    assert "RuntimeError" in heard.text
    assert "test_logs.py:" in heard.text


def test_what_a_thread_dies_of_is_told_without_its_words(spoken: Lines, heard: Heard) -> None:
    del spoken
    thread = threading.Thread(target=broken)
    thread.start()
    thread.join()
    assert [line["error"] for line in heard.lines] == ["RuntimeError"]
    assert CANARY not in heard.text


def test_a_line_that_cannot_be_formatted_says_nothing_of_what_it_was_about(
    spoken: Lines, heard: Heard
) -> None:
    del spoken
    logging.getLogger("uvicorn").warning("%d", CANARY)
    assert CANARY not in heard.text


def test_of_a_part_the_line_has_what_it_is_called_and_what_kind_of_trouble(
    spoken: Lines, heard: Heard
) -> None:
    spoken.tell(Sentence.of("Notar", f"etwas mit {CANARY}", "trouble", "NotYet"))
    spoken.tell(f"ohne Teil: {CANARY}")
    spoken.stands("began", "Lotse läuft.")
    part, service = heard.lines
    del part["time"], service["time"], service["version"]
    assert part == {
        "level": "warning", "event": "part", "process": "serve", "part": "Notar", "outcome": "trouble",
        "error": "NotYet",
    }  # fmt: skip
    assert service == {"level": "info", "event": "service", "process": "serve", "outcome": "began"}
    assert heard.notices == []


def test_for_a_person_it_is_german_as_ever(heard: Heard) -> None:
    with speaking("serve", "text", KINDS, heard.notices.append, heard.stream) as lines:
        lines.tell(Sentence.of("Notar", "geht wieder."))
        lines.stands("ended", "Lotse ist beendet.")
        logging.getLogger("lotse.access").info("GET /livez 503 1.0 ms", extra={FACTS: REQUEST})
    assert heard.notices == ["Notar: geht wieder.", "Lotse ist beendet."]
    assert heard.text.endswith("Z lotse.access GET /livez 503 1.0 ms\n")


def test_afterwards_logging_is_as_it_was(heard: Heard) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.raiseExceptions, threading.excepthook)
    with speaking("serve", "json", KINDS, heard.notices.append, heard.stream):
        pass
    assert (root.level, list(root.handlers), logging.raiseExceptions, threading.excepthook) == before


def test_a_whole_service_speaks_json_line_by_line(office: Path) -> None:
    """From the first line to the last; the one-time link of the first day stands in none of them."""
    fine("case", "new", "self", "--set", f"surname={CANARY}", "--at", "2026-01-12T10:00")
    with running("serve", place=office, LOTSE_LOG_FORMAT="json") as it:
        it.says('"outcome":"began"')
        it.says('"part":"Fristenuhr"')
        assert it.stop() == 0
    lines = [json.loads(line) for line in it.said]
    assert lines[0]["event"] == "service"
    assert lines[-1]["outcome"] == "ended"
    assert {frozenset(line) - set(KINDS) for line in lines} == {frozenset({"time", "level"})}
    assert not any("http" in line for line in it.said)


def test_the_command_line_chooses_and_says_what_does_not_fit(place: Path) -> None:
    fine("init")
    with running("serve", "--log-format", "xml", place=place) as it:
        assert it.ended() == 2
    assert "--log-format passt nicht" in it.said[-1]


def test_every_part_that_speaks_is_on_the_list() -> None:
    assert frozenset({*(job.name for job in JOBS), "Notar", "Schnittstelle"}) == PARTS
