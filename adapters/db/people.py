"""The directory in the database: who works here, to whom one hands over, who stands in for whom.

Rights hang on these rows, so the tenant's row carries an authentication over all of them, and the log their check sum:
a role given by hand is found when the store is next used, an older directory put back when the log is verified.
"""

from datetime import date
from hashlib import sha256

import orjson
from sqlalchemy import Connection

from adapters.db import statements as sql
from states.vocabulary import Role
from workflow.office import Directory, Person, Recipient, Substitution


def checksum_of(connection: Connection, tenant: str) -> str:
    """SHA-256 over every row of the directory and over the profile that new cases begin by, in hexadecimal."""
    row = next(row for row in sql.TENANT.rows(connection) if row[0] == tenant)
    lists = [sorted(table.rows(connection, tenant=tenant), key=repr) for table in _TABLES]
    plain = orjson.dumps([list(row[:5]), *[[list(each) for each in rows] for rows in lists]], default=repr)
    return sha256(plain).hexdigest()


_TABLES = (sql.PERSONS, sql.RECIPIENTS, sql.SUBSTITUTIONS)


def put(connection: Connection, tenant: str, entry: Person | Recipient | Substitution) -> None:
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
            agreement_until=entry.agreement_until.isoformat() if entry.agreement_until else None,
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
    """Read persons, recipients and substitutions."""
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
        row[0]: Recipient(
            row[0], row[1], Role(row[2]), row[3], bool(row[4]), date.fromisoformat(row[5]) if row[5] else None
        )
        for row in sql.RECIPIENTS.rows(connection, tenant=tenant)
    }
    substitutions = tuple(
        Substitution(row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]))
        for row in sql.SUBSTITUTIONS.rows(connection, tenant=tenant)
    )
    return Directory(persons, recipients, substitutions)
