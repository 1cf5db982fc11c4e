"""Whether this process can work now: database, its schema, keys, writer, notary. For whoever sends requests to it.

It says yes or no and nothing of why: `lotse doctor` and the metrics tell that to whom it concerns. Proven by
`tests/watched/test_readiness.py`.
"""

from sqlalchemy.exc import SQLAlchemyError

from adapters.db.connect import HEAD, revision_of
from adapters.db.work import SqlKeys
from adapters.lotse import Lotse
from adapters.writer import Writer
from audit.errors import AuditError
from audit.notary_file import NotaryFile
from workflow.errors import WorkflowError


def is_ready(lotse: Lotse, writer: Writer) -> bool:
    """Whether a step asked for now would be judged, stored and signed; asks the database, so from a thread only."""
    try:
        return writer.writes and _stored(lotse) and _signed(lotse)
    except (SQLAlchemyError, WorkflowError, AuditError, OSError):
        return False


def _stored(lotse: Lotse) -> bool:
    """Whether the tables are those of this program, and its keys open what lies in them, past what is remembered."""
    store = lotse.store
    with store.reading() as connection:
        if revision_of(connection) != HEAD:
            return False
        store.tenant_row(connection)
        wrapped = SqlKeys(connection, store.tenant).get("mac")
    if wrapped is None:
        return False
    store.ring.unwrap("mac", *wrapped)
    return True


def _signed(lotse: Lotse) -> bool:
    """Whether the notary goes on, where its file is at hand; where it lies elsewhere, that is not ours to tell."""
    place = lotse.settings.notary
    return not place.exists() or NotaryFile(place).load().halted is None
