"""Which cases a person sees at all: the one filter behind every list, worklist, search, count and export.

`Reach` is what a database can find without opening anything, `concerns` the whole answer over a case;
`adapters/db/visible.py` asks the first in SQL. That both agree with the relations, for any office, is a property in
`tests/contracts/test_visible.py`, and that nobody else selects cases is a contract there.
"""

from dataclasses import dataclass
from datetime import timedelta

from states.vocabulary import Role, State
from workflow.access import OPENED, Relation, relations
from workflow.case import Case, HandoverStatus
from workflow.institutions import known_as
from workflow.office import Directory, Moment, Person

TOLD_FOR = timedelta(days=14)
"""How long a recipient reads of a withdrawal (own reading)."""
_LISTED = (HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED, HandoverStatus.FALLEN)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a person's cases can lie: by whose responsibility, to whom handed, by whom referred, in which state.

    `institutions` are all the names that the referring one has, or had. Never too narrow; for a recipient whose
    handover has fallen it is wider than what concerns them (`concerns`).
    """

    everything: bool = False
    responsible: frozenset[str] = frozenset()
    unassigned: bool = False
    recipient: str | None = None
    institutions: frozenset[str] = frozenset()
    escalated: bool = False
    opened: frozenset[str] = frozenset()

    def covers(self, case: Case) -> bool:
        """Whether this case lies within."""
        return (
            self.everything
            or case.responsible in self.responsible
            or (self.unassigned and case.responsible is None)
            or self.recipient in parties(case)
            or case.source.institution in self.institutions
            or (self.escalated and case.state == State.ESCALATED)
            or case.id in self.opened
        )


def reach_of(person: Person, directory: Directory, moment: Moment) -> Reach:
    """How far this person's sight can reach now; by the machine's time, whatever time was told."""
    if not person.active:
        return Reach()
    roles, worker = person.roles, Role.CASE_WORKER in person.roles
    represented = directory.represented_by(person.id, moment.real_day) if worker else frozenset()
    return Reach(
        everything=Role.SUPERVISOR in roles,
        responsible=frozenset({person.id, *represented}) if worker else frozenset(),
        unassigned=worker,
        recipient=person.recipient,
        institutions=frozenset(known_as(directory, person.institution))
        if Role.PARTNER in roles
        else frozenset(),
        escalated=Role.ASD_WORKER in roles,
        opened=frozenset(
            each.case
            for each in directory.openings
            if each.person == person.id and each.stands(moment.real_at) and OPENED[each.kind][0] in roles
        ),
    )


def concerns(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether a case belongs on this person's list; the clock has none."""
    mine = {relation for _, relation in relations(person, case, directory, moment)}
    return bool(mine - {Relation.COLLEAGUE, Relation.SYSTEM}) or told_of_a_no(person, case, moment)


def told_of_a_no(person: Person, case: Case, moment: Moment) -> bool:
    """Whether a recipient's handover has lately fallen with the family's no: they are told, and see nothing else."""
    handovers = [each for each in case.handovers if each.recipient == person.recipient]
    if not handovers or not person.active:
        return False
    last = handovers[-1]
    basis = next((each for each in case.consents if each.id == last.basis), None)
    withdrawn = basis is not None and not basis.stands()
    if last.status is not HandoverStatus.FALLEN or last.ended_at is None or not withdrawn:
        return False
    return moment.real_at < last.ended_at + TOLD_FOR


def parties(case: Case) -> frozenset[str]:
    """Whom the case concerns or lately concerned: a recipient is told that the family has withdrawn."""
    return frozenset(each.recipient for each in case.handovers if each.status in _LISTED)
