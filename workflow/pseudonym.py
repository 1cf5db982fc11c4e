"""What an adviser, or a coordinator who clarifies a competence, reads instead of names (§ 8b SGB VIII, § 4 (2) KKG).

Words that somebody has written are given on without the family's names, numbers and addresses as far as the family's
own data tell them; whom a text describes otherwise, no program can hide. Proven by `tests/workflow/test_pseudonym.py`.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from workflow.case import Child, Family

NAME, NUMBER = "[Name]", "[Nummer]"
_SHORTEST = 2
_ENDING = "(?:s|’s|'s|in|innen)?"
_CALLED = re.compile(r"(?i)\bFH-[0-9]{4}-[0-9]+\b")
_TELEPHONE = re.compile(r"\+?[0-9](?:[ ()/.–-]*[0-9]){5,}")
_ADDRESS = re.compile(r"\S+@\S+")
_PARTS = re.compile(r"[\W\d_]+")
_MONTHS_A_YEAR = 12
_TELLS_MONTHS = 36
_DAYS_A_WEEK = 7
_ALIKE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "\u0307": ""})
"""How letters are compared: nobody is found out by an umlaut, or by the dot that İ leaves behind."""


def pseudonym(opening: str) -> str:
    """Under what name a case stands open to an adviser; it tells nothing of the case, and is another each time."""
    return f"B-{opening[-10:]}"


def without_names(text: str, family: Family) -> str:
    """The text without what the family is called, where it lives and how it is reached."""
    for pattern, instead in _patterns(family):
        text = _without(pattern, instead, text)
    for other in (_CALLED, _ADDRESS, _TELEPHONE):
        text = other.sub(NUMBER, text)
    return text


def hidden(words: Mapping[str, object], family: Family) -> dict[str, object]:
    """The same of everything that a content of the log says, however deep it stands."""
    return {name: _hidden(value, family) for name, value in words.items()}


def _hidden(value: Any, family: Family) -> object:  # noqa: ANN401 - what was logged is any JSON
    if isinstance(value, str):
        return without_names(value, family)
    if isinstance(value, Mapping):
        return hidden(value, family)
    if isinstance(value, list | tuple):
        return [_hidden(each, family) for each in value]
    return value


@lru_cache(maxsize=64)
def _patterns(family: Family) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for whole, instead in (
        (family.surname, NAME),
        (family.first_name, NAME),
        (family.street, "[Anschrift]"),
        (family.postcode, "[Anschrift]"),
        (family.phone, NUMBER),
    ):
        # The whole first, so that „von der Aue“ goes as one; then each word of it, as people write.
        parts = [part for part in _PARTS.split(whole) if len(part) >= _SHORTEST] if instead != NUMBER else []
        for part in sorted({whole.strip(), *parts} - {""}, key=len, reverse=True):
            written = re.escape(_plain(part))
            ending = _ENDING if instead == NAME else ""
            found.append((re.compile(rf"(?<!\w){written}{ending}(?!\w)"), instead))
    return tuple(found)


def _without(pattern: re.Pattern[str], instead: str, text: str) -> str:
    """The text with `instead` for whatever the pattern finds in its plain letters."""
    letters = [(letter, place) for place, each in enumerate(text) for letter in _plain(each)]
    places = [*(place for _, place in letters), len(text)]
    told, done = [], 0
    for found in pattern.finditer("".join(letter for letter, _ in letters)):
        told += [text[done : places[found.start()]], instead]
        done = places[found.end()]
    return "".join([*told, text[done:]])


def _plain(part: str) -> str:
    """In small letters, written as they are compared."""
    return part.casefold().translate(_ALIKE)


def age_of(child: Child, day: date) -> str:
    """How old the child is on this local day, in words: never its date."""
    if child.born is None:
        if child.expected is None or child.expected < day:
            return "Alter unbekannt" if child.expected is None else "um den errechneten Termin"
        return "noch nicht geboren"
    months = (day.year - child.born.year) * _MONTHS_A_YEAR + day.month - child.born.month
    months -= day.day < child.born.day
    if months < 0:
        return "noch nicht geboren"
    if months == 0:
        weeks = (day - child.born).days // _DAYS_A_WEEK
        return "1 Woche alt" if weeks == 1 else f"{weeks} Wochen alt"
    if months < _TELLS_MONTHS:
        return "1 Monat alt" if months == 1 else f"{months} Monate alt"
    return f"{months // _MONTHS_A_YEAR} Jahre alt"
