"""A profile: how one network works, as a text file over the base process.

Land, way of counting, days, recipients and their ages, labels, districts, goals, and what the network adds to the
process; each choice names its source. Reading a file does not prove it: `prove(profile.process)` does, and an
unlawful profile is refused there. The six shipped files are proven by tests/states/test_profiles.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from states.amendments import amended
from states.draft import Draft
from states.fields import BadProfile, Fields, read_toml
from states.lookalikes import folded, readable
from states.process import Process
from states.retention import Retention, read_retention
from states.vocabulary import RECIPIENT_ROLES, Obligation, Role

__all__ = ["SHIPPED", "BadProfile", "Choice", "Profile", "RecipientKind", "load", "read_profile"]

SHIPPED = ("default", "bergkamen", "flensburg", "gummersbach", "heidelberg", "leipzig")
LANDS = ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH")
COUNTINGS = ("arbeitstage", "werktage", "werktage_193")
HOLIDAY_PARTS = ("katholisch", "augsburg")
MOST_DAYS = 366
MOST_YEARS = 27
_LATER = {
    Obligation.REVIEW: (60, "own: Überprüfung etwa im Vierteljahr"),
    Obligation.QUESTION: (1, "own: am nächsten Arbeitstag; § 8a SGB VIII"),
}
"""What a file written for version 0.2 could not name; a store keeps the profiles by which its cases began."""
_UNTIL_0_3 = {"review_again:r": Obligation.REVIEW}
"""What a file written for version 0.3 had to name beside another obligation, which has since taken its place."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@dataclass(frozen=True, slots=True)
class Ages:
    """For which children: from pregnancy or birth, until the birthday named (with `inclusive`, that day too)."""

    from_pregnancy: bool
    until_years: int
    inclusive: bool
    source: str


@dataclass(frozen=True, slots=True)
class RecipientKind:
    """A profession to which a family can be handed over, and until which birthday of the child."""

    role: Role
    label: str
    from_pregnancy: bool
    until_years: int
    inclusive: bool
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several a Fachkraft can choose from: a goal category, a Sozialraum."""

    name: str
    label: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """One network. `days` and `aim_days` are numbers of days in the network's way of counting, by obligation.

    `closing_days` are (month, day); `retention` says how long data are kept after their end; `sources` gives for
    each choice the paper's line, a paragraph, or `own`;
    `text` is the file as read and `sha256` its hash in hexadecimal.
    """

    name: str
    title: str
    version: int
    land: str
    counting: str
    holiday_parts: tuple[str, ...]
    closing_days: tuple[tuple[int, int], ...]
    ages: Ages
    recipients: tuple[RecipientKind, ...]
    goal_categories: tuple[Choice, ...]
    districts: tuple[Choice, ...]
    days: Mapping[str, int]
    aim_days: Mapping[str, int]
    retention: Retention
    process: Process
    sources: Mapping[str, str]
    text: bytes = field(repr=False)
    sha256: str

    @property
    def labels(self) -> Mapping[str, str]:
        """The German words this network uses in place of the base's."""
        return self.process.labels


def load(name: str) -> Profile:
    """Read a shipped profile. Raise KeyError for any other name."""
    if name not in SHIPPED:
        raise KeyError(name)
    return read_profile(files("states").joinpath("profiles", f"{name}.toml").read_bytes())


def read_profile(text: bytes) -> Profile:
    """Read a profile's file. Raise BadProfile with a German sentence; whether it is lawful, `prove` says."""
    fields = read_toml(text)
    name, title, version = _name(fields), _line(fields, "title"), fields.number("version", 1, 1_000_000)
    office = fields.table("office")
    land, counting = office.among("land", LANDS), office.among("counting", COUNTINGS)
    parts, closing = _parts(office), _closing_days(office)
    sources = _sources(office)
    ages = _ages(fields.table("ages"))
    recipients = tuple(_recipient(each) for each in fields.tables("recipient", len(RECIPIENT_ROLES)))
    goals, districts = _choices(fields, "goal"), _choices(fields, "district")
    deadlines, retention = fields.table("days"), read_retention(fields)
    draft = amended(name, fields)
    fields.done()
    _recipients_as_labels(draft, recipients)
    days, aims = _days(deadlines, draft)
    return Profile(
        name, title, version, land, counting, parts, closing, ages, recipients, goals, districts,
        MappingProxyType(days), MappingProxyType(aims), retention, draft.process(),
        MappingProxyType({**sources, **draft.sources}), text, sha256(text).hexdigest(),
    )  # fmt: skip


def _name(fields: Fields) -> str:
    name = fields.take("name", str)
    if not _NAME.fullmatch(name):
        raise fields.fault("„name“ besteht aus Kleinbuchstaben, Ziffern und Bindestrichen")
    return name


def _line(fields: Fields, name: str) -> str:
    line = fields.take(name, str)
    if not readable(line):
        raise fields.fault(f"„{name}“ muss eine kurze Zeile in gewöhnlicher Schrift sein")
    return line


def _parts(office: Fields) -> tuple[str, ...]:
    parts = office.words("holiday_parts", ())
    if set(parts) - set(HOLIDAY_PARTS) or len(parts) > 1:
        raise office.fault(f"„holiday_parts“ nennt höchstens eines von: {', '.join(HOLIDAY_PARTS)}")
    return parts


def _closing_days(office: Fields) -> tuple[tuple[int, int], ...]:
    days = office.words("closing_days", ())
    if not all(_DAY.fullmatch(day) for day in days):
        raise office.fault("„closing_days“ nennt Tage als „MM-TT“, etwa „12-24“")
    return tuple((int(day[:2]), int(day[3:])) for day in days)


def _sources(office: Fields) -> dict[str, str]:
    """Take the sources of what stands in [office]; every line of it needs one."""
    given = office.table("sources")
    sources = {name: given.take(name, str) for name in ("land", "counting", "holidays")}
    given.done()
    office.done()
    return sources


def _ages(entry: Fields) -> Ages:
    ages = Ages(
        entry.take("from_pregnancy", bool),
        entry.number("until_years", 1, MOST_YEARS),
        entry.take("inclusive", bool),
        entry.take("source", str),
    )
    entry.done()
    return ages


def _recipient(entry: Fields) -> RecipientKind:
    role = Role(entry.among("role", sorted(RECIPIENT_ROLES)))
    label, ages = _line(entry, "label"), _ages(entry)
    return RecipientKind(role, label, ages.from_pregnancy, ages.until_years, ages.inclusive, ages.source)


def _recipients_as_labels(draft: Draft, recipients: tuple[RecipientKind, ...]) -> None:
    if not recipients:
        raise BadProfile("Profil: es fehlt [[recipient]], an wen übergeben werden kann.")
    for kind in recipients:
        if kind.role in draft.labels:
            raise BadProfile(f"[[recipient]]: „{kind.role}“ steht doppelt.")
        draft.labels[kind.role] = kind.label


def _choices(fields: Fields, name: str) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    for entry in fields.tables(name, 40):
        choice = Choice(_name(entry), _line(entry, "label"), entry.take("source", str))
        entry.done()
        if any(folded(choice.label) == folded(each.label) or choice.name == each.name for each in choices):
            raise entry.fault(f"„{choice.label}“ gibt es schon oder sieht genauso aus")
        choices.append(choice)
    return tuple(choices)


def _days(fields: Fields, draft: Draft) -> tuple[dict[str, int], dict[str, int]]:
    """Take the days of every obligation: a file says all it means, and one written before `_LATER` keeps its meaning.

    Of two that took turns (`_UNTIL_0_3`) the shorter stands.
    """
    days, aims = dict(draft.days), {}
    for name in Obligation:
        if name in _LATER and name.value not in fields:
            days[name.value], draft.sources[f"days.{name}"] = _LATER[name]
            continue
        entry = fields.table(name)
        days[name.value] = entry.number("days", 1, MOST_DAYS)
        if "aim" in entry:
            aims[name.value] = entry.number("aim", 1, days[name.value])
        draft.sources[f"days.{name}"] = entry.take("source", str)
        entry.done()
    for former, name in _UNTIL_0_3.items():
        if former in fields:
            entry = fields.table(former)
            days[name.value] = min(days[name.value], entry.number("days", 1, MOST_DAYS))
            entry.take("source", str)
            entry.done()
    fields.done()
    return days, aims
