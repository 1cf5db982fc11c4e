"""Who may do what to which case: role, command and relation; what is not written here is denied.

Need-to-know is DOMAIN section 5: a Fachkraft has her own cases and those she stands in for, a midwife what was
handed to her, a partner its own referral, the ASD what was escalated, a supervisor the office's metadata; whatever is
more was opened for a while with a reason (`workflow.openings`). The matrix stands a second time, literally, in
`tests/workflow/test_access.py`.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from states.vocabulary import Command, Role, State
from workflow.case import Case, HandoverStatus
from workflow.institutions import same_institution
from workflow.office import Directory, Moment, OpeningKind, Person


class Relation(StrEnum):
    """How a person stands to a case."""

    RESPONSIBLE = "responsible"
    SUBSTITUTE = "substitute"
    UNASSIGNED = "unassigned"
    COLLEAGUE = "colleague"
    ASKED = "asked"
    SUPPORTING = "supporting"
    REFERRER = "referrer"
    NOTIFIED = "notified"
    OFFICE = "office"
    EMERGENCY = "emergency"
    INSPECTING = "inspecting"
    SAMPLING = "sampling"
    INVITED = "invited"
    ADVISING = "advising"
    SYSTEM = "system"


_C = Command
_WITHDRAWALS = frozenset({_C.WITHDRAW_CONSENT, _C.WITHDRAW_CONSENT_FOR, _C.WITHDRAW_FEEDBACK})
# Withdrawal reaches whoever hears it, and a child in danger whoever is on duty (L 25): writing, never reading.
_ON_DUTY = _WITHDRAWALS | {_C.TRIAGE_YES, _C.ESCALATE_URGENT, _C.CONFIRM_RECEIPT}
_ALL: frozenset[str] = frozenset(Command) - {_C.FLAG_OVERDUE}
# An emergency is for what cannot wait; who keeps the case, and whether it ends or goes on to others, can.
_CAN_WAIT = frozenset({_C.ASSIGN, _C.CLOSE, _C.REOPEN, _C.PROPOSE_HANDOVER})

# role, relation -> commands; a command must besides be open to the role in the table itself.
MATRIX: Mapping[tuple[Role, Relation], frozenset[str]] = {
    (Role.CASE_WORKER, Relation.RESPONSIBLE): _ALL,
    (Role.CASE_WORKER, Relation.SUBSTITUTE): _ALL,
    (Role.CASE_WORKER, Relation.EMERGENCY): _ALL - _CAN_WAIT,
    (Role.CASE_WORKER, Relation.UNASSIGNED): _ON_DUTY | {_C.ASSIGN},
    (Role.CASE_WORKER, Relation.COLLEAGUE): _ON_DUTY,
    (Role.RECIPIENT, Relation.ASKED): frozenset(
        {_C.ACCEPT, _C.DECLINE, _C.RAISE_CONCERN, _C.WITHDRAW_CONSENT, _C.WITHDRAW_CONSENT_FOR}
    ),
    (Role.RECIPIENT, Relation.SUPPORTING): frozenset(
        {_C.END_SUPPORT, _C.RAISE_CONCERN, _C.WITHDRAW_CONSENT, _C.WITHDRAW_CONSENT_FOR, _C.NOTE}
    ),
    (Role.PARTNER, Relation.REFERRER): frozenset(
        {
            _C.RECORD_CONSENT_PARTNER,
            _C.RECORD_RELEASE,
            _C.REFUSE_CONSENT,
            _C.WITHDRAW_CONSENT,
            _C.WITHDRAW_REFERRAL,
            _C.WITHDRAW_FEEDBACK,
            _C.RAISE_CONCERN,
        }
    ),
    (Role.ASD_WORKER, Relation.NOTIFIED): frozenset(
        {_C.CONFIRM_RECEIPT, _C.ASK, _C.REPORT, _C.RETURN_CASE, _C.RETURN_CASE_SUPPORT, _C.NOTE}
    ),
    (Role.SUPERVISOR, Relation.OFFICE): _WITHDRAWALS
    | {_C.RAISE_CONCERN, _C.REVOKE, _C.END_SUPPORT, _C.REOPEN, _C.ASSIGN, _C.NOTE},
    (Role.SUPERVISOR, Relation.INSPECTING): frozenset(),
    (Role.DPO, Relation.SAMPLING): frozenset(),
    (Role.NETWORK_COORDINATOR, Relation.INVITED): frozenset(),
    (Role.CHILD_PROTECTION_ADVISER, Relation.ADVISING): frozenset(),
    (Role.CLOCK, Relation.SYSTEM): frozenset({_C.FLAG_OVERDUE}),
}

# In these relations a person does not know the case by its number.
_HIDDEN = frozenset({Relation.COLLEAGUE, Relation.ADVISING})

# Who may bring in a referral: there is no case yet, so no relation.
MAY_RECEIVE: Mapping[Role, frozenset[str]] = {
    Role.CASE_WORKER: frozenset({_C.RECEIVE_SELF, _C.RECEIVE_CONSENT, _C.RECEIVE_UNCLEAR}),
    Role.PARTNER: frozenset({_C.RECEIVE_CONSENT, _C.RECEIVE_UNCLEAR}),
}

# Who carries a case, if only for an hour; a network's own steps are theirs.
CARRIES = frozenset({Relation.RESPONSIBLE, Relation.SUBSTITUTE, Relation.EMERGENCY})
# In these relations a person reads the case as a whole; all others read less (see workflow.sight).
READS_WHOLE = CARRIES | {Relation.INSPECTING, Relation.SAMPLING}

# What an opening makes of whom: the role in which it can be held, and the relation in which it puts them.
OPENED: Mapping[OpeningKind, tuple[Role, Relation]] = {
    OpeningKind.EMERGENCY: (Role.CASE_WORKER, Relation.EMERGENCY),
    OpeningKind.INSPECTION: (Role.SUPERVISOR, Relation.INSPECTING),
    OpeningKind.SAMPLE: (Role.DPO, Relation.SAMPLING),
    OpeningKind.CLARIFY: (Role.NETWORK_COORDINATOR, Relation.INVITED),
    OpeningKind.ADVICE: (Role.CHILD_PROTECTION_ADVISER, Relation.ADVISING),
}


def relations(
    person: Person, case: Case, directory: Directory, moment: Moment
) -> Iterator[tuple[Role, Relation]]:
    """Every relation in which this person stands to the case, each with the role in which they stand so."""
    if not person.active:
        return
    roles = person.roles
    opened = {OPENED[each.kind] for each in directory.opened_to(person.id, case.id, moment.real_at)}
    if Role.CASE_WORKER in roles:
        emergency = (Role.CASE_WORKER, Relation.EMERGENCY) in opened
        yield Role.CASE_WORKER, _as_worker(person, case, directory, moment, emergency=emergency)
    if person.recipient is not None:
        if case.handover_to(person.recipient, HandoverStatus.PROPOSED):
            yield Role.RECIPIENT, Relation.ASKED
        if case.handover_to(person.recipient, HandoverStatus.ACCEPTED):
            yield Role.RECIPIENT, Relation.SUPPORTING
    if (
        Role.PARTNER in roles
        and case.source.by_partner
        and same_institution(directory, case.source.institution, person.institution)
    ):
        yield Role.PARTNER, Relation.REFERRER
    if Role.ASD_WORKER in roles and case.state == State.ESCALATED:
        yield Role.ASD_WORKER, Relation.NOTIFIED
    if Role.SUPERVISOR in roles:
        yield Role.SUPERVISOR, Relation.OFFICE
    yield from sorted(each for each in opened if each[0] in roles and each[1] is not Relation.EMERGENCY)
    if Role.CLOCK in roles:
        yield Role.CLOCK, Relation.SYSTEM


def _as_worker(
    person: Person, case: Case, directory: Directory, moment: Moment, *, emergency: bool
) -> Relation:
    if case.responsible == person.id:
        return Relation.RESPONSIBLE
    if case.responsible is None:
        return Relation.UNASSIGNED
    if case.responsible in directory.represented_by(person.id, moment.real_day):
        return Relation.SUBSTITUTE
    return Relation.EMERGENCY if emergency else Relation.COLLEAGUE


def roles_for(
    person: Person, command: str, case: Case, recipient: str | None, directory: Directory, moment: Moment
) -> tuple[Role, ...]:
    """The roles in which this person may try this command on this case, strongest first; empty: denied.

    A recipient acts for nobody but itself. A profile's own step is open to whoever carries the case,
    to who supports the family, and to the office, as far as the step's own roles go.
    """
    return tuple(
        role
        for role, relation in relations(person, case, directory, moment)
        if _permits(role, relation, command)
        and not (role is Role.RECIPIENT and recipient is not None and recipient != person.recipient)
    )


def _permits(role: Role, relation: Relation, command: str) -> bool:
    if command in _ALL or command == Command.FLAG_OVERDUE:
        return command in MATRIX[role, relation]
    return relation in CARRIES or relation in (Relation.SUPPORTING, Relation.OFFICE)


def reads_whole(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether this person reads the whole case, family included."""
    return any(relation in READS_WHOLE for _, relation in relations(person, case, directory, moment))


def carries(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether this person works the case: as its Fachkraft, in her place, or in an emergency."""
    return any(relation in CARRIES for _, relation in relations(person, case, directory, moment))


def knows_of(person: Person, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether this person may know that the case exists (as number, district, due day).

    An adviser knows a case by its pseudonym alone, never as the one of this number.
    """
    return any(relation not in _HIDDEN for _, relation in relations(person, case, directory, moment))
