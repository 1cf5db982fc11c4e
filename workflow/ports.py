"""What the workflow asks of the world: one unit of work, and the log it writes to.

Adapters implement these; `tests/contracts` holds every adapter to the same suite. A unit of work rolls back by
default and commits explicitly; what it stages becomes durable together with its log entries, or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from workflow.case import Case, Family
from workflow.erasure import ErasureRequest, Extent, LegalHold, Shredded
from workflow.office import Directory, Listed
from workflow.second_person import Entered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be logged: accountability `a` without any family's data, content `b` under the case's key.

    `kind` is `steps` or `access`: two keys with different retention (AUDIT, Entry).
    """

    kind: str
    a: Mapping[str, object]
    b: Mapping[str, object] | None = field(default=None, repr=False)
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an idempotency key stands for: the case and the version it led to."""

    case: str
    version: int


class Work(Protocol):
    """One unit of work. Reads see what it has staged itself."""

    @property
    def directory(self) -> Directory:
        """Persons, recipients, substitutions."""

    def case(self, case_id: str) -> Case:
        """The case as it stands. Raises UnknownCaseError."""

    def case_numbered(self, number: str) -> Case:
        """The case with this number. Raises UnknownCaseError."""

    def family(self, case_id: str) -> Family:
        """The family's own data, decrypted. Whoever calls this records it first."""

    def next_number(self, year: int) -> int:
        """The next running number of a local year, from 1."""

    def save(self, before: Case | None, after: Case, family: Family | None) -> None:
        """Stage a new case (`before` is None) or a new version of one."""

    def record(self, entry: Entry) -> None:
        """Stage an entry of the log."""

    def remembered(self, key: str, body: bytes) -> Remembered | None:
        """What this idempotency key led to, or None. Raises KeyReusedError where the request was another."""

    def remember(self, key: str, body: bytes, outcome: Remembered) -> None:
        """Stage the outcome of a request under its key."""

    def mark(self) -> tuple[int, ...]:
        """A savepoint."""

    def undo(self, mark: tuple[int, ...]) -> None:
        """Forget everything staged since the savepoint."""

    def commit(self) -> None:
        """Make everything staged durable, in one transaction. Raises ConflictError where a case has moved on."""


class DirectoryWork(Work, Protocol):
    """A unit of work that may change the directory too."""

    def write_directory(self, entries: Sequence[Listed]) -> str:
        """Write entries, each in the place of the one of its key; gives the check sum that the log entry carries."""


class ClosingWork(Work, Protocol):
    """A unit of work that ends with its `with` block; what was not committed is gone."""

    def attempt(self, job: Callable[[Self], T]) -> T:
        """Do a job within this unit of work. Where it is refused only its word to the log stays staged.

        Whatever else it raises leaves nothing of it, neither staged nor written beside.
        """

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, rolled back unless committed."""


class RetentionWork(Work, Protocol):
    """What keeping and erasing need beside: requests and holds, each authenticated, and the shredding of a key.

    `target` is a case's id, or what `workflow.erasure` says beside that.
    """

    def told(self, case_id: str) -> Sequence[tuple[datetime, Mapping[str, object]]]:
        """Every entry of a case in order, earlier incarnations first: the log's time (aware) and body A.

        Of another target: what was asked for and done about it. Found by an index; before an erasure hangs on
        it, ask `log_is_whole`.
        """

    def log_is_whole(self) -> bool:
        """Whether the log, read through from its first entry, lacks nothing; from then on no index is believed.

        Takes as long as the log is, once in a unit of work.
        """

    def entered(self, person: str) -> Entered | None:
        """When and by whom somebody was last entered in the directory or changed there; None for who began."""

    def closed_cases(self) -> Sequence[str]:
        """The ids of the cases that are closed, by number."""

    def access_years(self) -> Sequence[str]:
        """The purposes under which accesses are sealed, oldest first."""

    def cases_accessed(self, purpose: str) -> frozenset[str]:
        """The ids of the cases that the accesses under this purpose name."""

    def held_days(self) -> Sequence[str]:
        """The days of which something is held apart, or a key for it is kept, oldest first (`quarantine/2026-11-24`)."""

    def adopt_held(self) -> int:
        """Bring what an older version held apart under the key of its day; how much it was."""

    def erasure_request(self, target: str) -> ErasureRequest | None:
        """The request that waits for its approval. Raises UnreadableBody where the row was altered by hand."""

    def erasure_requests(self) -> Sequence[ErasureRequest]:
        """All requests that wait, oldest first."""

    def legal_hold(self, case_id: str) -> LegalHold | None:
        """The hold on a case, its reason opened. Raises UnreadableBody where the row was altered by hand."""

    def legal_holds(self) -> frozenset[str]:
        """The ids of the cases on hold."""

    def request_erasure(self, request: ErasureRequest) -> None:
        """Stage a request."""

    def withdraw_erasure(self, target: str) -> None:
        """Stage that a request is gone."""

    def place_hold(self, hold: LegalHold) -> None:
        """Stage a hold."""

    def release_hold(self, case_id: str) -> None:
        """Stage that a hold is gone."""

    def shreddable(self, target: str) -> Shredded | None:
        """What an erasure would destroy, None where there is no such thing (any more)."""

    def erase(self, target: str) -> Shredded:
        """Stage the erasure: key, rows and sealed contents go with the commit, whole or not at all.

        Raises UnknownCaseError where there is no such key, ConflictError where this unit of work has changed the case.
        """

    def extent(self, target: str) -> Extent:
        """What an erasure would take away now."""


class ClosingRetentionWork(RetentionWork, ClosingWork, Protocol):
    """A unit of work for keeping and erasing that ends with its `with` block."""
