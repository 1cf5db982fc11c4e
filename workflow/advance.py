"""One step of one case: from the judged command to the new case, its obligations and what the log will say.

Facts are written by the table alone. The handlers change the objects, and afterwards both must agree: what the
policies read off the new case is what the table's effect made of the old facts, or the step is undone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from states.vocabulary import Command, Role, State
from workflow.act import Act
from workflow.calendar import local_date
from workflow.case import Case, Child, ConsentKind, Family, Source
from workflow.closing import refusal_of
from workflow.consents import with_consent
from workflow.duties import Rules, Turnover, coming, settle, turn_over, with_duties
from workflow.errors import BrokenProcessError, DetailFault, DetailsError, RefusedError
from workflow.handlers import handle, keeper
from workflow.institutions import institution_of, name_today
from workflow.judge import Verdict
from workflow.policies import Situation, facts_now, facts_recorded
from workflow.value import changed

RECEIPTS = frozenset({Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.RECEIVE_UNCLEAR})


@dataclass(frozen=True, slots=True)
class Step:
    """What one command made: the case before (as time left it) and after, facts and obligations that changed."""

    command: str
    role: Role
    after: Case
    set: frozenset[str]
    cleared: frozenset[str]
    duties: Turnover
    family: Family | None = None
    content: Mapping[str, object] = field(default_factory=dict, repr=False)


def advance(before: Case, act: Act, verdict: Verdict, rules: Rules, family: Callable[[], Family]) -> Step:
    """Make the step that `verdict` allows. Details may still be refused (`DetailsError`, `RefusedError`)."""
    moment, process = act.moment, rules.network.profile.process
    old = facts_recorded(before)
    settled, lapsed = settle(before, moment, rules, old)
    if act.command == Command.CLOSE:
        unfit = refusal_of(act.text("reason"), settled, rules.network, moment.day)
        if unfit is not None:
            raise RefusedError(unfit)
    change = handle(settled, act, family)
    new = process.effect(act.command, old, act.recipient)
    after = changed(
        change.case,
        state=str(verdict.target),
        version=before.version + 1,
        marks=_marks(before.marks, new, moment.at),
        moved_at=before.moved_at if act.role is Role.CLOCK else moment.at,
    )
    _agree(after, new, act.command)
    held = facts_now(Situation(after, moment, rules.directory, rules.network), recorded=new)
    duties = turn_over(after, act.command, held, moment, rules, act.recipient)
    after = _with_coming(with_duties(after, duties), rules)
    return Step(
        act.command,
        act.role,
        after,
        new - old,
        old - new,
        _joined(lapsed, duties),
        change.family,
        _content(act, change.before),
    )


def receive(act: Act, number: str, rules: Rules) -> Step:
    """Begin a case: the receipt is the partner's data and anchors the deadlines, whenever we enter it."""
    moment, network = act.moment, rules.network
    received = cast("datetime", act.details.get("received", moment.at))
    if received > moment.at:
        raise DetailsError((DetailFault("received", "Eingang: Der Zeitpunkt liegt in der Zukunft."),))
    by_partner = act.command != Command.RECEIVE_SELF
    child = Child(
        cast("date | None", act.details.get("born")), cast("date | None", act.details.get("expected"))
    )
    if child.born is not None and child.born > local_date(received):
        raise DetailsError((DetailFault("born", "Kind geboren am: Der Tag liegt nach dem Eingang."),))
    facts = network.profile.process.effect(act.command, frozenset(), None)
    fresh = Case(
        id=act.new_id(),
        number=number,
        profile=network.profile.name,
        profile_version=network.profile.version,
        state=str(State.RECEIVED),
        version=1,
        source=_source(act, by_partner=by_partner),
        received_on=local_date(received),
        opened_at=moment.at,
        marks=_marks({}, facts, moment.at),
        child=child,
        responsible=_responsible(act),
        district=act.text("district"),
        moved_at=moment.at,
    )
    if act.command != Command.RECEIVE_UNCLEAR:
        fresh = with_consent(fresh, act, ConsentKind.CONTACT, since=fresh.received_on)
    _agree(fresh, facts, act.command)
    duties = turn_over(
        fresh, act.command, facts_now(Situation(fresh, moment, rules.directory, rules.network)), moment, rules
    )
    fresh = _with_coming(with_duties(fresh, duties), rules)
    family = Family(**{name: act.text(name) for name in Family.__dataclass_fields__})
    return Step(act.command, act.role, fresh, facts, frozenset(), duties, family, _content(act, ""))


def _with_coming(case: Case, rules: Rules) -> Case:
    """The case with what will begin when its consent ends; most steps change nothing of it."""
    due = coming(case, rules)
    return case if due == case.coming else changed(case, coming=due)


def _responsible(act: Act) -> str | None:
    """Whoever takes a referral in, or the Fachkraft they name; what a partner sends waits for somebody to take it."""
    if act.role is not Role.CASE_WORKER:
        return None
    return keeper(act, "responsible") if act.text("responsible") else act.actor.id


def _source(act: Act, *, by_partner: bool) -> Source:
    """Who refers; a partner speaks for its own institution only, and is what the register says it is."""
    if act.role is not Role.PARTNER:
        return Source(act.text("source_kind"), act.text("institution"), by_partner)
    known = institution_of(act.directory, act.actor.institution)
    kind = known.kind if known is not None else act.text("source_kind")
    return Source(kind, name_today(act.directory, act.actor.institution), by_partner)


def _marks(old: Mapping[str, datetime], facts: frozenset[str], at: datetime) -> dict[str, datetime]:
    """Marks are all facts that no object carries, each with the instant since which it holds."""
    return {name: old.get(name, at) for name in sorted(facts) if name != "consent" and ":" not in name}


def _agree(after: Case, facts: frozenset[str], command: str) -> None:
    differing = facts_recorded(after) ^ facts
    if differing:
        raise BrokenProcessError(f"{command}: table and evidence differ in {len(differing)} facts")


def _joined(lapsed: Turnover, duties: Turnover) -> Turnover:
    """Both turnovers of a step as the log tells them: time first, then the command."""
    if not (lapsed.opened or lapsed.met or lapsed.fallen):
        return duties
    opened = {duty.key: duty for duty in (*lapsed.opened, *duties.opened)}
    ended = {duty.key for duty in duties.met + duties.fallen}
    both = {key for key in ended if key in {duty.key for duty in lapsed.opened}}
    return Turnover(
        duties.running,
        tuple(duty for key, duty in opened.items() if key not in both or duty in duties.opened),
        tuple(duty for duty in duties.met if duty.key not in both),
        (*lapsed.fallen, *(duty for duty in duties.fallen if duty.key not in both)),
    )


def _content(act: Act, before: str) -> dict[str, object]:
    """The words of the step, for the sealed part of the log."""
    content: dict[str, object] = {name: _plain(value) for name, value in act.details.items()}
    if before:
        content["before"] = before
    return content


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
