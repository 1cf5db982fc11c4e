"""What somebody does with their own login: password, second factor, sessions elsewhere.

Whoever changes how they come in gives their password again, and gets a new cookie; all other sessions end. Tried in
`tests/login/test_own_login.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from adapters.db.work import SqlWork
from adapters.login import factor, sessions
from adapters.login.caller import Caller
from adapters.login.door import now_of
from adapters.login.factor import Enrolment
from adapters.login.passwords import check
from adapters.login.porter import Porter, WrongError, step_given
from adapters.login.record import note
from adapters.login.rows import Account, Rows, Session
from workflow.audited import Audited
from workflow.errors import WorkflowError
from workflow.office import Person

FRESH = 15 * 60 * 1000
"""So long after a login, in milliseconds, other sessions are ended without logging in again (own reading)."""


class NotThisWayError(WorkflowError):
    """What was asked cannot be done with this login; the message says why, in German, and what can."""


def around(porter: Porter, person: Person) -> tuple[str, ...]:
    """Words that must not make up this person's password: their own, their institution's, the office's."""
    profile = porter.lotse.office.network_now.profile
    return person.id, person.name, person.institution, profile.name, profile.title


def change_password(porter: Porter, caller: Caller, old: str, new: str, address: str, code: str = "") -> str:
    """Set another password and give a new cookie; every other session ends, and every token.

    Whoever has a second factor gives its code too. Raises WrongError where that or the old password is wrong,
    WeakPasswordError, BrakedError, TooBusyError.
    """
    account = _proven(porter, caller, old, address)
    check(new, (*around(porter, caller.person), account.login))
    with porter.passwords.turn():
        hashed = porter.passwords.hash(new)

    now = now_of(porter.lotse)

    def job(work: SqlWork) -> str | None:
        rows = Rows.of(work)
        found = _still(rows, account)
        step = step_given(factor.sealing(work), work, found, code, now)
        if step is None:
            return None
        changed = replace(found, password=hashed, totp_step=step)
        rows.put(changed)
        told = {"tokens": rows.drop_tokens(caller.person.id), "account": rows.fingerprint(changed)}
        note(work, porter.lotse, Audited.PASSWORD_CHANGED, caller.person.id, kind="steps", **told)
        return _begin_anew(porter, rows, caller)

    cookie = porter.lotse.write(job)
    if cookie is None:
        raise porter.wrong_code(caller.person, address)
    return cookie


def begin_factor(porter: Porter, caller: Caller, password: str, address: str) -> Enrolment:
    """Begin to set up a second factor. Raises WrongError, BrakedError; NotThisWayError where there is one."""
    account = _proven(porter, caller, password, address)
    if account.totp is not None:
        raise NotThisWayError(
            "Ein zweiter Faktor ist schon eingerichtet. Nächster Schritt: ihn von der Leitung oder IT entfernen lassen."
        )
    now = now_of(porter.lotse)
    return porter.lotse.write(
        lambda work: factor.enrol(
            factor.sealing(work), porter.lotse.store.tenant, caller.person.id, account.login, now
        )
    )


def confirm_factor(porter: Porter, caller: Caller, sealed: str, code: str) -> str:
    """Set the second factor up that was begun, once a code shows that it arrived; gives a new cookie.

    Raises WrongError where the code does not fit or it took too long.
    """
    _by_session(caller)
    now, person, tenant = now_of(porter.lotse), caller.person.id, porter.lotse.store.tenant

    def job(work: SqlWork) -> str | None:
        rows, key = Rows.of(work), factor.sealing(work)
        account = rows.account(person)
        secret = factor.enrolled(key, tenant, person, sessions.as_any_bytes(sealed), now)
        if account is None or account.totp is not None or secret is None:
            return None
        step = factor.step_of(secret, code, now, account.totp_step)
        if step is None:
            return None
        changed = replace(account, totp=factor.kept(key, tenant, person, secret), totp_step=step)
        rows.put(changed)
        told = {"account": rows.fingerprint(changed)}
        note(work, porter.lotse, Audited.SECOND_FACTOR, person, kind="steps", **told)
        return _begin_anew(porter, rows, caller)

    cookie = porter.lotse.write(job)
    if cookie is None:
        raise WrongError
    return cookie


def drop_factor(porter: Porter, caller: Caller, password: str, code: str, address: str) -> str:
    """Do without a second factor again, where the office does not ask for one; gives a new cookie.

    Raises WrongError, BrakedError; NotThisWayError where this person's roles need one.
    """
    if caller.person.roles & porter.lotse.settings.second_factor:
        raise NotThisWayError("In Ihrer Rolle gehört ein zweiter Faktor zur Anmeldung.")
    account = _proven(porter, caller, password, address)
    now, person = now_of(porter.lotse), caller.person.id

    def job(work: SqlWork) -> str | None:
        rows, found = Rows.of(work), _still(Rows.of(work), account)
        if found.totp is None:
            return None
        step = step_given(factor.sealing(work), work, found, code, now)
        if step is None:
            return None
        changed = replace(found, totp=None, totp_step=step)
        rows.put(changed)
        told = {"account": rows.fingerprint(changed)}
        note(work, porter.lotse, Audited.SECOND_FACTOR_GONE, person, kind="steps", **told)
        return _begin_anew(porter, rows, caller)

    cookie = porter.lotse.write(job)
    if cookie is None:
        raise porter.wrong_code(caller.person, address)
    return cookie


def others(porter: Porter, caller: Caller) -> Sequence[Session]:
    """This person's other logins that still count, each once, the latest first.

    Raises NotThisWayError for a token, as does `end_others`.
    """
    _by_session(caller)
    now = now_of(porter.lotse)
    with porter.lotse.store.work(reading=True) as work:
        rows = Rows.of(work)
        own = rows.session(caller.session or b"")
        alive = [each for each in rows.sessions(caller.person.id) if porter.terms.alive(each, now)]
    newest = {each.sign_in: each for each in sorted(alive, key=lambda each: each.seen_at)}
    found = [each for each in newest.values() if own is None or each.sign_in != own.sign_in]
    return sorted(found, key=lambda each: -each.seen_at)


def end_others(porter: Porter, caller: Caller) -> int:
    """End all of this person's other logins; how many there were.

    Raises NotThisWayError where this login is not a fresh one: whoever finds a screen open throws nobody out.
    """
    _by_session(caller)
    now = now_of(porter.lotse)

    def job(work: SqlWork) -> int:
        rows = Rows.of(work)
        own = rows.session(caller.session or b"")
        if own is None or now - own.began_at > FRESH:
            raise NotThisWayError(
                "Dafür ist die Anmeldung zu lange her. Nächster Schritt: abmelden, neu anmelden und gleich danach die "
                "anderen Sitzungen beenden."
            )
        ended = sessions.end_others(rows, caller.person.id, own.sign_in)
        note(work, porter.lotse, Audited.SESSIONS_ENDED, caller.person.id, count=ended)
        return ended

    return porter.lotse.write(job)


def _proven(porter: Porter, caller: Caller, password: str, address: str) -> Account:
    _by_session(caller)
    account = porter.proven(caller.person, password, address)
    if account is None:
        raise WrongError
    return account


def _still(rows: Rows, account: Account) -> Account:
    """The account as it is now. Raises WrongError where its password was changed meanwhile."""
    found = rows.account(account.person)
    if found is None or found.password != account.password:
        raise WrongError
    return found


def _by_session(caller: Caller) -> None:
    if caller.session is None:
        raise NotThisWayError("Das geht nur angemeldet, nicht mit einem Token.")


def _begin_anew(porter: Porter, rows: Rows, caller: Caller) -> str:
    """End every session of this person and begin one in the place of that which asked."""
    rows.drop_sessions(caller.person.id)
    return sessions.begin(rows, caller.person.id, now_of(porter.lotse), porter.terms)
