"""What an erasure is: its target and ground, its request, what holds it up, and the key that it destroys.

A target is a case's id, the purpose of a year of accesses (`access/2026/0`) or of a day of what was held apart
(`quarantine/2026-11-24`), or one row of the quarantine (`row/17-3f5a…`). Values only; the rules are in
`workflow.retention`, the acts in `workflow.clerk`.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from workflow.errors import UnknownCaseError

_ACCESSES, _QUARANTINE, _ROW = "access/", "quarantine/", "row/"
_CALLED = re.compile(r"[0-9]{1,9}-[0-9a-f]{12}")


class CaseErasedError(UnknownCaseError):
    """There was such a case; it has been erased."""


class Ground(StrEnum):
    """Why something is erased: a closed list, which stands in the log for ever."""

    RETENTION = "retention"
    FAMILY_REQUEST = "family_request"
    UNLAWFUL = "unlawful"
    ACCESS_LOG = "access_log"
    QUARANTINE = "quarantine"
    AGAIN = "again"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "retention": "Aufbewahrungsfrist abgelaufen",
            "family_request": "Verlangen der Familie (Art. 17 DSGVO)",
            "unlawful": "unrechtmäßig gespeichert",
            "access_log": "Aufbewahrungsfrist der Zugriffe abgelaufen",
            "quarantine": "Frist der Quarantäne abgelaufen",
            "again": "vor einer Wiederherstellung schon gelöscht",
        }[self.value]


GROUNDS_OF_A_CASE = (Ground.RETENTION, Ground.FAMILY_REQUEST, Ground.UNLAWFUL)
"""What a person may name for a case."""
GROUNDS_OF_A_ROW = (Ground.FAMILY_REQUEST, Ground.UNLAWFUL)
"""What a person may name for a row of the quarantine: its term ends by itself."""


class Deed(StrEnum):
    """What can be done about an erasure; the value is the action in the log."""

    REQUEST = "erasure_requested"
    WITHDRAW = "erasure_withdrawn"
    APPROVE = "erased"
    HOLD = "hold"
    RELEASE = "hold_released"


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What a first person asks for: `target` is a case's id, the purpose of a year of accesses, or a row in quarantine.

    `requested_at` is aware, in whole milliseconds.
    """

    target: str
    ground: Ground
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A case that must not be erased for now; `held_at` as above."""

    case: str
    held_by: str
    held_at: datetime
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Shredded:
    """What an erasure destroys: the data key of its target, by its 32-byte id in hexadecimal.

    `kek_version` wrapped it; until that version and those before it are destroyed, an old copy still opens. A row of the
    quarantine is deleted from under a key that goes with the whole day; till then an old copy of it opens as well.
    """

    target: str
    key_id: str
    kek_version: int


@dataclass(frozen=True, slots=True)
class Extent:
    """What an erasure takes away, as numbers of rows, and how many entries of the log stay.

    `past_contents` are sealed contents of earlier incarnations, `index` the lines of the index of a year of accesses,
    `held` rows of the quarantine, `asked` queries to partners.
    """

    cases: int = 0
    recipients: int = 0
    duplicates: int = 0
    requests: int = 0
    contents: int = 0
    past_contents: int = 0
    index: int = 0
    held: int = 0
    asked: int = 0
    entries: int = 0


def is_accesses(target: str) -> bool:
    """Whether this names a year of accesses."""
    return target.startswith(_ACCESSES)


def is_quarantine(target: str) -> bool:
    """Whether this names a day of what was held apart."""
    return target.startswith(_QUARANTINE)


def is_row(target: str) -> bool:
    """Whether this names a row of the quarantine."""
    return target.startswith(_ROW)


def is_case(target: str) -> bool:
    """Whether this names a case."""
    return not (is_accesses(target) or is_quarantine(target) or is_row(target))


def quarantine_of(day: date) -> str:
    """What is called what was held apart on this local day."""
    return f"{_QUARANTINE}{day.isoformat()}"


def day_of_quarantine(target: str) -> date:
    """The local day of a `quarantine_of`."""
    return date.fromisoformat(target.removeprefix(_QUARANTINE))


def row_of(called: str) -> str | None:
    """The target that the quarantine number of a row names, None where it is no such number."""
    return f"{_ROW}{called}" if _CALLED.fullmatch(called) else None


def called_of(target: str) -> str:
    """The quarantine number of a row, as it stands in the list that goes out to be mended."""
    return target.removeprefix(_ROW)
