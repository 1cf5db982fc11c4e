"""What a person sees: lists, the worklist, a search, one case, each on record before anything is opened.

Which cases there are for somebody is asked in one place (`Seeing.visible`); how much of each, `workflow.sight` says.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from adapters.db.store import Store
from adapters.db.timeline import Told
from adapters.db.visible import alike_ids, visible_ids
from adapters.db.work import SqlWork
from audit.errors import AuditError
from workflow.access import knows_of, reads_whole
from workflow.case import Case, Family
from workflow.errors import RefusedError
from workflow.judge import Question, Verdict, not_yours
from workflow.office import Directory, Moment, Office, OpeningKind, Person
from workflow.opening_items import items_of_openings
from workflow.pseudonym import age_of, pseudonym
from workflow.queries import Item, in_order, possible_steps, today
from workflow.sight import Sight, nameless, sight_of
from workflow.visible import concerns, reach_of

DAMAGED = (AuditError, ValueError, KeyError, TypeError, OverflowError)
"""What opening an altered record raises; `lotse audit verify --replay` says which it is."""


@dataclass(frozen=True, slots=True)
class View:
    """One case as a person may see it (`workflow.sight`); `family` is None where nothing of it is theirs to read.

    `age` says how old the child is to an adviser, who is told no date.
    """

    case: Case
    network_label: str
    question: Question
    steps: tuple[Verdict, ...]
    family: Family | None
    timeline: tuple[Told, ...]
    age: str = ""


class Seeing:
    """The reading half of `adapters.lotse.Lotse`."""

    store: Store
    office: Office
    damaged: set[str]

    @property
    @abstractmethod
    def moment(self) -> Moment:
        """The office's now, and the machine's."""

    @abstractmethod
    def record(self, kind: str, entry: Mapping[str, object], case: str | None = None) -> None:
        """Write one entry that is no step."""

    @contextmanager
    def _reading(self) -> Iterator[SqlWork]:
        with self.store.work(reading=True) as work:
            yield work

    def cases_for(self, person: Person) -> list[Case]:
        """The cases that concern a person, each as far as they may see it; on record, as kind and count, before."""
        cases, directory = self.visible(person, "list")
        moment = self.moment
        return [sight_of(person, case, directory, moment).case(case) for case in cases]

    def visible(self, person: Person, action: str) -> tuple[list[Case], Directory]:
        """Every case that concerns a person, whole, with the directory by which it does.

        `action` is what stands in the log, first of all. Whoever gives a case on takes it through `sight_of`.
        """
        with self._reading() as work:
            ids = self._ids(person, work)
        self.record("access", {"action": action, "actor": person.id, "count": len(ids)})
        with self._reading() as work:
            # Asked again: what ended while it was put on record is not seen any more.
            directory, still = work.directory, frozenset(self._ids(person, work))
            cases = list(self._readable([each for each in ids if each in still], work))
        moment, person = self.moment, _listed(person, directory)
        return [case for case in cases if concerns(person, case, directory, moment)], directory

    def _ids(self, person: Person, work: SqlWork) -> list[str]:
        reach = reach_of(_listed(person, work.directory), work.directory, self.moment)
        connection, _ = work.beside
        partners = [work.partner_digest(name) for name in sorted(reach.institutions)]
        return visible_ids(connection, self.store.tenant, reach, [each for each in partners if each])

    def _readable(self, ids: list[str], work: SqlWork) -> Iterator[Case]:
        """The cases that can be opened; one that was damaged holds up nobody else and is named by `damaged`."""
        for case_id in ids:
            try:
                yield work.case(case_id)
            except DAMAGED:
                self.damaged.add(case_id)

    def today(self, person: Person) -> tuple[Item, ...]:
        """The worklist of a person."""
        cases, directory = self.visible(person, "worklist")
        moment, person = self.moment, _listed(person, directory)
        items = today(cases, person, directory, moment, self.office.networks)
        numbers = {case.id: case.number for case in cases}
        opened = items_of_openings(person, directory, moment, self.office.network_now, numbers)
        return in_order((*items, *opened))

    def find(self, person: Person, text: str) -> list[tuple[Case, Family]]:
        """Search name and phone of the cases this person reads; on record before anything is decrypted."""
        from workflow.names import matches, phone_e164  # noqa: PLC0415 - the phone library is slow to import

        cases, _ = self.visible(person, "search")
        phone = phone_e164(text)
        found = []
        with self._reading() as work:
            for case in cases:
                if not self._reads(person, case, work):
                    continue
                family = work.family(case.id)
                hit = matches(text, family.surname, family.first_name, case.number)
                if hit or (phone is not None and phone == phone_e164(family.phone)):
                    found.append((case, family))
        return found

    def _reads(self, person: Person, case: Case, work: SqlWork) -> bool:
        return reads_whole(_listed(person, work.directory), case, work.directory, self.moment)

    def question(self, person: Person, number: str) -> Question:
        """What `judge` needs to answer for this person and case: an opening, on record before anything is told of it.

        An adviser names the case by its pseudonym, and is given no other. Raises RefusedError, recorded too, where it
        is not theirs to know.
        """
        question, pseudonymous = self._opened(person, number)
        return replace(question, case=nameless(question.case, number)) if pseudonymous else question

    def _opened(self, person: Person, number: str) -> tuple[Question, bool]:
        """The same with the case itself, and whether this person may know it by its pseudonym alone."""
        with self._reading() as work:
            directory, moment = work.directory, self.moment
            case, pseudonymous = self._called(person, number, work)
        network = self.office.network(case.profile, case.profile_version)
        question = Question(_listed(person, directory), case, moment, directory, network)
        if not (pseudonymous or knows_of(question.person, case, directory, moment)):
            tried = {"action": "open", "actor": person.id, "case": case.id, "outcome": "refused"}
            self.record("access", tried, case.id)
            raise RefusedError(not_yours(question.person, case, directory, moment))
        self.record("access", {"action": "open", "actor": person.id, "case": case.id}, case.id)
        return question, pseudonymous

    def _called(self, person: Person, number: str, work: SqlWork) -> tuple[Case, bool]:
        """The case of this number; or the one that stands open to this person under this pseudonym."""
        for each in work.directory.openings:
            mine = (
                each.person == person.id
                and each.kind is OpeningKind.ADVICE
                and each.stands(self.moment.real_at)
            )
            if mine and pseudonym(each.id) == number:
                case = work.case(each.case)
                sight = sight_of(_listed(person, work.directory), case, work.directory, self.moment)
                if sight.pseudonym == number:
                    return case, True
        return work.case_numbered(number), False

    def view(self, person: Person, number: str) -> View:
        """Open a case: on record first, then decrypted as far as this person may see it."""
        question, pseudonymous = self._opened(person, number)
        case = question.case
        with self._reading() as work:
            sight = sight_of(_listed(person, work.directory), case, work.directory, self.moment)
            family = work.family(case.id) if sight.opens_family else None
        timeline = self._timeline(case, sight, family)
        shown = nameless(case, number) if pseudonymous else sight.case(case)
        label = question.network.profile.process.label(shown.state) if shown.state else ""
        if pseudonymous:
            # What is judged and shown under a pseudonym is nobody's case.
            told = timeline if sight.pseudonym == number else ()
            age = age_of(case.child, question.moment.day)
            return View(shown, label, replace(question, case=shown), (), None, told, age)
        read = sight.family(family) if family is not None else None
        return View(shown, label, question, possible_steps(question), read, timeline)

    def _timeline(self, case: Case, sight: Sight, family: Family | None) -> tuple[Told, ...]:
        seen = [(told, sight.entry(told.a, told.b, family)) for told in self.store.timeline(case.id)]
        return tuple(replace(told, a=entry[0], b=entry[1]) for told, entry in seen if entry is not None)

    def duplicates_of(self, person: Person, case_id: str) -> list[str]:
        """The numbers of cases that share the sound of the name and the child's date, or the phone number.

        Only for who reads the case as a whole, and only of cases that concern them; see `alike_with`.
        """
        alike, directory = self._alike(person, case_id)
        return [each.number for each in alike if concerns(person, each, directory, self.moment)]

    def alike_with(self, person: Person, case_id: str) -> list[str]:
        """Who carries cases that seem to be the same family's and do not concern this person: colleagues to ask."""
        alike, directory = self._alike(person, case_id)
        others = [each for each in alike if not concerns(person, each, directory, self.moment)]
        keepers = (directory.persons.get(each.responsible or "") for each in others)
        return sorted({keeper.name for keeper in keepers if keeper is not None})

    def _alike(self, person: Person, case_id: str) -> tuple[list[Case], Directory]:
        with self._reading() as work:
            if not self._reads(person, work.case(case_id), work):
                return [], work.directory
        self.record("access", {"action": "duplicates", "actor": person.id, "case": case_id}, case_id)
        with self._reading() as work:
            ids = alike_ids(work.beside[0], self.store.tenant, case_id)
            return list(self._readable(ids, work)), work.directory


def _listed(person: Person, directory: Directory) -> Person:
    """The person as the directory has them now, whatever the caller remembers; who is not in it sees nothing."""
    return directory.persons.get(person.id) or replace(person, active=False)
