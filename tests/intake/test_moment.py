"""German dates and times: every usual spelling means the same moment, and what is no date is refused."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.intake import read_day, read_moment
from workflow.intake.moment import UnreadableDate

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("26.10.2026, 10:47 Uhr", "2026-10-26T10:47"),
        ("26.10.2026 11.39", "2026-10-26T11:39"),
        ("26.10.26", "2026-10-26T00:00"),
        ("2026-10-26T10:47", "2026-10-26T10:47"),
        ("2026-10-26 10:47:31", "2026-10-26T10:47"),
        ("26.10.2026", "2026-10-26T00:00"),
        ("26. Oktober 2026", "2026-10-26T00:00"),
        ("26. Okt. 2026, 8 Uhr", "2026-10-26T08:00"),
        (" 6.1.2026 8:05h", "2026-01-06T08:05"),
        ("6. 1. 2026 um 8.05 Uhr", "2026-01-06T08:05"),
        ("Mo, 26.10.2026 10:47", "2026-10-26T10:47"),
        ("Montag, 26. Oktober 2026, 10:47 Uhr", "2026-10-26T10:47"),
        ("3. März 2026", "2026-03-03T00:00"),
        ("3. Ma\u0308rz 2026", "2026-03-03T00:00"),
        ("26.10.2026\u00a010:47", "2026-10-26T10:47"),
        ("2026-10-26T09:47Z", "2026-10-26T10:47"),
        ("2026-10-26T09:47+00:00", "2026-10-26T10:47"),
        ("29.02.2028", "2028-02-29T00:00"),
        ("29.03.2026 02:30", "2026-03-29T03:30"),
        ("25.10.2026 02:30", "2026-10-25T02:30"),
    ],
)
def test_a_spelling_means_its_moment(text: str, moment: str) -> None:
    assert read_moment(text) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gestern",
        "31.02.2026 10:00",
        "29.02.2026",
        "32.01.2026",
        "1.13.2026",
        "26.10.",
        "26.10.2026 25:00",
        "26.10.2026 10:61",
        "26.10.2026 10",
        "26.10.202",
        "10/26/2026",
        "26/10/2026",
        "46321",
        "2026-13-01",
        "26. Oktoba 2026",
        "Di, 26.10.2026",
        "26.10.2026 und 27.10.2026",
        "00.00.0000",
        "26.10.2026 24:00",
        "2026-10-26T10:47+99:00",
        "0001-01-01T00:00+14:00",
        "1" * 100,
        "٢٦.١٠.٢٠٢٦ x",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDate):
        read_moment(text)
    with pytest.raises(UnreadableDate):
        read_day(text)


minutes = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(  # noqa: DTZ001 - a wall in Berlin
    lambda moment: moment.replace(second=0, microsecond=0)
)


@given(minutes.filter(lambda moment: not (moment.month == 3 and moment.hour == 2)), st.data())
def test_every_spelling_of_every_moment_comes_back(moment: datetime, data: st.DataObject) -> None:
    day = data.draw(
        st.sampled_from(
            [
                moment.strftime("%d.%m.%Y"),
                moment.strftime("%d.%m.%y"),
                f"{moment.day}.{moment.month}.{moment.year}",
                f"{moment.day}. {MONTHS[moment.month - 1]} {moment.year}",
                f"{moment.day}. {MONTHS[moment.month - 1][:3]}. {moment.year}",
            ]
        )
    )
    between = data.draw(st.sampled_from([" ", ", ", " um ", "  ", ", um "]))
    time = data.draw(
        st.sampled_from(
            [f"{moment:%H:%M}", f"{moment:%H.%M}", f"{moment.hour}:{moment:%M}", f"{moment:%H:%M}:00"]
        )
    )
    unit = data.draw(st.sampled_from(["", " Uhr", "h", " h", " UHR"]))
    assert read_moment(day + between + time + unit) == moment
    assert read_day(day) == moment.date()
    assert read_moment(moment.isoformat()) == moment


@given(st.text(alphabet="0123456789.,:- TZuhrUM+äOktober", max_size=30) | st.text())
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        moment = read_moment(text)
    except UnreadableDate as caught:
        refusal = caught.args
    else:
        refusal = ()
        assert moment.tzinfo is None
        assert read_day(text) == moment.date()
    assert refusal == (), "a refusal repeats nothing"


def test_a_birth_date_with_an_hour_is_still_a_day() -> None:
    assert read_day("23.10.2026 04:12 Uhr") == date(2026, 10, 23)
