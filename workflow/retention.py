"""Retention: which class a closed case belongs to, until when it is kept, who may ask for its erasure and who approve.

Pure rules (DOMAIN section 7; Art. 17 DSGVO, § 84 SGB X). What the log tells of a case decides, not the clock of
whoever asks: a close that was dated back makes nothing due early. The rights stand a second time, literally, in
`tests/workflow/test_retention.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta

from states.retention import Retention, RetentionClass, Term
from states.vocabulary import Command, Role, State
from workflow.access import reads_whole
from workflow.calendar import local_date
from workflow.case import Case, ConsentKind
from workflow.erasure import Deed, ErasureRequest, Ground
from workflow.errors import Blocked
from workflow.office import Directory, Moment, Person

_NO_CONSENT = frozenset({"consent_refused", "consent_withdrawn", "sent_in_error"})
_OF_DANGER = frozenset({Command.ESCALATE, Command.ESCALATE_URGENT, Command.ASSESS_RISK_YES})
_FEBRUARY, _LAST = 2, 28


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who acts, when (the office's now), and for how long the network keeps what."""

    person: Person
    moment: Moment
    retention: Retention

    @property
    def at(self) -> datetime:
        """The instant in UTC, in whole milliseconds as the tables keep it."""
        at = self.moment.at.astimezone(UTC)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class Past:
    """What the log tells of a case: when it was closed (local day, None while open), whether a child was in danger.

    `held` says that a hold was placed and not released; `asked` is the ground and the person of a request that
    nobody has withdrawn.
    """

    closed_on: date | None = None
    endangered: bool = False
    held: bool = False
    asked: tuple[str, str] | None = None


def past_of(entries: Iterable[tuple[datetime, Mapping[str, object]]]) -> Past:
    """What the entries of one case tell, in order: the log's time (aware) and body A of each.

    The day of closing is the later of what the step says of itself and of the log's time.
    """
    state, closed_on, endangered, held = "", None, False, False
    asked: tuple[str, str] | None = None
    for at, a in entries:
        if a.get("outcome") != "done":
            continue
        action = a.get("action")
        endangered = endangered or action in _OF_DANGER
        if "state" in a:
            was, state = state, str(a["state"])
            if state != State.CLOSED:
                closed_on = None
            elif was != State.CLOSED:
                closed_on = _later_day(at, datetime.fromisoformat(str(a["at"])))
        if action in (Deed.HOLD, Deed.RELEASE):
            held = action == Deed.HOLD
        elif action == Deed.REQUEST:
            asked = (str(a["ground"]), str(a["actor"]))
        elif action == Deed.WITHDRAW:
            asked = None
    return Past(closed_on, endangered, held, asked)


def _later_day(at: datetime, said: datetime) -> date:
    """The local day of the later instant; one at the very end of the calendar has no later day than that."""
    try:
        return local_date(max(at, said))
    except OverflowError:
        return date.max


def class_of(case: Case, past: Past) -> RetentionClass:
    """The class of a case. Danger comes first; without consent is who refused, withdrew or never gave it."""
    if past.endangered:
        return RetentionClass.CHILD_PROTECTION
    consented = any(consent.kind is ConsentKind.CONTACT for consent in case.consents)
    if case.closed_reason in _NO_CONSENT or not consented:
        return RetentionClass.NO_CONSENT
    return RetentionClass.CLOSED


def kept_until(closed_on: date, term: Term) -> date | None:
    """The last day on which it is kept, None where the town has set no term.

    The day of closing does not count (§ 187 (1) BGB); years end on the day of the same number, or on the last of
    a month that lacks it (§ 188 (2), (3) BGB). What would end after the calendar does ends with it.
    """
    if term.days is not None:
        return closed_on + min(timedelta(days=term.days), date.max - closed_on)
    if term.years is None:
        return None
    year = closed_on.year + term.years
    if year > MAXYEAR:
        return date.max
    if (closed_on.month, closed_on.day) == (_FEBRUARY, _LAST + 1):
        return _end_of_february(year)
    return closed_on.replace(year=year)


def _end_of_february(year: int) -> date:
    return date(year, _FEBRUARY + 1, 1) - timedelta(days=1)


def accesses_kept_until(purpose: str, term: Term) -> date | None:
    """The last UTC day on which the accesses sealed under this purpose (`access/2024/0`) are kept: whole years."""
    if term.years is None:
        return None
    return date(min(int(purpose.split("/")[1]) + term.years, MAXYEAR), 12, 31)


def accesses_due(purpose: str, term: Term, at: datetime) -> bool:
    """Whether that year of accesses may go at this instant."""
    last = accesses_kept_until(purpose, term)
    return last is not None and at.astimezone(UTC).date() > last


# Who may. Deny by default: what is not written here is denied.

_OFFICE = frozenset({Role.SUPERVISOR, Role.DPO})
RIGHTS: Mapping[Deed, frozenset[Role]] = dict.fromkeys(Deed, _OFFICE)
"""Beside them a Fachkraft may ask for the erasure of a case that she reads whole, or of a row of the quarantine, whose
lists she brings in, and take back what she asked for."""


def may(
    person: Person, deed: Deed, case: Case | None, directory: Directory, moment: Moment, *, row: bool = False
) -> bool:
    """Whether this person may do this to this case (None: to a year of accesses, or a `row` of the quarantine)."""
    if not person.active:
        return False
    if person.roles & RIGHTS[deed]:
        return True
    theirs = deed in (Deed.REQUEST, Deed.WITHDRAW) and Role.CASE_WORKER in person.roles
    if case is None:
        return theirs and row
    return theirs and reads_whole(person, case, directory, moment)


def may_withdraw(person: Person, request: ErasureRequest) -> bool:
    """Whether a request is this person's to take back: their own, or any for Leitung and Datenschutz."""
    return request.requested_by == person.id or bool(person.roles & RIGHTS[Deed.WITHDRAW])


# What may be erased.


def not_erasable(case: Case, past: Past, ground: Ground, retention: Retention, day: date) -> Blocked | None:
    """Why this case may not be erased on this local day on this ground, or None."""
    if case.state != State.CLOSED or past.closed_on is None:
        return _still_open(ground)
    if past.held:
        return Blocked(
            "held",
            "Der Fall ist von der Löschung gesperrt.",
            "die Sperre prüfen und aufheben: lotse retention release NUMMER",
        )
    if ground is not Ground.RETENTION:
        return None
    kind = class_of(case, past)
    last = kept_until(past.closed_on, retention[kind])
    if last is None:
        return Blocked(
            "no_term",
            f"Für die Klasse „{kind.label}“ hat das Netzwerk keine Frist festgelegt.",
            "die Frist im Profil setzen, Tabelle [retention]",
        )
    if day <= last:
        return Blocked(
            "not_due",
            f"Der Fall wird noch bis {last:%d.%m.%Y} aufbewahrt (Klasse „{kind.label}“).",
            "abwarten, oder einen anderen Grund nennen, wenn er zutrifft",
        )
    return None


def _still_open(ground: Ground) -> Blocked:
    reason = "Der Fall ist noch nicht abgeschlossen; gelöscht werden nur abgeschlossene Fälle."
    if ground is Ground.FAMILY_REQUEST:
        return Blocked("open", reason, "den Widerruf der Familie erfassen und den Fall abschließen")
    return Blocked("open", reason, "den Fall abschließen")


def accesses_not_erasable(purpose: str, held: bool, retention: Retention, at: datetime) -> Blocked | None:
    """Why this year of accesses may not be erased at this instant, or None; `held`: it tells of a case on hold."""
    term = retention[RetentionClass.ACCESS_LOG]
    if not accesses_due(purpose, term, at):
        last = accesses_kept_until(purpose, term)
        until = f" bis {last:%d.%m.%Y}" if last else ""
        return Blocked("not_due", f"Die Zugriffe dieses Jahres werden noch{until} aufbewahrt.", "abwarten")
    if held:
        return Blocked(
            "held",
            "In diesem Jahr wurde auf einen Fall zugegriffen, der von der Löschung gesperrt ist.",
            "die Sperre prüfen und aufheben: lotse retention release NUMMER",
        )
    return None
