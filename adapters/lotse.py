"""What Lotse does for a person: acting, seeing, and keeping the log. Everything outside asks a `Lotse`.

Whatever opens something is on record before it is opened. `adapters.bootstrap` puts one together.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from adapters.db import statements as sql
from adapters.db.connect import secure
from adapters.db.store import Store, StoreError, adoption
from adapters.db.timeline import Told
from adapters.db.work import SqlWork
from adapters.erased_here import ErasedHere
from adapters.settings import Settings
from audit.errors import AuditError
from audit.keys import log_verifier
from audit.notary_file import NotaryFile
from audit.note import Verifier
from states.prover import prove
from states.vocabulary import Command, Role, State
from workflow.access import knows_of, reads_whole
from workflow.carried_out import carried_out
from workflow.case import Case, Family
from workflow.duties import Rules, settle
from workflow.erasure import CaseErasedError
from workflow.errors import RefusedError
from workflow.judge import Question, Verdict, not_yours
from workflow.office import Moment, Office, Person, Recipient
from workflow.perform import Done, Request, perform, tries_of
from workflow.ports import Entry
from workflow.queries import Item, concerns, possible_steps, today
from workflow.sight import sight_of

if TYPE_CHECKING:
    from adapters.writer import Writer

CLOCK = Person("clock", "Fristenuhr", frozenset({Role.CLOCK}))
DAMAGED = (AuditError, ValueError, KeyError, TypeError, OverflowError)
"""What opening an altered record raises; `lotse audit verify --replay` says which it is."""
FIRST = Person("fachkraft", "Fachkraft Frühe Hilfen", frozenset({Role.CASE_WORKER}))
"""Who is there from the first day: the Fachkraft as whom the command line acts."""
PORTION = 64
"""So many cases are flagged in one go, so that nobody else waits long."""
Clock = Callable[[], datetime]
T = TypeVar("T")


def now() -> datetime:
    """The machine's clock, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class View:
    """One case as a person may see it (`workflow.sight`); `family` is None where nothing of it is theirs to read."""

    case: Case
    network_label: str
    question: Question
    steps: tuple[Verdict, ...]
    family: Family | None
    timeline: tuple[Told, ...]


class Lotse:
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
        return carried_out(job, self.store.work, tries)

    def flag_overdue(self, most: int = 1000) -> int:
        """Flag what has become overdue, each obligation once, and give how many; a portion at a time."""
        millis = int(self.office.clock().timestamp() * 1000)
        found = self.store.ids(sql.TO_FLAG, now=millis, count=most)
        portions = [found[start : start + PORTION] for start in range(0, len(found), PORTION)]
        return sum(self.write(partial(self._flag, portion)) for portion in portions)

    def _flag(self, cases: Sequence[str], work: SqlWork) -> int:
        flagged = 0
        for case_id in cases:
            try:
                case = self._settled(work.case(case_id), work)
            except CaseErasedError:
                continue
            except DAMAGED:
                self.damaged.add(case_id)
                continue
            for duty in case.duties:
                if duty.flagged_at is None and duty.overdue_from <= self.office.clock():
                    details = {"obligation": duty.obligation}
                    perform(Request(Command.FLAG_OVERDUE, CLOCK, case_id, details=details), work, self.office)
                    flagged += 1
        return flagged

    def _settled(self, case: Case, work: SqlWork) -> Case:
        """The case as time alone has left it: what fell away with a consent is not overdue."""
        network = self.office.network(case.profile, case.profile_version)
        return settle(case, self.moment, Rules(network, work.directory))[0]

    def record(self, kind: str, entry: Mapping[str, object], case: str | None = None) -> None:
        """Write one entry that is no step: an opening, a search, an import, an export, a change of profile.

        It says by which directory; StoreError where that was altered by hand.
        """
        self.write(
            partial(self._record, Entry(kind, {"outcome": "done", "at": self._at(), **entry}, None, case))
        )

    @staticmethod
    def _record(entry: Entry, work: SqlWork) -> None:
        _ = work.directory
        work.record(entry)

    def begin(self) -> None:
        """Write the first entries of the log: the store is made, and by which proven process it works."""
        profile = self.office.network(*self.store.current).profile
        configurations = prove(profile.process).configurations

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

    @contextmanager
    def _reading(self) -> Iterator[SqlWork]:
        with self.store.work(reading=True) as work:
            yield work

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

    def cases_for(self, person: Person) -> list[Case]:
        """The cases that concern a person, each as far as they may see it; on record, as kind and count, before."""
        cases = self._cases_for(person, "list")
        with self._reading() as work:
            return [sight_of(person, case, work.directory, self.moment).case(case) for case in cases]

    def _cases_for(self, person: Person, action: str) -> list[Case]:
        with self._reading() as work:
            ids = dict.fromkeys(self._ids(person, work))
        self.record("access", {"action": action, "actor": person.id, "count": len(ids)})
        with self._reading() as work:
            cases = list(self._readable(ids, work))
            directory = work.directory
        return [case for case in cases if concerns(person, case, directory, self.moment)]

    def _readable(self, ids: Iterable[str], work: SqlWork) -> Iterator[Case]:
        """The cases that can be opened; one that was damaged holds up nobody else and is named by `damaged`."""
        for case_id in ids:
            try:
                yield work.case(case_id)
            except DAMAGED:
                self.damaged.add(case_id)

    def _ids(self, person: Person, work: SqlWork) -> Iterable[str]:
        if Role.SUPERVISOR in person.roles:
            yield from self.store.ids(sql.ALL_CASES)
            return
        if Role.CASE_WORKER in person.roles:
            for who in (person.id, *sorted(work.directory.represented_by(person.id, self.moment.real_day))):
                yield from self.store.ids(sql.CASES_OF, responsible=who)
            yield from self.store.ids(sql.CASES_FREE)
        if person.recipient is not None:
            yield from self.store.ids(sql.CASES_WITH, recipient=person.recipient)
        if Role.PARTNER in person.roles and person.institution:
            yield from self.store.ids(sql.CASES_FROM, partner=work.partner_digest(person.institution))
        if Role.ASD_WORKER in person.roles:
            yield from self.store.ids(sql.CASES_IN, state=State.ESCALATED)

    def today(self, person: Person) -> tuple[Item, ...]:
        """The worklist of a person."""
        cases = self._cases_for(person, "worklist")
        with self._reading() as work:
            directory = work.directory
        return today(cases, person, directory, self.moment, self.office.networks)

    def find(self, person: Person, text: str) -> list[tuple[Case, Family]]:
        """Search name and phone of the cases this person reads; on record before anything is decrypted."""
        from workflow.names import matches, phone_e164  # noqa: PLC0415 - the phone library is slow to import

        cases = self._cases_for(person, "search")
        with self._reading() as work:
            readable = [case for case in cases if self._reads(person, case, work)]
        phone = phone_e164(text)
        found = []
        with self._reading() as work:
            for case in readable:
                family = work.family(case.id)
                hit = matches(text, family.surname, family.first_name, case.number)
                if hit or (phone is not None and phone == phone_e164(family.phone)):
                    found.append((case, family))
        return found

    def _reads(self, person: Person, case: Case, work: SqlWork) -> bool:
        return reads_whole(person, case, work.directory, self.moment)

    def question(self, person: Person, number: str) -> Question:
        """What `judge` needs to answer for this person and case: an opening, on record before anything is told of it.

        Raises RefusedError, recorded too, where it is not theirs to know.
        """
        with self._reading() as work:
            case = work.case_numbered(number)
            directory = work.directory
        network = self.office.network(case.profile, case.profile_version)
        question = Question(person, case, self.moment, directory, network)
        if not knows_of(person, case, directory, self.moment):
            tried = {"action": "open", "actor": person.id, "case": case.id, "outcome": "refused"}
            self.record("access", tried, case.id)
            raise RefusedError(not_yours(person, case, directory))
        self.record("access", {"action": "open", "actor": person.id, "case": case.id}, case.id)
        return question

    def view(self, person: Person, number: str) -> View:
        """Open a case: on record first, then decrypted as far as this person may see it."""
        question = self.question(person, number)
        case = question.case
        with self._reading() as work:
            sight = sight_of(person, case, work.directory, self.moment)
            family = sight.family(work.family(case.id)) if sight.opens_family else None
        seen = [(told, sight.entry(told.a, told.b)) for told in self.store.timeline(case.id)]
        timeline = tuple(replace(told, a=entry[0], b=entry[1]) for told, entry in seen if entry is not None)
        label = question.network.profile.process.label(case.state)
        return View(sight.case(case), label, question, possible_steps(question), family, timeline)

    def duplicates_of(self, person: Person, case_id: str) -> list[str]:
        """The numbers of cases that share the sound of the name and the child's date, or the phone number.

        Only for who reads the case as a whole: whether a family is known here is nobody else's to learn.
        """
        with self._reading() as work:
            if not self._reads(person, work.case(case_id), work):
                return []
        self.record("access", {"action": "duplicates", "actor": person.id, "case": case_id}, case_id)
        with self.store.reading() as connection:
            rows = sql.ALIKE.rows(connection, tenant=self.store.tenant, case_id=case_id)
        return [str(row[1]) for row in rows]

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
        with self.store.keys() as keys:
            notary, place = NotaryFile(self.settings.notary), self.settings.database
            note = notary.sign(self.store.log_reader, keys, self.store.provider, lambda: secure(place))
        with self.store.engine.begin() as connection:
            sql.NOTE.run(connection, tenant=self.store.tenant, size=int(note.split(b"\n")[1]), note=note)
        return note
