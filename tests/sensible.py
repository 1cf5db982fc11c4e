"""Details with which each command succeeds wherever it is possible, and the usual way into each state."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from states.vocabulary import Command, Fact, Role, State
from tests.people import CLINIC, FAMILY, MIDWIFE, WORKER
from workflow.calendar import local_date
from workflow.case import Case, ConsentKind, Family, Package
from workflow.office import Person

_CONSENT = {"form": "written", "giver": "Mutter", "evidence": "Ordner A, Blatt 1"}
_RISK = {"indications": "beobachtet: blaue Flecken", "assessors": "Muster, Beispiel", "result": "besprochen"}
_ALL_FIELDS = tuple(part.value for part in Package)
_DETAILS: Mapping[str, Mapping[str, object]] = {
    Command.RECORD_CONSENT: _CONSENT,
    Command.RECORD_CONSENT_PARTNER: _CONSENT,
    Command.RECORD_RELEASE: _CONSENT,
    Command.RECORD_FEEDBACK: _CONSENT,
    Command.RECORD_CONSENT_FOR: {**_CONSENT, "purpose": "Begleitung", "fields": _ALL_FIELDS},
    Command.ASSESS_RISK_NO: _RISK,
    Command.ASSESS_RISK_YES: _RISK,
    Command.INVOLVE_FAMILY: {"involved": True},
    Command.ESCALATE: {"indications": "beobachtet", "told": "Frau Dienst", "channel": "phone"},
    Command.ESCALATE_URGENT: {"told": "Frau Dienst"},
    Command.COMPLETE_RECORD: {**_RISK, "involved": True},
    Command.CONFIRM_RECEIPT: {"confirmed_by": "Frau Dienst"},
    Command.ASK: {"question": "Wann war der letzte Hausbesuch?"},
    Command.REPLY: {"answer": "am Montag, die Mutter war allein"},
    Command.REPORT: {"confirmed": True, "acted": True, "acting": False, "family_told": True},
    Command.WITHDRAW_REFERRAL: {"reason": "falsche Familie gemeldet"},
    Command.RETURN_CASE: {"feedback": "kein weiterer Bedarf beim ASD"},
    Command.RETURN_CASE_SUPPORT: {"feedback": "Begleitung bitte fortsetzen"},
    Command.ATTEMPT_CONTACT: {"channel": "phone"},
    Command.REACH_FAMILY: {"channel": "phone"},
    Command.PROPOSE_HANDOVER: {"fields": ("child", "contact")},
    Command.DECLINE: {"reason": "keine Kapazität"},
    Command.REVOKE: {"reason": "dauert zu lange"},
    Command.END_SUPPORT: {"reason": "Ziel erreicht"},
    Command.REOPEN: {"reason": "versehentlich abgeschlossen"},
    Command.NOTE: {"text": "angerufen, alles gut"},
    Command.CORRECT: {"field": "district", "value": "Mitte", "reason": "verwechselt"},
}


def sensible(command: str, case: Case | None, by: Person, now: datetime) -> dict[str, object]:
    """Details with which this command succeeds wherever it is possible."""
    if command.startswith("receive("):
        return _referral(command, now)
    if command == Command.ASSIGN:
        free = case is None or case.responsible in (None, by.id)
        return {"to": by.id if free and Role.CASE_WORKER in by.roles else WORKER.id}
    if command == Command.FLAG_OVERDUE and case is not None:
        late = [d for d in case.duties if d.overdue_from <= now and d.flagged_at is None]
        return {"obligation": late[0].obligation if late else "first_contact"}
    if command == Command.CLOSE:
        return {"reason": _why(case) if case else "duplicate"}
    return dict(_DETAILS.get(command, {}))


def _why(case: Case) -> str:
    """A closing reason that is true of this case."""
    if case.referral_withdrawn_at is not None:
        return "sent_in_error"
    if Fact.WITHDRAWN in case.marks:
        asked = any(consent.kind is ConsentKind.CONTACT for consent in case.consents)
        return "consent_withdrawn" if asked else "consent_refused"
    return "goal_reached" if Fact.REACHED in case.marks else "duplicate"


def _referral(command: str, now: datetime) -> dict[str, object]:
    family = {name: getattr(FAMILY, name) for name in Family.__dataclass_fields__}
    born = local_date(now) - timedelta(days=60)
    given = {**_CONSENT, "given_on": local_date(now)} if command == Command.RECEIVE_CONSENT else {}
    partner = {} if command == Command.RECEIVE_SELF else {"institution": CLINIC, "source_kind": "Klinik"}
    return {"received": now, "born": born, "district": "Nord", **family, **given, **partner}


_C = Command
_TO_CONTACT = (
    (_C.TRIAGE_NO, WORKER, False),
    (_C.CHECK_CONSENT_YES, WORKER, False),
    (_C.REACH_FAMILY, WORKER, False),
)
_TO_OFFER = (
    *_TO_CONTACT,
    (_C.RECORD_CONSENT_FOR, WORKER, True),
    (_C.PROPOSE_HANDOVER, WORKER, True),
)
WAYS: Mapping[str, tuple[tuple[str, Person, bool], ...]] = {
    State.RECEIVED: (),
    State.CONSENT_PENDING: ((_C.TRIAGE_NO, WORKER, False), (_C.CHECK_CONSENT_NO, WORKER, False)),
    State.CONSENT_CHECKED: _TO_CONTACT[:2],
    State.IN_CONTACT: _TO_CONTACT,
    State.HANDOVER_PROPOSED: _TO_OFFER,
    State.HANDED_OVER: (*_TO_OFFER, (_C.ACCEPT, MIDWIFE, True)),
    State.ESCALATED: ((_C.TRIAGE_YES, WORKER, False), (_C.ESCALATE_URGENT, WORKER, False)),
    State.CLOSED: (*_TO_CONTACT, (_C.CLOSE, WORKER, False)),
}
"""Which commands, by whom, and whether they name the recipient, lead a new case into a state."""
