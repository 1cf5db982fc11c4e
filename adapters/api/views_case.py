"""From `workflow`'s values to the messages of a case: each function builds one; nothing here decides what is shown."""

from datetime import date

from adapters.api.names import in_url
from adapters.api.opened import Opened
from adapters.api.schemas_case import (
    AvailableCommand,
    CaseView,
    ChildView,
    ConsentView,
    FamilyView,
    FieldView,
    HandoverView,
    ObligationView,
    SourceView,
)
from states.process import Process
from workflow.case import Consent, Duty, Family, Handover
from workflow.explained import explained
from workflow.fields import Field as Asked
from workflow.fields import fields_of
from workflow.judge import DENIED, Question, Verdict


def case_view(opened: Opened) -> CaseView:
    """The case as this person sees it."""
    case, question, sight = opened.case, opened.question, opened.sight
    process = question.network.profile.process
    keeper = question.directory.persons.get(case.responsible or "")
    shows_child = sight.whole or case.child.born is not None or case.child.expected is not None
    return CaseView(
        number=case.number,
        state=case.state or None,
        state_label=process.label(case.state) if case.state else None,
        version=opened.version,
        received_on=case.received_on,
        responsible=case.responsible,
        responsible_name=keeper.name if keeper else None,
        district=case.district,
        closed_reason=case.closed_reason,
        source=_source(opened),
        family=family_view(opened.view.family),
        child=ChildView(born=case.child.born, expected=case.child.expected) if shows_child else None,
        age=opened.view.age or None,
        obligations=[obligation_view(duty, question) for duty in case.duties],
        consents=[consent_view(consent, question.moment.day) for consent in case.consents],
        handovers=[handover_view(handover, question) for handover in case.handovers],
        available_commands=command_views(question, opened.view.steps),
    )


def _source(opened: Opened) -> SourceView | None:
    source = opened.case.source
    if not source.kind and not source.institution:
        return None
    return SourceView(kind=source.kind, institution=source.institution, by_partner=source.by_partner)


def family_view(family: Family | None) -> FamilyView | None:
    """The family as far as it was opened."""
    if family is None:
        return None
    return FamilyView(**{name: getattr(family, name) for name in FamilyView.model_fields})


def obligation_view(duty: Duty, question: Question) -> ObligationView:
    """One obligation, its deadline explained."""
    return ObligationView(
        obligation=duty.obligation,
        label=question.network.profile.process.obligation_label(duty.obligation),
        recipient=duty.recipient,
        due=duty.due,
        aim=duty.aim,
        overdue_from=duty.overdue_from,
        overdue=duty.overdue_from <= question.moment.at,
        explanation=explained(duty, question),
    )


def consent_view(consent: Consent, today: date) -> ConsentView:
    """One consent, and whether it holds on this local day."""
    return ConsentView(
        kind=consent.kind.value,
        label=consent.kind.label,
        form=consent.form.value,
        recipient=consent.recipient,
        given_on=consent.given_on,
        expires_on=consent.expires_on,
        withdrawn_at=consent.withdrawn_at,
        stands=consent.valid_on(today),
        giver=consent.giver,
        evidence=consent.evidence,
        purpose=consent.purpose,
        scope=[part.value for part in consent.scope],
    )


def handover_view(handover: Handover, question: Question) -> HandoverView:
    """One handover."""
    return HandoverView(
        recipient=handover.recipient,
        recipient_name=question.directory.recipient_name(handover.recipient),
        status=handover.status.value,
        status_label=handover.status.label,
        package=[part.value for part in handover.package],
        proposed_at=handover.proposed_at,
        proposed_by=handover.proposed_by,
        answered_at=handover.answered_at,
        answered_by=handover.answered_by,
        ended_at=handover.ended_at,
    )


def command_views(question: Question, verdicts: tuple[Verdict, ...]) -> list[AvailableCommand]:
    """Every step that is, or could become, this person's; what their role never allows is left out."""
    process = question.network.profile.process
    shown_ones = [v for v in verdicts if v.blocked is None or v.blocked.code != DENIED]
    return [_command(process, question, verdict) for verdict in shown_ones]


def _command(process: Process, question: Question, verdict: Verdict) -> AvailableCommand:
    blocked = verdict.blocked
    known = verdict.recipient is not None
    return AvailableCommand(
        command=in_url(verdict.command),
        label=process.label(verdict.command),
        recipient=verdict.recipient,
        recipient_name=question.directory.recipient_name(verdict.recipient) if known else None,
        allowed=blocked is None,
        idle=verdict.idle,
        leads_to=verdict.target or None,
        fields=[field_view(each) for each in fields_of(verdict.command)] if blocked is None else [],
        reason=blocked.reason if blocked else None,
        next_step=(blocked.next_step or None) if blocked else None,
        next_command=(in_url(blocked.next_command) or None) if blocked else None,
    )


def field_view(field: Asked) -> FieldView:
    """One field of a command."""
    return FieldView(
        name=field.name,
        label=field.label,
        kind=field.kind.value,
        required=field.required,
        hint=field.hint,
        choices=dict(field.choices),
    )
