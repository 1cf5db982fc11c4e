"""The directory in the database: who works here, to whom one hands over, who stands in, what stands open to whom.

Rights hang on these rows, so the tenant's row carries an authentication over all of them, and the log their check sum:
a role given by hand is found when the store is next used, an older directory put back when the log is verified.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import orjson
from sqlalchemy import Connection

from adapters.db import statements as sql
from adapters.millis import instant, millis
from states.vocabulary import Role
from workflow.office import (
    Directory,
    Institution,
    Listed,
    Opening,
    OpeningKind,
    Person,
    Recipient,
    Substitution,
)


def checksum_of(connection: Connection, tenant: str) -> str:
    """SHA-256 over every row of the directory and over the profile that new cases begin by, in hexadecimal."""
    row = next(row for row in sql.TENANT.rows(connection) if row[0] == tenant)
    lists: list[object] = [list(row[:5])]
    lists += [_sorted(table.rows(connection, tenant=tenant)) for table in _TABLES]
    for name, table in _LATER.items():
        rows = table.rows(connection, tenant=tenant)
        if rows:
            lists.append([name, _sorted(rows)])
    return sha256(orjson.dumps(lists, default=repr)).hexdigest()


def _sorted(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(each) for each in sorted(rows, key=repr)]


_TABLES = (sql.PERSONS, sql.RECIPIENTS, sql.SUBSTITUTIONS)
_LATER = {"institutions": sql.INSTITUTIONS, "openings": sql.OPENINGS}
"""Tables that came later: under their name, and only where they have rows, so that what an older log says still fits."""


def put(connection: Connection, tenant: str, entry: Listed) -> None:
    """Write one entry, replacing the one of its id."""
    if isinstance(entry, Person):
        sql.PUT_PERSON.run(
            connection,
            tenant=tenant,
            id=entry.id,
            name=entry.name,
            roles=" ".join(sorted(entry.roles)),
            institution=entry.institution,
            recipient=entry.recipient,
            active=int(entry.active),
        )
    elif isinstance(entry, Recipient):
        sql.PUT_RECIPIENT.run(
            connection,
            tenant=tenant,
            id=entry.id,
            name=entry.name,
            role=str(entry.role),
            institution=entry.institution,
            active=int(entry.active),
            agreement_until=_iso(entry.agreement_until),
        )
    elif isinstance(entry, Opening):
        sql.PUT_OPENING.run(
            connection,
            tenant=tenant,
            id=entry.id,
            person=entry.person,
            case_id=entry.case,
            kind=str(entry.kind),
            opened_at=millis(entry.opened_at),
            until=millis(entry.until),
            reviewed_by=entry.reviewed_by,
            reviewed_at=millis(entry.reviewed_at) if entry.reviewed_at else None,
        )
    elif isinstance(entry, Institution):
        sql.PUT_INSTITUTION.run(
            connection,
            tenant=tenant,
            id=entry.id,
            name=entry.name,
            kind=entry.kind,
            active=int(entry.active),
            agreement=entry.agreement,
            agreement_from=_iso(entry.agreement_from),
            agreement_until=_iso(entry.agreement_until),
            former_names="\n".join(entry.former_names),
        )
    else:
        sql.PUT_SUBSTITUTION.run(
            connection,
            tenant=tenant,
            absent=entry.absent,
            deputy=entry.deputy,
            first=entry.first.isoformat(),
            last=entry.last.isoformat(),
        )


def read_directory(connection: Connection, tenant: str) -> Directory:
    """Read all of it."""
    persons = {
        row[0]: Person(
            row[0],
            row[1],
            frozenset(Role(name) for name in row[2].split(" ") if name),
            row[3],
            row[4],
            bool(row[5]),
        )
        for row in sql.PERSONS.rows(connection, tenant=tenant)
    }
    recipients = {
        row[0]: Recipient(row[0], row[1], Role(row[2]), row[3], bool(row[4]), _day(row[5]))
        for row in sql.RECIPIENTS.rows(connection, tenant=tenant)
    }
    substitutions = tuple(
        Substitution(row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]))
        for row in sql.SUBSTITUTIONS.rows(connection, tenant=tenant)
    )
    openings = tuple(
        Opening(
            row[0],
            row[1],
            row[2],
            OpeningKind(row[3]),
            instant(row[4]),
            instant(row[5]),
            row[6],
            instant(row[7]) if row[7] is not None else None,
        )
        for row in sql.OPENINGS.rows(connection, tenant=tenant)
    )
    institutions = {
        row[0]: Institution(
            row[0],
            row[1],
            row[2],
            bool(row[3]),
            row[4],
            _day(row[5]),
            _day(row[6]),
            tuple(row[7].splitlines()),
        )
        for row in sql.INSTITUTIONS.rows(connection, tenant=tenant)
    }
    return Directory(persons, recipients, substitutions, openings, institutions)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
