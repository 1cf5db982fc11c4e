"""What a command asks for, and how what was entered is read: every command, every field, and hostile input."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from states.profile import SHIPPED, load
from states.vocabulary import Command
from tests.people import WORKER
from tests.sensible import sensible
from tests.world import MONDAY, a_world, berlin
from workflow.calendar import BERLIN, FIRST_YEAR, LAST_YEAR
from workflow.case import ConsentForm, Package
from workflow.closing import closing_reasons
from workflow.details import LIMIT, read_details
from workflow.errors import DetailsError, WorkflowError
from workflow.fields import CLOSING_REASONS, CORRECTABLE, FIELDS, Field, Kind, fields_of
from workflow.office import Moment

NOW = berlin(MONDAY)
NOW_IN_OFFICE = Moment.of(NOW)
COMMANDS = sorted(Command)
EVERY_FIELD = [(command, field) for command in COMMANDS for field in fields_of(command)]
GOOD: dict[Kind, object] = {
    Kind.TEXT: "ruhig und klar", Kind.DAY: "09.03.2026", Kind.MOMENT: "09.03.2026 09:30", Kind.NAMES: "Muster, Probe",
    Kind.FLAG: "ja", Kind.PERSON: "fachkraft",
}  # fmt: skip
HOSTILE: tuple[object, ...] = (
    "\x00", "a\x1bb", "\x7f", "\ud800", "\u202erückwärts", "x" * (LIMIT + 1), "0000-00-00", "31.02.2026", "9999-12-31",
    "0001-01-01", "-1", 10**30, float("nan"), float("inf"), b"\xff", [], {}, object(), [[]], {"a": "b"}, "1e9", "=1+1",
    "2026-03-09T10:00:00+99:00", "09.03.26", datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=UTC), date.max, date.min, True, "\n", "  ",
)  # fmt: skip


def whole(command: str) -> Mapping[str, object]:
    """The sensible details of a command, as far as they are given."""
    details = sensible(command, None, WORKER, NOW)
    return {name: value for name, value in details.items() if value is not None}


def read(command: str, **changes: object) -> Mapping[str, object]:
    """The sensible details of a command with these changes, read."""
    details = {**sensible(command, None, WORKER, NOW), **changes}
    return read_details(command, {name: value for name, value in details.items() if value is not None})


def faults(command: str, **changes: object) -> dict[str, str]:
    with pytest.raises(DetailsError) as error:
        read(command, **changes)
    return {fault.field: fault.sentence for fault in error.value.faults}


def test_every_command_of_the_vocabulary_says_what_it_asks_for() -> None:
    assert set(FIELDS) == set(Command)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_network_s_own_steps_take_a_remark(name: str) -> None:
    for step in set(load(name).process.commands) - set(Command):
        assert [field.name for field in fields_of(step)] == ["remark"]


@pytest.mark.parametrize("command", COMMANDS)
def test_fields_are_named_once_and_labelled_in_german(command: str) -> None:
    names = [field.name for field in fields_of(command)]
    assert len(names) == len(set(names))
    for field in fields_of(command):
        assert field.label[0].isupper()
        assert (field.kind in (Kind.CHOICE, Kind.CHOICES)) == bool(field.choices)


@pytest.mark.parametrize(("command", "field"), [(c, f) for c, f in EVERY_FIELD if f.required])
def test_a_required_field_is_asked_for_by_its_label(command: str, field: Field) -> None:
    blanks: tuple[object, ...] = (None, "", "   ", "\n", (), [])
    for nothing in blanks:
        assert faults(command, **{field.name: nothing})[field.name] == f"Bitte angeben: {field.label}."


@pytest.mark.parametrize("command", [Command.ESCALATE_URGENT, Command.TRIAGE_YES, Command.RAISE_CONCERN])
def test_danger_is_never_held_up_by_a_missing_field(command: str) -> None:
    """DOMAIN section 3: it goes out at once, the missing documentation becomes a task."""
    assert not any(field.required for field in fields_of(command))
    assert read_details(command, {}) == {}


@pytest.mark.parametrize(
    "command", [Command.WITHDRAW_CONSENT, Command.WITHDRAW_CONSENT_FOR, Command.REFUSE_CONSENT]
)
def test_a_no_needs_no_reason(command: str) -> None:
    assert read_details(command, {}) == {}


@pytest.mark.parametrize(("command", "field"), EVERY_FIELD)
def test_a_field_reads_what_fits_it(command: str, field: Field) -> None:
    good = next(iter(field.choices)) if field.choices else GOOD[field.kind]
    values = read(command, **{field.name: good})
    kinds = {
        Kind.TEXT: str, Kind.PERSON: str, Kind.CHOICE: str, Kind.DAY: date, Kind.MOMENT: datetime, Kind.FLAG: bool,
        Kind.CHOICES: tuple, Kind.NAMES: tuple,
    }  # fmt: skip
    assert isinstance(values[field.name], kinds[field.kind])


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_are_read_or_refused_by_a_sentence_that_does_not_repeat_them(value: object) -> None:
    """In every field of every command; nothing else than the refusal may come out of it."""
    for command, field in EVERY_FIELD:
        try:
            values = read(command, **{field.name: value})
        except DetailsError as error:
            for fault in error.faults:
                assert fault.sentence.endswith("."), fault.sentence
                assert not str(value).strip() or str(value) not in fault.sentence
        else:
            _storable(values)


def _storable(values: Mapping[str, object]) -> None:
    """What was read can be stored, logged and sent: text is UTF-8, days and moments have a calendar."""
    for value in values.values():
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, date):
            assert FIRST_YEAR <= value.year <= LAST_YEAR
        if isinstance(value, datetime):
            assert value.utcoffset() is not None


@given(
    command=st.sampled_from(COMMANDS),
    entered=st.dictionaries(
        st.sampled_from(sorted({field.name for _, field in EVERY_FIELD} | {"unsinn", ""})),
        st.none()
        | st.text()
        | st.integers()
        | st.dates()
        | st.datetimes()
        | st.booleans()
        | st.lists(st.text()),
        max_size=6,
    ),
)
def test_whatever_is_entered_is_read_or_refused(command: str, entered: dict[str, object]) -> None:
    try:
        values = read_details(command, entered)
    except DetailsError as error:
        told = [fault.sentence for fault in error.faults]
    else:
        told = []
        assert set(values) <= {field.name for field in fields_of(command)}
        assert set(values) >= {field.name for field in fields_of(command) if field.required}
        _storable(values)
    assert all(sentence.endswith(".") for sentence in told)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_field_that_no_form_has_is_refused(command: str) -> None:
    assert "nicht vorgesehen" in faults(command, mitgebracht="x")["mitgebracht"]


@pytest.mark.parametrize("text", ["2026-03-09", "09.03.2026", "9.3.2026", date(2026, 3, 9)])
def test_days_are_read_as_people_write_them(text: object) -> None:
    assert read(Command.RECORD_CONSENT, given_on=text)["given_on"] == date(2026, 3, 9)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-09T10:30",
        "2026-03-09 10:30",
        "09.03.2026 10:30",
        "2026-03-09T09:30Z",
        "2026-03-09T10:30+01:00",
    ],
)
def test_moments_without_a_zone_are_wall_clock_in_berlin(text: str) -> None:
    assert read(Command.ATTEMPT_CONTACT, at=text)["at"] == berlin("2026-03-09 10:30")


def test_yes_and_no_are_read_as_words() -> None:
    for yes in ("ja", "Ja", "true", "1", True, 1):
        assert read(Command.INVOLVE_FAMILY, involved=yes)["involved"] is True
    assert "ja oder nein" in faults(Command.INVOLVE_FAMILY, involved="vielleicht")["involved"]


def test_parents_not_involved_need_the_reason() -> None:
    """Only where it would endanger the child (§ 8a SGB VIII)."""
    assert "warum" in faults(Command.INVOLVE_FAMILY, involved="nein")["reason"]
    assert (
        read(Command.INVOLVE_FAMILY, involved="nein", reason="Das Kind wäre gefährdet")["involved"] is False
    )


@pytest.mark.parametrize(
    "command", [Command.ASSESS_RISK_YES, Command.ASSESS_RISK_NO, Command.COMPLETE_RECORD]
)
@pytest.mark.parametrize("alone", ["Muster", "Muster, Muster", " , Muster", None])
def test_a_risk_is_assessed_by_two_or_with_an_adviser(command: str, alone: str | None) -> None:
    assert "mindestens zwei" in faults(command, assessors=alone)["assessors"]
    assert read(command, assessors=alone, adviser="Frau Rat")["adviser"] == "Frau Rat"
    assert read(command, assessors="Muster, Beispiel")["assessors"] == ("Muster", "Beispiel")


@pytest.mark.parametrize("form", list(ConsentForm))
def test_a_consent_is_written_electronic_or_oral_and_never_by_conduct(form: ConsentForm) -> None:
    """By conduct is how a family that came itself has consented; nobody enters it for another."""
    if form is ConsentForm.CONDUCT:
        assert "form" in faults(Command.RECORD_CONSENT, form=form.value)
    else:
        assert read(Command.RECORD_CONSENT, form=form.value)["form"] == form


def test_a_consent_does_not_end_before_it_was_given() -> None:
    assert (
        "vor dem Tag"
        in faults(Command.RECORD_CONSENT, given_on="2026-03-09", expires_on="2026-03-08")["expires_on"]
    )
    assert read(Command.RECORD_CONSENT, given_on="2026-03-09", expires_on="2026-03-09")


@pytest.mark.parametrize(
    "given", ["contact,child", "child, contact", ("child", "contact"), ["contact", "child", "child"]]
)
def test_a_choice_of_several_has_one_order(given: object) -> None:
    assert read(Command.PROPOSE_HANDOVER, fields=given)["fields"] == ("child", "contact")
    assert "fields" in faults(Command.PROPOSE_HANDOVER, fields="contact,alles")


def test_a_package_carries_nothing_but_what_a_consent_can_name() -> None:
    (offered,) = [field for field in fields_of(Command.PROPOSE_HANDOVER) if field.name == "fields"]
    (consented,) = [field for field in fields_of(Command.RECORD_CONSENT_FOR) if field.name == "fields"]
    assert set(offered.choices) == set(consented.choices) == {part.value for part in Package}


@pytest.mark.parametrize("reason", CLOSING_REASONS)
def test_every_closing_reason_is_open_or_says_why_not(reason: str) -> None:
    """In a case that is simply in contact: what does not fit has its sentence, and the rest closes."""
    with a_world() as world:
        case = world.a_case_in("in_contact")
        why_not = closing_reasons(case, world.office.network_now, world.day)[reason]
        unfit = {
            "consent_refused",
            "consent_withdrawn",
            "escalated",
            "unreachable",
            "age_limit",
            "sent_in_error",
        }
        assert bool(why_not) == (reason in unfit)
        if why_not:
            with pytest.raises(WorkflowError) as refused:
                world.do(case, Command.CLOSE, reason=reason)
            assert why_not in str(refused.value)
            assert world.case(case) == case
        else:
            assert world.do(case, Command.CLOSE, reason=reason).closed_reason == reason


def test_what_can_be_corrected_is_what_a_referral_says() -> None:
    asked = {field.name for field in fields_of(Command.RECEIVE_CONSENT)}
    assert set(CORRECTABLE) <= asked


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        (Command.RECORD_CONSENT, "given_on", date(2026, 3, 10)),
        (Command.RECORD_CONSENT, "expires_on", date(2026, 3, 8)),
        (Command.ATTEMPT_CONTACT, "at", NOW + timedelta(minutes=1)),
    ],
)
def test_nothing_is_recorded_of_the_future_and_no_consent_that_is_over(
    command: str, field: str, value: object
) -> None:
    with a_world() as world:
        case = world.a_case_in("consent_checked")
        details = (
            {"given_on": date(2026, 3, 1), field: value}
            if command == Command.RECORD_CONSENT
            else {field: value}
        )
        with pytest.raises(DetailsError) as refused:
            world.submit(world.ask(case, command, WORKER, None, details))
        assert [fault.field for fault in refused.value.faults] == [field]
        assert world.case(case) == case


# As a Fachkraft writes it.


@pytest.mark.parametrize(("command", "field"), [(c, f) for c, f in EVERY_FIELD if f.choices])
def test_a_choice_may_be_written_as_its_key_or_its_label_in_any_case_of_letters(
    command: str, field: Field
) -> None:
    for key, label in field.choices.items():
        for written in (key, label, label.upper(), f" {label.lower()} "):
            value = read_details(command, {**whole(command), field.name: written}, NOW_IN_OFFICE)[field.name]
            assert value in (key, (key,)), written


def test_the_beginning_of_a_choice_is_enough_where_only_one_begins_so() -> None:
    assert read(Command.REACH_FAMILY, channel="tel")["channel"] == "phone"
    assert faults(Command.CLOSE, reason="Einwilligung")["reason"].startswith(
        "Abschlussgrund: bitte eines von: "
    )
    assert "phone (Telefon), visit (Besuch)" in faults(Command.REACH_FAMILY, channel="m")["channel"]


def test_days_are_read_short_and_as_today_and_yesterday() -> None:
    for written, day in (
        ("2.3.26", date(2026, 3, 2)),
        ("02.03.2026", date(2026, 3, 2)),
        ("heute", NOW_IN_OFFICE.day),
        ("Gestern", NOW_IN_OFFICE.day - timedelta(days=1)),
    ):
        entered = {**whole(Command.RECORD_CONSENT), "given_on": written}
        assert read_details(Command.RECORD_CONSENT, entered, NOW_IN_OFFICE)["given_on"] == day


@given(st.dates(NOW_IN_OFFICE.day - timedelta(days=400), NOW_IN_OFFICE.day))
def test_a_day_alone_means_that_day_to_its_end_and_never_later_than_now(day: date) -> None:
    for written in (f"{day:%d.%m.%Y}", day.isoformat(), f"{day.day}.{day.month}.{day:%y}"):
        entered = {"channel": "phone", "at": written}
        at = read_details(Command.REACH_FAMILY, entered, NOW_IN_OFFICE)["at"]
        assert isinstance(at, datetime)
        assert at.astimezone(BERLIN).date() == day
        assert at == min(NOW_IN_OFFICE.at, datetime(day.year, day.month, day.day, 23, 59, tzinfo=BERLIN))


def test_a_day_to_come_stays_one_so_that_it_can_be_refused() -> None:
    tomorrow = NOW_IN_OFFICE.day + timedelta(days=1)
    at = read_details(Command.REACH_FAMILY, {"channel": "phone", "at": tomorrow.isoformat()}, NOW_IN_OFFICE)[
        "at"
    ]
    assert isinstance(at, datetime)
    assert at > NOW_IN_OFFICE.at
