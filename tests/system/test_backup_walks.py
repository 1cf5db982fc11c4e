"""Whatever an office does with its backups, in whatever order: what was erased stays erased, what is held stays held.

The oracle is a set of case numbers for each backup, and one each of what was ever erased, is held and is asked for, for
whatever cases there are. Every log verifies, and names of logs are never given twice.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import retention as keeping
from adapters.backup.lineage import named, number_of, same_log
from adapters.backup.restoring import approve_restore, request_restore
from adapters.bootstrap import open_lotse
from adapters.db import statements as sql
from adapters.lotse import now
from adapters.settings import Settings
from adapters.verification import Asked, verify_at_one_moment
from audit.notary_file import NotaryFile
from states.vocabulary import Command, State
from tests.sensible import sensible
from tests.system.backups import REASON, an_office, backed_up, copied, some_entries
from workflow import clerk as acts
from workflow.erasure import Ground
from workflow.errors import RefusedError
from workflow.perform import Request
from workflow.ports import RetentionWork


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office") / "haus"
    an_office(folder, rows=30).store.engine.dispose()
    return folder


@dataclass
class Walk:
    """An office and what must be true of it."""

    settings: Settings
    dice: random.Random
    cases: frozenset[str]
    backups: list[tuple[Path, frozenset[str]]] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    origins: list[str] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def take_in(self) -> None:
        """A family comes by itself."""
        office = open_lotse(self.settings)
        worker = office.person("fachkraft")
        details = sensible(Command.RECEIVE_SELF, None, worker, now())
        done = office.submit(Request(Command.RECEIVE_SELF, worker, details=details))
        office.countersign()
        self.cases |= {done.case.number}
        office.store.engine.dispose()

    def decide(self) -> None:
        """Hold a case or let go of it, ask for an erasure or take that back."""
        office = open_lotse(self.settings)
        with office.store.work(reading=True) as work:
            case = work.case_numbered(self.dice.choice(sorted(self.cases)))
        clerk = keeping.clerk_of(office, office.person("vogt"))
        deed: Callable[[RetentionWork], object]
        if case.state != State.CLOSED or self.dice.random() < 1 / 2:
            wanted = self.held
            if case.number in wanted:
                deed = partial(acts.release, clerk=clerk, case_id=case.id)
            else:
                deed = partial(acts.hold, clerk=clerk, case_id=case.id, reason="Klage")
        else:
            wanted = self.asked
            if case.number in wanted:
                deed = partial(acts.withdraw, clerk=clerk, target=case.id)
            else:
                deed = partial(acts.request, clerk=clerk, target=case.id, ground=Ground.UNLAWFUL)
        with suppress(RefusedError):
            keeping.act(office, deed)
            wanted ^= {case.number}
        office.countersign()
        office.store.engine.dispose()

    def work(self) -> None:
        office = open_lotse(self.settings)
        some_entries(office, self.dice.randrange(1, 4))
        office.store.engine.dispose()

    def back_up(self) -> None:
        office = open_lotse(self.settings)
        place = self.settings.data.parent.parent / f"{len(self.backups)}.backup"
        self.backups.append((backed_up(office, place), self.cases))
        office.store.engine.dispose()

    def erase(self) -> None:
        office = open_lotse(self.settings)
        with office.store.work(reading=True) as work:
            cases = [work.case(each) for each in office.store.ids(sql.ALL_CASES)]
        free = self.cases - self.held - self.asked
        closed = [case for case in cases if case.state == State.CLOSED and case.number in free]
        if closed:
            case = self.dice.choice(closed)
            clerk = keeping.clerk_of(office, office.person("okafor"))
            keeping.act(office, lambda work: acts.request(work, clerk, case.id, Ground.FAMILY_REQUEST))
            keeping.approve(office, office.person("vogt"), case.number, dry_run=False)
            office.countersign()
            self.erased.add(case.number)
            self.cases -= {case.number}
        office.store.engine.dispose()

    def restore(self) -> None:
        if self.backups:
            file, cases = self.dice.choice(self.backups)
            signed = NotaryFile(self.settings.notary).load()
            request_restore(self.settings, file, "fachkraft", REASON)
            done = approve_restore(self.settings, file, "vogt")
            self.cases = cases - self.erased
            self.origins.append(done.origin)
            assert done.lost is not None
            # The request is an entry of the log that is given up, so something always is.
            assert done.lost >= 1
            assert done.before != signed.origin or done.lost == signed.size + 1 - done.size

    def check(self) -> None:
        office = open_lotse(self.settings)
        with office.store.work(reading=True) as work:
            numbers = {work.case(each).number for each in office.store.ids(sql.ALL_CASES)}
            held = {work.case(each).number for each in work.legal_holds()}
            asked = {work.case(each.target).number for each in work.erasure_requests()}
        assert numbers == self.cases
        assert (held, asked) == (self.held & self.cases, self.asked & self.cases)
        note = office.countersign()
        verify_at_one_moment(office.store, office.verifier, Asked([note], replay=True))
        assert len(set(self.origins)) == len(self.origins)
        assert all(same_log(origin, office.store.origin) for origin in self.origins)
        office.store.engine.dispose()


def walked(house: Path, place: Path, seed: int, steps: int) -> None:
    """Take a walk, and look at the office after each restore and in the end."""
    settings = copied(house, place / "haus")
    office = open_lotse(settings)
    with office.store.work(reading=True) as work:
        numbers = frozenset(work.case(each).number for each in office.store.ids(sql.ALL_CASES))
    walk = Walk(settings, random.Random(seed), numbers, origins=[office.store.origin])  # noqa: S311 - what to do, no secret
    office.store.engine.dispose()
    walk.back_up()
    for _ in range(steps):
        deed = walk.dice.choice(
            (
                walk.work,
                walk.back_up,
                walk.erase,
                walk.decide,
                walk.decide,
                walk.take_in,
                walk.restore,
                walk.restore,
            )
        )
        deed()
        if deed == walk.restore:
            walk.check()
    walk.restore()
    walk.check()


@pytest.mark.parametrize("seed", range(2))
def test_in_whatever_order(house: Path, tmp_path: Path, seed: int) -> None:
    walked(house, tmp_path, seed, 6)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 140))
def test_in_whatever_order_for_long(house: Path, tmp_path: Path, seed: int) -> None:
    walked(house, tmp_path, seed, 25)


@given(st.from_regex(r"[a-z]{1,9}(/[a-z0-9]{1,9}){0,2}", fullmatch=True), st.integers(2, 10**6))
def test_incarnations_of_one_log_are_told_from_other_logs(origin: str, number: int) -> None:
    later = named(origin, number)
    assert number_of(later) == number
    assert same_log(origin, later)
    assert named(later, number_of(later)) == later
    assert not same_log(f"x{origin}", later)
