"""The porter: logs people in by name, password and code, and out; one sentence for every reason why not.

An unknown name costs the same time as a wrong password; what a stranger types never reaches the log. The second factor,
the session and the entry of the log are one transaction. Tried in `tests/login/test_login.py`.
"""

from dataclasses import dataclass, field

from adapters.db.work import SqlWork
from adapters.login import devices, factor, sessions
from adapters.login.brakes import BrakedError, Brakes, Stranger
from adapters.login.door import now_of
from adapters.login.passwords import Passwords
from adapters.login.record import UNKNOWN, login_name, note
from adapters.login.rows import Account, Rows
from adapters.login.sessions import Terms
from adapters.lotse import Lotse
from audit.seal import DataKey
from workflow.audited import Audited
from workflow.errors import WorkflowError
from workflow.office import Person


class WrongError(WorkflowError):
    """Anmeldung nicht möglich: Name, Passwort oder Code stimmt nicht."""

    def __str__(self) -> str:
        return "Anmeldung nicht möglich: Name, Passwort oder Code stimmt nicht."


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tries to come in with, from where; `cookie` and `device` are what the browser brought along."""

    login: str = field(repr=False)
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    address: str = ""
    cookie: str = field(default="", repr=False)
    device: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """Somebody is in: the new cookies of session and device."""

    person: Person
    cookie: str = field(repr=False)
    device: str = field(default="", repr=False)


class Porter:
    """One for the whole process: it counts failures and lets at most two passwords be computed at a time."""

    def __init__(self, lotse: Lotse, brakes: Brakes | None = None) -> None:
        self.lotse = lotse
        self.terms = Terms.of(lotse.settings)
        self.brakes = brakes or Brakes()
        self._passwords: Passwords | None = None

    @property
    def passwords(self) -> Passwords:
        """How passwords are hashed here; the key beside the database is made with the first."""
        if self._passwords is None:
            pepper = self.lotse.write(lambda work: Rows.of(work).digest("pepper", b""))
            self._passwords = Passwords(self.lotse.settings.argon2, pepper)
        return self._passwords

    def login(self, attempt: Attempt) -> Admitted:
        """Let somebody in. Raises WrongError, BrakedError, TooBusyError; what it refuses is on record."""
        passwords, name = self.passwords, login_name(attempt.login)
        account, person, stranger = self._looked_up(name, attempt)
        self.brakes.check(stranger)
        with passwords.turn():
            self.brakes.check(stranger)
            fits = passwords.fits(attempt.password, account.password if account else None)
            admitted = self._admit(account, person, attempt) if fits and account and person else None
            if admitted is None:
                self.brakes.failed(stranger)
        if admitted is None:
            self._refused(account, stranger, "factor" if fits and person else "password")
            raise WrongError
        self.brakes.succeeded(stranger)
        return admitted

    def logout(self, session: bytes) -> str | None:
        """End a login with all its cookies; gives the provider's name where it was one's."""

        def job(work: SqlWork) -> str | None:
            rows = Rows.of(work)
            found = rows.session(session)
            if found is None:
                return None
            rows.drop_sign_in(found.sign_in)
            note(work, self.lotse, Audited.LOGOUT, found.person)
            return found.issuer

        return self.lotse.write(job)

    def proven(self, person: Person, password: str, address: str) -> Account | None:
        """The account of somebody who is in, once they have given their password again; None where it was wrong.

        Raises BrakedError: a session left open is no place to guess from.
        """
        passwords = self.passwords
        account, stranger = self._oneself(person, address)
        self.brakes.check(stranger)
        with passwords.turn():
            self.brakes.check(stranger)
            if account is not None and passwords.fits(password, account.password):
                if account.totp is None:  # else the code is still to come, and wrong ones go on counting
                    self.brakes.succeeded(stranger)
                return account
            self.brakes.failed(stranger)
        self._refused(account, stranger, "password")
        return None

    def wrong_code(self, person: Person, address: str) -> WrongError:
        """Count and put on record that somebody who is in gave a wrong code; what to raise."""
        account, stranger = self._oneself(person, address)
        self.brakes.failed(stranger)
        self._refused(account, stranger, "factor")
        return WrongError()

    def _oneself(self, person: Person, address: str) -> tuple[Account | None, Stranger]:
        with self.lotse.store.work(reading=True) as work:
            rows = Rows.of(work)
            return rows.account(person.id), Stranger(_hashed(rows, f"own/{person.id}"), address)

    def _looked_up(self, name: str, attempt: Attempt) -> tuple[Account | None, Person | None, Stranger]:
        with self.lotse.store.work(reading=True) as work:
            rows = Rows.of(work)
            account = rows.account_called(name) if name else None
            person = work.directory.persons.get(account.person) if account else None
            device = devices.known(rows, account.person, attempt.device) if account else None
            return (
                account,
                person if person is not None and person.active else None,
                Stranger(_hashed(rows, name), attempt.address, device),
            )

    def _admit(self, account: Account, person: Person, attempt: Attempt) -> Admitted | None:
        """Check the code, begin the session and put it on record, in one transaction; None where the code is wrong."""
        now, passwords = now_of(self.lotse), self.passwords
        renewed = passwords.hash(attempt.password) if passwords.outdated(account.password or "") else None

        def job(work: SqlWork) -> Admitted | None:
            rows = Rows.of(work)
            found = rows.account(account.person)
            if found is None or found.password != account.password:
                return None  # changed while the password was being computed
            step = step_given(factor.sealing(work), work, found, attempt.code, now)
            if step is None:
                return None
            password = renewed or found.password
            kept = Account(found.person, found.login, password, found.totp, step, found.mail)
            rows.put(kept)
            sessions.leave(rows, attempt.cookie)
            cookie = sessions.begin(rows, person.id, now, self.terms)
            told = {"factor": "code" if found.totp else "none"}
            if renewed:
                note(
                    work, self.lotse, Audited.LOGIN, person.id,
                    kind="steps", account=rows.fingerprint(kept), **told,
                )  # fmt: skip
            else:
                note(work, self.lotse, Audited.LOGIN, person.id, **told)
            return Admitted(person, cookie, devices.marked(rows, person.id, attempt.device))

        return self.lotse.write(job)

    def _refused(self, account: Account | None, stranger: Stranger, why: str) -> None:
        """Put a refusal on record: never what was typed, but whose account it was, if it was one."""
        try:
            self.brakes.check(stranger)
        except BrakedError:
            why = "braked"
        concerned = {"concerned": account.person} if account else {}
        self.lotse.write(
            lambda work: note(
                work, self.lotse, Audited.LOGIN, UNKNOWN, outcome="refused", reason=why, **concerned
            )
        )


def step_given(key: DataKey, work: SqlWork, account: Account, code: str, now: int) -> int | None:
    """The step to keep: that of the code where there is a second factor, else what is kept already."""
    if account.totp is None:
        return account.totp_step
    secret = factor.opened(key, work.beside[1].tenant, account.person, account.totp)
    return factor.step_of(secret, code, now, account.totp_step)


def _hashed(rows: Rows, name: str) -> str:
    return rows.digest("brake", name.encode()).hex()
