"""Whatever happens in whatever order: who is in is exactly who logged in, was not ended, and came back in time.

The model is a list of cookies with their times, written down here a second time; the program under test is the door over
a real database.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from adapters.login import own, staff
from tests.login.house import HERE, OTHER, PASSWORD, House, a_house
from tests.people import COLLEAGUE, SUPERVISOR, WORKER
from workflow.office import Person

MINUTE = 60_000
IDLE, LONGEST, HOUR, GRACE = 30 * MINUTE, 720 * MINUTE, 60 * MINUTE, MINUTE
PEOPLE = (WORKER, COLLEAGUE)


@dataclass
class Known:
    """What the model knows of one cookie."""

    person: Person
    sign_in: int
    began: int
    made: int
    seen: int
    until: int

    def alive(self, now: int) -> bool:
        return now < self.until and now - self.seen < IDLE


class Sessions(RuleBasedStateMachine):
    """People log in, act, are locked, change passwords; time passes."""

    cookies: Bundle[str] = Bundle("cookies")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lotse-sessions-"))
        self.context = a_house(self.folder)
        self.house: House = self.context.__enter__()
        for person in PEOPLE:
            self.house.account(person)
        self.model: dict[str, Known] = {}
        self.password = dict.fromkeys((person.id for person in PEOPLE), PASSWORD)
        self.locked: set[str] = set()
        self.logins = 0

    def teardown(self) -> None:
        self.context.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def now(self) -> int:
        return self.house.now()

    def known(self, cookie: str, person: Person, began: int, sign_in: int) -> str:
        now = self.now
        self.model[cookie] = Known(person, sign_in, began, now, now, began + LONGEST)
        return cookie

    @rule(target=cookies, person=st.sampled_from(PEOPLE), brings=st.none() | cookies)
    def log_in(self, person: Person, brings: str | None) -> str:
        if person.id in self.locked:
            return brings or ""
        cookie = self.house.enter(person, self.password[person.id], cookie=brings or "")
        self.logins += 1
        if brings in self.model:
            self._end(lambda each, gone=self.model[brings].sign_in: each.sign_in == gone)
        return self.known(cookie, person, self.now, self.logins)

    @rule(cookie=cookies)
    def ask(self, cookie: str) -> None:
        known, caller = self.model.get(cookie), self.house.door.by_session(cookie)
        if known is None or not known.alive(self.now) or known.person.id in self.locked:
            assert caller is None
            return
        assert caller is not None
        assert caller.person == known.person
        if self.now - known.seen >= MINUTE:
            known.seen = self.now

    @rule(target=cookies, cookie=cookies)
    def renew(self, cookie: str) -> str:
        known, fresh = self.model.get(cookie), self.house.door.renewed(cookie)
        now = self.now
        replaced = known is not None and known.until < known.began + LONGEST
        if known is None or not known.alive(now) or replaced or now - known.made < HOUR:
            assert fresh is None
            return cookie
        assert fresh is not None
        known.until, known.seen = min(known.until, now + GRACE), now
        return self.known(fresh, known.person, known.began, known.sign_in)

    @rule(cookie=consumes(cookies))
    def log_out(self, cookie: str) -> None:
        caller = self.house.door.by_session(cookie)
        if caller is not None and caller.session is not None:
            self.house.porter.logout(caller.session)
            self._end(lambda each, gone=self.model[cookie].sign_in: each.sign_in == gone)

    @rule(target=cookies, cookie=cookies)
    def change_password(self, cookie: str) -> str:
        caller = self.house.door.by_session(cookie)
        if caller is None:
            return cookie
        person = caller.person
        new = OTHER if self.password[person.id] == PASSWORD else PASSWORD
        fresh = own.change_password(self.house.porter, caller, self.password[person.id], new, HERE)
        self.password[person.id] = new
        self._end(lambda each: each.person.id == person.id)
        self.logins += 1
        return self.known(fresh, person, self.now, self.logins)

    @rule(cookie=cookies)
    def end_the_others(self, cookie: str) -> None:
        caller = self.house.door.by_session(cookie)
        if caller is not None and self.now - self.model[cookie].began > own.FRESH:
            with pytest.raises(own.NotThisWayError):
                own.end_others(self.house.porter, caller)
        elif caller is not None:
            own.end_others(self.house.porter, caller)
            kept, person = self.model[cookie].sign_in, caller.person.id
            self._end(lambda each: each.person.id == person and each.sign_in != kept)

    @rule(person=st.sampled_from(PEOPLE))
    def lock(self, person: Person) -> None:
        if person.id not in self.locked:
            staff.lock(self.house.lotse, SUPERVISOR.id, person.id)
            self.locked.add(person.id)
            self._end(lambda each: each.person.id == person.id)

    @rule(person=st.sampled_from(PEOPLE))
    def unlock(self, person: Person) -> None:
        if person.id in self.locked:
            staff.unlock(self.house.lotse, SUPERVISOR.id, person.id)
            self.locked.discard(person.id)

    @rule(minutes=st.sampled_from([0.5, 1, 20, 29, 30, 61, 240]))
    def time_passes(self, minutes: float) -> None:
        self.house.world.wait(minutes=minutes)

    @rule()
    def the_program_is_started_anew(self) -> None:
        self.house.begin()

    @invariant()
    def nobody_is_in_twice_under_one_cookie(self) -> None:
        stored = self.house.rows("SELECT count(*), count(DISTINCT digest) FROM sessions")
        assert stored[0][0] == stored[0][1]

    def _end(self, ended: "object") -> None:
        assert callable(ended)
        self.model = {cookie: each for cookie, each in self.model.items() if not ended(each)}


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
