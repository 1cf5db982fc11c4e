"""The caller: the person behind a request, how they came in, and how far that reaches.

Rights hang on the person's roles and on the case; a scope only narrows what a program may do in that person's name.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from workflow.office import Person


class Via(StrEnum):
    """How a caller came in."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - the word, no secret


class Scope(StrEnum):
    """What a token may be used for; its person's rights bound it besides."""

    _german: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make a scope with its German."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.__dict__["_german"] = label
        return word

    READ = "read", "Lesen"
    WRITE = "write", "Bearbeiten"
    REFERRALS = "referrals", "Meldungen einbringen und verfolgen"
    CALENDAR = "calendar", "Fristenkalender abrufen"
    ADMIN = "admin", "Personen und Einrichtung verwalten"

    @property
    def label(self) -> str:
        """German, as it stands in a list."""
        return self._german


EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Card:
    """What somebody shows at the door: the text of a session's cookie, or of a token."""

    via: Via
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. A session reaches everywhere its person may, unless their second factor is still missing: then nowhere.

    `csrf` is what an unsafe request by cookie must bring along, empty for tokens; `session` names the row of the
    cookie, None for tokens. `stale` says that the cookie is due to be changed (`Door.renewed`).
    """

    person: Person
    via: Via
    scopes: frozenset[Scope]
    csrf: str = field(repr=False)
    session: bytes | None = field(default=None, repr=False)
    stale: bool = False
