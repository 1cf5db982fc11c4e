"""The daily checkpoint by mail, to the data-protection officer and the audit office: a copy nobody here can take back.

Letter and log entry are one transaction; the entry names roles and the size, never an address. Once a local day,
however many processes there are (`tests/mail/test_checkpoint_mail.py`).
"""

from datetime import UTC, datetime

from sqlalchemy import Connection

from adapters.db.work import SqlWork
from adapters.lotse import CLOCK, Lotse
from adapters.mail import Recipient
from adapters.outbox import enqueue, newest
from adapters.outbox_letters import CheckpointLetter, Kind
from workflow.calendar import BERLIN, local_date
from workflow.ports import Entry

FROM_HOUR = 6
"""From this hour on, local time, so that it lies on the desk in the morning."""


def mail_checkpoint(lotse: Lotse, recipients: tuple[Recipient, ...], actor: str) -> int:
    """Sign a checkpoint and put it into the outbox for all of them, on record; gives its size."""
    letter = _signed(lotse)
    with lotse.store.work() as work:
        _enqueue(lotse, work, letter, recipients, actor)
    return letter.size


def mail_daily_checkpoint(lotse: Lotse, recipients: tuple[Recipient, ...]) -> int | None:
    """Do so once a local day, from the morning on; gives its size, None where there was nothing to do."""
    early = lotse.moment.at.astimezone(BERLIN).hour < FROM_HOUR
    with lotse.store.reading() as connection:
        if early or not recipients or _done_today(lotse, connection):
            return None
    letter = _signed(lotse)
    with lotse.store.work() as work:
        if _done_today(lotse, work.beside[0]):
            return None
        _enqueue(lotse, work, letter, recipients, CLOCK.id)
    return letter.size


def _signed(lotse: Lotse) -> CheckpointLetter:
    return CheckpointLetter(lotse.countersign(), lotse.verifier.vkey)


def _enqueue(
    lotse: Lotse, work: SqlWork, letter: CheckpointLetter, recipients: tuple[Recipient, ...], actor: str
) -> None:
    moment = lotse.moment.at
    for recipient in recipients:
        enqueue(work, letter, recipient, int(moment.timestamp() * 1000))
    entry = {
        "action": "checkpoint_mailed",
        "actor": actor,
        "outcome": "done",
        "at": moment.astimezone(UTC).isoformat(),
        "size": letter.size,
        "recipients": [recipient.role for recipient in recipients],
    }
    work.record(Entry("steps", entry))
    work.commit()


def _done_today(lotse: Lotse, connection: Connection) -> bool:
    written = newest(connection, lotse.store.tenant, Kind.CHECKPOINT)
    return written is not None and local_date(datetime.fromtimestamp(written / 1000, UTC)) >= lotse.moment.day
