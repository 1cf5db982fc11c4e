"""However many write at once and however they come together: it is as if one after the other had, in the log's order."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from states.vocabulary import Command, State
from tests.contracts.together import PATIENCE, AWork, AWriter, a_writer, outcome, outcomes, waiting
from tests.people import COLLEAGUE, MIDWIFE, PLANNER, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.carried_out import carried_out
from workflow.case import Case
from workflow.errors import ConflictError, RefusedError
from workflow.perform import Done, Request, perform
from workflow.ports import Entry

Job = Callable[[AWork], Any]

# Any commands, in any batches.

_COMMANDS = st.sampled_from(
    (
        Command.NOTE, Command.TRIAGE_NO, Command.CHECK_CONSENT_YES, Command.REACH_FAMILY, Command.WITHDRAW_CONSENT,
        Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.CORRECT, Command.CLOSE,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody will ask for: on which of the cases, as who, having seen which version, under which key."""

    command: str
    case: int
    by: int
    seen: int | None
    key: str | None
    spoilt: bool


_WISHES = st.builds(
    Wish,
    _COMMANDS,
    case=st.integers(0, 2),
    by=st.integers(0, 3),
    seen=st.none() | st.integers(1, 4),
    key=st.none() | st.sampled_from("abc"),
    spoilt=st.sampled_from((False,) * 9 + (True,)),
)
_BATCHES = st.lists(st.lists(_WISHES, min_size=1, max_size=12), min_size=1, max_size=6)


def jobs(world: World, cases: list[Case], wishes: list[Wish]) -> list[Job]:
    """The wishes as jobs; a spoilt one stages its step and then fails."""
    made: list[Job] = []
    for wish in wishes:
        new = wish.command.startswith("receive(")
        by = (WORKER, COLLEAGUE, SUPERVISOR, PLANNER)[wish.by]
        request = world.request(
            None if new else cases[wish.case],
            wish.command,
            by,
            version=None if new else wish.seen,
            key=wish.key,
        )
        made.append(a_job(world, request, spoilt=wish.spoilt))
    return made


def a_job(world: World, request: Request, *, spoilt: bool) -> Job:
    def job(work: AWork) -> Done:
        done = perform(request, work, world.office)
        if spoilt:
            raise ZeroDivisionError
        return done

    return job


def told(answer: Any) -> object:  # noqa: ANN401 - what a job gave, or the error
    """An answer so that two can be compared; ids are the same in every world."""
    return (answer.case, answer.repeated) if isinstance(answer, Done) else (type(answer), str(answer))


def ends(world: World) -> object:
    """Everything that is there afterwards: cases, families, and the log, opened."""
    families = [world.family(case) for case in world.cases()]
    return world.cases(), families, [(entry.seq, entry.a, entry.b) for entry in world.entries()]


def as_together(world: World, batches: list[list[Wish]]) -> list[object]:
    cases = [world.a_case_in(State.CONSENT_CHECKED) for _ in range(3)]
    asked: list[Future[Any]] = []
    with a_writer(world) as writer:
        for batch in batches:
            made = jobs(world, cases, batch)
            with waiting(writer):
                asked += [writer.run(job) for job in made]
            outcomes(asked)
    return [told(answer) for answer in outcomes(asked)]


def as_one_by_one(world: World, batches: list[list[Wish]]) -> list[object]:
    cases = [world.a_case_in(State.CONSENT_CHECKED) for _ in range(3)]
    answers: list[object] = []
    for batch in batches:
        for job in jobs(world, cases, batch):
            try:
                answers.append(told(carried_out(job, world.work)))
            except Exception as error:  # noqa: BLE001 - the other way is to give the same
                answers.append(told(error))
    return answers


def are_alike(one: World, other: World, batches: list[list[Wish]]) -> None:
    assert as_together(one, batches) == as_one_by_one(other, batches)
    assert ends(one) == ends(other)
    one.verify()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=_BATCHES)
def test_together_is_as_one_by_one_in_memory(batches: list[list[Wish]]) -> None:
    with a_world() as one, a_world() as other:
        are_alike(one, other, batches)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=_BATCHES)
def test_together_is_as_one_by_one_on_disk(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Wish]]
) -> None:
    folders = [tmp_path_factory.mktemp("store") for _ in range(2)]
    with a_world("sqlite", folder=folders[0]) as one, a_world("sqlite", folder=folders[1]) as other:
        are_alike(one, other, batches)


@pytest.mark.campaign
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(batches=_BATCHES)
def test_together_is_as_one_by_one_again_and_again(batches: list[list[Wish]]) -> None:
    with a_world() as one, a_world() as other:
        are_alike(one, other, batches)


# Many threads at once, at any time.


@dataclass(slots=True)
class Call:
    """One call in a history: when it was asked and answered, by a counter all share, and what came of it."""

    request: Request
    asked: int
    answered: int = 0
    answer: Any = field(default=None, repr=False)


def history(world: World, writer: AWriter, cases: list[Case], threads: int, calls: int) -> list[Call]:
    """So many threads ask so often each, some waiting in their own thread and some for a future."""
    made: list[list[Call]] = [[] for _ in range(threads)]
    clock = iter(range(10**9))
    begin = threading.Barrier(threads)
    people = (WORKER, SUPERVISOR, MIDWIFE, COLLEAGUE)

    def act(number: int) -> None:
        dice = Random(number)  # noqa: S311 - dice, no secrets
        begin.wait(PATIENCE)
        for turn in range(calls):
            case = dice.choice(cases)
            seen = world.case(case).version if dice.random() < 0.5 else None
            command = Command.WITHDRAW_CONSENT if dice.random() < 0.05 else Command.NOTE
            text = {"text": f"{number}/{turn}"} if command == Command.NOTE else {}
            request = world.request(case.id, command, dice.choice(people), version=seen, **text)
            call = Call(request, next(clock))
            if dice.random() < 0.5:
                call.answer = outcome(writer.submit(request))
            else:
                job = a_job(world, request, spoilt=False)
                try:
                    call.answer = writer.do(job)
                except (RefusedError, ConflictError) as error:
                    call.answer = error
            call.answered = next(clock)
            made[number].append(call)

    running = [threading.Thread(target=act, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in running), "nobody hangs"
    return [call for each in made for call in each]


def holds(world: World, calls: list[Call], cases: list[Case], before: int) -> None:
    """Each answer has its one entry, versions have one winner each, and the log never contradicts the clock."""
    entries = world.entries()[before:]
    assert len(entries) == len(calls), "every call is on record once, a refusal too"
    done = [call for call in calls if isinstance(call.answer, Done)]
    place = {
        (entry.a["case"], entry.a["version"]): entry.seq for entry in entries if entry.a["outcome"] == "done"
    }
    assert len(place) == len(done)
    for case in cases:
        versions = sorted(call.answer.case.version for call in done if call.request.case == case.id)
        assert versions == list(range(case.version + 1, world.case(case).version + 1))
    for call in done:
        version = call.answer.case.version
        assert call.request.version in (None, version - 1) or call.request.command == Command.WITHDRAW_CONSENT
    ordered = sorted(
        ((call, place[call.answer.case.id, call.answer.case.version]) for call in done),
        key=lambda pair: pair[1],
    )
    latest = 0
    for call, _ in ordered:
        assert call.answered > latest, "what was answered before another was asked for stands before it"
        latest = max(latest, call.asked)
    world.verify()


def many_at_once(world: World, threads: int, calls: int) -> None:
    cases = [world.a_case_in(State.IN_CONTACT) for _ in range(3)]
    before = world.size
    with a_writer(world, at_once=8) as writer:
        holds(world, history(world, writer, cases, threads, calls), cases, before)


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_a_history_of_sixteen_threads_is_the_log(tmp_path: Path, store: str) -> None:
    with a_world(store, folder=tmp_path) as world:
        many_at_once(world, threads=16, calls=8)


@pytest.mark.campaign
def test_long_histories_of_sixteen_threads_are_the_log(tmp_path: Path) -> None:
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        with a_world("sqlite", folder=folder) as world:
            many_at_once(world, threads=16, calls=200)


@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_jobs_of_all_kinds_beside_each_other_are_all_on_record(tmp_path: Path, store: str) -> None:
    """Openings, steps and changes of the directory, from threads and futures: none is lost, none is double."""
    with a_world(store, folder=tmp_path) as world:
        case = world.a_referral()
        before = world.size

        def looks(work: AWork) -> None:
            work.record(Entry("access", {"action": "open", "actor": WORKER.id, "outcome": "done"}))

        def enters(work: AWork) -> None:
            checksum = work.write_directory([COLLEAGUE])
            work.record(
                Entry(
                    "steps", {"action": "user", "actor": WORKER.id, "outcome": "done", "directory": checksum}
                )
            )

        with a_writer(world) as writer:
            asked: list[Future[Any]] = []
            for _ in range(20):
                asked += [
                    writer.run(looks),
                    writer.run(enters),
                    writer.submit(world.request(case.id, Command.NOTE)),
                ]
                writer.do(looks)
            outcomes(asked)
        actions = [entry.a["action"] for entry in world.entries()[before:]]
        assert {name: actions.count(name) for name in set(actions)} == {"open": 40, "user": 20, "note": 20}
        world.verify()
