"""The only way a case changes: load, may this person, engine and law, details, new case, log entry, staged together.

A refusal changes nothing and is recorded. Whatever happened, the caller decides with `work.commit()` whether it
becomes durable; `submit` is that decision for one command. Proven by the walks in `tests/workflow/test_walks.py`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import lru_cache, partial

from states.process import NEW, Process
from states.vocabulary import Command, Role
from workflow.access import MAY_RECEIVE, knows_of
from workflow.accountability import changed, disclosed
from workflow.act import Act
from workflow.advance import RECEIPTS, Step, advance, receive
from workflow.carried_out import REFUSALS, carried_out
from workflow.case import Case, Duty
from workflow.details import read_details
from workflow.duties import Rules
from workflow.errors import Blocked, ConflictError, RefusedError, UnknownCaseError
from workflow.institutions import why_no_referral
from workflow.judge import DENIED, Question, Verdict, judge
from workflow.office import Directory, Moment, Network, Office, OpeningKind, Person
from workflow.ports import ClosingWork, Entry, Remembered, Work
from workflow.told_time import in_order, not_ahead

WITHDRAWALS = frozenset(
    {
        Command.WITHDRAW_CONSENT,
        Command.WITHDRAW_CONSENT_FOR,
        Command.WITHDRAW_FEEDBACK,
        Command.WITHDRAW_REFERRAL,
        Command.REFUSE_CONSENT,
    }
)
TRIES = 5
NO_LONGER = "no_longer"
"""Why a repeated answer is withheld: the step was done, and the case is not this person's to know any more."""
LONGEST = 64
"""A longer name of a command is nothing that anyone meant; it is not logged."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for. `version` is what they saw (None: whatever stands now; a withdrawal needs none)."""

    command: str
    actor: Person
    case: str | None = None
    recipient: str | None = None
    version: int | None = None
    details: Mapping[str, object] = field(default_factory=dict, repr=False)
    key: str | None = None

    def body(self) -> bytes:
        """What makes two requests the same, for idempotency: everything but the key."""
        parts = (self.command, self.actor.id, self.case, self.recipient, self.version, dict(self.details))
        return json.dumps(parts, sort_keys=True, ensure_ascii=False, default=_as_text).encode()


def _as_text(value: object) -> object:
    """What JSON does not know; a set in one order, so that the same request has the same body in every process."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


@dataclass(frozen=True, slots=True)
class Done:
    """The answer: the case as it now stands. `repeated` says that an earlier request had done it already."""

    case: Case
    step: Step | None = None
    repeated: bool = False
    version: int = 0
    """The version to which the request led; the case may have moved on since."""


def perform(request: Request, work: Work, office: Office) -> Done:
    """Do what is asked, staged in `work`. Raises RefusedError, ConflictError, DetailsError, UnknownCaseError.

    Refusals and conflicts are staged for the log before they are raised; bad details and unknown cases are not
    refusals of the process, but an unknown or foreign case is recorded as denied.
    """
    moment = office.moment
    body = request.body() if request.key else b""
    before: Case | None = None
    try:
        actor = _known(request.actor, work.directory)
        if actor != request.actor:
            request = replace(request, actor=actor)
        if request.key:
            earlier = work.remembered(request.key, body)
            if earlier is not None:
                case = _still_theirs(request, work.case(earlier.case), work, moment)
                return Done(case, repeated=True, version=earlier.version)
        _lawful_time(request, not_ahead(moment))
        if request.command in RECEIPTS:
            network = office.network_now
            step = _receive(request, work, office, moment)
        else:
            before = _load(request, work)
            _not_stale(request, before)
            network = office.network(before.profile, before.profile_version)
            step = _advance(request, before, network, work, office, moment)
    except REFUSALS as refusal:
        work.record(_refusal(request, before, refusal, moment))
        raise
    work.save(before, step.after, step.family)
    work.record(_entry(request, before, step, moment, network, work.directory))
    if request.key:
        work.remember(request.key, body, Remembered(step.after.id, step.after.version))
    return Done(step.after, step, version=step.after.version)


def _known(actor: Person, directory: Directory) -> Person:
    """The person as the directory has them now, whatever the caller remembers; who is not in it may do nothing."""
    if actor.roles == {Role.CLOCK}:
        return actor
    return directory.persons.get(actor.id) or replace(actor, active=False)


def _still_theirs(request: Request, case: Case, work: Work, moment: Moment) -> Case:
    """A repeated answer goes to nobody who may not know the case any more."""
    if not knows_of(request.actor, case, work.directory, moment):
        raise RefusedError(Blocked(NO_LONGER, "Dieser Fall ist Ihnen nicht (mehr) zugeordnet."))
    return case


def _load(request: Request, work: Work) -> Case:
    if request.case is None:
        raise UnknownCaseError("Bitte einen Fall nennen.")
    return work.case(request.case)


def _not_stale(request: Request, before: Case) -> None:
    stale = request.version is not None and request.version != before.version
    if stale and request.command not in WITHDRAWALS:
        raise ConflictError(
            f"Fall {before.number} wurde inzwischen geändert. Nächster Schritt: neu ansehen und noch einmal versuchen."
        )


def _lawful_time(request: Request, blocked: Blocked | None) -> None:
    """A person tells a time that can be; the clock is the clock."""
    if blocked is not None and request.actor.roles != {Role.CLOCK}:
        raise RefusedError(blocked)


def _advance(
    request: Request, before: Case, network: Network, work: Work, office: Office, moment: Moment
) -> Step:
    directory = work.directory
    verdict = judge(
        Question(request.actor, before, moment, directory, network), request.command, request.recipient
    )
    if verdict.blocked is not None:
        raise RefusedError(verdict.blocked)
    known = partial(knows_of, request.actor, before, directory, moment)
    _lawful_time(request, in_order(before, moment, known))
    act = _act(request, verdict, work, office, moment)
    return advance(before, act, verdict, Rules(network, directory), lambda: work.family(before.id))


def _receive(request: Request, work: Work, office: Office, moment: Moment) -> Step:
    network = office.network_now
    rows = network.profile.process.rows_from(NEW, request.command)
    roles = [
        role
        for role, commands in MAY_RECEIVE.items()
        if role in request.actor.roles
        and request.actor.active
        and request.command in commands
        and any(role in row.roles for row in rows)
    ]
    if not roles:
        raise RefusedError(Blocked(DENIED, "Eine Meldung aufzunehmen steht Ihnen in Ihrer Rolle nicht zu."))
    if roles[0] is Role.PARTNER:
        blocked = why_no_referral(work.directory, request.actor.institution, moment.real_day)
        if blocked is not None:
            raise RefusedError(blocked)
    verdict = Verdict(request.command, None, roles[0], "")
    act = _act(request, verdict, work, office, moment)
    number = f"FH-{moment.day.year}-{work.next_number(moment.day.year):04d}"
    return receive(act, number, Rules(network, work.directory))


def _act(request: Request, verdict: Verdict, work: Work, office: Office, moment: Moment) -> Act:
    assert verdict.role is not None
    return Act(
        request.command,
        request.actor,
        verdict.role,
        request.recipient,
        moment,
        read_details(request.command, request.details, moment),
        office.new_id,
        work.directory,
    )


def _entry(
    request: Request, before: Case | None, step: Step, moment: Moment, network: Network, directory: Directory
) -> Entry:
    after, actor = step.after, request.actor.id
    a: dict[str, object] = {
        "action": step.command,
        "actor": actor,
        "role": str(step.role),
        "outcome": "done",
        "case": after.id,
        "version": after.version,
        "profile": after.profile,
        "profile_version": after.profile_version,
        "state": after.state,
        "at": moment.at.astimezone(UTC).isoformat(),
        "basis": _basis(network.profile.process, step.command),
    }
    for name, facts in (("set", step.set), ("cleared", step.cleared)):
        if facts:
            a[name] = sorted(facts)
    for name, duties in (
        ("opened", step.duties.opened),
        ("met", step.duties.met),
        ("fallen", step.duties.fallen),
    ):
        if duties:
            a[name] = [_duty(duty) for duty in duties]
    a.update(_beside(request, before, step, moment, directory))
    return Entry("steps", a, dict(step.content) or None, after.id)


def _beside(
    request: Request, before: Case | None, step: Step, moment: Moment, directory: Directory
) -> dict[str, object]:
    """Who else is concerned: the recipient, on whose behalf, which objects changed, what left the house."""
    a: dict[str, object] = {}
    after, actor = step.after, request.actor.id
    if request.recipient is not None:
        a["recipient"] = request.recipient
        known = directory.recipients.get(request.recipient)
        if known is not None:
            a["recipient_role"], a["recipient_institution"] = str(known.role), known.institution
    if step.command == Command.FLAG_OVERDUE:
        a["obligation"] = step.content["obligation"]
    if "fields" in step.content:
        a["fields"] = step.content["fields"]
    a.update(changed(before, after))
    channel = str(step.content.get("channel", ""))
    told = disclosed(step.command, before, after, channel, directory, moment.day)
    if told:
        a["disclosed"] = told
    if step.role is Role.CASE_WORKER and _in_place(actor, after, directory, moment):
        a["on_behalf_of"] = after.responsible
    if request.actor.institution:
        a["institution"] = request.actor.institution
    return a


def _in_place(actor: str, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether this Fachkraft acts for the one who keeps the case: as her substitute, or in an emergency."""
    if case.responsible in (None, actor):
        return False
    return case.responsible in directory.represented_by(actor, moment.real_day) or any(
        one.kind is OpeningKind.EMERGENCY for one in directory.opened_to(actor, case.id, moment.real_at)
    )


@lru_cache(maxsize=1024)
def _basis(process: Process, command: str) -> str:
    """The paper or paragraph behind the command, as the table names it."""
    return next((row.source for row in process.rows if row.command == command), "")


def _duty(duty: Duty) -> dict[str, object]:
    return {
        "obligation": duty.obligation,
        "recipient": duty.recipient,
        "anchor": duty.anchor.isoformat(),
        "due": duty.told_due.isoformat(),
        "counted": duty.counted,
    }


def _refusal(request: Request, before: Case | None, refusal: Exception, moment: Moment) -> Entry:
    code = refusal.blocked.code if isinstance(refusal, RefusedError) else type(refusal).__name__
    a: dict[str, object] = {
        "action": request.command if len(request.command) < LONGEST else "?",
        "actor": request.actor.id,
        "outcome": "refused",
        "reason": code,
        "at": moment.real_at.astimezone(UTC).isoformat(),
    }
    if before is not None:
        a["case"] = before.id
        a["version"] = before.version
    return Entry("steps", a, None, None)


def tries_of(request: Request) -> int:
    """How often a request is made anew on the newer case where it meets a conflict: a withdrawal never loses a race."""
    return TRIES if request.command in WITHDRAWALS else 1


def submit(request: Request, open_work: Callable[[], ClosingWork], office: Office) -> Done:
    """Perform one command in a unit of work of its own and commit it, a recorded refusal too."""
    return carried_out(partial(perform, request, office=office), open_work, tries_of(request))
