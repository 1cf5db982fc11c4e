"""The SQL of a rotation: everything under a version before `kek`, whatever another rotation has brought beyond it.

Digests under a key of the second or a later version begin with its number (`adapters.db.staged.digest_stamp`), so old
and new are told apart without opening a name.
"""

from sqlalchemy import ColumnElement, FromClause, bindparam, case, delete, func, not_, or_, select, update

from adapters.db import tables as t
from adapters.db.staged import STAMP_SIZE
from adapters.db.statements import Prepared, insert_missing
from audit.keys import DUPLICATES

_MAC_SIZE = 32


def _mine(table: FromClause) -> ColumnElement[bool]:
    return table.c.tenant == bindparam("tenant")


def _is_old(table: FromClause) -> ColumnElement[bool]:
    digest = table.c.digest
    return or_(func.length(digest) == _MAC_SIZE, func.substr(digest, 1, STAMP_SIZE) < bindparam("stamp"))


OLD_KEYS = Prepared(
    select(t.log_keys).where(
        _mine(t.log_keys),
        t.log_keys.c.kek_version < bindparam("kek"),
        not_(t.log_keys.c.purpose.startswith(DUPLICATES)),
    )
)
PUT_KEY = Prepared(
    update(t.log_keys)
    .where(
        t.log_keys.c.tenant == bindparam("b_tenant"),
        t.log_keys.c.purpose == bindparam("b_purpose"),
        t.log_keys.c.wrapped == bindparam("b_wrapped"),
    )
    .values(kek_version=bindparam("kek"), wrapped=bindparam("wrapped"))
)
OLD_CASES = Prepared(
    select(t.cases.c.id, t.cases.c.kek_version, t.cases.c.wrapped_key)
    .where(_mine(t.cases), t.cases.c.id > bindparam("after"), t.cases.c.kek_version < bindparam("kek"))
    .order_by(t.cases.c.id)
    .limit(bindparam("count"))
)
PUT_CASE = Prepared(
    update(t.cases)
    .where(
        t.cases.c.tenant == bindparam("b_tenant"),
        t.cases.c.id == bindparam("b_id"),
        t.cases.c.wrapped_key == bindparam("b_wrapped"),
    )
    .values(kek_version=bindparam("kek"), wrapped_key=bindparam("wrapped"))
)
CASE = Prepared(
    select(
        t.cases.c.version, t.cases.c.kek_version, t.cases.c.wrapped_key, t.cases.c.record, t.cases.c.dossier
    ).where(_mine(t.cases), t.cases.c.id == bindparam("case_id"))
)
CASE_VERSION = Prepared(select(t.cases.c.version).where(_mine(t.cases), t.cases.c.id == bindparam("case_id")))
# Grouped along the index by case: a NOT EXISTS would walk all digests for each of them.
_TO_BUILD = (
    select(t.duplicates.c.case_id)
    .where(_mine(t.duplicates), t.duplicates.c.case_id > bindparam("after"))
    .group_by(t.duplicates.c.case_id)
    .having(func.min(case((_is_old(t.duplicates), 1), else_=0)) == 1)
)
TO_INDEX = Prepared(_TO_BUILD.order_by(t.duplicates.c.case_id).limit(bindparam("count")))
"""Cases that have digests under older keys only."""
COUNT_TO_INDEX = Prepared(select(func.count()).select_from(_TO_BUILD.subquery()))
PUT_DIGEST = insert_missing(t.duplicates)
OLD_DIGESTS = Prepared(
    select(t.duplicates.c.digest, t.duplicates.c.case_id)
    .where(_mine(t.duplicates), _is_old(t.duplicates), t.duplicates.c.digest >= bindparam("after"))
    .order_by(t.duplicates.c.digest)
    .limit(bindparam("count"))
)
NO_DIGEST = Prepared(
    delete(t.duplicates).where(
        _mine(t.duplicates),
        t.duplicates.c.digest == bindparam("digest"),
        t.duplicates.c.case_id == bindparam("case_id"),
    )
)
NO_KEY = Prepared(delete(t.log_keys).where(_mine(t.log_keys), t.log_keys.c.purpose == bindparam("purpose")))
