"""A town's office for the tests: its people, a moving clock, a store of either kind, and builders for cases.

    with a_world() as world:
        case = world.a_referral(consent="written")
        case = world.do(case, Command.TRIAGE_NO)
        world.wait(days=4)

Every command has sensible details (`tests.sensible`), so a test names only those it is about; the people are in
`tests.people`. Clock, ids and keys are the same in every run, and nothing in here decides anything.
"""

import atexit
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import pytest

from adapters.db import statements as sql
from adapters.db.connect import connect, migrate
from adapters.db.memory import MemoryStore, MemoryWork
from adapters.db.postgres import connect as connect_postgres
from adapters.db.store import Store
from adapters.db.work import SqlWork
from adapters.lotse import CLOCK, Lotse
from adapters.settings import Settings
from audit.clock import ClockWatch
from audit.keys import KeyRing, log_verifier
from audit.replay import Replay
from audit.verify import Report, verify
from states.profile import Profile, load
from states.vocabulary import Command, State
from tests import postgres
from tests.audit.world import FixedKeys
from tests.opened import LogEntry, opened
from tests.people import INSTITUTIONS, MIDWIFE, PEOPLE, RECIPIENTS, WORKER
from tests.sensible import WAYS, sensible
from workflow.calendar import BERLIN
from workflow.carried_out import carried_out
from workflow.case import Case, Family
from workflow.duties import Rules, settle
from workflow.judge import Question, Verdict, judge
from workflow.office import Institution, Listed, Moment, Office, Person, Substitution
from workflow.perform import Done, Request, submit
from workflow.queries import Item, possible_steps, today
from workflow.visible import concerns

T = TypeVar("T")
TENANT = "0b5e0b5e0b5e0b5e0b5e0b5e0b5e0b5e"
ORIGIN = f"lotse/{TENANT}/1"
MONDAY = "2026-03-09 10:00"
"""A Monday without a holiday near by, when every test begins unless it says otherwise."""

_RECEIPTS = {
    "self": Command.RECEIVE_SELF,
    "written": Command.RECEIVE_CONSENT,
    "oral": Command.RECEIVE_CONSENT,
    "electronic": Command.RECEIVE_CONSENT,
    "unclear": Command.RECEIVE_UNCLEAR,
}


def berlin(text: str) -> datetime:
    """The instant of a wall clock in Berlin: "2026-03-09 10:00", or a day at midnight."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


class World:
    """An office at work. `now` moves only when a test says so."""

    def __init__(
        self,
        kind: str,
        profile: Profile,
        at: datetime,
        folder: Path | None,
        institutions: Iterable[Institution] = INSTITUTIONS,
    ) -> None:
        self.kind = kind
        self.now = at
        self.folder = folder
        self.provider = FixedKeys()
        self._ids = itertools.count(1)
        self.store: Store | MemoryStore
        if kind == "memory":
            self.store = MemoryStore(self.provider, self.millis, TENANT, ORIGIN, profile)
        elif kind == "postgres":
            self.lent = postgres.Lent()
            self.engine = connect_postgres(postgres.as_application(self.lent.url))
            self.store = Store.create(self.engine, self.provider, self.millis, TENANT, ORIGIN, profile)
        else:
            assert folder is not None, "a store on disk needs a folder"
            database = folder / "lotse.db"
            shutil.copyfile(_empty_database(), database)
            self.engine = connect(database)
            self.store = Store.create(self.engine, self.provider, self.millis, TENANT, ORIGIN, profile)
        self._begin()
        self.put(*PEOPLE, *RECIPIENTS, *institutions)

    def _begin(self) -> None:
        self.store.watch = ClockWatch(self._seconds)
        self.office = Office(self.store.networks, self.store.current, self.clock, self.new_id)

    def reopen(self) -> None:
        """Start the program anew: nothing in the store is lost, and nothing beside it is remembered."""
        if isinstance(self.store, Store):
            self.engine.dispose()
            self.store = Store.open(self.engine, self.provider, self.millis)
        else:
            ring = KeyRing(self.provider, self.store.wrapped, TENANT)
            self.store.ring = ring
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the database back."""
        if isinstance(self.store, Store):
            self.engine.dispose()
        if self.kind == "postgres":
            self.lent.give_back()

    # Time and ids.

    def clock(self) -> datetime:
        return self.now

    def _seconds(self) -> float:
        return self.now.timestamp()

    def millis(self) -> int:
        return int(self.now.timestamp() * 1000)

    def new_id(self) -> str:
        return f"{next(self._ids):032x}"

    @property
    def moment(self) -> Moment:
        return Moment.of(self.now)

    @property
    def day(self) -> date:
        """The local day in Berlin."""
        return self.moment.day

    def wait(self, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Let time pass."""
        self.now += timedelta(days=days, hours=hours, minutes=minutes)

    def go_to(self, wall_clock: str) -> None:
        """Let time pass until this wall clock in Berlin; never backwards."""
        then = berlin(wall_clock)
        assert then >= self.now, "time does not run backwards"
        self.now = then

    # People.

    def put(self, *entries: Listed) -> None:
        """Write into the directory, each entry replacing the one of its id."""
        self.store.put(*entries)

    def substitute(self, deputy: Person, absent: Person, first: str, last: str) -> None:
        """Let somebody stand in for somebody from one local day to another, both included."""
        self.put(Substitution(absent.id, deputy.id, date.fromisoformat(first), date.fromisoformat(last)))

    # Acting.

    def work(self) -> SqlWork | MemoryWork:
        """A unit of work."""
        return self.store.work()

    def submit(self, request: Request) -> Done:
        """Perform and commit one request, as every adapter does."""
        return submit(request, self.work, self.office)

    def carry_out(self, job: Callable[[SqlWork | MemoryWork], T]) -> T:
        """Have something else written and made durable; a refusal keeps its word to the log."""
        return carried_out(job, self.work)

    def request(
        self,
        case: Case | str | None,
        command: str,
        by: Person = WORKER,
        to: Person | str | None = None,
        version: int | None = None,
        key: str | None = None,
        **details: object,
    ) -> Request:
        """A request with sensible details; those given replace them, None leaves one out."""
        return self.ask(case, command, by, to, details, version, key)

    def ask(
        self,
        case: Case | str | None,
        command: str,
        by: Person,
        to: Person | str | None,
        details: Mapping[str, object],
        version: int | None = None,
        key: str | None = None,
    ) -> Request:
        """A request with sensible details, those in `details` in their place (None leaves one out)."""
        stands = self.case(case) if case is not None else None
        whole = {**sensible(command, stands, by, self.now), **details}
        return Request(
            command,
            by,
            stands.id if stands else None,
            to.recipient if isinstance(to, Person) else to,
            version,
            {name: value for name, value in whole.items() if value is not None},
            key,
        )

    def do(
        self,
        case: Case | str,
        command: str,
        by: Person = WORKER,
        to: Person | str | None = None,
        version: int | None = None,
        key: str | None = None,
        **details: object,
    ) -> Case:
        """Do something with a case, on the newest version unless one is named; the case as it is then.

        `to` is the person (or the id of the recipient) whom the command concerns.
        """
        return self.submit(self.ask(case, command, by, to, details, version, key)).case

    def a_referral(self, consent: str = "written", by: Person = WORKER, **details: object) -> Case:
        """Take a referral in: consent "written", "oral", "electronic", "unclear", or "self" (the family came)."""
        command = _RECEIPTS[consent]
        form = {"form": consent} if command == Command.RECEIVE_CONSENT else {}
        return self.submit(self.ask(None, command, by, None, {**form, **details})).case

    def a_case_in(self, state: str, to: Person = MIDWIFE, **details: object) -> Case:
        """A case of WORKER that has come to this state the usual way; handovers go to `to`."""
        consent = "unclear" if state == State.CONSENT_PENDING else "written"
        form = {"form": consent} if consent != "unclear" else {}
        case = self.submit(self.ask(None, _RECEIPTS[consent], WORKER, None, {**form, **details})).case
        for command, by, whom in WAYS[state]:
            case = self.do(case, command, to if by is MIDWIFE else by, to if whom else None)
        return case

    def sweep(self) -> int:
        """Let the clock flag what has become overdue, each obligation once; how many were flagged."""
        if self.kind != "memory":
            return self.lotse.flag_overdue()
        flagged = 0
        for case in self.cases():
            for duty in self.settled(case).duties:
                if duty.flagged_at is None and duty.flag_from <= self.now:
                    self.do(case, Command.FLAG_OVERDUE, CLOCK, obligation=duty.obligation)
                    flagged += 1
        return flagged

    # Seeing.

    def case(self, case: Case | str) -> Case:
        """The case as it stands in the store."""
        with self.work() as work:
            return work.case(case if isinstance(case, str) else case.id)

    def cases(self) -> list[Case]:
        """All cases, by number."""
        ids = self.store.ids(sql.ALL_CASES) if isinstance(self.store, Store) else list(self.store.cases)
        with self.work() as work:
            return sorted((work.case(each) for each in ids), key=lambda case: case.number)

    def settled(self, case: Case) -> Case:
        """The case as time alone has left it: what lapsed consents began or ended."""
        with self.work() as work:
            directory = work.directory
        network = self.office.network(case.profile, case.profile_version)
        return settle(case, self.moment, Rules(network, directory))[0]

    def family(self, case: Case) -> Family:
        with self.work() as work:
            return work.family(case.id)

    def question(self, case: Case, by: Person = WORKER) -> Question:
        with self.work() as work:
            directory = work.directory
        return Question(
            by, case, self.moment, directory, self.office.network(case.profile, case.profile_version)
        )

    def may(self, case: Case, command: str, by: Person = WORKER, to: Person | str | None = None) -> Verdict:
        """May this person do this now? And if not, why not, and what next."""
        return judge(self.question(case, by), command, to.recipient if isinstance(to, Person) else to)

    def steps(self, case: Case, by: Person = WORKER) -> tuple[Verdict, ...]:
        """Every step of a case for a person, possible or blocked."""
        return possible_steps(self.question(case, by))

    def today(self, by: Person = WORKER) -> tuple[Item, ...]:
        """The worklist of a person."""
        with self.work() as work:
            directory = work.directory
        mine = [case for case in self.cases() if concerns(by, case, directory, self.moment)]
        return today(mine, by, directory, self.moment, self.office.networks)

    @property
    def lotse(self) -> Lotse:
        """The whole program over this world's store on disk."""
        assert isinstance(self.store, Store)
        assert self.folder is not None
        url = postgres.as_application(self.lent.url) if self.kind == "postgres" else None
        settings = Settings(
            data=self.folder, keys=self.folder / "keys", exports=self.folder, database_url=url, tenant=TENANT
        )
        return Lotse(settings, self.store, self.clock, self.clock)

    # The log.

    @property
    def size(self) -> int:
        """How many entries the log has."""
        with self.store.log_reader() as reader:
            head = reader.head()
            assert head is not None
            return head.size

    def entries(self, case: Case | None = None) -> list[LogEntry]:
        """The log, opened: all of it, or the entries of one case."""
        with self._keys() as ring, self.store.log_reader() as reader:
            return [each for each in opened(reader, ring) if case is None or each.a.get("case") == case.id]

    def verify(self) -> Report:
        """Verify the log, open everything, replay it and compare with the stored cases."""
        with self._keys() as ring, self.store.log_reader() as reader:
            verifier = log_verifier(ORIGIN, self.provider)
            return verify(reader, verifier, ring, decrypt=True, replay=Replay(reader.images(ring)))

    @contextmanager
    def _keys(self) -> Iterator[KeyRing]:
        if isinstance(self.store, MemoryStore):
            yield self.store.ring
        else:
            with self.store.keys() as ring:
                yield ring


@cache
def _profile(name: str) -> Profile:
    return load(name)


@cache
def _empty_database() -> Path:
    """A migrated database without a tenant, made once for each run of the tests; stores are copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="lotse-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    engine = connect(folder / "empty.db")
    migrate(engine)
    engine.dispose()
    return folder / "empty.db"


def a_world(
    store: str = "memory",
    profile: str = "default",
    at: str = MONDAY,
    folder: Path | None = None,
    institutions: Iterable[Institution] = INSTITUTIONS,
) -> World:
    """An office with the people above: `store` is "memory", "postgres" or "sqlite" (needs a `folder`, say tmp_path).

    `profile` is one of the shipped ones, `at` a wall clock in Berlin; `institutions` are the partners in the register.
    """
    return World(store, _profile(profile), berlin(at), folder, institutions)


def each_store() -> Iterator[str]:
    """The names of the stores, for `pytest.mark.parametrize`."""
    yield from ("memory", "sqlite", "postgres")


on_each_database = pytest.mark.parametrize("on_disk", ["sqlite", "postgres"], indirect=True)
"""What holds for every store that is kept."""
