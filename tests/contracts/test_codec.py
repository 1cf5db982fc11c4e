"""Cases and families come back as they went, and only under their own key, tenant, case and column."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from os import urandom
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.db.codec import family_of, read_family, read_record, record_of, seal, unseal
from audit.errors import UnreadableBody
from audit.seal import DataKey
from workflow.case import (
    AsdReport,
    Attempt,
    Case,
    Child,
    Consent,
    ConsentForm,
    ConsentKind,
    Duty,
    Family,
    Handover,
    HandoverStatus,
    Package,
    Source,
)  # fmt: skip

TEXT = st.text(max_size=40)
DAYS = st.dates(date(1991, 1, 1), date(2099, 12, 31))
_NAIVE = st.datetimes(datetime(1991, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001 - zones are added below
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def _unambiguous(at: datetime) -> bool:
    """Wall clocks in the hour that comes twice are equal to no other zone's (PEP 495); instants are not lost."""
    return at.replace(fold=0).utcoffset() == at.replace(fold=1).utcoffset()


MOMENTS = st.builds(
    lambda naive, zone: naive.replace(tzinfo=zone), _NAIVE, st.just(UTC) | _OFFSETS
) | _NAIVE.map(lambda naive: naive.replace(tzinfo=ZoneInfo("Europe/Berlin"))).filter(_unambiguous)
FAMILIES = st.builds(Family, *[TEXT] * len(Family.__dataclass_fields__))
PACKAGES = st.lists(st.sampled_from(Package), unique=True).map(tuple)
DUTIES = st.lists(
    st.builds(
        Duty, TEXT, st.none() | TEXT, DAYS, DAYS, MOMENTS, st.integers(0, 366), TEXT, st.none() | DAYS,
        st.none() | MOMENTS,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
CONSENTS = st.lists(
    st.builds(
        Consent, TEXT, st.sampled_from(ConsentKind), st.sampled_from(ConsentForm), DAYS, TEXT, TEXT, TEXT,
        st.none() | TEXT, TEXT, PACKAGES, st.none() | DAYS, st.none() | MOMENTS,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
HANDOVERS = st.lists(
    st.builds(
        Handover, TEXT, TEXT, st.sampled_from(HandoverStatus), MOMENTS, TEXT, PACKAGES, TEXT, st.none() | MOMENTS,
        st.none() | TEXT, st.none() | MOMENTS,
    ),
    max_size=3,
).map(tuple)  # fmt: skip
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "id": TEXT,
    "number": TEXT,
    "profile": TEXT,
    "profile_version": st.integers(1, 10**6),
    "state": TEXT,
    "version": st.integers(1, 2**53),
    "source": st.builds(Source, TEXT, TEXT, st.booleans()),
    "received_on": DAYS,
    "opened_at": MOMENTS,
    "moved_at": st.none() | MOMENTS,
    "marks": st.dictionaries(TEXT, MOMENTS, max_size=4),
    "child": st.builds(Child, st.none() | DAYS, st.none() | DAYS),
    "responsible": st.none() | TEXT,
    "district": TEXT,
    "consents": CONSENTS,
    "handovers": HANDOVERS,
    "attempts": st.lists(st.builds(Attempt, MOMENTS, TEXT, st.booleans()), max_size=3).map(tuple),
    "duties": DUTIES,
    "coming": DUTIES,
    "anchors": st.dictionaries(TEXT, DAYS, max_size=4),
    "letter_sent_at": st.none() | MOMENTS,
    "closed_reason": st.none() | TEXT,
    "escalated_to": TEXT,
    "told": PACKAGES,
    "tasks": st.lists(TEXT, max_size=3).map(tuple),
    "queried_at": st.none() | MOMENTS,
    "referral_withdrawn_at": st.none() | MOMENTS,
    "escalated_at": st.none() | MOMENTS,
    "escalated_urgently": st.booleans(),
    "report": st.none() | st.builds(AsdReport, st.booleans(), st.booleans(), st.booleans(), MOMENTS),
}
CASES = st.builds(Case, **FIELDS)


@given(CASES)
def test_every_case_comes_back_as_it_went(case: Case) -> None:
    """Every field of it; a new field that nobody writes or reads is found by the next test."""
    assert read_record(record_of(case, "ab")) == (case, "ab")


@given(CASES)
def test_a_record_of_before_there_were_reports_is_still_read(case: Case) -> None:
    """Version 0.2.0 did not write the fields about partners and ASD."""
    later = ("queried_at", "referral_withdrawn_at", "escalated_at", "escalated_urgently", "report")
    old = orjson.loads(record_of(case, "ab"))
    for name in later:
        del old["case"][name]
    read, _ = read_record(orjson.dumps(old))
    assert read == Case(**{name: getattr(case, name) for name in FIELDS if name not in later})


@given(CASES, st.sampled_from([None, "first", "again"]))
def test_a_record_of_when_two_reviews_took_turns_is_still_read(case: Case, owed: str | None) -> None:
    """Version 0.3.0 wrote which of two reviews a support owed; what is owed is one review, due when it was due."""
    old = orjson.loads(record_of(case, "ab"))
    for handover in old["case"]["handovers"]:
        handover["review"] = owed
    for duty in old["case"]["duties"]:
        duty["obligation"] = "review_again:r"
    reviewed = tuple(replace(duty, obligation="review:r") for duty in case.duties)
    assert read_record(orjson.dumps(old))[0] == replace(case, duties=reviewed)


def test_the_strategy_above_fills_every_field_of_a_case() -> None:
    """Otherwise a forgotten field would come back as its default and nobody would see it."""
    assert set(FIELDS) == set(Case.__dataclass_fields__)


@given(FAMILIES)
def test_every_family_comes_back_as_it_went(family: Family) -> None:
    assert read_family(family_of(family)) == family


@given(FAMILIES)
def test_what_is_sealed_shows_only_how_long_it_roughly_is(family: Family) -> None:
    key = DataKey(urandom(32))
    sealed = seal(key, "t", "c", "dossier", family_of(family))
    assert (len(sealed) - 12 - 16) % 256 == 0
    assert read_family(unseal(key, "t", "c", "dossier", sealed)) == family
    assert sealed != seal(key, "t", "c", "dossier", family_of(family))


KEY = DataKey(bytes(range(32)))
ELSEWHERE: dict[str, Callable[[bytes], bytes]] = {
    "another case": lambda sealed: unseal(KEY, "tenant", "other", "dossier", sealed),
    "another column": lambda sealed: unseal(KEY, "tenant", "case", "record", sealed),
    "another tenant": lambda sealed: unseal(KEY, "other", "case", "dossier", sealed),
    "another key": lambda sealed: unseal(DataKey(bytes(32)), "tenant", "case", "dossier", sealed),
    "a changed byte": lambda sealed: unseal(
        KEY, "tenant", "case", "dossier", sealed[:-1] + bytes([sealed[-1] ^ 1])
    ),
    "a shorter one": lambda sealed: unseal(KEY, "tenant", "case", "dossier", sealed[:-1]),
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_a_dossier_opens_only_where_it_belongs(place: str) -> None:
    sealed = seal(KEY, "tenant", "case", "dossier", family_of(Family("Musterfrau")))
    with pytest.raises(UnreadableBody):
        ELSEWHERE[place](sealed)


def test_nothing_of_a_family_shows_when_a_case_is_printed() -> None:
    family = Family(*["Unverwechselbar"] * len(Family.__dataclass_fields__))
    assert "Unverwechselbar" not in repr(family)
    child = Child(date(2026, 1, 8), date(2026, 1, 9))
    consent = Consent(
        "1", ConsentKind.CONTACT, ConsentForm.ORAL, date(2026, 1, 1), "", "Unverwechselbar", "Unverwechselbar"
    )
    assert "2026, 1, 8" not in repr(child)
    assert "Unverwechselbar" not in repr(consent)
