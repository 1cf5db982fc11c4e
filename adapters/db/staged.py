"""A unit of work that stages everything and writes once: what the adapters have in common.

Commit seals the entries, extends the tree and hands all of it to the adapter's one transaction; without commit
nothing was. A savepoint costs nothing, so a thousand rows of a list, or sixty-four commands, fit in one commit.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Self

from adapters.db.attempts import Attempts
from adapters.db.plan import (
    Answered,
    Asked,
    Batch,
    Changed,
    Counted,
    Held,
    Mark,
    Plan,
    Save,
    quarantine_number,
)
from adapters.db.retained import StagedRetention
from audit.clock import ClockWatch
from audit.keys import KeyRing, WrappedKeys
from audit.log import Draft, Head, append
from audit.seal import DataKey
from workflow.case import Case, Family
from workflow.errors import ConflictError, KeyReusedError
from workflow.names import phone_e164, sounds_like
from workflow.office import Directory
from workflow.ports import Entry, Remembered

_DIGITS = 10
STAMP_SIZE = 4


class Stored:
    """A case as it lies in the store, with its key (or what unwraps it, once it is needed); the family stays sealed.

    `wrapped` is the key as it lies there, and under which version of the master key.
    """

    __slots__ = ("_key", "case", "dossier", "wrapped")

    def __init__(
        self,
        case: Case,
        key: DataKey | Callable[[], DataKey],
        dossier: str = "",
        wrapped: tuple[bytes, int] | None = None,
    ) -> None:
        self.case = case
        self.dossier = dossier
        self.wrapped = wrapped
        self._key = key

    @property
    def key(self) -> DataKey:
        """The case's key. Raises WrongKey, KeyDestroyed where it is not at hand and does not unwrap."""
        if not isinstance(self._key, DataKey):
            self._key = self._key()
        return self._key


class StagedWork(StagedRetention, Attempts):
    """The common half of every adapter's unit of work; see `workflow.ports.Work`."""

    def __init__(self, ring: KeyRing, now_ms: Callable[[], int], watch: ClockWatch) -> None:
        self._ring = ring.over(self._wrapped_keys())
        self._now_ms = now_ms
        self._watch = watch
        self._plan = Plan()
        self._changed: dict[str, Changed] = {}
        self._seen: dict[str, Stored] = {}
        self._numbers: dict[int, int] = {}
        self._counted: set[bytes] = set()
        self._asked_for: set[bytes] = set()
        self._there: frozenset[bytes] = frozenset()
        """Which of the rows asked for were counted before this unit of work."""
        self._digested: dict[bytes, str] = {}
        self._known_directory: Directory | None = None
        self._under: str | None = None
        """What names the directory that was looked at, where the adapter has such a name."""

    # What an adapter adds.

    @abstractmethod
    def _wrapped_keys(self) -> WrappedKeys: ...
    @abstractmethod
    def _fetch(self, case_id: str) -> Stored | None: ...
    @abstractmethod
    def _fetch_family(self, stored: Stored) -> Family: ...
    @abstractmethod
    def _id_of(self, number: str) -> str | None: ...
    @abstractmethod
    def _fetch_directory(self) -> Directory: ...
    @abstractmethod
    def _fetch_answer(self, key: bytes) -> Answered | None: ...
    @abstractmethod
    def _last_number(self, year: int) -> int: ...
    @abstractmethod
    def _rows_among(self, identities: Iterable[bytes]) -> frozenset[bytes]: ...
    @abstractmethod
    def _digests_among(self, digests: Iterable[bytes]) -> frozenset[bytes]: ...
    @abstractmethod
    def _held_as(self, number: int) -> bytes | None: ...
    @abstractmethod
    def _head(self) -> Head: ...
    @abstractmethod
    def _write(self, batch: Batch) -> None: ...
    def _has_more(self) -> bool:
        """Whether a job has written something beside the plan."""
        return False

    @abstractmethod
    def landed(self) -> bool:
        """Whether the last commit, which failed or was cut off, is seen by others. Ends this unit of work."""

    @abstractmethod
    def close(self) -> None:
        """End without keeping anything that was not committed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ring.settle()
        self.close()

    # Reading.

    def look_ahead(self, cases: Sequence[str]) -> None:
        """Fetch at once what will be asked for, by id or number, where each question goes to a server."""

    @property
    def directory(self) -> Directory:
        """Persons, recipients and substitutions."""
        if self._known_directory is None:
            self._known_directory = self._fetch_directory()
        return self._known_directory

    def _stored(self, case_id: str) -> Stored:
        stored = None if self._is_erased(case_id) else self._seen.get(case_id) or self._fetch(case_id)
        if stored is None:
            raise self._no_such_case(case_id)
        self._seen[case_id] = stored
        return stored

    def case(self, case_id: str) -> Case:
        """The case, with what this unit of work has staged."""
        changed = self._changed.get(case_id)
        return changed.case if changed else self._stored(case_id).case

    def case_numbered(self, number: str) -> Case:
        """The case with this number."""
        staged = next((c.case for c in self._changed.values() if c.case.number == number), None)
        if staged is not None:
            return staged
        case_id = self._id_of(number)
        if case_id is None:
            raise self._no_such_number(number)
        return self.case(case_id)

    def family(self, case_id: str) -> Family:
        """The family's own data, decrypted; whoever calls this has recorded it."""
        changed = self._changed.get(case_id)
        if changed is not None and changed.family is not None:
            return changed.family
        return self._fetch_family(self._stored(case_id))

    def next_number(self, year: int) -> int:
        """The next running number of that year; an undone one is given again."""
        if year not in self._numbers:
            self._numbers[year] = self._last_number(year)
        return self._numbers[year] + 1

    def remembered(self, key: str, body: bytes) -> Remembered | None:
        """What the key led to; KeyReusedError where the request was another."""
        digest, print_ = self._keyed(key, body)
        found = next((a for a in self._plan.answered if a.key == digest), None) or self._fetch_answer(digest)
        if found is None:
            return None
        if found.body != print_:
            raise KeyReusedError("Dieser Schlüssel gehört schon zu einer anderen Anfrage.")
        return found.outcome

    def seem_known(self, cases: Sequence[str]) -> int:
        """With how many of these families, staged in this unit of work, another case shares what tells duplicates."""
        theirs = {case_id: self._changed[case_id].digests for case_id in cases}
        there = self._digests_among(digest for digests in theirs.values() for digest in digests)
        return sum(
            any(digest in there or self._digested.get(digest, case_id) != case_id for digest in digests)
            for case_id, digests in theirs.items()
        )

    def identity(self, material: bytes) -> bytes:
        """The keyed identity of a row of a list."""
        return self._ring.key("import").mac(material)

    def knows_row(self, identity: bytes) -> bool:
        """Whether a row with this identity was counted before, here or in an earlier run."""
        if identity in self._counted:
            return True
        if identity in self._asked_for:
            return identity in self._there
        return bool(self._rows_among([identity]))

    def look_up_rows(self, identities: Sequence[bytes]) -> None:
        """Ask at once for the rows of a list that `knows_row` will be asked for in this unit of work."""
        self._there |= self._rows_among(identities)
        self._asked_for.update(identities)

    # Staging.

    def save(self, before: Case | None, after: Case, family: Family | None) -> None:
        """Stage a case; ConflictError where it has moved on since `before`."""
        if before is not None and before.version != self.case(before.id).version:
            raise ConflictError(f"Fall {before.number} wurde inzwischen geändert.")
        save = Save(before, after, family)
        self._plan.saves.append(save)
        self._stage(save)

    def record(self, entry: Entry) -> None:
        """Stage an entry of the log."""
        self._plan.entries.append(entry)

    def remember(self, key: str, body: bytes, outcome: Remembered) -> None:
        """Stage the outcome of a request."""
        self._plan.answered.append(Answered(*self._keyed(key, body), outcome))

    def count_row(self, identity: bytes, judgement: str) -> None:
        """Stage that a row was counted; it leaves the quarantine, if it was there."""
        self._plan.counted.append(Counted(identity, judgement))
        self._counted.add(identity)

    def hold_row(self, held: Held) -> None:
        """Stage a quarantined row."""
        self._plan.held.append(held)

    def held_as(self, called: str) -> bytes | None:
        """The identity of the held row called so in a file to be mended; a number of another store is nobody's."""
        number, _, _ = called.partition("-")
        if not (number.isascii() and number.isdecimal() and len(number) < _DIGITS):
            return None
        found = self._held_as(int(number))
        return found if found is not None and quarantine_number(int(number), found) == called else None

    def ask_partner(self, asked: Asked) -> None:
        """Stage a query to a partner."""
        self._plan.asked.append(asked)

    def mark(self) -> Mark:
        """A savepoint."""
        return self._plan.mark()

    def undo(self, mark: Mark) -> None:
        """Forget everything since the savepoint."""
        self._plan.cut(mark)
        self._changed, self._numbers, self._digested = {}, {}, {}
        self._counted = {counted.identity for counted in self._plan.counted}
        for save in self._plan.saves:
            self._stage(save)

    def _stage(self, save: Save) -> None:
        after = save.after
        changed = self._changed.get(after.id)
        if changed is None:
            changed = self._changed[after.id] = self._begun(save)
        changed.case = after
        if save.family is not None:
            changed.family = save.family
            changed.digests = self._digests(after, save.family)
            for digest in changed.digests:
                self._digested.setdefault(digest, after.id)

    def _begun(self, save: Save) -> Changed:
        if save.before is not None:
            stored = self._stored(save.after.id)
            return Changed(
                stored.case.version, save.after, stored.key, stored.wrapped, dossier=stored.dossier
            )
        key, wrapped, version = self._ring.new_case_key(save.after.id)
        year = int(save.after.number[3:7])
        self._numbers[year] = self.next_number(year)
        return Changed(None, save.after, key, (wrapped, version))

    # The end.

    def commit(self) -> None:
        """Seal the entries and write everything in one transaction; ConflictError where a case has moved on."""
        if not self._plan and not self._has_more():
            return
        assert not self._spoilt, "what could not be undone is never kept"
        now_ms = self._now_ms()
        drafts = [self._draft(entry) for entry in self._plan.entries]
        rows, head = append(self._head(), drafts, self._ring, now_ms, watch=self._watch)
        self._write(Batch(self._plan, list(self._changed.values()), rows, head, self._numbers))
        self._forget_keys()
        self._watch.settle(now_ms)
        self._ring.settle()
        self._plan, self._changed, self._seen, self._numbers = Plan(), {}, {}, {}
        self._counted, self._asked_for, self._there, self._digested = set(), set(), frozenset(), {}
        self._forget_directory()

    def _forget_directory(self) -> None:
        """Let it be read again: it has moved, or others may move it from now on."""
        self._known_directory, self._under = None, None

    def _leave_directory(self) -> None:
        """Say of what was staged until now by which directory it was done: another one begins."""
        entries = self._plan.entries
        if entries:
            _ = self.directory
        for place, entry in enumerate(entries):
            if self._under and "under" not in entry.a:
                entries[place] = replace(entry, a={**entry.a, "under": self._under})
        self._forget_directory()

    def _draft(self, entry: Entry) -> Draft:
        # A case erased in this very unit of work gets no content more: it would outlive its key.
        sealed = entry.case is not None and entry.b and not self._is_erased(entry.case)
        key = self._key_of(entry.case) if entry.case is not None and sealed else None
        # By which directory somebody acted: an older one put back for a moment is then found by verification.
        known = self._under is None or "under" in entry.a
        a = entry.a if known else {**entry.a, "under": self._under}
        return Draft("access" if entry.kind == "access" else "steps", a, entry.b if key else None, key)

    def _key_of(self, case_id: str) -> DataKey:
        changed = self._changed.get(case_id)
        return changed.key if changed else self._stored(case_id).key

    def _keyed(self, key: str, body: bytes) -> tuple[bytes, bytes]:
        secret = self._ring.key("idempotency")
        return secret.mac(b"key\n" + key.encode()), secret.mac(b"body\n" + body)

    def _digests(self, case: Case, family: Family) -> tuple[bytes, ...]:
        """What two reports of one family share: the sound of the surname with the child's date, and the phone."""
        keys = self._ring.duplicates_keys()
        return tuple(
            dict.fromkeys(d for version in keys for d in digests(version, keys[version], case, family))
        )


def digest_stamp(kek_version: int) -> bytes:
    """What digests under the key of this KEK version begin with, so that a rotation tells old from new."""
    return b"" if kek_version == 1 else kek_version.to_bytes(STAMP_SIZE)


def digests(kek_version: int, key: DataKey, case: Case, family: Family) -> Iterator[bytes]:
    """What tells duplicates, under one key: the sound of the surname with the child's date, and the phone."""
    return digests_of(kek_version, key, family.surname, case.child.born or case.child.expected, family.phone)


def digests_of(kek_version: int, key: DataKey, surname: str, day: date | None, phone: str) -> Iterator[bytes]:
    """The same, of what is no case (yet); `day` is the child's."""
    stamp = digest_stamp(kek_version)
    if surname and day is not None:
        yield stamp + key.mac(f"name\n{sounds_like(surname)}\n{day.isoformat()}".encode())
    number = phone_e164(phone)
    if number is not None:
        yield stamp + key.mac(f"phone\n{number}".encode())
