"""An office with a login: people, passwords, codes, a moving clock; what a test needs to come in, or to try.

with a_house(tmp_path) as house:
    house.account(WORKER)
    cookie = house.enter(WORKER)
    assert house.door.by_session(cookie).person == WORKER
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pyotp

from adapters.db.work import SqlWork
from adapters.login import factor
from adapters.login.brakes import Brakes
from adapters.login.door import Door
from adapters.login.porter import Attempt, Porter
from adapters.login.rows import Account, Rows
from tests.world import World, a_world
from workflow.office import Person

PASSWORD = "vier lila Kähne im Nebel"
OTHER = "sieben Amseln zählen Kiesel"
CHEAP = (8, 1, 1)
"""Argon2id's least effort: what it costs is not what these tests are about."""
HERE, ELSEWHERE = "192.0.2.7", "198.51.100.66"


class House:
    """A world with its door and its porter."""

    def __init__(self, world: World, **settings: object) -> None:
        self.world = world
        self.lotse = world.lotse
        self.lotse.settings = replace(self.lotse.settings, argon2=CHEAP, **settings)  # type: ignore[arg-type]  # settings by name, of any type
        self.begin()

    def begin(self) -> None:
        """Start the program anew: failures are forgotten, nothing else."""
        self.door = Door(self.lotse)
        self.porter = Porter(self.lotse, Brakes())

    def now(self) -> int:
        return self.world.millis()

    def account(self, person: Person, password: str | None = PASSWORD, *, code: bool = False) -> str:
        """Give somebody an account; the secret of their codes, where they have any."""
        secret = pyotp.random_base32() if code else ""

        def job(work: SqlWork) -> None:
            ring = work.beside[1]
            sealed = factor.kept(factor.sealing(work), ring.tenant, person.id, secret) if code else None
            hashed = self.porter.passwords.hash(password) if password else None
            Rows.of(work).put(Account(person.id, person.id, hashed, sealed))

        self.porter.passwords  # noqa: B018 - its key is made in a unit of work of its own
        self.lotse.write(job)
        return secret

    def code(self, secret: str, steps: int = 0) -> str:
        """The code that the person's app shows now, or some steps from now."""
        return pyotp.TOTP(secret).generate_otp(self.now() // 1000 // factor.STEP + steps)

    def attempt(self, person: Person | str, password: str = PASSWORD, code: str = "", **more: str) -> Attempt:
        login = person if isinstance(person, str) else person.id
        return Attempt(login, password, code, **{"address": HERE, **more})

    def enter(self, person: Person, password: str = PASSWORD, code: str = "", **more: str) -> str:
        """Log in and give the cookie."""
        return self.porter.login(self.attempt(person, password, code, **more)).cookie

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says, past the program."""
        with closing(sqlite3.connect(self.lotse.settings.database)) as database, database:
            return database.execute(statement, values).fetchall()

    def log(self, action: str) -> list[dict[str, object]]:
        """Body A of every entry of this action."""
        return [dict(each.a) for each in self.world.entries() if each.a.get("action") == action]


@contextmanager
def a_house(folder: Path, **settings: object) -> Iterator[House]:
    """An office on disk with a login."""
    with a_world("sqlite", folder=folder) as world:
        yield House(world, **settings)
