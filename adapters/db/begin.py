"""Beginning a transaction, and a piece of writing, on a server that may just have gone away and come back.

Nothing has been written before the COMMIT, so what meets a fail-over before it is simply begun anew. SQLite waits by
itself and is never tried twice here. `tests/contracts/test_postgres_away.py` proves it.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 - the pool's

from adapters.db.driver import is_busy, is_passing

PATIENCE = 10.0
"""For so many seconds one waits until a server takes connections and transactions again."""
PAUSE = 0.05
T = TypeVar("T")


def begun(
    engine: Engine, tenant: str = "", *, reading: bool = False, patience: float | None = None
) -> Connection:
    """A connection in a transaction of this tenant.

    Raises what the driver says, as Core has it, once `patience` (in seconds) is over.
    """
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    while True:
        connection = None
        try:
            connection = engine.connect().execution_options(lotse_reads=reading, lotse_tenant=tenant)
            connection.begin()
        except TimeoutError as error:
            raise OperationalError(
                "", None, Exception("all connections of this process are in use")
            ) from error
        except BaseException as error:
            if connection is not None:
                connection.close()
            if is_busy(error) or not is_passing(error) or time.monotonic() > until:
                raise
        else:
            return connection
        time.sleep(PAUSE)


def anew(piece: Callable[[], T]) -> T:
    """Do a piece of writing that stages and commits; once more from its beginning where it was certainly not kept."""
    try:
        return piece()
    except Exception as error:
        if not passes(error):
            raise
    return piece()


def passes(error: BaseException) -> bool:
    """Whether a piece of writing that ended so is to be begun anew: it kept nothing, and nobody made it wait in vain."""
    return is_passing(error) and getattr(getattr(error, "orig", error), "sqlstate", None) != "55P03"
