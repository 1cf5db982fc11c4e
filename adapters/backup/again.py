"""Erasures that a backup does not know of: what was erased since stays erased, also after a restore.

`erasures.json` beside the keys says which (`adapters.erasures`); here it is held against what a backup still has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from adapters.backup.errors import BackupError
from adapters.db import statements as sql
from adapters.db import tables as t
from adapters.db.store import Store
from adapters.settings import Settings
from audit.keys import KEY_ID_SIZE

_NUMBER = sql.Prepared(
    select(t.cases.c.number, t.cases.c.wrapped_key).where(
        t.cases.c.tenant == bindparam("tenant"), t.cases.c.id == bindparam("case_id")
    )
)


@dataclass(frozen=True, slots=True)
class Erasures:
    """Erasures on record: `cases` by id and `years` by purpose, each with its key id in hexadecimal.

    Told of a backup, `numbers` are the case numbers that it still has.
    """

    cases: tuple[tuple[str, str], ...] = ()
    years: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    known: bool = True

    def __bool__(self) -> bool:
        return bool(self.cases or self.years)

    def lacking(self, store: Store) -> "Erasures":
        """Those that the store of a backup still has to make."""
        cases, numbers, years = [], [], []
        with store.reading() as connection:
            for case_id, key_id in self.cases:
                row = _NUMBER.row(connection, tenant=store.tenant, case_id=case_id)
                if row is not None and row[1][:KEY_ID_SIZE].hex() == key_id:
                    cases.append((case_id, key_id))
                    numbers.append(str(row[0]))
            for purpose, key_id in self.years:
                key = sql.KEY.row(connection, tenant=store.tenant, purpose=purpose)
                if key is not None and key[2].hex() == key_id:
                    years.append((purpose, key_id))
        return Erasures(tuple(cases), tuple(years), tuple(sorted(numbers)), self.known)


def erasures_known(settings: Settings) -> Erasures:
    """What was erased, as far as it is on record here. Raises BackupError where the record is damaged."""
    path = settings.keys / "erasures.json"
    try:
        said = orjson.loads(path.read_bytes())["erased"]
        return Erasures(_pairs(said, "case"), _pairs(said, "purpose"))
    except FileNotFoundError:
        return Erasures(known=False)
    except (ValueError, TypeError, KeyError):
        raise BackupError(
            f"{path} ist beschädigt: Ohne dieses Verzeichnis der Löschungen käme Gelöschtes wieder. Nächster Schritt: "
            "die Datei aus einer Sicherung der Schlüssel zurückholen."
        ) from None


def _pairs(said: Sequence[dict[str, Any]], name: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(one[name]), str(one["key_id"])) for one in said if name in one)


def made_again(settings: Settings, store: Store) -> Erasures:
    """Make in a restored store, which nobody uses yet, the erasures it lacks; on record in its new log."""
    lacks = erasures_known(settings).lacking(store)
    if lacks:
        raise NotImplementedError
    return lacks
