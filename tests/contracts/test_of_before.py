"""Cases of version 0.3.0, as it wrote them: three supports, reviewed never, once, and twice and then ended.

Records and log entries in `tests/data/cases_of_version_0_3.json` are that version's own, taken from its tests' office.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.db.codec import read_record, record_of
from adapters.db.reader import image_of
from audit.faults import VerificationError
from audit.replay import Replay
from states.base import BASE
from states.vocabulary import FORMER, Obligation
from tests.people import MIDWIFE
from tests.world import a_world
from workflow.case import Case
from workflow.duties import Rules, turn_over
from workflow.former import as_told_today
from workflow.policies import Situation, facts_now

WRITTEN: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "cases_of_version_0_3.json").read_text(encoding="utf-8")
)
SUPPORTED = ("first", "again")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["to_review:a", *FORMER]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["obligation", "due"]), inner, max_size=2)
    ),
    max_leaves=8,
)


def a_case(name: str) -> Case:
    return read_record(orjson.dumps(WRITTEN[name]["record"]))[0]


def told(name: str) -> list[tuple[int, Mapping[str, Any]]]:
    return list(enumerate(map(as_told_today, WRITTEN[name]["told"]), 1))


@pytest.mark.parametrize("name", WRITTEN)
def test_it_replays_to_what_its_record_says(name: str) -> None:
    case = a_case(name)
    replay = Replay([image_of(case)])
    for seq, a in told(name):
        replay.take(seq, a)
    assert replay.compare() == 1


def test_without_today_s_words_it_would_not() -> None:
    """Otherwise the test above would prove nothing."""
    replay = Replay([image_of(a_case("again"))])
    for seq, a in enumerate(WRITTEN["again"]["told"], 1):
        replay.take(seq, a)
    with pytest.raises(VerificationError, match="Tatsachen, Fristen"):
        replay.compare()


@pytest.mark.parametrize(("name", "due"), [("first", "2026-06-09"), ("again", "2026-08-31"), ("ended", None)])
def test_the_review_is_due_when_it_was_due(name: str, due: str | None) -> None:
    duty = a_case(name).duty(Obligation.REVIEW, MIDWIFE.recipient)
    assert (duty.due.isoformat() if duty else None) == due


@pytest.mark.parametrize("name", SUPPORTED)
def test_it_goes_on_and_its_next_review_begins_the_one_after(name: str) -> None:
    with a_world(at="2026-09-03 10:00") as world:
        case = a_case(name)
        with world.work() as work:
            rules = Rules(world.office.network_now, work.directory)
        facts = facts_now(Situation(case, world.moment, rules.directory, rules.network))
        noted = turn_over(case, "note", facts, world.moment, rules)
        assert (noted.running, noted.opened, noted.met, noted.fallen) == (case.duties, (), (), ())
        reviewed = turn_over(case, "review:r", facts, world.moment, rules, MIDWIFE.recipient)
        assert reviewed.met == (case.duty("review:r", MIDWIFE.recipient),)
        assert [(duty.obligation, duty.due.isoformat()) for duty in reviewed.opened] == [
            ("review:r", "2026-11-26")
        ]
        elsewhere = turn_over(case, "review:r", facts, world.moment, rules, "somebody else")
        assert (elsewhere.met, elsewhere.opened) == ((), ())


@pytest.mark.parametrize("name", WRITTEN)
def test_once_written_again_it_is_in_today_s_words(name: str) -> None:
    case = a_case(name)
    written = record_of(case, "ab")
    assert read_record(written) == (case, "ab")
    assert not any(f'"obligation":"{former}"'.encode() in written for former in FORMER)


def test_what_was_done_then_still_has_a_name() -> None:
    assert {BASE.label(a["action"]) for a in WRITTEN["ended"]["told"]} >= {"Begleitung überprüft"}
    assert BASE.obligation_label("review_again:r") == "Begleitung überprüfen"


@given(st.dictionaries(st.sampled_from(["set", "cleared", "opened", "met", "fallen", "x"]), JSON, max_size=4))
def test_whatever_a_body_says_is_read_without_an_error_and_only_old_words_change(a: dict[str, Any]) -> None:
    """A body A may be anything that somebody managed to write; refusing it is the replay's affair."""
    today = as_told_today(a)
    assert today.keys() == a.keys()
    assert as_told_today(today) == today
    if not any(old in json.dumps(a) for old in ("to_review", *FORMER)):
        assert today == a
