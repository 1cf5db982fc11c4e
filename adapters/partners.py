"""What partners do over here: bring a referral in, follow their own, answer, take back; and how one comes to be one.

Jobs stage and never commit, so they serve `Lotse.write` and a writer alike. A referral without consent („noch nicht“)
is refused before anything of it is stored. Told in `tests/scenarios/test_a_clinics_day.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from enum import StrEnum

from adapters.db.work import SqlWork
from adapters.login import links
from adapters.login.links import Purpose
from adapters.login.rows import Rows
from adapters.login.staff import comes_in, held_by_another
from adapters.login.taken import NAME_TAKEN
from adapters.lotse import FIRST, Lotse
from states.vocabulary import Command, Role
from workflow.audited import Audited
from workflow.case import Case, ConsentForm
from workflow.errors import Blocked, DetailFault, DetailsError, KeyReusedError, RefusedError, UnknownCaseError
from workflow.institutions import why_no_referral
from workflow.judge import DENIED, Question
from workflow.office import Directory, Institution, Moment, Network, Person
from workflow.own_referrals import (
    ANSWERS,
    Receipt,
    Referral,
    is_referrer,
    own_referral,
    own_referrals,
    receipt_of,
)
from workflow.perform import Done, Request, perform
from workflow.ports import Entry
from workflow.reference import read_reference
from workflow.register import Entered, Guest, enter_guest, enter_institution
from workflow.sight import sight_of

INVITED_FOR = timedelta(days=14)
FIELDS = (
    "surname", "first_name", "born", "expected", "phone", "street", "postcode", "district", "language", "concern",
    "given_on", "giver", "evidence", "oral_reason", "expires_on",
)  # fmt: skip
"""What a partner says of a family; where and when it came from is not the partner's to say."""
NOT_YET = Blocked(
    "not_yet",
    "Ohne Einwilligung der Familie nehmen wir keine Namen entgegen. Es wurde nichts gespeichert.",
    "die Familie fragen; sie kann sich auch jederzeit selbst melden",
)

NOT_ASKED = Blocked(
    "not_asked",
    "Nach der Einwilligung der Familie fragen wir bei dieser Meldung zurzeit nicht.",
    "hat die Familie widerrufen, den Widerruf melden; sonst die Frühen Hilfen anrufen",
)
"""The same wherever the case stands."""
OTHER_WAY = "den ASD des Jugendamts anrufen; bei akuter Gefahr sofort 110"
"""The next step of a partner whose concern cannot be taken in with this referral: it must not be lost."""
OTHER_DAY = "Erteilt am: Dieser Tag passt nicht zu dieser Meldung. Bitte die Frühen Hilfen anrufen."


class Consent(StrEnum):
    """What a partner says of the family's consent to be contacted."""

    WRITTEN = "written"
    ELECTRONIC = "electronic"
    ORAL = "oral"
    UNCLEAR = "unclear"
    NOT_YET = "not_yet"

    @property
    def given(self) -> bool:
        """Whether there is one."""
        return self.value in set(ConsentForm)

    @property
    def label(self) -> str:
        """The German word."""
        return {
            "written": "ja, schriftlich",
            "electronic": "ja, elektronisch",
            "oral": "ja, mündlich",
            "unclear": "unklar",
            "not_yet": "noch nicht",
        }[self.value]


class Ambiguous(Exception):
    """Two own referrals have this Kennzeichen."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody who may speak for an institution, and the secret part of the link by which they come in."""

    person: Person
    link: str


def request_of(
    person: Person, consent: Consent, details: Mapping[str, object], key: str | None = None
) -> Request:
    """What is asked of the workflow where somebody brings a referral in; a key makes it safe to repeat."""
    told = {name: details[name] for name in FIELDS if name in details}
    if not consent.given:
        told = {name: value for name, value in told.items() if name not in _OF_CONSENT}
        return Request(Command.RECEIVE_UNCLEAR, person, details=told, key=key)
    told["form"] = str(consent)
    return Request(Command.RECEIVE_CONSENT, person, details=told, key=key)


_OF_CONSENT = frozenset({"given_on", "giver", "evidence", "oral_reason", "expires_on"})


def not_yet(lotse: Lotse, person: Person) -> Callable[[SqlWork], Done]:
    """The job that refuses a referral without consent, on record and without a word of it. Always RefusedError."""

    def job(work: SqlWork) -> Done:
        known = work.directory.persons.get(person.id)
        blocked = NOT_YET
        if known is None or not known.active or Role.PARTNER not in known.roles:
            blocked = Blocked(DENIED, "Eine Meldung aufzunehmen steht Ihnen in Ihrer Rolle nicht zu.")
        else:
            blocked = why_no_referral(work.directory, known.institution, lotse.moment.real_day) or NOT_YET
        work.record(Entry("steps", _refused(lotse, Audited.NOT_REFERRED, person, blocked)))
        raise RefusedError(blocked)

    return job


def own_step(lotse: Lotse, request: Request) -> Callable[[SqlWork], Done]:
    """The job that does a step with an own referral. Raises RefusedError, recorded, and what `perform` raises.

    To a partner from whom the family keeps how it went (no fourth consent), every refusal reads the same in every
    state; an answer about consent is taken where it is asked for, and nowhere else.
    """

    def job(work: SqlWork) -> Done:
        question = _own_question(lotse, request, work)
        if question is None or sight_of(*_whose(question)).status:
            return perform(request, work, lotse.office)
        if request.command in ANSWERS and not own_referral(question).asked and not _repeated(request, work):
            case = {"case": question.case.id, "version": question.case.version}
            work.record(
                Entry("steps", {**_refused(lotse, request.command, request.actor, NOT_ASKED), **case})
            )
            raise RefusedError(NOT_ASKED)
        try:
            return perform(request, work, lotse.office)
        except RefusedError as refused:
            if request.command != Command.RAISE_CONCERN:
                raise
            raise RefusedError(replace(refused.blocked, next_step=OTHER_WAY)) from None
        except DetailsError as error:
            raise DetailsError(tuple(_untold(each) for each in error.faults)) from None

    return job


def _own_question(lotse: Lotse, request: Request, work: SqlWork) -> Question | None:
    """What is asked, where the case is this person's own referral; `perform` answers whoever has none."""
    person = work.directory.persons.get(request.actor.id)
    if person is None or request.case is None:
        return None
    case = work.case(request.case)
    if not is_referrer(person, case, work.directory, lotse.moment):
        return None
    return Question(person, case, lotse.moment, work.directory, network_of(lotse, case))


def _whose(question: Question) -> tuple[Person, Case, Directory, Moment]:
    return question.person, question.case, question.directory, question.moment


def _repeated(request: Request, work: SqlWork) -> bool:
    """Whether this key was used: then `perform` answers as it did, or says that it was for something else."""
    try:
        return bool(request.key) and work.remembered(request.key or "", request.body()) is not None
    except KeyReusedError:
        return True


def _untold(fault: DetailFault) -> DetailFault:
    """A day that does not fit, without the reason: that the family has said no since is not the partner's to know."""
    return replace(fault, sentence=OTHER_DAY) if fault.field == "given_on" else fault


def _refused(lotse: Lotse, action: str, person: Person, blocked: Blocked) -> dict[str, object]:
    at = lotse.moment.real_at.astimezone(UTC).isoformat()
    return {
        "action": str(action), "actor": person.id, "outcome": "refused", "reason": blocked.code, "at": at,
    }  # fmt: skip


def receipt_for(lotse: Lotse, done: Done, consent: Consent) -> Receipt:
    """The receipt for what was brought in; the same for a repeated request."""
    return receipt_of(done.case, network_of(lotse, done.case), consent=consent.given)


def network_of(lotse: Lotse, case: Case) -> Network:
    """The network by which a case began."""
    return lotse.office.network(case.profile, case.profile_version)


def referrals_of(lotse: Lotse, person: Person) -> tuple[Referral, ...]:
    """Every referral of this person's institution; on record before anything is opened."""
    cases, directory = lotse.visible(person, Audited.REFERRALS)
    return own_referrals(person, cases, directory, lotse.moment, lambda case: network_of(lotse, case))


def referral_called(lotse: Lotse, person: Person, reference: str) -> Referral:
    """The own referral of this Kennzeichen, its opening on record. Raises UnknownCaseError, Ambiguous.

    A Kennzeichen of somebody else's referral is as unknown as one that was never given.
    """
    wanted = read_reference(reference)
    cases, directory = lotse.visible(person, Audited.REFERRALS)
    own = own_referrals(person, cases, directory, lotse.moment, lambda case: network_of(lotse, case))
    found = [each for each in own if each.reference == wanted]
    if len(found) > 1:
        raise Ambiguous
    if not found:
        lotse.asked_in_vain(person)
        raise UnknownCaseError("Dieses Kennzeichen gibt es unter Ihren Meldungen nicht.")
    case = next(case for case in cases if case.id == found[0].case)
    lotse.record("access", {"action": str(Audited.OPEN), "actor": person.id, "case": case.id}, case.id)
    return own_referral(Question(person, case, lotse.moment, directory, network_of(lotse, case)))


def entering(lotse: Lotse, by: Person, given: Entered) -> Callable[[SqlWork], Institution]:
    """The job that enters or changes an institution."""
    return lambda work: enter_institution(by, given, work, lotse.office, FIRST.id)


def inviting(
    lotse: Lotse, by: Person, guest: Guest, valid: timedelta = INVITED_FOR
) -> Callable[[SqlWork], Invitation]:
    """The job that enters who may speak for an institution and makes their one-time link; an earlier link ends.

    Refused for whoever comes in already: the link would set another password for them.
    """

    def job(work: SqlWork) -> Invitation:
        until = lotse.moment.real_at + valid
        person = enter_guest(by, guest, until, work, lotse.office, FIRST.id, _hindered(work, guest.id))
        return Invitation(person, links.stage_link(work, lotse, person.id, Purpose.INVITATION, valid))

    return job


def _hindered(work: SqlWork, person: str) -> Blocked | None:
    """What the login has against inviting somebody under this id."""
    rows = Rows.known(work)
    if rows is None:
        return None
    if held_by_another(rows, person):
        return Blocked("taken", NAME_TAKEN)
    if comes_in(rows, person):
        return Blocked(
            "comes_in", "Diese Person hat schon einen Zugang.", "Leitung oder IT bitten, ihn zurückzusetzen"
        )
    return None
