"""What the commands about consents do: given, refused, withdrawn, asked for; and which handovers end with them.

Each of the four consents is an object of its own, and an older paper never lifts a no. `tests/workflow/test_perform.py`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import cast

from states.vocabulary import Command, Fact
from workflow.act import Act, Change, Handler
from workflow.calendar import local_date
from workflow.case import Case, Consent, ConsentForm, ConsentKind, Family, Handover, HandoverStatus, Package
from workflow.errors import DetailFault, DetailsError
from workflow.value import changed

ORAL_REASON = "oral_reason"


def _consent(act: Act, kind: ConsentKind, recipient: str | None, since: date) -> Consent:
    return Consent(
        id=act.new_id(),
        kind=kind,
        form=ConsentForm(act.text("form") or ConsentForm.CONDUCT),
        given_on=cast("date", act.details.get("given_on", since)),
        giver=act.text("giver"),
        evidence=act.text("evidence"),
        oral_reason=act.text("oral_reason"),
        recipient=recipient,
        purpose=act.text("purpose"),
        scope=tuple(Package(name) for name in cast("tuple[str, ...]", act.details.get("fields", ()))),
        expires_on=cast("date | None", act.details.get("expires_on")),
    )


def with_consent(
    case: Case, act: Act, kind: ConsentKind, recipient: str | None = None, since: date | None = None
) -> Case:
    """Add a consent; an oral one without its reason leaves the task to record it. `since`: its day, if none is told."""
    given = _consent(act, kind, recipient, since or act.moment.day)
    if given.given_on > act.moment.day:
        raise DetailsError((DetailFault("given_on", "Erteilt am: Der Tag liegt in der Zukunft."),))
    if given.expires_on is not None and given.expires_on < act.moment.day:
        raise DetailsError((DetailFault("expires_on", "Gilt bis: Diese Einwilligung ist schon abgelaufen."),))
    said_no = _last_no(case, kind, recipient)
    if said_no is not None and given.given_on < local_date(said_no):
        fault = "Erteilt am: Danach hat die Familie Nein gesagt; es braucht ein neues Ja."
        raise DetailsError((DetailFault("given_on", fault),))
    tasks = case.tasks
    if given.form is ConsentForm.ORAL and not given.oral_reason and ORAL_REASON not in tasks:
        tasks = (*tasks, ORAL_REASON)
    return changed(case, consents=(*case.consents, given), tasks=tasks)


def _last_no(case: Case, kind: ConsentKind, recipient: str | None) -> datetime | None:
    """When the family last said no to this; an older paper never lifts it. A partner's release no withdrawal touches."""
    noes = [
        c.withdrawn_at
        for c in case.consents
        if c.kind is kind and c.recipient == recipient and c.withdrawn_at
    ]
    if Fact.WITHDRAWN in case.marks and kind is not ConsentKind.RELEASE:
        noes.append(case.marks[Fact.WITHDRAWN])
    return max(noes, default=None)


def _records(kind: ConsentKind) -> Handler:
    def handler(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
        given = with_consent(case, act, kind, act.recipient if kind is ConsentKind.HANDOVER else None)
        if kind is ConsentKind.CONTACT:
            given = changed(given, queried_at=None, referral_withdrawn_at=None)
        return Change(given)

    return handler


def _query(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    return Change(changed(case, queried_at=act.moment.at))


def end_handovers(
    case: Case, at: datetime, status: HandoverStatus, *open_ones: HandoverStatus, recipient: str | None = None
) -> tuple[Handover, ...]:
    """The handovers, with those that are open so (to this recipient) ended at this instant."""
    return tuple(
        changed(h, status=status, ended_at=at)
        if h.status in open_ones and recipient in (None, h.recipient)
        else h
        for h in case.handovers
    )


def _withdraw(case: Case, act: Act, kinds: frozenset[ConsentKind], recipient: str | None = None) -> Case:
    at = act.moment.at
    consents = tuple(
        changed(c, withdrawn_at=at)
        if c.stands() and c.kind in kinds and recipient in (None, c.recipient)
        else c
        for c in case.consents
    )
    return changed(case, consents=consents)


def _withdraw_all(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    """No further contact, open handovers revoked, feedback stopped; the partner's release was lawful and stays."""
    without = _withdraw(case, act, frozenset(ConsentKind) - {ConsentKind.RELEASE})
    ended = end_handovers(
        without, act.moment.at, HandoverStatus.FALLEN, HandoverStatus.PROPOSED, HandoverStatus.ACCEPTED
    )
    return Change(changed(without, handovers=ended, queried_at=None, referral_withdrawn_at=None))


def _withdraw_referral(case: Case, act: Act, family: Callable[[], Family]) -> Change:
    """As after the family's no, though it said none: nobody contacts a family that was referred by mistake."""
    without = _withdraw_all(case, act, family).case
    return Change(changed(without, referral_withdrawn_at=act.moment.at))


def _withdraw_one(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    without = _withdraw(case, act, frozenset({ConsentKind.HANDOVER}), act.recipient)
    ended = end_handovers(
        without,
        act.moment.at,
        HandoverStatus.FALLEN,
        HandoverStatus.PROPOSED,
        HandoverStatus.ACCEPTED,
        recipient=act.recipient,
    )
    return Change(changed(without, handovers=ended))


def _withdraw_feedback(case: Case, act: Act, _family: Callable[[], Family]) -> Change:
    return Change(_withdraw(case, act, frozenset({ConsentKind.FEEDBACK})))


OF_CONSENTS: Mapping[str, Handler] = {
    Command.RECORD_CONSENT: _records(ConsentKind.CONTACT),
    Command.RECORD_CONSENT_PARTNER: _records(ConsentKind.CONTACT),
    Command.RECORD_CONSENT_FOR: _records(ConsentKind.HANDOVER),
    Command.RECORD_RELEASE: _records(ConsentKind.RELEASE),
    Command.RECORD_FEEDBACK: _records(ConsentKind.FEEDBACK),
    Command.REFUSE_CONSENT: _withdraw_all,
    Command.WITHDRAW_CONSENT: _withdraw_all,
    Command.WITHDRAW_CONSENT_FOR: _withdraw_one,
    Command.WITHDRAW_FEEDBACK: _withdraw_feedback,
    Command.WITHDRAW_REFERRAL: _withdraw_referral,
    Command.QUERY_CONSENT: _query,
}
"""The handlers of all commands about consents."""
