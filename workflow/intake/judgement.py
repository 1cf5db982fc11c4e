"""What becomes of a row, in the order that puts the child first and the family's no before everything else.

Danger → accepted, whatever else is wrong; a no, or nobody asked → no personal data; faults → quarantine; else
accepted. Proven over every combination of the three (`tests/intake/test_judgement.py`).
"""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from workflow.intake import fault as f
from workflow.intake.fault import Fault
from workflow.intake.moment import BERLIN
from workflow.intake.row import Row
from workflow.intake.wording import tidy

_IDENTITY = b"lotse referral row 1"


class Judgement(StrEnum):
    """What becomes of a row."""

    ACCEPTED = "accepted"
    WITHOUT_PERSONAL_DATA = "without_personal_data"
    QUARANTINED = "quarantined"


@lru_cache(maxsize=8)
def _wall(now: datetime) -> datetime:
    """Give what a clock on a wall in Berlin shows at `now`."""
    return now.astimezone(BERLIN).replace(tzinfo=None)


def faults_at(row: Row, now: datetime) -> tuple[Fault, ...]:
    """All faults of the row as seen at `now` (aware): its own, and a receipt after `now`."""
    if row.received is None or row.received <= _wall(now) or row.received.replace(tzinfo=BERLIN) <= now:
        return row.faults
    return (*row.faults, f.RECEIPT_IN_FUTURE)


def judge(row: Row, now: datetime) -> Judgement:
    """Judge the row at `now` (aware).

    An accepted row may lack a usable receipt (unreadable, or after `now`: see `faults_at`) only where it
    shows danger; the caller then takes `now` for it.
    """
    if row.danger is not None:
        return Judgement.ACCEPTED
    if row.consent.forbids_storing:
        return Judgement.WITHOUT_PERSONAL_DATA
    return Judgement.QUARANTINED if faults_at(row, now) else Judgement.ACCEPTED


def identity_material(row: Row, file_sha256: bytes) -> bytes:
    """Give the canonical bytes that identify a row, for a keyed hash; they hold no name.

    Institution, running number and receipt as written, whatever the file's encoding, column order or
    Unicode form; without a running number the file's hash and the line. Every part is preceded by its
    length (4 bytes, big-endian), so that no two rows' parts run together.
    """
    number = tidy(row.number)
    if number:
        parts = [b"number", tidy(row.institution).encode(), number.encode(), tidy(row.received_text).encode()]
    else:
        parts = [b"line", file_sha256, str(row.line).encode()]
    return b"".join(len(part).to_bytes(4) + part for part in (_IDENTITY, *parts))
