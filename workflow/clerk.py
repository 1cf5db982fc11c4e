"""Asking for an erasure, holding it up, approving it: each on record, refusals too, staged in one unit of work.

Two persons erase; what was held apart longer than its term one purges (decision 9). On approval the log itself is read as
well as the rows beside it, so a hold or a request that somebody changed by hand in the tables lets nothing through.
Proven in `tests/contracts/test_erasure_rules.py` and `test_quarantine_term.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from workflow.access import knows_of
from workflow.erasure import (
    Deed,
    ErasureRequest,
    Ground,
    LegalHold,
    Shredded,
    is_accesses,
    is_case,
    is_quarantine,
    is_row,
)
from workflow.errors import Blocked, RefusedError, UnknownCaseError
from workflow.judge import DENIED, not_yours
from workflow.kept import Kept, overview, tells_of_a_held_case
from workflow.ports import ClosingRetentionWork, Entry, RetentionWork
from workflow.quarantine import row_not_erasable
from workflow.retention import (
    Clerk,
    accesses_not_erasable,
    may,
    may_withdraw,
    not_erasable,
    past_of,
)
from workflow.second_person import entered_too_late, not_a_second

_Answer = TypeVar("_Answer")
_DENIED = {
    Deed.REQUEST: "Eine Löschung beantragen die zuständige Fachkraft, Leitung oder Datenschutz.",
    Deed.WITHDRAW: "Einen Antrag ziehen die zuständige Fachkraft, Leitung oder Datenschutz zurück.",
    Deed.APPROVE: "Eine Löschung genehmigen Leitung oder Datenschutz.",
    Deed.HOLD: "Eine Löschsperre setzen Leitung oder Datenschutz.",
    Deed.RELEASE: "Eine Löschsperre heben Leitung oder Datenschutz auf.",
}
_ALTERED = Blocked(
    "altered",
    "Antrag oder Sperre stehen anders in den Tabellen als im Protokoll; so wird nichts gelöscht.",
    "lotse audit verify --replay",
)
_DAMAGED = Blocked("damaged", "Der Fall lässt sich nicht öffnen.", "lotse audit verify --replay")

_ASKED = (Deed.REQUEST, "done")
_BY_ITSELF = Blocked(
    "ground",
    "Ein Tag der Quarantäne wird nicht beantragt: Ist seine Frist um, leert ihn eine Person.",
    "lotse retention purge",
)


def submit_erasure(
    act: Callable[[RetentionWork], _Answer], open_work: Callable[[], ClosingRetentionWork]
) -> _Answer:
    """Do it in a unit of work of its own and commit it, a recorded refusal too."""
    with open_work() as work:
        try:
            answer = act(work)
        except (RefusedError, UnknownCaseError):
            work.commit()
            raise
        work.commit()
        return answer


def request(work: RetentionWork, clerk: Clerk, target: str, ground: Ground) -> ErasureRequest:
    """Ask for an erasure as the first person. Raises RefusedError, staged for the log; UnknownCaseError."""
    blocked = _permitted(work, clerk, Deed.REQUEST, target) or _waiting(work, target)
    blocked = blocked or _unfit(work, clerk, target, ground)
    if blocked:
        raise _refused(work, clerk, Deed.REQUEST, target, blocked, ground)
    asked = ErasureRequest(target, ground, clerk.person.id, clerk.at)
    work.request_erasure(asked)
    _record(work, clerk, Deed.REQUEST, target, {"ground": str(ground)})
    return asked


def withdraw(work: RetentionWork, clerk: Clerk, target: str) -> None:
    """Take a request back. Raises RefusedError where there is none or it is not theirs."""
    asked = work.erasure_request(target)
    blocked = _permitted(work, clerk, Deed.WITHDRAW, target)
    if blocked is None and asked is None:
        blocked = Blocked("no_request", "Hier ist keine Löschung beantragt.", "lotse retention requests")
    elif blocked is None and asked is not None and not may_withdraw(clerk.person, asked):
        blocked = Blocked(
            DENIED, "Diesen Antrag hat jemand anderes gestellt.", "Leitung oder Datenschutz fragen"
        )
    if blocked:
        raise _refused(work, clerk, Deed.WITHDRAW, target, blocked)
    work.withdraw_erasure(target)
    _record(work, clerk, Deed.WITHDRAW, target)


def hold(work: RetentionWork, clerk: Clerk, case_id: str, reason: str) -> None:
    """Keep a case from being erased until somebody releases it; the reason goes under the case's key alone."""
    blocked = _permitted(work, clerk, Deed.HOLD, case_id)
    if blocked is None and work.legal_hold(case_id) is not None:
        blocked = Blocked("held", "Der Fall ist schon von der Löschung gesperrt.")
    if blocked:
        raise _refused(work, clerk, Deed.HOLD, case_id, blocked)
    work.place_hold(LegalHold(case_id, clerk.person.id, clerk.at, reason))
    _record(work, clerk, Deed.HOLD, case_id, content={"reason": reason})


def release(work: RetentionWork, clerk: Clerk, case_id: str) -> None:
    """Release a hold. One that the log knows of and the tables do not is released too, so nobody is trapped."""
    blocked = _permitted(work, clerk, Deed.RELEASE, case_id)
    if blocked is None and work.legal_hold(case_id) is None and not past_of(work.told(case_id)).held:
        blocked = Blocked("no_hold", "Der Fall ist nicht von der Löschung gesperrt.")
    if blocked:
        raise _refused(work, clerk, Deed.RELEASE, case_id, blocked)
    work.release_hold(case_id)
    _record(work, clerk, Deed.RELEASE, case_id)


def approve(work: RetentionWork, clerk: Clerk, target: str) -> Shredded:
    """Erase, as the second person. Raises RefusedError, staged for the log; UnknownCaseError."""
    asked = work.erasure_request(target)
    blocked = _permitted(work, clerk, Deed.APPROVE, target)
    if blocked is None and asked is None:
        blocked = Blocked(
            "no_request",
            "Hier ist keine Löschung beantragt.",
            "eine andere Person beantragt sie: lotse retention request NUMMER",
        )
    if blocked is None and asked is not None:
        blocked = not_a_second(asked, clerk.person, work.directory, clerk.moment.real_day)
        blocked = blocked or _not_as_logged(work, asked)
        blocked = blocked or _too_new(work, clerk, asked)
        blocked = blocked or _unfit(work, clerk, target, asked.ground)
    if blocked or asked is None:
        ground = asked.ground if asked else None
        raise _refused(work, clerk, Deed.APPROVE, target, blocked or _ALTERED, ground)
    return shred(work, clerk, asked)


def shred(work: RetentionWork, clerk: Clerk, asked: ErasureRequest) -> Shredded:
    """Stage an erasure and its entry; whether it may be has been asked."""
    shredded = work.erase(asked.target)
    work.record(erased_entry(shredded, asked, clerk.person.id, clerk.at))
    return shredded


def erased_entry(shredded: Shredded, asked: ErasureRequest, approver: str, at: datetime) -> Entry:
    """What the log says of an erasure for ever; `at` is aware."""
    named = "case" if is_case(shredded.target) else "purpose"
    a = {
        "action": str(Deed.APPROVE), "outcome": "done", named: shredded.target, "key_id": shredded.key_id,
        "kek_version": shredded.kek_version, "ground": str(asked.ground), "actor": approver,
        "requested_by": asked.requested_by, "at": at.astimezone(UTC).isoformat(),
    }  # fmt: skip
    return Entry("steps", a, None, shredded.target if named == "case" else None)


def request_all_due(work: RetentionWork, clerk: Clerk) -> list[Kept]:
    """Ask for whatever the retention rules let go now, nobody holds and nobody has asked for yet."""
    free = [each for each in overview(work, clerk) if each.may_be_requested]
    for each in free:
        request(work, clerk, each.target, Ground.ACCESS_LOG if is_accesses(each.target) else Ground.RETENTION)
    return free


def approve_all_due(
    work: RetentionWork, clerk: Clerk, damage: tuple[type[Exception], ...] = ()
) -> tuple[list[Shredded], list[tuple[ErasureRequest, Blocked]]]:
    """Approve as a whole what was asked for because its time is over; what is refused stays, with the reason.

    So does what one of the errors in `damage` keeps closed; it hinders no other.
    """
    done, left = [], []
    closed: tuple[type[Exception], ...] = (UnknownCaseError, *damage)
    for asked in work.erasure_requests():
        if asked.ground in (Ground.RETENTION, Ground.ACCESS_LOG):
            try:
                done.append(approve(work, clerk, asked.target))
            except RefusedError as refused:
                left.append((asked, refused.blocked))
            except closed:
                left.append((asked, _DAMAGED))
    return done, left


def _permitted(work: RetentionWork, clerk: Clerk, deed: Deed, target: str) -> Blocked | None:
    """Why this person may not, by rights alone; the person as the directory has them now."""
    person, directory = work.directory.persons.get(clerk.person.id), work.directory
    case = work.case(target) if is_case(target) else None
    if person is not None and may(person, deed, case, directory, clerk.moment, row=is_row(target)):
        return None
    if person is not None and case is not None and not knows_of(person, case, directory, clerk.moment):
        return not_yours(person, case, directory, clerk.moment)
    return Blocked(DENIED, _DENIED[deed])


def _waiting(work: RetentionWork, target: str) -> Blocked | None:
    if work.erasure_request(target) is None:
        return None
    return Blocked(
        "requested",
        "Diese Löschung ist schon beantragt.",
        "eine zweite Person genehmigt sie: lotse retention approve NUMMER",
    )


def _unfit(work: RetentionWork, clerk: Clerk, target: str, ground: Ground) -> Blocked | None:
    """Why this may not be erased now, whoever asks."""
    if not work.log_is_whole():
        return _ALTERED
    if not is_case(target):
        return _unfit_beside(work, clerk, target, ground)
    if ground not in (Ground.RETENTION, Ground.FAMILY_REQUEST, Ground.UNLAWFUL):
        return Blocked("ground", "Dieser Grund passt nicht zu einem Fall.")
    past = past_of(work.told(target))
    if past.held != (work.legal_hold(target) is not None):
        return _ALTERED
    return not_erasable(work.case(target), past, ground, clerk.retention, clerk.moment.day)


def _unfit_beside(work: RetentionWork, clerk: Clerk, target: str, ground: Ground) -> Blocked | None:
    """The same for what is no case."""
    if is_quarantine(target):
        return _BY_ITSELF
    if is_row(target):
        return row_not_erasable(work.shreddable(target) is not None, ground)
    if ground is not Ground.ACCESS_LOG or target not in work.access_years():
        return Blocked("ground", "Für die Zugriffe eines Jahres gibt es nur den Grund access_log.")
    held = tells_of_a_held_case(work, target)
    return accesses_not_erasable(target, held, clerk.retention, clerk.moment.at)


def _not_as_logged(work: RetentionWork, asked: ErasureRequest) -> Blocked | None:
    if not work.log_is_whole():
        return _ALTERED
    told = past_of(work.told(asked.target)).asked
    return None if told == (str(asked.ground), asked.requested_by) else _ALTERED


def _too_new(work: RetentionWork, clerk: Clerk, asked: ErasureRequest) -> Blocked | None:
    """Why the two are perhaps one, as the log has them."""
    told = [at for at, a in work.told(asked.target) if (a.get("action"), a.get("outcome")) == _ASKED]
    return entered_too_late(asked.requested_by, told[-1], clerk.person, work.directory, work.entered)


def _record(
    work: RetentionWork,
    clerk: Clerk,
    deed: Deed,
    target: str,
    more: dict[str, object] | None = None,
    content: dict[str, object] | None = None,
    outcome: str = "done",
) -> None:
    case = target if is_case(target) else None
    named = "purpose" if case is None else "case"
    a: dict[str, object] = {"action": str(deed), "actor": clerk.person.id, "outcome": outcome, named: target}
    a |= {**(more or {}), "at": clerk.at.isoformat()}
    work.record(Entry("steps", a, content, case))


def _refused(
    work: RetentionWork, clerk: Clerk, deed: Deed, target: str, blocked: Blocked, ground: Ground | None = None
) -> RefusedError:
    more: dict[str, object] = {"reason": blocked.code}
    if ground is not None:
        more["ground"] = str(ground)
    _record(work, clerk, deed, target, more, outcome="refused")
    return RefusedError(blocked)
