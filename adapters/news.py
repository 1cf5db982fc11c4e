"""What the log has grown by since the last look, told by mail: „Es gibt Neues“ to whom it is news, never what.

Leitung is told apart where somebody was given rights or a way in. That letter goes to the actor as well: who can act in
her name must not be able to keep it from her.

How far was looked stands in the database and moves in the transaction that writes the letters, so nothing is told
twice or forgotten, whoever dies in between. One letter of a kind waits for a person at a time, and one an hour leaves
at most. Who has entered no address gets none. Tried in `tests/mail/test_news.py` against a real mail server.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from adapters.db import statements as sql
from adapters.db.outbox_statements import LAST
from adapters.db.recorded import RecordedLog
from adapters.db.work import SqlWork
from adapters.login.record import note
from adapters.login.rows import Account, Rows
from adapters.lotse import DAMAGED, Lotse
from adapters.mail import Recipient
from adapters.millis import millis
from adapters.outbox import enqueue
from adapters.outbox_letters import NewsLetter, RightsLetter
from states.vocabulary import Role
from workflow.audited import Audited
from workflow.errors import UnknownCaseError
from workflow.news import concerned, gives_a_way_in
from workflow.office import Directory, Person

LOOKED = "news"
"""The counter that says up to which entry was looked."""
APART = 3_600_000
"""Milliseconds between two letters to the same person."""
AT_ONCE = 2_000
"""So many entries are looked at in one transaction."""
_PART = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
ADDRESS = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_PART}(?:\.{_PART})*$"
"""What an address looks like; HTML's own form fields ask for the same."""
LONGEST_ADDRESS = 320


def tell_news(lotse: Lotse) -> int:
    """Put a letter into the outbox for everybody to whom something is news; gives how many letters.

    The first look begins at the end of the log: nobody is told what was long before there was mail.
    """
    written = 0
    while True:
        size = RecordedLog(lotse.store).books()[-1].size
        looked = lotse.write(lambda work, size=size: _looked(work, size))  # type: ignore[misc]  # mypy infers no type for a lambda with defaults
        if looked >= size:
            return written
        upper = min(size, looked + AT_ONCE)
        entries = [entry.a for entry in RecordedLog(lotse.store).stretch(looked, upper) if entry.a]
        written += lotse.write(
            lambda work, entries=entries, looked=looked, upper=upper: _tell(  # type: ignore[misc]  # mypy infers no type for a lambda with defaults
                lotse, work, entries, looked, upper
            )
        )


def _looked(work: SqlWork, size: int) -> int:
    """Up to which entry was looked; a log that is shorter than that began anew."""
    connection, ring = work.beside
    row = sql.COUNTER.row(connection, tenant=ring.tenant, name=LOOKED)
    if row is not None and row[0] <= size:
        return int(row[0])
    begin = size if row is None else 0
    sql.PUT_COUNTER.run(connection, tenant=ring.tenant, name=LOOKED, value=begin)
    return begin


def _tell(
    lotse: Lotse, work: SqlWork, entries: Iterable[Mapping[str, object]], looked: int, upper: int
) -> int:
    connection, ring = work.beside
    row = sql.COUNTER.row(connection, tenant=ring.tenant, name=LOOKED)
    if row is None or row[0] != looked:
        return 0  # another process has looked meanwhile
    sql.PUT_COUNTER.run(connection, tenant=ring.tenant, name=LOOKED, value=upper)
    people: set[str] = set()
    leitung: frozenset[str] = frozenset()
    for a in entries:
        people |= _whom(lotse, work, a)
        if gives_a_way_in(a):
            leitung = supervisors(work.directory)
    rows = Rows.known(work) if people or leitung else None
    if rows is None:
        return 0
    home = lotse.settings.base_url
    written = sum(_written(lotse, work, rows, person, NewsLetter(home)) for person in sorted(people))
    return written + sum(
        _written(lotse, work, rows, person, RightsLetter(home)) for person in sorted(leitung)
    )


def supervisors(directory: Directory) -> frozenset[str]:
    """The ids of Leitung, as far as they work here now."""
    return frozenset(
        each.id for each in directory.persons.values() if each.active and Role.SUPERVISOR in each.roles
    )


def _whom(lotse: Lotse, work: SqlWork, a: Mapping[str, object]) -> frozenset[str]:
    case = a.get("case")
    if not isinstance(case, str) or not ("version" in a or a.get("action") == Audited.FOREWARNED):
        return frozenset()
    try:
        return concerned(a, work.case(case), work.directory, lotse.moment)
    except (UnknownCaseError, *DAMAGED):
        return frozenset()  # erased meanwhile, or `lotse audit verify --replay` says what became of it


def _written(lotse: Lotse, work: SqlWork, rows: Rows, person: str, letter: NewsLetter | RightsLetter) -> bool:
    account = rows.account(person)
    if account is None or not account.mail:
        return False
    connection, ring = work.beside
    last, waiting = LAST.one(connection, tenant=ring.tenant, address=account.mail, kind=str(letter.kind))
    if waiting:
        return False
    now = millis(lotse.moment.real_at)
    at = now if last is None else max(now, int(last) + APART)
    role = work.directory.persons[person].roles
    name = min((each.value for each in role), default="person")
    enqueue(work, letter, Recipient(name, account.mail), at)
    return True


def address_of(lotse: Lotse, person: Person) -> str | None:
    """Where this person is written to, None where they want no mail."""
    with lotse.store.work(reading=True) as work:
        rows = Rows.known(work)
        account = rows.account(person.id) if rows is not None else None
    return account.mail if account is not None else None


def notify_at(lotse: Lotse, person: Person, address: str | None) -> None:
    """Write to this person here from now on, or no more; on record, without the address. Raises TakenError."""

    def job(work: SqlWork) -> None:
        rows = Rows.of(work)
        account = rows.account(person.id) or Account(person.id, person.id)
        rows.put(replace(account, mail=address))
        note(work, lotse, Audited.MAIL_CHOSEN, person.id, kind="steps", wanted=address is not None)

    lotse.write(job)
