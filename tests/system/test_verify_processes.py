"""Several processes verify a log: the same report, the same fault, and the death of one changes nothing but the time."""

import os
import signal
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from multiprocessing import active_children

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from adapters.bootstrap import open_lotse
from adapters.lotse import Lotse
from adapters.settings import PASSPHRASE, Settings, read_settings
from adapters.verification import Asked, verify_store
from adapters.verification_workers import AHEAD, WORTH, Processes, Task, _Shared, cores, stretches_for
from audit.faults import VerificationError
from audit.keys import KeyRing
from audit.page import Question
from audit.reader import PAGE
from audit.report import Report
from audit.sources import Log, Stretches, own_stretches
from audit.stretch import Stretch
from audit.tree import Frontier
from tests.bench.log import fill_log

SIZE = 2 * PAGE + 500


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("long")
    fill_log(folder, SIZE)
    return read_settings(folder)


@pytest.fixture
def lotse(settings: Settings) -> Iterator[Lotse]:
    """The long log, put back as it was when the test is over."""
    honest = settings.database.read_bytes()
    lotse = open_lotse(settings)
    yield lotse
    lotse.store.engine.dispose()
    settings.database.write_bytes(honest)


def answer(lotse: Lotse, stretches: Stretches) -> Report | tuple[object, ...]:
    """The report, or what the fault says."""
    try:
        return verify_store(lotse.store, lotse.verifier, Asked(decrypt=True), None, stretches)
    except VerificationError as fault:
        return (fault.step, fault.seq, fault.fault, fault.message)


def two(lotse: Lotse) -> Processes:
    """Two processes, a page a range."""
    return Processes(lotse.settings, 2, PAGE)


def test_two_processes_give_the_report_that_one_gives(lotse: Lotse) -> None:
    alone = answer(lotse, own_stretches)
    assert isinstance(alone, Report)
    assert alone.size > SIZE
    assert answer(lotse, two(lotse).stretches) == alone
    assert not active_children()


ATTACKS = {
    "UPDATE log SET body_a = zeroblob(284) WHERE seq = 8000": 8000,
    "UPDATE log SET mac = zeroblob(32) WHERE seq IN (4096, 8200)": 4096,
    "DELETE FROM log WHERE seq BETWEEN 4095 AND 4097": 4095,
}


@pytest.mark.parametrize("statement", ATTACKS)
def test_two_processes_name_the_fault_that_one_names(lotse: Lotse, statement: str) -> None:
    with lotse.store.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    alone = answer(lotse, own_stretches)
    assert not isinstance(alone, Report)
    assert alone[1] == ATTACKS[statement]
    assert answer(lotse, two(lotse).stretches) == alone


def test_where_processes_die_this_one_goes_on(lotse: Lotse) -> None:
    killed: list[int] = []

    def dying(log: Log, question: Question, keys: KeyRing | None) -> Generator[Stretch, None, None]:
        for stretch in two(lotse).stretches(log, question, keys):
            for child in active_children() if not killed else ():
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)
            yield stretch

    assert answer(lotse, dying) == answer(lotse, own_stretches)
    assert killed


def test_processes_that_cannot_begin_leave_the_work_to_this_one(
    lotse: Lotse, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    nowhere = replace(lotse.settings, data=lotse.settings.data / "nirgends")
    elsewhere = Processes(nowhere, 2, PAGE, said.append)
    assert answer(lotse, elsewhere.stretches) == answer(lotse, own_stretches)
    assert "Traceback" not in capfd.readouterr().err
    assert [sentence.split(";")[0] for sentence in said] == ["Die anderen Prozesse antworten nicht"]


def test_short_logs_and_typed_passphrases_are_for_one_process(settings: Settings) -> None:
    assert stretches_for(settings, WORTH - 1) is own_stretches
    assert stretches_for(settings, 10 * WORTH, jobs=1) is own_stretches
    said: list[str] = []
    typed = replace(settings, key_provider=PASSPHRASE)
    assert stretches_for(typed, 10 * WORTH, jobs=4, say=said.append) is own_stretches
    assert len(said) == 1
    assert stretches_for(settings, 10 * WORTH, jobs=2) is not own_stretches
    assert (stretches_for(settings, 10 * WORTH) is own_stretches) == (cores() == 1)


class Late(Future[Stretch]):
    """What another process will answer: there at a moment that the test draws, or once somebody waits for it."""

    def __init__(self, answer: Stretch) -> None:
        super().__init__()
        self.answer = answer

    def result(self, timeout: float | None = None) -> Stretch:
        del timeout
        return self.answer


class Others:
    """Other processes, of which the test draws when they are done, and in which order."""

    def __init__(self, draw: Callable[[int], int], ranges: int) -> None:
        self.draw = draw
        self.ranges = ranges
        self.judged: list[int] = []
        self.under_way: list[Late] = []

    def stretch(self, task: Task) -> Stretch:
        """A full range, or an empty one behind the log's end; whoever judges it, others may become done meanwhile."""
        self.judged.append(task.start)
        for _ in range(self.draw(len(self.under_way))):
            done = self.under_way.pop(self.draw(len(self.under_way) - 1))
            done.set_result(done.answer)
        full = task.start < self.ranges * task.length
        return Stretch(task.start, 0, 0, Frontier().extend([bytes(32)] * task.length) if full else Frontier())

    def submit(self, _judge: object, task: Task) -> Late:
        """Take a range."""
        late = Late(self.stretch(task))
        self.under_way.append(late)
        return late


@given(st.data(), st.integers(0, 40), st.integers(1, 7))
@hypothesis.settings(max_examples=100, deadline=None)
def test_whoever_is_done_first_each_range_is_judged_once_and_answered_in_its_place(
    data: st.DataObject, ranges: int, count: int
) -> None:
    others = Others(lambda most: data.draw(st.integers(0, max(0, most))), ranges)
    task = Task(None, 0, 2, Question("lotse/1", bytes(32), keyed=False, decrypt=False))
    answers = _Shared(others, count, task, others.stretch).answers()
    starts = [stretch.start for stretch in islice(answers, ranges + 1)]
    assert starts == [2 * number for number in range(ranges + 1)]
    assert sorted(others.judged) == [2 * number for number in range(len(others.judged))]
    assert len(others.judged) <= ranges + 2 + AHEAD
