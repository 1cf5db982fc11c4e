"""What a body may hold is known before it is parsed: by law as a parser counts it, and in time for everybody else."""

import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.api.bodies import DEEPEST, FULLEST, MOST, MOST_OF_STRANGERS, measured
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.rooms import Room
from tests.api.house import House, a_house
from tests.api.test_problems import addressed, unsafe
from tests.people import WORKER

TEXT = st.text('{}[],"\\aß', max_size=12)
JSON = st.recursive(
    TEXT | st.none() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=40,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as house:
        yield house


def depth_of(value: object) -> int:
    """How deep it is, as a person counts."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def refused(raw: bytes) -> Trouble | None:
    try:
        measured(raw)
    except ApiProblem as problem:
        return problem.trouble
    return None


@given(JSON, st.integers(0, DEEPEST + 3))
def test_depth_is_measured_as_a_parser_finds_it(value: object, around: int) -> None:
    """Brackets within texts, quoted quotation marks and backslashes are none."""
    whole: object = {"a": value}
    for _ in range(around):
        whole = {"b": whole}
    expected = Trouble.MALFORMED if depth_of(whole) > DEEPEST else None
    assert refused(orjson.dumps(whole)) is expected


@given(st.binary(max_size=60) | st.text('{}[],:"\\ 1', max_size=60).map(str.encode))
def test_what_is_no_json_is_measured_without_harm(raw: bytes) -> None:
    assert refused(raw) in (None, Trouble.MALFORMED)


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        (b"[" + b"{}," * 333_000 + b"{}]", Trouble.TOO_LARGE),
        (b'{"a":[' + b"{}," * 333_000 + b"{}]}", Trouble.TOO_LARGE),
        (b'{"a":' * 190_000, Trouble.MALFORMED),
        (b"{" + b",".join(b'"%d":0' % each for each in range(FULLEST - 1)) + b"}", None),
        (b"{" + b",".join(b'"%d":0' % each for each in range(100_000)) + b"}", Trouble.TOO_LARGE),
        (b'"' * MOST, None),
        (b'\\"' * (MOST // 2), None),
        (b'"' + b'\\"' * (MOST // 2 - 1), None),
        (b'{"remark":"' + b"[{,\\\\" * 190_000 + b'"}', None),
    ],
)
def test_the_worst_megabyte_is_measured_in_a_fraction_of_a_second(
    body: bytes, trouble: Trouble | None
) -> None:
    began = time.process_time()
    assert refused(body) is trouble
    assert time.process_time() - began < 0.5


def test_strangers_send_little_everywhere_and_are_told_how_much(house: House) -> None:
    """By any route that is open to all: a login is short, and nobody knows who sends it."""
    public = [each for each in unsafe(house) if each.needs is not None and each.needs.public]
    assert public
    for route in public:
        assert isinstance(route, Room)
        (method,) = sorted(route.methods or ())
        address = addressed(route, "FH-2026-0001").replace("{purpose}", "invitation")
        for length in (MOST_OF_STRANGERS + 1, MOST):
            answer = house.client.request(
                method, address, content=b" " * length, headers={"Content-Type": "application/json"}
            )
            assert (answer.status_code, "höchstens 20 kB" in answer.text) == (413, True), address


def test_who_is_signed_in_may_write_at_length(house: House) -> None:
    body = {"command": "receive-self", "remark": "lang " * 4_000}
    answer = house.as_(WORKER).post("/referrals", body)
    assert answer.status_code != 413, answer.text
    answer = house.as_(WORKER).post("/referrals", [{}] * 300_000)
    assert (answer.status_code, "weniger Angaben" in answer.text) == (413, True)
