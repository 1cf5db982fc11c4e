"""The daily checkpoint by mail, to the data-protection officer and the audit office: a copy nobody here can take back.

Letter and log entry are one transaction; the entry names roles and the size, never an address. Once a local day,
however many processes there are, and again where a letter has vanished from the outbox: what was written and what the
mail server took stands beside the notary's file (`adapters.mailed`). `tests/mail/test_checkpoint_mail.py`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC

from adapters.lotse import CLOCK, Lotse
from adapters.mail import Recipient, checkpoint_recipients
from adapters.mailed import Mailed, MailedFile
from adapters.millis import instant, millis
from adapters.outbox import Fate, enqueue, standing
from adapters.outbox_letters import CheckpointLetter
from adapters.settings import Settings
from workflow.calendar import BERLIN, local_date
from workflow.ports import Entry

FROM_HOUR = 6
"""From this hour on, local time, so that it lies on the desk in the morning."""
SILENT = 2 * 24 * 3600 * 1000
"""After so many milliseconds without a checkpoint somebody should look."""


def mail_checkpoint(lotse: Lotse, recipients: tuple[Recipient, ...], actor: str) -> int:
    """Sign a checkpoint and put it into the outbox for all of them, on record; gives its size."""
    file = MailedFile(lotse.settings)
    with file.alone():
        return _mail(lotse, file, list(_named(recipients)), actor)


def mail_daily_checkpoint(lotse: Lotse, recipients: tuple[Recipient, ...]) -> int | None:
    """Do so once a local day, from the morning on; gives its size, None where there was nothing to do."""
    if lotse.moment.at.astimezone(BERLIN).hour < FROM_HOUR:
        return None
    file = MailedFile(lotse.settings)
    if not _due(lotse, file, recipients):
        return None
    with file.alone():
        due = _due(lotse, file, recipients)
        return _mail(lotse, file, due, CLOCK.id) if due else None


def silent(settings: Settings, now_ms: int) -> dict[str, int]:
    """For whom the mail server has taken no checkpoint for too long, and since when (Unix ms). MailSettingsError.

    Whoever was never written to is not among them.
    """
    mailed = MailedFile(settings).read()
    named = [name for name, _ in _named(checkpoint_recipients(settings)) if name in mailed]
    last = {name: mailed[name].taken_at or mailed[name].begun_at for name in named}
    return {name: at for name, at in last.items() if now_ms - at > SILENT}


def never_written_to(settings: Settings) -> list[str]:
    """Who is to get the checkpoint and was never written to. Raises MailSettingsError."""
    mailed = MailedFile(settings).read()
    return [name for name, _ in _named(checkpoint_recipients(settings)) if name not in mailed]


def _named(recipients: Sequence[Recipient]) -> Iterator[tuple[str, Recipient]]:
    """Each recipient under its role, a second one of a role under the role and a number."""
    seen: Counter[str] = Counter()
    for recipient in recipients:
        seen[recipient.role] += 1
        count = seen[recipient.role]
        yield recipient.role if count == 1 else f"{recipient.role}/{count}", recipient


def _due(lotse: Lotse, file: MailedFile, recipients: Sequence[Recipient]) -> list[tuple[str, Recipient]]:
    """Who has not been written to today, or has and the letter has vanished before the server took it."""
    if not recipients:
        return []
    mailed = file.read()
    with lotse.store.reading() as connection:
        lie = {
            letter.id for letter in standing(connection, lotse.store.tenant) if letter.fate is not Fate.SENT
        }

    def is_due(name: str) -> bool:
        last = mailed.get(name)
        if last is None or local_date(instant(last.written_at)) != lotse.moment.day:
            return True
        return bool(last.letter) and last.letter not in lie

    return [(name, recipient) for name, recipient in _named(recipients) if is_due(name)]


def _mail(lotse: Lotse, file: MailedFile, due: Sequence[tuple[str, Recipient]], actor: str) -> int:
    """Sign, put the letters into the outbox with their entry, and note it. Within `file.alone`.

    Killed before the note, it is done again: a second letter harms nobody.
    """
    letter = CheckpointLetter(lotse.countersign(), lotse.verifier.vkey)
    moment = lotse.moment.at
    at, mailed = millis(moment), file.read()
    entry = {
        "action": "checkpoint_mailed",
        "actor": actor,
        "outcome": "done",
        "at": moment.astimezone(UTC).isoformat(),
        "size": letter.size,
        "recipients": [recipient.role for _, recipient in due],
    }
    with lotse.store.work() as work:
        for name, recipient in due:
            before = mailed.get(name, Mailed(at, at))
            id_ = enqueue(work, letter, recipient, at)
            mailed[name] = Mailed(before.begun_at, at, id_, before.taken_at)
        work.record(Entry("steps", entry))
        work.commit()
    file.write(mailed)
    return letter.size
