"""One row of a referral list as a value: what it says, as far as it is understood, and what is wrong with it.

Nothing is guessed: what is not understood stays as written, and a fault says so. Proven by the clinic's
sample list line by line, and by one example per fault (`tests/intake/test_row.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from workflow.intake import fault as f
from workflow.intake.consent import ConsentWord, read_consent
from workflow.intake.danger import sign_in_damaged, sign_of_danger
from workflow.intake.fault import Fault
from workflow.intake.moment import UnreadableDate, read_day, read_moment
from workflow.intake.source import SourceKind, read_source

FIRST_YEAR = 2000
GROWN_UP_YEARS = 18
DUE_AHEAD = timedelta(days=310)
DUE_PAST = timedelta(weeks=6)


@dataclass(frozen=True, slots=True)
class Row:
    """A row: `line` is the 1-based line of the file where it begins, `received` the naive moment in Berlin.

    `number` and `received_text` are as written, for the row's identity; `cells` are all cells as written, in
    the list's own order, for the quarantine. `danger` is the sign found, if any. No text shows in repr: where
    cells have moved, a name may stand in any of them. `quarantine_number` is what a mended row was called.
    """

    line: int
    number: str = field(repr=False)
    received_text: str = field(repr=False)
    received: datetime | None
    source: SourceKind
    institution: str = field(repr=False)
    surname: str = field(repr=False)
    first_name: str = field(repr=False)
    born: date | None = field(repr=False)
    expected: date | None = field(repr=False)
    phone: str = field(repr=False)
    street: str = field(repr=False)
    postcode: str = field(repr=False)
    district: str = field(repr=False)
    language: str = field(repr=False)
    consent: ConsentWord
    consent_text: str = field(repr=False)
    concern: str = field(repr=False)
    urgent_text: str = field(repr=False)
    danger: str | None = field(repr=False)
    faults: tuple[Fault, ...]
    cells: tuple[str, ...] = field(repr=False)
    quarantine_number: str = field(default="", repr=False)


def _receipt(text: str, faults: list[Fault]) -> datetime | None:
    if not text:
        faults.append(f.RECEIPT_MISSING)
        return None
    try:
        moment = read_moment(text)
    except UnreadableDate:
        faults.append(f.RECEIPT_UNREADABLE)
        return None
    if moment.year < FIRST_YEAR:
        faults.append(f.RECEIPT_LONG_AGO)
        return None
    return moment


def _day(text: str, unreadable: Fault, faults: list[Fault]) -> date | None:
    if not text:
        return None
    try:
        return read_day(text)
    except UnreadableDate:
        faults.append(unreadable)
        return None


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28) if day.month == 2 else day.day)  # noqa: PLR2004 - February


def _child(received: datetime | None, born: date | None, expected: date | None, faults: list[Fault]) -> None:
    """Find dates that cannot be, measured at the receipt: a list has the same faults whenever it is read."""
    if received is None:
        return
    day = received.date()
    if born is not None and born > day:
        faults.append(f.BIRTH_AFTER_RECEIPT)
    if born is not None and born <= _years_before(day, GROWN_UP_YEARS):
        faults.append(f.BIRTH_LONG_AGO)
    if expected is not None and expected - day > DUE_AHEAD:
        faults.append(f.DUE_TOO_FAR)
    if expected is not None and day - expected > DUE_PAST:
        faults.append(f.DUE_LONG_PAST)


def read_row(
    line: int,
    cells: tuple[str, ...],
    said: Mapping[str, str],
    *,
    consents: tuple[str, ...] = (),
    others: tuple[str, ...] = (),
    damage: tuple[Fault, ...] = (),
) -> Row:
    """Understand one row.

    `said` holds the trimmed text for each of Row's fields of the same name (`received`, `source`, `urgent`
    …), `consents` every cell about consent, `others` the cells of headings nobody knows (searched for
    danger only), `damage` what the reader found broken in the row's form. A surname without a phone, or the
    other way round, is no fault; lacking both is. Never raises on any text.
    """
    faults = list(damage)
    received = _receipt(said["received"], faults)
    source = read_source(said["source"])
    institution = said["institution"]
    if not institution and not source.is_family:
        faults.append(f.INSTITUTION_MISSING)
    phone = said["phone"]
    if not said["surname"] and not any(map(str.isdecimal, phone)):
        faults.append(f.NOBODY_TO_CONTACT)
    born = _day(said["born"], f.BIRTH_UNREADABLE, faults)
    expected = _day(said["expected"], f.DUE_UNREADABLE, faults)
    _child(received, born, expected, faults)
    consent = read_consent(*consents, from_family=source.is_family)
    if source.is_family and consent is ConsentWord.UNCLEAR:
        faults.append(f.CONSENT_CONTRADICTS)
    concern, urgent = said["concern"], said["urgent"]
    doubtful = consents if consent is ConsentWord.UNCLEAR else ()  # a wording understood holds no other word
    danger = sign_of_danger(urgent, concern, *doubtful, *others)
    if damage and danger is None:
        danger = sign_in_damaged(cells)
    return Row(
        line=line,
        number=said["number"],
        received_text=said["received"],
        received=received,
        source=source,
        institution=institution,
        surname=said["surname"],
        first_name=said["first_name"],
        born=born,
        expected=expected,
        phone=phone,
        street=said["street"],
        postcode=said["postcode"],
        district=said["district"],
        language=said["language"],
        consent=consent,
        consent_text=" / ".join(text for text in consents if text),
        concern=concern,
        urgent_text=urgent,
        danger=danger,
        faults=tuple(faults),
        cells=cells,
    )
