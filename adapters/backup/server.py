"""A restored store goes into PostgreSQL: into a database where its tenant is not, in one transaction, proven there.

Nothing is ever written over there; the old database stays as it is for whoever has to look into it. What is to be done
is written down beside the keys before the commit, so that whoever opens the store next can finish it, or give it up.
Proven by the commands (`tests/cli/test_db_restore.py`) and by cutting it off (`tests/system/test_restore_on_server.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.backup.checking import Opened
from adapters.backup.errors import RestoreConflict, RestoreRefused
from adapters.backup.making import Watch
from adapters.backup.swap import Held, Plan, finish, forget, plan_file, write_plan
from adapters.db import statements as sql
from adapters.db.begin import begun
from adapters.db.carry import patient
from adapters.db.driver import is_certain
from adapters.db.place import place_of
from adapters.db.store import tenants_of
from adapters.moving import carried, proven
from adapters.settings import Settings
from audit.notary import State

_OCCUPIED = (
    "In {place} liegt dieser Träger noch, und überschrieben wird dort nichts. Nächster Schritt: die Programme anhalten, "
    "eine leere Datenbank anlegen (CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'), "
    "LOTSE_DATABASE_URL, LOTSE_DATABASE_OWNER_URL und LOTSE_DATABASE_NOTARY_URL auf sie richten, lotse db upgrade, dann "
    "noch einmal."
)
_OTHERS = (
    "In {place} liegen andere Träger. Nächster Schritt: mit LOTSE_TENANT={tenant} sagen, dass dieser dazukommt; oder "
    "LOTSE_DATABASE_URL auf eine leere Datenbank richten."
)
_OTHER_TENANT = (
    "LOTSE_TENANT nennt einen anderen Träger als diese Sicherung. Nächster Schritt: LOTSE_TENANT={tenant}."
)
_NOBODY_KNOWS = (
    "PostgreSQL hat nicht mehr gesagt, ob die Wiederherstellung angekommen ist. Nächster Schritt: sobald der Server "
    "wieder antwortet, lotse audit verify --replay; das bringt sie zu Ende oder sagt, dass noch einmal freizugeben ist."
)
_ELSEWHERE = (
    "Eine Wiederherstellung in {server} ist noch nicht zu Ende. Nächster Schritt: LOTSE_DATABASE_URL wieder auf diese "
    "Datenbank richten; gibt es sie nicht mehr: {file} löschen."
)
_TAKEN = "Eine andere Wiederherstellung dieses Trägers kam zuvor; nichts ist geändert."


def refuse_unless_free(settings: Settings, tenant: str) -> None:
    """Raise RestoreRefused where this tenant cannot be put into the database of these settings.

    Raises also NotMigrated, NewerSchemaError, UnsafeRole, UnsafeDatabase, DBAPIError.
    """
    place = place_of(settings)
    if place.tenant not in (None, tenant):
        raise RestoreRefused(_OTHER_TENANT.format(tenant=tenant))
    engine = place.open()
    try:
        _refuse_unless_free(engine, settings, tenant)
    finally:
        engine.dispose()


def _refuse_unless_free(engine: Engine, settings: Settings, tenant: str) -> None:
    place, there = place_of(settings), tenants_of(engine)
    if tenant in there:
        raise RestoreRefused(_OCCUPIED.format(place=place.shown))
    if there and place.tenant is None:
        raise RestoreRefused(_OTHERS.format(place=place.shown, tenant=tenant))


def put_on_server(settings: Settings, opened: Opened, notary: State, watch: Watch | None = None) -> None:
    """Carry a restored store over, prove it there, commit it, and let the notary begin anew with it.

    The caller holds the notary's lock. Raises RestoreRefused, RestoreConflict, VerificationError, DBAPIError.
    """
    tenant, place = opened.store.tenant, place_of(settings)
    plan = Plan("", "", "", None, notary.origin, notary.to_json().decode(), tenant, place.shown)
    target = place.open()
    try:
        with begun(opened.store.engine, tenant, reading=True) as source, begun(target, tenant) as new:
            patient(new)
            _alone(new, tenant)
            _refuse_unless_free(target, settings, tenant)
            carried(source, new, tenant, watch)
            proven(opened.store, new, watch)
            write_plan(settings, plan)
            _commit(settings, new)
    except IntegrityError:
        raise RestoreConflict(_TAKEN) from None
    finally:
        target.dispose()
    finish(settings, Held(notary.origin, notary.size))


def _alone(connection: Connection, tenant: str) -> None:
    """Wait until no other restore of this tenant is on its way, also one whose program has gone."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock(hashtext('lotse restore {tenant}'))")


def _commit(settings: Settings, new: Connection) -> None:
    try:
        new.commit()
    except DBAPIError as error:
        if not is_certain(error):
            raise RestoreConflict(_NOBODY_KNOWS) from None
        forget(settings)
        raise


@contextmanager
def held_there(settings: Settings, plan: Plan) -> Iterator[Held | None]:
    """The log of a tenant in PostgreSQL, which nobody writes meanwhile; None where it is not there, and will not be.

    Raises RestoreConflict where these settings name another database than the plan.
    """
    place, tenant = place_of(settings), plan.tenant
    if place.shown != plan.server:
        raise RestoreConflict(_ELSEWHERE.format(server=plan.server, file=plan_file(settings)))
    engine = place.open()
    try:
        with begun(engine, tenant) as connection:
            _alone(connection, tenant)
            row = sql.HEAD.row(connection, tenant=tenant)
            if row is not None:
                place.secure()
            yield None if row is None else Held(str(row[0]), int(row[1]))
    finally:
        engine.dispose()
