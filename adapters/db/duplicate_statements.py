"""What tells duplicates: the keyed digests of a case, the keys they are made with, and whether a row is held at all."""

from sqlalchemy import bindparam, select

from adapters.db import tables as t
from adapters.db.statements import Prepared
from audit.keys import DUPLICATES

DIGESTS = Prepared(
    select(t.duplicates.c.digest).where(
        t.duplicates.c.tenant == bindparam("tenant"), t.duplicates.c.case_id == bindparam("case_id")
    )
)
ANY_HELD = Prepared(
    select(t.intake_quarantine.c.number).where(t.intake_quarantine.c.tenant == bindparam("tenant")).limit(1)
)
KEYS = Prepared(
    select(t.log_keys.c.purpose).where(
        t.log_keys.c.tenant == bindparam("tenant"), t.log_keys.c.purpose.startswith(DUPLICATES)
    )
)
"""The purposes of the keys of the index of duplicates; during a rotation there are two."""
