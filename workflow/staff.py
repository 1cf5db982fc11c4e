"""Entering and locking people: what a person of the directory must have, and who must stay. Pure.

Somebody in a profession to which families are handed over is entered twice under one id: as a person who may act and
as a recipient.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from states.vocabulary import RECIPIENT_ROLES, Role
from workflow.errors import Blocked, RefusedError, WorkflowError
from workflow.office import Directory, Person, Recipient

GIVEN = tuple(role for role in Role if role not in (Role.CLOCK, Role.RECIPIENT, Role.DEPUTY))
"""The roles that a person can be given."""
LONGEST = 200
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TAKEN = {"clock", "system", "unknown"}


class StaffError(WorkflowError):
    """What was entered about a person does not fit: `field` names what, the message is a German sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is entered about a person. None leaves what is known; `until` is the last day of the agreement."""

    id: str
    name: str
    roles: frozenset[Role] = frozenset()
    institution: str | None = None
    until: date | None = None


def usable_id(text: str) -> bool:
    """Whether a person may be called so in here."""
    return _ID.fullmatch(text) is not None and text not in _TAKEN


def entered(directory: Directory, given: Particulars) -> tuple[Person, Recipient | None]:
    """The person, and the recipient they are, with whatever was known and is not given anew.

    Raises StaffError; RefusedError where nobody would be left to move a case.
    """
    _check(given)
    known, place = directory.persons.get(given.id), directory.recipients.get(given.id)
    roles = given.roles or (known.roles if known else frozenset())
    if not roles:
        raise StaffError("roles", f"Es fehlt eine Rolle. Es gibt: {', '.join(GIVEN)}.")
    speaks_for = given.institution if given.institution is not None else known.institution if known else ""
    if Role.PARTNER in roles and not speaks_for:
        raise StaffError("institution", "Ein Kooperationspartner braucht eine Einrichtung.")
    profession = sorted(roles & RECIPIENT_ROLES)
    if len(profession) > 1:
        raise StaffError(
            "roles", "Eine Person hat höchstens eine Rolle, in der ihr Familien übergeben werden."
        )
    if Role.CASE_WORKER not in roles:
        one_stays(directory, given.id)
    active = known.active if known else True
    person = Person(given.id, given.name, roles, speaks_for, given.id if profession else None, active)
    if not profession:
        return person, replace(place, active=False) if place else None
    until = given.until or (place.agreement_until if place else None)
    return person, Recipient(given.id, given.name, profession[0], speaks_for, active, until)


def locked(directory: Directory, person: Person, *, active: bool) -> tuple[Person | Recipient, ...]:
    """The entries that lock a person, or let them in again; RefusedError where nobody would be left to move a case."""
    if not active:
        one_stays(directory, person.id)
    recipient = directory.recipients.get(person.recipient or "")
    entries: list[Person | Recipient] = [replace(person, active=active)]
    if recipient is not None:
        entries.append(replace(recipient, active=active))
    return tuple(entries)


def one_stays(directory: Directory, leaving: str) -> None:
    """Raise RefusedError where nobody would be left to move a case."""
    workers = {p.id for p in directory.persons.values() if p.active and Role.CASE_WORKER in p.roles}
    if workers == {leaving}:
        raise RefusedError(
            Blocked(
                "last",
                f"{leaving} ist die letzte Fachkraft.",
                "zuerst eine andere eintragen (lotse user add)",
            )
        )


def _check(given: Particulars) -> None:
    if not usable_id(given.id):
        raise StaffError("id", "Eine Kennung besteht aus Kleinbuchstaben, Ziffern, Punkt und Strich.")
    texts = [("name", given.name), ("institution", given.institution)]
    for field, text in texts:
        if text is not None and (len(text) > LONGEST or not all(sign.isprintable() for sign in text)):
            raise StaffError(field, f"Name und Einrichtung haben 1 bis {LONGEST} Zeichen.")
    if not given.name.strip():
        raise StaffError("name", f"Name und Einrichtung haben 1 bis {LONGEST} Zeichen.")
    if not given.roles <= set(GIVEN):
        raise StaffError("roles", f"Diese Rolle gibt es nicht. Es gibt: {', '.join(GIVEN)}.")
