"""The step without any database: engine, then engine with policies and law, then the whole change of a case.

All of them walk one case from its receipt into the hands of a midwife. Beside them stands `transitions` alone: one
event of a two-state machine, fired at a fresh context.
"""

from collections.abc import Callable
from dataclasses import dataclass

from transitions import Machine

from states.vocabulary import Command, State
from tests.bench.figure import Figure, Line, Target
from tests.bench.scale import Scale
from tests.bench.timing import interleaved, repeated, tell
from tests.people import MIDWIFE, WORKER
from tests.sensible import WAYS
from tests.world import World, a_world
from workflow.act import Act
from workflow.advance import advance
from workflow.case import Family
from workflow.details import read_details
from workflow.duties import Rules
from workflow.engine import NoRowError
from workflow.judge import Question, judge
from workflow.perform import Request
from workflow.policies import Situation, facts_now

MORE = 5
"""So many times more rounds than elsewhere: they are short, and an interruption must not count."""
GROUP = "Der Kern ohne Datenbank, je Schritt"


@dataclass(frozen=True, slots=True)
class Station:
    """One step of the walk: what was asked of which case, and what held then."""

    question: Question
    request: Request
    facts: frozenset[str]
    role: str
    family: Family


def measure(_folder: object, scale: Scale) -> list[Line]:
    """Take the figures in this process."""
    tell("core")
    with a_world() as world:
        stations = _walk(world)
        new_id = world.new_id
        timing = interleaved(
            {
                "transitions": repeated(scale.repeats, bare_transitions(len(stations))),
                "fire": repeated(scale.repeats, lambda: _fire(stations)),
                "judge": repeated(scale.repeats, lambda: _judge(stations)),
                "advance": repeated(scale.repeats, lambda: _advance(stations, new_id)),
            },
            scale.rounds * MORE,
        )
    limit = "transitions allein"
    lines = (
        ("Maschine und Tabelle (engine.fire)", "fire", None),
        ("Maschine, Regeln und Gesetz (judge)", "judge", Target("≤", 6)),
        ("der ganze Schritt (judge, Felder, advance)", "advance", None),
    )
    return [
        Figure(
            GROUP, name, timing.each(who) * 1e6, "µs", timing.each("transitions") * 1e6, limit,
            timing.costs(who, "transitions"), target,
        )
        for name, who, target in lines
    ]  # fmt: skip


def _walk(world: World) -> list[Station]:
    """Walk a case to its midwife, with a note and an attempt on the way, and keep what each step saw."""
    case = world.a_referral("written")
    way = list(WAYS[State.HANDED_OVER])
    way[2:2] = [(Command.ATTEMPT_CONTACT, WORKER, False), (Command.NOTE, WORKER, False)]
    stations = []
    for command, by, whom in way:
        recipient = MIDWIFE.recipient if whom else None
        question = world.question(case, by)
        request = world.request(case, command, by, recipient)
        verdict = judge(question, command, recipient)
        assert verdict.role is not None, f"{command} is possible on this way"
        situation = Situation(case, question.moment, question.directory, question.network)
        facts = facts_now(situation, recipient)
        stations.append(Station(question, request, facts, verdict.role, world.family(case)))
        case = world.submit(request).case
    return stations


class _Context:
    """What a bare machine moves."""

    __slots__ = ("state",)

    def __init__(self) -> None:
        self.state = "here"


def bare_transitions(count: int) -> Callable[[], int]:
    """Fires that many events of a machine of two states."""
    machine = Machine(
        model=None,
        states=["here", "there"],
        initial=None,
        auto_transitions=False,
        queued=False,
        send_event=True,
    )
    machine.add_transition("go", "here", "there")
    event = machine.events["go"]

    def fire() -> int:
        for _ in range(count):
            event.trigger(_Context())
        return count

    return fire


def _fire(stations: list[Station]) -> int:
    for each in stations:
        question, request = each.question, each.request
        try:
            question.network.engine.fire(
                question.case.state, request.command, each.facts, each.role, request.recipient
            )
        except NoRowError:
            raise AssertionError(request.command) from None
    return len(stations)


def _judge(stations: list[Station]) -> int:
    for each in stations:
        judge(each.question, each.request.command, each.request.recipient)
    return len(stations)


def _advance(stations: list[Station], new_id: Callable[[], str]) -> int:
    """Do what `perform` does between loading a case and staging it."""
    for each in stations:
        question, request = each.question, each.request
        verdict = judge(question, request.command, request.recipient)
        assert verdict.role is not None
        act = Act(
            request.command,
            request.actor,
            verdict.role,
            request.recipient,
            question.moment,
            read_details(request.command, request.details),
            new_id,
            question.directory,
        )
        family = each.family
        rules = Rules(question.network, question.directory)
        advance(question.case, act, verdict, rules, lambda family=family: family)  # type: ignore[misc]  # mypy infers no type for a lambda with defaults
    return len(stations)
