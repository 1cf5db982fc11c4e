"""What Lotse does for a person: acting, seeing, and keeping the log. Everything outside asks a `Lotse`.

Whatever opens something is on record before it is opened. `adapters.bootstrap` puts one together.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from adapters.db import statements as sql
from adapters.db.begin import anew
from adapters.db.place import place_of
from adapters.db.store import Store, StoreError, adoption
from adapters.db.work import SqlWork
from adapters.erased_here import ErasedHere
from adapters.scheduler.sweep import CLOCK, sweep
from adapters.seeing import DAMAGED, Seeing, View
from adapters.settings import Settings
from audit.keys import log_verifier
from audit.notary_file import NotaryFile
from audit.note import Verifier
from states.vocabulary import Role
from workflow.audited import Audited
from workflow.carried_out import carried_out
from workflow.office import Moment, Office, Person, Recipient
from workflow.perform import Done, Request, perform, tries_of
from workflow.ports import Entry

if TYPE_CHECKING:
    from adapters.writer import Writer
    from states.prover import Proof

__all__ = ["CLOCK", "DAMAGED", "FIRST", "Clock", "Lotse", "View", "now"]
FIRST = Person("fachkraft", "Fachkraft Frühe Hilfen", frozenset({Role.CASE_WORKER}))
"""Who is there from the first day: the Fachkraft as whom the command line acts."""
Clock = Callable[[], datetime]
T = TypeVar("T")


def now() -> datetime:
    """The machine's clock, aware, UTC."""
    return datetime.now(UTC)


class Lotse(Seeing):
    """The whole, ready to work. `clock` is the office's now where it is told; rights stand by the `machine`'s own."""

    def __init__(
        self, settings: Settings, store: Store, clock: Clock | None = None, machine: Clock | None = None
    ) -> None:
        machine = machine or now
        self.settings = settings
        self.store = store
        self.writer: Writer | None = None
        """Through whom all writing goes, where many ask at once; None: each in a transaction of its own."""
        store.erased = ErasedHere(settings.erasures)
        self.damaged: set[str] = set()
        self.office = Office(
            store.networks,
            store.current,
            clock or machine,
            lambda: secrets.token_hex(16),
            machine if clock else None,
        )

    @property
    def moment(self) -> Moment:
        """The office's now, and the machine's."""
        return self.office.moment

    # Acting.

    def submit(self, request: Request) -> Done:
        """Perform one command and make it durable; a withdrawal is made again where it meets a conflict."""
        return self.write(partial(perform, request, office=self.office), tries_of(request))

    def write(self, job: Callable[[SqlWork], T], tries: int = 1) -> T:
        """Do a job in a unit of work and make it durable; the one way of all writing. It stages and never commits.

        A job that is refused keeps its word to the log; after any other error nothing of it remains. With a `writer`
        several share a transaction; without one each has its own. From a thread only, never on an event loop.
        """
        if self.writer is not None:
            return self.writer.do(job, tries)
        return anew(partial(carried_out, job, self.store.work, tries))

    def flag_overdue(self, most: int | None = None) -> int:
        """Flag what has become overdue (in the first `most` cases), each obligation once, and give how many."""
        return sweep(self, most).flagged

    def record(self, kind: str, entry: Mapping[str, object], case: str | None = None) -> None:
        """Write one entry that is no step: an opening, a search, an import, an export, a change of profile.

        It says by which directory; StoreError where that was altered by hand.
        """
        self.write(
            partial(self._record, Entry(kind, {"outcome": "done", "at": self._at(), **entry}, None, case))
        )

    def asked_in_vain(self, person: Person, action: Audited = Audited.OPEN) -> None:
        """Put on record that somebody named what is not there: numbers are not to be tried out."""
        tried = {"action": str(action), "actor": person.id, "outcome": "refused", "reason": "unknown"}
        self.record("access", tried)

    @staticmethod
    def _record(entry: Entry, work: SqlWork) -> None:
        _ = work.directory
        work.record(entry)

    def begin(self, proof: "Proof | None" = None) -> None:
        """Write the first entries of the log: the store is made, and by which proven process it works.

        `proof`: that of the process with which the store was made just now; without it, it is made anew (half a second).
        """
        from states.prover import prove  # noqa: PLC0415 - the prover, only where a store is made

        profile = self.office.network(*self.store.current).profile
        configurations = (proof or prove(profile.process)).configurations

        def first(work: SqlWork) -> None:
            made = {"action": "init", "actor": "system", "directory": work.directory_checksum()}
            for entry in (made, adoption(profile, "system", configurations)):
                work.record(Entry("steps", {"outcome": "done", "at": self._at(), **entry}))

        self.write(first)
        self.countersign()

    def _at(self) -> str:
        """What is no step of a case is not told: it happens when the machine says so."""
        return self.moment.real_at.astimezone(UTC).isoformat()

    # Seeing.

    def person(self, name: str | None = None) -> Person:
        """The person of this id or name, or the Fachkraft made with the store."""
        with self._reading() as work:
            people = work.directory.persons
        if name is None:
            workers = [p for p in people.values() if Role.CASE_WORKER in p.roles and p.active]
            if not workers:
                raise StoreError("Es gibt keine Fachkraft in diesem Speicher.")
            first = FIRST.id
            return min(workers, key=lambda p: (p.id != first, p.id))
        found = people.get(name) or next(
            (p for p in people.values() if p.name.casefold() == name.casefold()), None
        )
        if found is None:
            raise StoreError("Diese Person gibt es hier nicht. Nächster Schritt: lotse user list.")
        return found

    def recipient(self, name: str) -> Recipient:
        """The recipient of this id, name or part of a name."""
        with self._reading() as work:
            all_of = work.directory.recipients
        hits = [r for r in all_of.values() if r.id == name or name.casefold() in r.name.casefold()]
        if len(hits) != 1:
            known = ", ".join(sorted(r.name for r in all_of.values())) or "niemand"
            raise StoreError(f"Welche Stelle ist gemeint? Im Verzeichnis stehen: {known}.")
        return hits[0]

    def partner_queries(self) -> list[dict[str, str]]:
        """What partners are to be asked about consent: institution, their running number, what they said, the day."""
        with self._reading() as work:
            return [asdict(asked) for asked in work.queries()]

    # The log.

    @property
    def verifier(self) -> Verifier:
        """The public key of the log under its name."""
        return log_verifier(self.store.origin, self.store.provider)

    def countersign(self) -> bytes:
        """Sign a checkpoint over what the log has become, and keep it beside the log."""
        # In a transaction that has ended before the log is read: no writer who waits for it keeps the other waiting.
        with self.store.keys() as keys:
            keys.known("mac")
        notary, place = NotaryFile(self.settings.notary), place_of(self.settings)
        note = notary.sign(self.store.log_reader, self.store.ring, self.store.provider, place.secure)
        with self.store.writing() as connection:
            sql.NOTE.run(connection, tenant=self.store.tenant, size=int(note.split(b"\n")[1]), note=note)
        return note
