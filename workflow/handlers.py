"""What each command does to the objects of a case: handovers, attempts, the child, the person responsible.

What becomes of consents says `workflow.consents`. Facts are not written here: marks follow from the table's effect, and
afterwards the objects must say the same as the table (`workflow.advance`). A command without an entry here leaves only
its marks and its words in the log.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import cast

from states.vocabulary import Command, Role
from workflow.act import Act, Change, Handler
from workflow.calendar import local_date
from workflow.case import (
    AsdReport,
    Attempt,
    Case,
    Child,
    ConsentForm,
    ConsentKind,
    Family,
    Handover,
    HandoverStatus,
    Package,
)
from workflow.consents import OF_CONSENTS, ORAL_REASON, end_handovers
from workflow.details import read_day
from workflow.errors import Blocked, DetailFault, DetailsError, RefusedError
from workflow.fields import CORRECTABLE
from workflow.value import changed
from workflow.wording import LEITUNG_NOT_TO_ITSELF, NOT_TO_ONESELF, declined


def _contact(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    at = cast("datetime", act.details.get("at", act.moment.at))
    if at > act.moment.at:
        raise DetailsError((DetailFault("at", "Wann: Der Zeitpunkt liegt in der Zukunft."),))
    since = [c.given_on for c in case.consents_for(ConsentKind.CONTACT) if c.valid_on(act.moment.day)]
    if local_date(at) < max(case.received_on, min(since, default=act.moment.day)):
        fault = "Wann: Der Tag liegt vor dem Eingang oder vor der Einwilligung."
        raise DetailsError((DetailFault("at", fault),))
    attempt = Attempt(at, act.text("channel"), reached=act.command == Command.REACH_FAMILY)
    letter = at if attempt.channel == "letter" else case.letter_sent_at
    return Change(changed(case, attempts=(*case.attempts, attempt), letter_sent_at=letter))


def _propose(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    recipient = cast("str", act.recipient)
    consents = [c for c in case.consents_for(ConsentKind.HANDOVER, recipient) if c.valid_on(act.moment.day)]
    package = tuple(Package(name) for name in cast("tuple[str, ...]", act.details["fields"]))
    covering = [consent for consent in consents if set(package) <= set(consent.scope)]
    if not covering:
        widest = max(consents, key=lambda consent: len(set(consent.scope) & set(package)))
        beyond = [part.label for part in package if part not in widest.scope]
        raise RefusedError(
            Blocked(
                "scope",
                f"Die Einwilligung für {declined(act.directory.recipient_name(recipient))} umfasst nicht: "
                f"{', '.join(beyond)}.",
                "Weniger weitergeben oder eine weiter gefasste Einwilligung erfassen",
            )
        )
    offered = Handover(
        act.new_id(),
        recipient,
        HandoverStatus.PROPOSED,
        act.moment.at,
        act.actor.id,
        package,
        basis=covering[-1].id,
    )
    return Change(changed(case, handovers=(*case.handovers, offered)))


def _accept(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """Take over by name, with as much of the package as a consent covers on this day."""
    scopes = {
        part
        for consent in case.consents_for(ConsentKind.HANDOVER, act.recipient)
        if consent.valid_on(act.moment.day)
        for part in consent.scope
    }
    return Change(_answered(case, act, HandoverStatus.ACCEPTED, scopes))


def _says_no(status: HandoverStatus) -> Handler:
    def handler(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
        return Change(_answered(case, act, status, set(Package)))

    return handler


def _answered(case: Case, act: Act, status: HandoverStatus, scopes: set[Package]) -> Case:
    answered = tuple(
        changed(
            h,
            status=status,
            package=tuple(part for part in h.package if part in scopes),
            answered_at=act.moment.at,
            answered_by=act.actor.id,
        )
        if h.status is HandoverStatus.PROPOSED and h.recipient == act.recipient
        else h
        for h in case.handovers
    )
    return changed(case, handovers=answered)


def _end_support(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    ended = end_handovers(
        case, act.moment.at, HandoverStatus.ENDED, HandoverStatus.ACCEPTED, recipient=act.recipient
    )
    return Change(changed(case, handovers=ended))


def _escalate(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """Mention what was told; where an urgent notice named no fields, what one needs to find the child was."""
    fallen = end_handovers(case, act.moment.at, HandoverStatus.FALLEN, HandoverStatus.PROPOSED)
    named = cast(
        "tuple[str, ...]", act.details.get("fields", (Package.CONTACT, Package.CHILD, Package.ADDRESS))
    )
    told = tuple(Package(name) for name in named)
    told_now = changed(
        case,
        handovers=fallen,
        escalated_to=act.text("told"),
        told=told,
        escalated_at=act.moment.at,
        escalated_urgently=act.command == Command.ESCALATE_URGENT,
        report=None,
    )
    return Change(told_now)


def _report(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """Keep what the ASD says of the notice; who may read it, `workflow.feedback` says."""
    said = {name: bool(act.details.get(name)) for name in ("confirmed", "acted", "acting")}
    return Change(changed(case, report=AsdReport(**said, at=act.moment.at)))


def _close(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """Close with a reason that `workflow.closing` has found true."""
    return Change(changed(case, closed_reason=act.text("reason"), tasks=()))


def _new_round(case: Case, _act: Act, _family: Callable[[], Family]) -> Change:
    """Every check is made again: earlier attempts stay in the log and count for nothing."""
    return Change(changed(case, closed_reason=None, attempts=(), letter_sent_at=None))


def keeper(act: Act, field: str) -> str:
    """The Fachkraft whom a field names; DetailsError where this house has none of that name at work."""
    named = act.directory.persons.get(act.text(field))
    if named is None or not named.active or Role.CASE_WORKER not in named.roles:
        raise DetailsError((DetailFault(field, "Zuständig wird: bitte eine Fachkraft des Hauses angeben."),))
    return named.id


def _assign(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """Hand the responsibility to a Fachkraft; nobody takes for herself what another keeps, deputy or Leitung.

    Whoever takes an unassigned case takes it herself; Leitung may, where who kept it is no longer at work.
    """
    to = keeper(act, "to")
    if to == act.actor.id and case.responsible not in (None, to):
        kept = act.directory.persons.get(case.responsible)
        if act.role is Role.CASE_WORKER:
            raise RefusedError(Blocked("assign_self", NOT_TO_ONESELF))
        if kept is not None and kept.active:
            raise RefusedError(Blocked("assign_self", LEITUNG_NOT_TO_ITSELF))
    if case.responsible is None and act.role is Role.CASE_WORKER and to != act.actor.id:
        raise RefusedError(
            Blocked("assign_self", "Einen Fall ohne Zuständige kann man nur selbst übernehmen.")
        )
    return Change(changed(case, responsible=to))


def _flag(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    duties = tuple(
        changed(duty, flagged_at=act.moment.at)
        if duty.obligation == act.text("obligation")
        and duty.flag_from <= act.moment.at
        and not duty.flagged_at
        else duty
        for duty in case.duties
    )
    if duties == case.duties:
        raise RefusedError(Blocked("not_overdue", "Diese Frist ist nicht überfällig oder schon markiert."))
    return Change(changed(case, duties=duties))


def _correct(case: Case, act: Act, family: Callable[[], Family]) -> Change:
    """A correction supersedes: the old value stays in the log's content, the new one stands in the case."""
    name, value = act.text("field"), act.text("value")
    if name == "district":
        return Change(changed(case, district=value), before=case.district)
    if name == ORAL_REASON:
        return _correct_reason(case, value)
    if name in ("born", "expected"):
        # The family is saved with it: possible duplicates are looked up by its name and the child's date.
        return changed(_correct_child(case, name, value, act.moment.day), family=family())
    now = family()
    fields = {key: getattr(now, key) for key in Family.__dataclass_fields__}
    return Change(case, Family(**{**fields, name: value}), before=fields[name])


def _correct_reason(case: Case, reason: str) -> Change:
    """Give the oral consents that lack their reason this one; where none does, the newest gets another."""
    oral = [c for c in case.consents if c.form is ConsentForm.ORAL]
    if not oral:
        raise DetailsError((DetailFault("field", "Angabe: Dieser Fall hat keine mündliche Einwilligung."),))
    meant = [c for c in oral if not c.oral_reason] or oral[-1:]
    consents = tuple(changed(c, oral_reason=reason) if c in meant else c for c in case.consents)
    tasks = tuple(task for task in case.tasks if task != ORAL_REASON)
    return Change(changed(case, consents=consents, tasks=tasks), before=meant[-1].oral_reason)


def _correct_child(case: Case, name: str, value: str, today: date) -> Change:
    """Correct when the child was born, or is expected; nobody was born tomorrow."""
    try:
        day = read_day(value)
    except ValueError as error:
        raise DetailsError((DetailFault("value", f"{CORRECTABLE[name]}: {error}"),)) from None
    if name == "born" and day > today:
        raise DetailsError((DetailFault("value", "Kind geboren am: Der Tag liegt in der Zukunft."),))
    old = getattr(case.child, name)
    child = Child(day, case.child.expected) if name == "born" else Child(case.child.born, day)
    return Change(changed(case, child=child), before=str(old or ""))


HANDLERS: Mapping[str, Handler] = {
    **OF_CONSENTS,
    Command.ATTEMPT_CONTACT: _contact,
    Command.REACH_FAMILY: _contact,
    Command.PROPOSE_HANDOVER: _propose,
    Command.ACCEPT: _accept,
    Command.DECLINE: _says_no(HandoverStatus.DECLINED),
    Command.REVOKE: _says_no(HandoverStatus.REVOKED),
    Command.END_SUPPORT: _end_support,
    Command.ESCALATE: _escalate,
    Command.ESCALATE_URGENT: _escalate,
    Command.REPORT: _report,
    Command.CLOSE: _close,
    Command.REOPEN: _new_round,
    Command.RETURN_CASE: _new_round,
    Command.ASSIGN: _assign,
    Command.FLAG_OVERDUE: _flag,
    Command.CORRECT: _correct,
}


def handle(case: Case, act: Act, family: Callable[[], Family]) -> Change:
    """Apply the command to the objects of the case; `family` opens the family's data, where they are needed."""
    handler = HANDLERS.get(act.command)
    return handler(case, act, family) if handler else Change(case)
