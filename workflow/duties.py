"""The obligations of a case through one step: what begins, what is met, what falls away.

An obligation runs exactly while its condition holds; it begins with its event only and is anchored there, never by
arriving in a state (DOMAIN section 4); what meets it and begins it too, as the review of a support, begins it anew.
The proof (law F5) says that this suffices; where a step would begin one without its event, that is a fault of the
program and the step is undone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from states.process import ObligationSpec, Process
from states.vocabulary import LAPSE, Command, Obligation
from workflow.ages import last_day, week_of
from workflow.calendar import BERLIN
from workflow.case import Case, ConsentKind, Duty
from workflow.deadlines import Counting, Deadline, deadline
from workflow.errors import BrokenProcessError
from workflow.office import Directory, Moment, Network
from workflow.policies import Situation, age_limit, facts_now
from workflow.value import changed

_WITHIN_AGE = frozenset({Obligation.SUPPORT, Obligation.REVIEW})
_LATER = frozenset({Obligation.REVIEW})
"""What a support taken over before version 0.3 does not owe: there, the first review begins it."""
_NOBODY = (None,)
_RECEIPTS = frozenset({Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.RECEIVE_UNCLEAR})


@dataclass(frozen=True, slots=True)
class Turnover:
    """What became of the obligations in one step."""

    running: tuple[Duty, ...]
    opened: tuple[Duty, ...] = ()
    met: tuple[Duty, ...] = ()
    fallen: tuple[Duty, ...] = ()


@lru_cache(maxsize=4096)
def owed(process: Process, state: str, facts: frozenset[str]) -> Mapping[tuple[str, str | None], "_Owed"]:
    """Every obligation whose condition holds in this state with these facts, by its name and its recipient."""
    recipients = {name.partition(":")[2] for name in facts if name.startswith(("offered:", "handed:"))}
    return {
        (one.name, recipient): one
        for one in _possible(process, state)
        for recipient in (recipients if one.per_recipient else _NOBODY)
        if one.spec.condition.holds(facts, recipient)
    }


@dataclass(frozen=True, slots=True)
class _Owed:
    """What is asked of an obligation at every step, read off its specification once."""

    spec: ObligationSpec
    name: str
    per_recipient: bool
    renewed_by: frozenset[str]


@lru_cache(maxsize=256)
def _possible(process: Process, state: str) -> tuple[_Owed, ...]:
    """What can be owed in this state; a process never changes."""
    return tuple(one for one in _specs(process).values() if state in one.spec.states)


@lru_cache(maxsize=64)
def _specs(process: Process) -> Mapping[str, _Owed]:
    found = [_Owed(spec, str(spec.name), spec.per_recipient, spec.renewed_by) for spec in process.obligations]
    return {one.name: one for one in found}


def turn_over(
    after: Case,
    command: str,
    facts: frozenset[str],
    moment: Moment,
    rules: "Rules",
    recipient: str | None = None,
) -> Turnover:
    """The obligations of `after` (which still carries those from before) once `command` has happened.

    `recipient` is whom the command names, if anyone: only what is owed for them is met while it goes on.
    """
    process = rules.network.profile.process
    running = {duty.key: duty for duty in after.duties}
    holds = owed(process, after.state, facts)
    if running.keys() == holds.keys() and not any(command in one.renewed_by for one in holds.values()):
        return Turnover(after.duties)
    met: list[Duty] = []
    fallen: list[Duty] = []
    opened: list[Duty] = []
    specs = _specs(process)
    for key, duty in running.items():
        if key not in holds:
            (met if command in specs[key[0]].spec.met_by else fallen).append(duty)
        elif command in holds[key].renewed_by and recipient in {None, key[1]}:
            met.append(duty)
    gone = {duty.key for duty in (*met, *fallen)}
    for key, one in holds.items():
        if key in running and key not in gone:
            continue
        if command not in one.spec.begun_by:
            if one.name in _LATER:
                continue
            raise BrokenProcessError(f"{one.name} begins without its event, by {command}")
        opened.append(_begin(after, one.name, key[1], anchor_of(after, one.name, command, moment), rules))
    still = tuple(duty for duty in after.duties if duty.key not in gone)
    return Turnover((*still, *opened), tuple(opened), tuple(met), tuple(fallen))


def anchor_of(case: Case, obligation: str, command: str, moment: Moment) -> date:
    """The local day from which an obligation counts: the receipt, the old anchor after `reopen`, else today."""
    if command in _RECEIPTS:
        return case.received_on
    if command == Command.REOPEN:
        return case.anchors.get(obligation, case.received_on)
    if command == LAPSE:
        ends = [c.expires_on for c in case.consents_for(ConsentKind.CONTACT) if c.expires_on is not None]
        return max(ends, default=moment.day)
    return moment.day


@dataclass(frozen=True, slots=True)
class Rules:
    """What deadlines depend on: the network's days and calendar, and who the recipients are."""

    network: Network
    directory: Directory


def _begin(case: Case, name: str, recipient: str | None, anchor: date, rules: Rules) -> Duty:
    profile, calendar = rules.network.profile, rules.network.calendar
    counting = Counting(profile.counting)
    end, told_as = deadline(anchor, profile.days[name], counting, calendar), None
    if name in _WITHIN_AGE and recipient is not None:
        end, told_as = _within_age(case, recipient, end, rules)
    aim = None
    if name == Obligation.FIRST_CONTACT and not case.source.by_partner:
        aim = deadline(anchor, profile.aim_days.get(name, profile.days[name]), counting, calendar).due
    counted = f"{counting} {profile.land} {calendar.version}"
    days = profile.days[name]
    return Duty(name, recipient, anchor, end.due, end.overdue_from, days, counted, aim, told_as=told_as)


def _within_age(case: Case, recipient: str, end: Deadline, rules: Rules) -> tuple[Deadline, date | None]:
    """A support ends, and is reviewed, at the latest with the age limit of the profession (B 186).

    With the day that may be told of it for ever: the last one for anybody born in the same week (decision 18).
    """
    known = rules.directory.recipients.get(recipient)
    limit = age_limit(rules.network, known) if known else None
    if limit is None or case.child.born is None:
        return end, None
    last = last_day(limit, case.child.born)
    if last >= end.due or last < end.anchor:
        return end, None
    told_as = min(end.due, last_day(limit, week_of(case.child.born)[1]))
    return deadline(last, 0, Counting.WERKTAGE, rules.network.calendar), told_as


def settle(
    case: Case, moment: Moment, rules: Rules, recorded: frozenset[str] | None = None
) -> tuple[Case, Turnover]:
    """The case as time alone has left it: obligations that lapsed consents began or ended. State and marks stay.

    `recorded` are its facts as the record has them, where they are at hand.
    """
    facts = facts_now(Situation(case, moment, rules.directory, rules.network), recorded=recorded)
    change = turn_over(case, LAPSE, facts, moment, rules)
    if not (change.opened or change.met or change.fallen):
        return case, change
    return with_duties(case, change), change


def coming(case: Case, rules: Rules) -> tuple[Duty, ...]:
    """The obligations that will begin when the consent to contact ends, so that a sweep finds them in time."""
    ends = [c.expires_on for c in case.consents_for(ConsentKind.CONTACT)]
    last = max((end for end in ends if end is not None), default=None)
    if last is None or None in ends:
        return ()
    morning = datetime.combine(last + timedelta(days=1), time(), BERLIN)
    return settle(case, Moment.of(morning), rules)[1].opened


def with_duties(case: Case, change: Turnover) -> Case:
    """The case with its obligations turned over; anchors are remembered for a reopening."""
    if not change.opened and change.running == case.duties:
        return case
    anchors = {**case.anchors, **{duty.obligation: duty.anchor for duty in change.opened}}
    return changed(case, duties=change.running, anchors=anchors)
