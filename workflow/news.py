"""Whom a step is news to: whoever must now do something, or must not do it any more; never whoever did it.

From body A of the entry, the case as it stands and the directory; nothing here says what the news is.
`tests/workflow/test_news.py` tries every command and everybody.
"""

from collections.abc import Iterable, Mapping

from states.vocabulary import Command, Role
from workflow.audited import Audited
from workflow.case import Case, HandoverStatus
from workflow.feedback import reads_report
from workflow.office import Directory, Moment

_C = Command
TO_THE_OFFICE = frozenset(
    {
        _C.RECEIVE_SELF, _C.RECEIVE_CONSENT, _C.RECEIVE_UNCLEAR, _C.RAISE_CONCERN, _C.CONFIRM_RECEIPT, _C.ASK,
        _C.RETURN_CASE, _C.RETURN_CASE_SUPPORT, _C.RECORD_CONSENT_PARTNER, _C.RECORD_RELEASE, _C.REFUSE_CONSENT,
        _C.WITHDRAW_CONSENT, _C.WITHDRAW_CONSENT_FOR, _C.WITHDRAW_REFERRAL, _C.WITHDRAW_FEEDBACK, _C.ACCEPT,
        _C.DECLINE, _C.END_SUPPORT, _C.ASSIGN, _C.REOPEN, _C.FLAG_OVERDUE, Audited.FOREWARNED,
    }
)  # fmt: skip
"""News to whoever is responsible and stands in for them; where nobody is, to every Fachkraft."""
TO_THE_RECIPIENT = frozenset(
    {_C.PROPOSE_HANDOVER, _C.REVOKE, _C.WITHDRAW_CONSENT_FOR, _C.END_SUPPORT, Audited.FOREWARNED}
)
"""News to the recipient the step names."""
TO_WHO_LOST_IT = frozenset({_C.WITHDRAW_CONSENT, _C.REFUSE_CONSENT, _C.WITHDRAW_REFERRAL})
"""News to every recipient whose handover fell with the family's no."""
TO_THE_ASD = frozenset({_C.ESCALATE, _C.ESCALATE_URGENT, _C.REPLY})
TO_THE_PARTNER = frozenset({_C.QUERY_CONSENT})
WAYS_IN = frozenset(
    {Audited.LINK_MADE, Audited.INVITED, Audited.IDENTITY_LINKED, Audited.USER_ENABLED, Audited.TOKEN_MADE}
)
"""What lets somebody in, beside the roles that they are given."""


def concerned(a: Mapping[str, object], case: Case, directory: Directory, moment: Moment) -> frozenset[str]:
    """The ids of the active persons to whom this entry is news."""
    command, actor = a.get("action"), a.get("actor")
    if a.get("outcome") != "done" or not isinstance(command, str):
        return frozenset()
    found: set[str] = set()
    if command in TO_THE_OFFICE:
        found |= set(_office(case, directory, moment))
    if command in TO_THE_RECIPIENT:
        found |= _people_of({a.get("recipient")}, directory)
    if command in TO_WHO_LOST_IT:
        fallen = {each.recipient for each in case.handovers if each.status is HandoverStatus.FALLEN}
        found |= _people_of(fallen, directory)
    if command in TO_THE_ASD:
        found |= _in(Role.ASD_WORKER, directory)
    if command in TO_THE_PARTNER or (
        command == _C.REPORT and reads_report(case, directory, moment.real_day) is not None
    ):
        found |= {
            person.id
            for person in directory.persons.values()
            if Role.PARTNER in person.roles and person.institution == case.source.institution != ""
        }
    return frozenset(each for each in found - {actor} if directory.persons[each].active)


def gives_a_way_in(a: Mapping[str, object]) -> bool:
    """Whether by this entry somebody was given a role or a way in; a token that one makes for oneself gives none."""
    action = a.get("action")
    if a.get("outcome") != "done":
        return False
    if action == Audited.USER:
        return bool(_names(a.get("roles")) - _names(a.get("roles_before")))
    if action == Audited.TOKEN_MADE:
        return a.get("concerned") != a.get("actor")
    return action in WAYS_IN


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()


def _office(case: Case, directory: Directory, moment: Moment) -> Iterable[str]:
    if case.responsible is None:
        return _in(Role.CASE_WORKER, directory)
    deputies = (
        each
        for each in directory.persons
        if case.responsible in directory.represented_by(each, moment.real_day)
    )
    return {each for each in (case.responsible, *deputies) if each in directory.persons}


def _in(role: Role, directory: Directory) -> set[str]:
    return {person.id for person in directory.persons.values() if role in person.roles}


def _people_of(recipients: Iterable[object], directory: Directory) -> set[str]:
    wanted = {each for each in recipients if isinstance(each, str)}
    return {person.id for person in directory.persons.values() if person.recipient in wanted}
