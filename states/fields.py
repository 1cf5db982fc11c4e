"""Strict reading of a TOML table: every field is known, of its kind and within its limits, or the file is refused.

Nothing is guessed and nothing is skipped. Faults are German sentences that name the place, for the person who wrote
the file.
"""

import tomllib
from collections.abc import Iterable, Mapping
from typing import TypeVar

MOST_BYTES = 64 * 1024
LONGEST = 400
_Kind = TypeVar("_Kind")
_GERMAN = {
    str: "Text",
    int: "eine ganze Zahl",
    bool: "true oder false",
    list: "eine Liste",
    dict: "eine Tabelle",
}


class BadProfile(ValueError):
    """The profile cannot be read; the sentence says where and why."""


class Fields:
    """One table of the file: take its fields by name, then say `done`, which refuses what was not taken."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = dict(values)
        self.where = where

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def fault(self, saying: str) -> BadProfile:
        """Give the error for this table."""
        return BadProfile(f"{self.where}: {saying}.")

    def take(self, name: str, kind: type[_Kind], default: _Kind | None = None) -> _Kind:
        """Take a field of this kind. Raise BadProfile where it is missing (without a default) or another kind."""
        if name not in self._values:
            if default is None:
                raise self.fault(f"„{name}“ fehlt")
            return default
        value = self._values.pop(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(f"„{name}“ muss {_GERMAN[kind]} sein")
        if isinstance(value, str) and len(value) > LONGEST:
            raise self.fault(f"„{name}“ ist länger als {LONGEST} Zeichen")
        return value

    def words(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of short texts without repetition (one text alone stands for a list of one)."""
        if isinstance(self._values.get(name), str):
            return (self.take(name, str),)
        found: list[object] = self.take(name, list, None if default is None else list(default))
        words = tuple(each for each in found if isinstance(each, str) and len(each) <= LONGEST)
        if len(words) != len(found) or len(set(words)) != len(words):
            raise self.fault(f"„{name}“ muss eine Liste verschiedener Texte sein")
        return words

    def among(self, name: str, allowed: Iterable[str], default: str | None = None) -> str:
        """Take a text that is one of these."""
        value, choices = self.take(name, str, default), tuple(allowed)
        if value not in choices:
            raise self.fault(f"„{name}“ ist „{value[:60]}“, möglich ist: {', '.join(choices)}")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """Take a whole number within these bounds, both included."""
        value = self.take(name, int)
        if not low <= value <= high:
            raise self.fault(f"„{name}“ ist {value}, möglich ist {low} bis {high}")
        return value

    def table(self, name: str) -> "Fields":
        """Take a table; empty where it is missing."""
        return Fields(self.take(name, dict, {}), f"{self.where}, [{name}]" if self.where else f"[{name}]")

    def tables(self, name: str, most: int) -> tuple["Fields", ...]:
        """Take a list of tables, at most so many."""
        found: list[object] = self.take(name, list, [])
        if len(found) > most:
            raise self.fault(f"mehr als {most} Einträge [[{name}]]")
        tables = [each for each in found if isinstance(each, dict)]
        if len(tables) != len(found):
            raise self.fault(f"„{name}“ muss aus Tabellen [[{name}]] bestehen")
        return tuple(Fields(each, f"[[{name}]] Nr. {place}") for place, each in enumerate(tables, 1))

    def with_field(self, name: str, value: object) -> "Fields":
        """Give the same table with one field put back."""
        return Fields({**self._values, name: value}, self.where)

    def names(self) -> tuple[str, ...]:
        """Give the names of the fields not yet taken."""
        return tuple(self._values)

    def done(self) -> None:
        """Refuse what was not taken."""
        if self._values:
            raise self.fault(f"unbekannt: {', '.join(f'„{name[:60]}“' for name in sorted(self._values))}")


MOST_DOTS = 60
"""A longer chain of dotted keys would take gigabytes to read; sentences have fewer."""


def read_toml(text: bytes) -> Fields:
    """Read a file within its limits. Raise BadProfile: too big, not UTF-8, not TOML, a key given twice."""
    if len(text) > MOST_BYTES:
        raise BadProfile(f"Die Datei ist größer als {MOST_BYTES // 1024} KiB.")
    if any(line.count(b".") > MOST_DOTS for line in text.splitlines()):
        raise BadProfile("Die Datei ist zu tief verschachtelt.")
    try:
        return Fields(tomllib.loads(text.decode("utf-8")), "Profil")
    except UnicodeDecodeError as error:
        raise BadProfile(f"Die Datei ist nicht in UTF-8 geschrieben (Byte {error.start}).") from None
    except tomllib.TOMLDecodeError as error:
        raise BadProfile(
            f"Die Datei ist kein gültiges TOML, oder ein Feld steht doppelt ({error})."
        ) from None
    except RecursionError:
        raise BadProfile("Die Datei ist zu tief verschachtelt.") from None
