"""What an erasure is: its ground, its request, what holds it up, and the key that it destroys.

Values only; the rules are in `workflow.retention`, the acts in `workflow.clerk`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from workflow.errors import UnknownCaseError

_ACCESSES = "access/"


class CaseErasedError(UnknownCaseError):
    """There was such a case; it has been erased."""


class Ground(StrEnum):
    """Why something is erased: a closed list, which stands in the log for ever."""

    RETENTION = "retention"
    FAMILY_REQUEST = "family_request"
    UNLAWFUL = "unlawful"
    ACCESS_LOG = "access_log"
    AGAIN = "again"

    @property
    def label(self) -> str:
        """The German name."""
        return {
            "retention": "Aufbewahrungsfrist abgelaufen",
            "family_request": "Verlangen der Familie (Art. 17 DSGVO)",
            "unlawful": "unrechtmäßig gespeichert",
            "access_log": "Aufbewahrungsfrist der Zugriffe abgelaufen",
            "again": "vor einer Wiederherstellung schon gelöscht",
        }[self.value]


GROUNDS_OF_A_CASE = (Ground.RETENTION, Ground.FAMILY_REQUEST, Ground.UNLAWFUL)
"""What a person may name for a case."""


class Deed(StrEnum):
    """What can be done about an erasure; the value is the action in the log."""

    REQUEST = "erasure_requested"
    WITHDRAW = "erasure_withdrawn"
    APPROVE = "erased"
    HOLD = "hold"
    RELEASE = "hold_released"


@dataclass(frozen=True, slots=True)
class ErasureRequest:
    """What a first person asks for: `target` is a case's id or the purpose of a year of accesses.

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
    """What an erasure destroys: the data key of a case or of a year of accesses, by its 32-byte id in hexadecimal.

    `kek_version` wrapped it; until that version and those before it are destroyed, an old copy still opens.
    """

    target: str
    key_id: str
    kek_version: int


@dataclass(frozen=True, slots=True)
class Extent:
    """What an erasure takes away, as numbers of rows, and how many entries of the log stay.

    `past_contents` are sealed contents of earlier incarnations, `index` the lines of the index of a year of accesses.
    """

    cases: int = 0
    recipients: int = 0
    duplicates: int = 0
    requests: int = 0
    contents: int = 0
    past_contents: int = 0
    index: int = 0
    entries: int = 0


def is_accesses(target: str) -> bool:
    """Whether this names a year of accesses and not a case."""
    return target.startswith(_ACCESSES)
