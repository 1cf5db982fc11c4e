"""What one unit of work is going to write, as plain lists; a savepoint is how long they were."""

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.log import Head, Row
from audit.seal import DataKey
from workflow.case import Case, Family
from workflow.erasure import ErasureRequest, LegalHold, Shredded
from workflow.ports import Entry, Remembered

_SURE = 12


@dataclass(frozen=True, slots=True)
class Save:
    """A new case, or a new version of one; `family` where its own data changed."""

    before: Case | None
    after: Case
    family: Family | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A request under its keyed idempotency key and keyed body."""

    key: bytes
    body: bytes
    outcome: Remembered


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of a list that was counted, under its keyed identity."""

    identity: bytes
    judgement: str


@dataclass(frozen=True, slots=True)
class Held:
    """A quarantined row: its identity, and its cells with the reasons, to be sealed."""

    identity: bytes
    plain: bytes = field(repr=False)


def quarantine_number(number: int, identity: bytes) -> str:
    """How a held row is called in a file to be mended: its number, and enough of its identity to be sure of it."""
    return f"{number}-{identity.hex()[:_SURE]}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query to a partner about consent, under the partner's own running number; no family's data.

    `received` is the receipt in that list (Berlin's wall clock, ISO, empty where unreadable): it tells two lists apart.
    """

    institution: str
    reference: str
    kind: str
    asked_on: str
    received: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A request for an erasure that was taken back."""

    target: str


@dataclass(frozen=True, slots=True)
class Released:
    """A legal hold that was released."""

    case: str


Retained = ErasureRequest | Withdrawn | LegalHold | Released | Shredded
"""One change to what is kept or erased."""


@dataclass(slots=True)
class Changed:
    """What becomes of one case in this unit of work. `base` is the stored version, None for a new case.

    `wrapped` is its key as it lies in the store, and under which version of the master key, where the adapter knows;
    `record` what was sealed of the case in the end.
    """

    base: int | None
    case: Case
    key: DataKey = field(repr=False)
    wrapped: tuple[bytes, int] | None = None
    family: Family | None = field(default=None, repr=False)
    digests: tuple[bytes, ...] = ()
    dossier: str = ""
    record: bytes = field(default=b"", repr=False)


Mark = tuple[int, ...]


@dataclass(slots=True)
class Plan:
    """Everything staged so far."""

    saves: list[Save] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    answered: list[Answered] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    retained: list[Retained] = field(default_factory=list)

    def _lists(self) -> tuple[MutableSequence[Any], ...]:
        return (self.saves, self.entries, self.answered, self.counted, self.held, self.asked, self.retained)

    def mark(self) -> Mark:
        """How long each list is."""
        return tuple(map(len, self._lists()))

    def entries_since(self, mark: Mark) -> list[Entry]:
        """The entries staged after the mark."""
        return self.entries[mark[1] :]

    def cut(self, mark: Mark) -> None:
        """Forget what came after the mark."""
        for each, length in zip(self._lists(), mark, strict=True):
            del each[length:]

    def __bool__(self) -> bool:
        return any(self._lists())


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one commit writes, in one transaction."""

    plan: Plan
    changed: Sequence[Changed]
    rows: Sequence[Row]
    head: Head
    numbers: dict[int, int]
