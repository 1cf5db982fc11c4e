"""Which column says what: headings by their synonyms, in any order and spelling.

A list must say when a referral came, what the family consented to, and whom to contact. A list whose
consent column is not recognised is refused whole: read without it, a family's no would be taken for
silence, and its data be stored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.intake.errors import UnreadableList
from workflow.intake.wording import fold

# The first synonym found wins; the order of the others is the order of preference.
_SYNONYMS = {
    "number": (
        "lfd|lfd nr|lfdnr|laufende nummer|laufende nr|nr|nummer|lfd nummer|meldungsnummer|meldenummer|no|id"
    ),
    "received": (
        "eingang|eingangsdatum|datum eingang|datum des eingangs|eingegangen|eingegangen am|eingang am|"
        "meldedatum|meldung am|gemeldet am|datum der meldung|meldungsdatum|datum meldung|"
        "datum uhrzeit|datum"
    ),
    "source": (
        "art der stelle|stelle art|art der einrichtung|meldende stelle art|herkunft|quelle|zugangsweg|"
        "zugang|art"
    ),
    "institution": (
        "einrichtung|name der einrichtung|institution|meldende einrichtung|meldende stelle|stelle|"
        "praxis|zuweiser|melder|gemeldet von|gemeldet durch"
    ),
    "surname": (
        "nachname|familienname|name familie|name der familie|nachname mutter|name mutter|name der mutter|name"
    ),
    "first_name": "vorname|vorname mutter|vorname der mutter|rufname",
    "born": (
        "kind geboren am|geburtsdatum kind|geburtsdatum des kindes|geburtstag kind|kind geb|"
        "kind geb am|geb kind|geburt kind|geburtsdatum|geboren am|geb am|geb datum|gebdatum|geb"
    ),
    "expected": (
        "entbindungstermin|errechneter entbindungstermin|errechneter termin|"
        "voraussichtlicher entbindungstermin|vorauss entbindungstermin|"
        "voraussichtlicher geburtstermin|geburtstermin|vet|et"
    ),
    "phone": (
        "telefon|telefonnummer|telefon nr|telefonnr|tel|tel nr|telnr|rufnummer|handy|handynummer|"
        "mobil|mobilnummer|mobiltelefon|rueckruf|rueckrufnummer|telefon mobil|telefon festnetz|"
        "festnetz"
    ),
    "street": (
        "strasse|strasse hausnummer|strasse hausnr|strasse nr|strasse und hausnummer|str|anschrift|adresse"
    ),
    "postcode": "plz|postleitzahl",
    "district": "ortsteil|stadtteil|bezirk|stadtbezirk|quartier|sozialraum|wohnort|ort",
    "language": "sprache|muttersprache|familiensprache|sprachen",
    "consent": "",
    "concern": (
        "anliegen|grund|grund der meldung|meldegrund|anlass|bemerkung|bemerkungen|notiz|notizen|"
        "hinweis|hinweise|beschreibung"
    ),
    "urgent": "dringlich|dringlichkeit|dringend|eilt|eilig|eilbeduerftig|prioritaet|sofort",
}
_CONSENT = re.compile(r"einverst|einwillig|schweigepfl|zustimm|consent|dsgvo|datenschutzerkl")
_RANK = {
    wording: (field, rank)
    for field, wordings in _SYNONYMS.items()
    for rank, wording in enumerate(wordings.split("|"))
    if wording
}
_LABELS = {"received": "Eingang", "consent": "Einverständnis", "surname": "Nachname oder Telefon"}
_SEVERAL = frozenset({"consent", "concern", "urgent", "phone"})
FIELDS = tuple(_SYNONYMS)
QUARANTINE_NUMBER, QUARANTINE_REASON = "Quarantäne-Nr.", "Quarantänegrund"
_QUARANTINE = frozenset({fold(QUARANTINE_NUMBER), fold(QUARANTINE_REASON)})


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one list: its headings as written, and where each field stands.

    `at` gives the places of each field (several for a field that may stand in more than one column),
    `unknown` the places of headings nobody knows, `quarantine` those that a quarantine list has beside the
    original ones, `quarantine_number` the one of them that names the row.
    """

    headings: tuple[str, ...]
    at: dict[str, tuple[int, ...]]
    unknown: tuple[int, ...]
    quarantine: tuple[int, ...]
    quarantine_number: int | None = None


def _field(heading: str) -> tuple[str, int] | None:
    wording = fold(heading)
    if wording in _RANK:
        return _RANK[wording]
    return ("consent", 0) if _CONSENT.search(wording) else None


def recognise(cells: Sequence[str]) -> Columns | None:
    """Give the columns that a record names if it is a heading (an "Eingang" and two more), else None.

    Raises UnreadableList if one heading stands twice where only one can be meant.
    """
    headings = list(cells)
    while headings and not headings[-1].strip():
        headings.pop()
    found: dict[str, list[tuple[int, int]]] = {}
    for place, heading in enumerate(headings):
        if known := _field(heading):
            found.setdefault(known[0], []).append((known[1], place))
    if "received" not in found or len(found) < 3:  # noqa: PLR2004 - one more than a sentence has by chance
        return None
    at = {field: _places(field, ranked) for field, ranked in found.items()}
    quarantine = tuple(place for place, heading in enumerate(headings) if fold(heading) in _QUARANTINE)
    taken = {place for places in at.values() for place in places} | set(quarantine)
    unknown = tuple(place for place in range(len(headings)) if place not in taken)
    number = next((place for place in quarantine if fold(headings[place]) == fold(QUARANTINE_NUMBER)), None)
    return Columns(tuple(headings), at, unknown, quarantine, number)


def _places(field: str, ranked: list[tuple[int, int]]) -> tuple[int, ...]:
    if field in _SEVERAL:
        return tuple(place for _, place in sorted(ranked))
    best = min(rank for rank, _ in ranked)
    places = tuple(place for rank, place in ranked if rank == best)
    if len(places) > 1:
        raise UnreadableList("Eine Überschrift steht zweimal: Bitte jede Spalte eindeutig benennen.")
    return places


def require(columns: Columns) -> None:
    """Raise UnreadableList, naming what is missing and what was found, if the list cannot be judged."""
    missing = [label for field, label in _LABELS.items() if field not in columns.at]
    if "phone" in columns.at and _LABELS["surname"] in missing:
        missing.remove(_LABELS["surname"])
    if missing:
        known = ", ".join(
            columns.headings[place].strip() for places in columns.at.values() for place in places
        )
        raise UnreadableList(f"Es fehlt die Spalte {' und '.join(missing)}. Erkannt: {known}.")
