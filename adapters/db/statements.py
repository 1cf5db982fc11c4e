"""SQL from Core, written once and compiled once for each database; the driver's own cursor runs it as it stands.

Values are text, integers and bytes only, so no type of Core has to look at them. The transaction is Core's.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from adapters.db import tables as t
from adapters.db.driver import in_our_words, is_postgres
from adapters.db.spread import Spread


class Form:
    """A statement as one database has it: its text, and in which order its parameters stand."""

    __slots__ = ("_fixed", "_names", "_pick", "binary", "sql")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # Executable does not say so, all that is given here does
        self.sql = str(compiled)
        self.binary = {"binary": True} if dialect.name == "postgresql" else {}
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._pick: Callable[[Mapping[str, object]], tuple[object, ...]] | None = None
        if not self._fixed and len(self._names) > 1:
            self._pick = itemgetter(*self._names)

    def bound(self, values: Mapping[str, object]) -> tuple[object, ...]:
        """The parameters in order."""
        if self._pick is not None:
            return self._pick(values)
        fixed = self._fixed
        return tuple(fixed[name] if name in fixed else values[name] for name in self._names)


class Prepared:
    """One statement, compiled on first use. Parameters are given by name."""

    __slots__ = ("_at_once", "_forms", "_spread", "_statement")

    def __init__(
        self,
        statement: Executable | Callable[[str], Executable],
        spread: Spread | None = None,
        at_once: Callable[[str], Executable] | None = None,
    ) -> None:
        """`statement`: what to run, or what gives it for a database, named as Core names dialects.

        `at_once`: the same for all rows of `spread`, where the database is PostgreSQL.
        """
        self._statement = statement
        self._spread = spread
        self._at_once = None if at_once is None else Prepared(at_once)
        self._forms: dict[str, Form] = {}

    def form(self, dialect: Dialect) -> Form:
        """The statement as this database has it."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = Form(self.core(dialect), dialect)
        return form

    def core(self, dialect: Dialect) -> Executable:
        """The statement as Core has it."""
        statement = self._statement
        return statement if isinstance(statement, Executable) else statement(dialect.name)

    def _ran(self, connection: Connection, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - the driver's cursor
        form = self.form(connection.dialect)
        bound = form.bound(values)
        cursor = connection.connection.cursor(**form.binary)
        try:
            cursor.execute(form.sql, bound)
        except Exception as error:  # noqa: BLE001 - of either driver; the one for PostgreSQL may not be imported
            raise in_our_words(connection, error) from None
        return cursor

    def run(self, connection: Connection, **values: object) -> int:
        """Run it once and give the number of rows it changed."""
        cursor = self._ran(connection, values)
        changed: int = cursor.rowcount
        return changed

    def run_all(self, connection: Connection, many: Sequence[Mapping[str, object]]) -> int:
        """Run it for many rows in one call of the driver, and give the number of rows they changed together."""
        if not many:
            return 0
        if len(many) == 1:
            return self.run(connection, **many[0])
        if self._spread is not None and self._at_once is not None and is_postgres(connection):
            return self._at_once.run(connection, **self._spread.packed(many))
        form = self.form(connection.dialect)
        bound = [form.bound(values) for values in many]
        cursor = connection.connection.cursor(**form.binary)
        try:
            cursor.executemany(form.sql, bound)
        except Exception as error:  # noqa: BLE001 - as above
            raise in_our_words(connection, error) from None
        changed: int = cursor.rowcount
        return changed

    def rows(self, connection: Connection, **values: object) -> Sequence[tuple[Any, ...]]:
        """Give all rows it finds, as tuples."""
        cursor = self._ran(connection, values)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        return found

    def row(self, connection: Connection, **values: object) -> tuple[Any, ...] | None:
        """Give the one row it finds, or None."""
        cursor = self._ran(connection, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return found

    def one(self, connection: Connection, **values: object) -> tuple[Any, ...]:
        """Give the row that must be there; LookupError where it is not."""
        row = self.row(connection, **values)
        if row is None:
            raise LookupError(self.form(connection.dialect).sql)
        return row


def upsert(table: Table) -> Prepared:
    """Insert a whole row, or put it in the place of the one with its key."""
    keys = [column.name for column in table.primary_key]

    def statement(dialect: str) -> Executable:
        new = _insert_of(dialect)(table).values(
            {column.name: bindparam(column.name) for column in table.columns}
        )
        changed = {
            column.name: new.excluded[column.name] for column in table.columns if column.name not in keys
        }
        return new.on_conflict_do_update(index_elements=keys, set_=changed)  # type: ignore[no-any-return]  # of either dialect

    return Prepared(statement)


def insert_missing(table: Table) -> Prepared:
    """Insert a whole row where none has its key."""

    def statement(dialect: str) -> Executable:
        new = _insert_of(dialect)(table).values(
            {column.name: bindparam(column.name) for column in table.columns}
        )
        return new.on_conflict_do_nothing()  # type: ignore[no-any-return]  # as above

    return Prepared(statement)


def _insert_of(dialect: str) -> Any:  # noqa: ANN401 - the two have no common type that knows ON CONFLICT
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - only where it is used

        return postgresql.insert
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - as above

    return sqlite.insert


def _insert(table: Table) -> Prepared:
    names = [column.name for column in table.columns]
    given = Spread.of(table)
    return Prepared(
        insert(table).values({name: bindparam(name) for name in names}),
        given,
        lambda _: insert(table).from_select(names, select(*given.rows.c)),
    )


def _of(table: Table, *names: str) -> Select[Any]:
    """The rows of a table with these columns equal to parameters of the same names."""
    conditions = [table.c[name] == bindparam(name) for name in ("tenant", *names)]
    return select(*[column for column in table.columns if column.name not in ("tenant", *names)]).where(
        *conditions
    )


TENANT = Prepared(select(t.tenants))
NEW_TENANT = _insert(t.tenants)
CHOOSE_PROFILE = Prepared(
    update(t.tenants)
    .where(t.tenants.c.id == bindparam("tenant"))
    .values(profile=bindparam("name"), profile_version=bindparam("number"))
)
PROFILES = Prepared(select(t.profiles).where(t.profiles.c.tenant == bindparam("tenant")))
PROFILE = Prepared(_of(t.profiles, "name", "version"))
NEW_PROFILE = _insert(t.profiles)
DIRECTORY_CHANGED = Prepared(
    update(t.tenants)
    .where(t.tenants.c.id == bindparam("tenant"))
    .values(directory_version=t.tenants.c.directory_version + 1)
)
SEAL_TENANT = Prepared(
    update(t.tenants).where(t.tenants.c.id == bindparam("tenant")).values(mac=bindparam("seal"))
)
PERSONS = Prepared(_of(t.persons))
RECIPIENTS = Prepared(_of(t.recipients))
SUBSTITUTIONS = Prepared(_of(t.substitutions))
OPENINGS, INSTITUTIONS = Prepared(_of(t.openings)), Prepared(_of(t.institutions))
PUT_PERSON, PUT_RECIPIENT, PUT_SUBSTITUTION, PUT_OPENING, PUT_INSTITUTION = (
    upsert(table) for table in (t.persons, t.recipients, t.substitutions, t.openings, t.institutions)
)

COUNTER = Prepared(_of(t.counters, "name"))
PUT_COUNTER = upsert(t.counters)

CASE = Prepared(
    select(t.cases.c.version, t.cases.c.kek_version, t.cases.c.wrapped_key, t.cases.c.record).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)


def _ahead(column: ColumnElement[str], called: str) -> Select[Any]:
    given = func.unnest(bindparam(called, type_=ARRAY(Text))).table_valued("name").render_derived(name=called)
    return select(
        t.cases.c.id,
        t.cases.c.number,
        t.cases.c.version,
        t.cases.c.kek_version,
        t.cases.c.wrapped_key,
        t.cases.c.record,
    ).where(t.cases.c.tenant == bindparam("tenant"), column == given.c.name)


CASES_AHEAD = Prepared(lambda _: _ahead(t.cases.c.id, "ids").union_all(_ahead(t.cases.c.number, "numbers")))
"""On PostgreSQL alone: many cases in one question, joined so that the server need not weigh each name."""
DOSSIER = Prepared(
    select(t.cases.c.dossier).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)
CASE_KEY = Prepared(
    select(t.cases.c.wrapped_key, t.cases.c.kek_version).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)
CASE_NUMBERED = Prepared(
    select(
        t.cases.c.id, t.cases.c.version, t.cases.c.kek_version, t.cases.c.wrapped_key, t.cases.c.record
    ).where(t.cases.c.tenant == bindparam("tenant"), t.cases.c.number == bindparam("number"))
)
NEW_CASE = _insert(t.cases)
_MOVED = (
    "number",
    "state",
    "responsible",
    "partner",
    "received_on",
    "due_at",
    "flag_at",
    "record",
)


def _move_case(value: Callable[[str], ColumnElement[Any]]) -> Executable:
    return (
        update(t.cases)
        .where(
            t.cases.c.tenant == value("b_tenant"),
            t.cases.c.id == value("b_id"),
            t.cases.c.version == value("b_version"),
        )
        .values({name: value(name) for name in ("version", *_MOVED)})
    )


_MOVES = Spread(
    {f"b_{name}": t.cases.c[name].type for name in ("tenant", "id", "version")}
    | {name: t.cases.c[name].type for name in ("version", *_MOVED)}
)
MOVE_CASE = Prepared(_move_case(bindparam), _MOVES, lambda _: _move_case(_MOVES.column))
PUT_DOSSIER = Prepared(
    update(t.cases)
    .where(t.cases.c.tenant == bindparam("b_tenant"), t.cases.c.id == bindparam("b_id"))
    .values(dossier=bindparam("dossier"))
)
NO_RECIPIENTS = Prepared(
    delete(t.case_recipients).where(
        t.case_recipients.c.tenant == bindparam("tenant"), t.case_recipients.c.case_id == bindparam("case_id")
    )
)
NEW_RECIPIENT = _insert(t.case_recipients)
NO_DUPLICATES = Prepared(
    delete(t.duplicates).where(
        t.duplicates.c.tenant == bindparam("tenant"), t.duplicates.c.case_id == bindparam("case_id")
    )
)
NEW_DUPLICATE = _insert(t.duplicates)
ANSWER = Prepared(_of(t.requests, "key"))
NEW_ANSWER = _insert(t.requests)
NEW_ROW = insert_missing(t.intake_rows)
HELD = Prepared(_of(t.intake_quarantine).order_by(t.intake_quarantine.c.number))
HELD_ONE = Prepared(_of(t.intake_quarantine, "identity"))
HELD_AS = Prepared(_of(t.intake_quarantine, "number"))
NEW_HELD = _insert(t.intake_quarantine)
NO_HELD = Prepared(
    delete(t.intake_quarantine).where(
        t.intake_quarantine.c.tenant == bindparam("tenant"),
        t.intake_quarantine.c.identity == bindparam("identity"),
    )
)
NEW_ASKED = insert_missing(t.consent_queries)
ASKED = Prepared(_of(t.consent_queries).order_by(t.consent_queries.c.digest))

LEAF = Prepared(
    select(t.log.c.leaf).where(t.log.c.tenant == bindparam("tenant"), t.log.c.seq == bindparam("seq"))
)
HEAD = Prepared(_of(t.log_head))
NEW_HEAD = _insert(t.log_head)
MOVE_HEAD = Prepared(
    update(t.log_head)
    .where(t.log_head.c.tenant == bindparam("b_tenant"), t.log_head.c.size == bindparam("b_size"))
    .values({name: bindparam(name) for name in ("size", "frontier", "last_time_ms")})
)
NEW_ENTRY, NEW_CONTENT, NEW_INDEX = _insert(t.log), _insert(t.log_contents), _insert(t.log_index)
NEW_NODE = _insert(t.log_nodes)
NOTE = insert_missing(t.log_checkpoints)
KEYS = Prepared(_of(t.log_keys))
KEY = Prepared(_of(t.log_keys, "purpose"))
NEW_KEY = _insert(t.log_keys)

ALL_RECIPIENTS = Prepared(
    select(t.case_recipients.c.case_id, t.case_recipients.c.recipient).where(
        t.case_recipients.c.tenant == bindparam("tenant")
    )
)
ALL_CASES = Prepared(
    select(t.cases.c.id)
    .where(t.cases.c.tenant == bindparam("tenant"))
    .order_by(t.cases.c.due_at, t.cases.c.number)
)
TIMELINE = Prepared(
    select(t.log.c.seq, t.log.c.leaf, t.log.c.body_a, t.log_contents.c.body_b)
    .join(t.log_index, (t.log_index.c.tenant == t.log.c.tenant) & (t.log_index.c.seq == t.log.c.seq))
    .outerjoin(
        t.log_contents, (t.log_contents.c.tenant == t.log.c.tenant) & (t.log_contents.c.seq == t.log.c.seq)
    )
    .where(t.log_index.c.tenant == bindparam("tenant"), t.log_index.c.case_id == bindparam("case_id"))
    .order_by(t.log.c.seq)
)
CASE_PAGE = Prepared(
    select(t.cases)
    .where(t.cases.c.tenant == bindparam("tenant"), t.cases.c.id > bindparam("after"))
    .order_by(t.cases.c.id)
    .limit(bindparam("count"))
)
