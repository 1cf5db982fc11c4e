"""The calendar of an office: its Land, the part of the Land it acts in, and the days on which it is closed.

Deadlines are counted in the working days of the *acting* office (§ 26 SGB X, § 193 BGB), so the holidays are
those of its Land and place. The list comes from the package `holidays`; its version is stored with the case.
Proven day by day for 2024 to 2030, in all 16 Länder, against an oracle of the tests that computes Easter.
"""

import importlib.util
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from workflow.errors import WorkflowError

FIRST_YEAR = 1991
LAST_YEAR = 2099
_LEAP_YEAR = 2024
_CLOSING_DAY = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.?|(?P<mm>\d\d)-(?P<dd>\d\d)", re.ASCII)


class BadCalendarError(WorkflowError):
    """This calendar cannot be: an unknown Land, a part that the Land does not have, a day that is none."""


class MissingTimeZoneError(WorkflowError):
    """This machine does not know the time zone Europe/Berlin."""


def _berlin() -> ZoneInfo:
    try:
        return ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        raise MissingTimeZoneError(
            "Auf diesem Rechner fehlt die Zeitzone Europe/Berlin, ohne die keine Frist zu berechnen ist. "
            "Bitte das Systempaket „tzdata“ installieren (oder „pip install tzdata“)."
        ) from None


BERLIN = _berlin()
"""The zone in which every deadline is counted."""


class Land(StrEnum):
    """The 16 Länder, by the usual two letters."""

    BB = "BB"
    BE = "BE"
    BW = "BW"
    BY = "BY"
    HB = "HB"
    HE = "HE"
    HH = "HH"
    MV = "MV"
    NI = "NI"
    NW = "NW"
    RP = "RP"
    SH = "SH"
    SL = "SL"
    SN = "SN"
    ST = "ST"
    TH = "TH"

    @property
    def label(self) -> str:
        """The German name."""
        return _LABELS[self.value]

    @classmethod
    def of(cls, text: str) -> Self:
        """Read "NW", "nw" or "Nordrhein-Westfalen"; BadCalendarError names the 16 that exist."""
        wanted = text.strip().casefold()
        for land in cls:
            if wanted in (land.value.casefold(), land.label.casefold()):
                return land
        raise BadCalendarError(
            f"Das Land {quoted(text)} gibt es nicht; möglich sind {', '.join(land.value for land in cls)}."
        )


_LABELS = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HB": "Bremen",
    "HE": "Hessen",
    "HH": "Hamburg",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}


class Part(StrEnum):
    """A part of a Land with holidays of its own.

    `katholisch`: Mariä Himmelfahrt in the mostly catholic municipalities of Bayern (Art. 1 FTG), Fronleichnam
    in those of Sachsen (SächsSFG) and Thüringen (ThürFGtG). `augsburg`: beside the former, the Friedensfest.
    """

    CATHOLIC = "katholisch"
    AUGSBURG = "augsburg"

    @classmethod
    def of(cls, text: str) -> Self:
        """Read "katholisch" or "augsburg"; BadCalendarError names the two."""
        for part in cls:
            if part.value == text.strip().casefold():
                return part
        raise BadCalendarError(f"Unbekanntes Gebiet {quoted(text)}; möglich sind {', '.join(cls)}.")

    @property
    def lands(self) -> frozenset[Land]:
        """The Länder that have such a part."""
        if self is Part.AUGSBURG:
            return frozenset({Land.BY})
        return frozenset({Land.BY, Land.SN, Land.TH})


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose working days count. Public holidays only; 24 and 31 December are working days unless opted in.

    `closing_days` are days of every year, as (month, day), on which the office is closed, as on holidays.
    Raises BadCalendarError where Land and part do not fit, or where a closing day exists in no year.
    """

    land: Land
    parts: frozenset[Part] = frozenset()
    closing_days: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        for part in self.parts:
            if self.land not in part.lands:
                there = ", ".join(sorted(part.lands))
                raise BadCalendarError(
                    f"Das Gebiet „{part}“ gibt es nicht in {self.land.label}, nur in: {there}."
                )
        for month, day in self.closing_days:
            try:
                date(_LEAP_YEAR, month, day)
            except ValueError:
                raise BadCalendarError(
                    f"Den Schließtag {day}.{month}. gibt es nicht; erwartet wird zum Beispiel 24.12."
                ) from None

    @classmethod
    def of(cls, land: str, parts: Iterable[str] = (), closing_days: Iterable[str] = ()) -> Self:
        """Read a calendar as it stands in a profile or on a command line: "NW", "katholisch", "24.12." or "12-24"."""
        return cls(Land.of(land), frozenset(map(Part.of, parts)), frozenset(map(closing_day, closing_days)))

    @property
    def version(self) -> str:
        """Which list of holidays was used, for storing with the case: "holidays 0.109"."""
        return f"holidays {_installed_version()}"

    def holiday(self, day: date) -> str | None:
        """Return the German name of the public holiday on that day here, or None.

        Raises BadCalendarError outside of the years 1991 to 2099.
        """
        return _holidays(self.land, self.parts, _known_year(day.year)).get(day)

    def closed(self, day: date) -> str | None:
        """Say why nobody works that day, weekends apart: "Karfreitag", "Fronleichnam NW", "Schließtag".

        A holiday that is not one everywhere in Germany bears the Land it is one in.
        """
        name = self.holiday(day)
        if name is not None:
            return name if day in _holidays(None, frozenset(), day.year) else f"{name} {self.land}"
        return "Schließtag" if (day.month, day.day) in self.closing_days else None


def closing_day(text: str) -> tuple[int, int]:
    """Read "24.12." or "12-24" as (12, 24); BadCalendarError says what is expected."""
    found = _CLOSING_DAY.fullmatch(text.strip())
    if found is None:
        raise BadCalendarError(f"Kein Schließtag: {quoted(text)}; erwartet wird Tag und Monat wie 24.12.")
    return int(found["month"] or found["mm"]), int(found["day"] or found["dd"])


def local_date(moment: date | datetime) -> date:
    """Return the day in Europe/Berlin; a naive datetime is Berlin's local time, a bare date the day itself.

    Raises BadCalendarError where the moment lies at the edge of what a date can hold.
    """
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(BERLIN).date()
    except OverflowError:
        raise BadCalendarError(
            f"Der Zeitpunkt liegt außerhalb der Jahre {FIRST_YEAR} bis {LAST_YEAR}."
        ) from None


def quoted(text: str) -> str:
    """Return what a person typed, fit for a sentence: quoted, short, on one line, without control signs."""
    line = "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
    return f"„{line[:40]}“"


def _known_year(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadCalendarError(
            f"Feiertage sind nur für die Jahre {FIRST_YEAR} bis {LAST_YEAR} bekannt, nicht für {year}."
        )
    return year


@lru_cache(maxsize=512)
def _holidays(land: Land | None, parts: frozenset[Part], year: int) -> Mapping[date, str]:
    """Public holidays of one year by date; without a Land, those of the whole Federal Republic."""
    germany = _germany()
    subdivision = "Augsburg" if Part.AUGSBURG in parts else land and land.value
    categories = ("public", "catholic") if Part.CATHOLIC in parts else ("public",)
    found = germany.Germany(subdiv=subdivision, categories=categories, language="de", years=[year])
    return dict(found.items())


@lru_cache(maxsize=1)
def _germany() -> ModuleType:
    """Load the one module about Germany.

    The usual way through `holidays.countries` imports some 250 countries first and doubles the time in which
    `lotse deadline` starts; a test holds that both ways give the same.
    """
    package = importlib.util.find_spec("holidays")
    assert package is not None, "holidays is a dependency of this program"
    assert package.origin is not None, "holidays is a package with files"
    file = Path(package.origin).with_name("countries") / "germany.py"
    spec = importlib.util.spec_from_file_location("holidays_of_germany", file)
    assert spec is not None, f"{file} is a Python file"
    assert spec.loader is not None, f"{file} is a Python file"
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def _installed_version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  (slow to import, and wanted by few)

    return version("holidays")
