"""Entering, locking and helping back in: one transaction with the log, and who must stay stays."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.db.work import SqlWork
from adapters.login import staff
from adapters.login.links import Purpose
from adapters.login.porter import WrongError
from adapters.login.redeem import redeem
from adapters.login.rows import Account, Identity, Rows
from adapters.login.staff import HasAccessError, NobodyError
from adapters.login.taken import TakenError
from adapters.news import notify_at
from states.vocabulary import RECIPIENT_ROLES, Role
from tests.login.house import OTHER, PASSWORD, House
from tests.people import COLLEAGUE, DEPUTY, GONE, MIDWIFE, SUPERVISOR, WORKER
from workflow.errors import RefusedError
from workflow.office import Directory, Person
from workflow.staff import GIVEN, Particulars, StaffError, entered


def directory(house: House) -> Directory:
    with house.lotse.store.work(reading=True) as work:
        return work.directory


def test_somebody_is_entered_invited_and_comes_in(house: House) -> None:
    given_ = Particulars("neu", "Frau Neu", frozenset({Role.FAMILY_MIDWIFE}))
    person = staff.put_in(house.lotse, SUPERVISOR.id, given_)
    assert directory(house).recipients["neu"].role is Role.FAMILY_MIDWIFE
    text = staff.invite(house.lotse, SUPERVISOR.id, "neu")
    redeem(house.porter, Purpose.INVITATION, text, PASSWORD)
    assert house.porter.login(house.attempt("neu")).person == person
    assert [(each["actor"], each["concerned"], each["roles"]) for each in house.log("user")] == [
        (SUPERVISOR.id, "neu", ["family_midwife"])
    ]
    assert house.world.verify()


def test_the_last_fachkraft_stays(house: House) -> None:
    for person in (COLLEAGUE, DEPUTY):
        staff.lock(house.lotse, SUPERVISOR.id, person.id)
    size = house.world.size
    with pytest.raises(RefusedError, match="letzte Fachkraft"):
        staff.lock(house.lotse, SUPERVISOR.id, WORKER.id)
    with pytest.raises(RefusedError, match="letzte Fachkraft"):
        staff.put_in(house.lotse, SUPERVISOR.id, Particulars(WORKER.id, "X", frozenset({Role.PLANNER})))
    assert directory(house).persons[WORKER.id] == WORKER
    assert house.world.size == size


def test_a_locked_midwife_is_asked_for_nothing_any_more(house: House) -> None:
    staff.lock(house.lotse, SUPERVISOR.id, MIDWIFE.id)
    assert not directory(house).recipients["yildiz"].active
    staff.unlock(house.lotse, SUPERVISOR.id, MIDWIFE.id)
    assert directory(house).recipients["yildiz"].active


def test_a_reset_takes_the_password_and_every_session(house: House) -> None:
    house.account(WORKER)
    cookie = house.enter(WORKER)
    text = staff.reset(house.lotse, SUPERVISOR.id, WORKER.id)
    assert house.door.by_session(cookie) is None
    with pytest.raises(WrongError):
        house.enter(WORKER)
    redeem(house.porter, Purpose.PASSWORD, text, OTHER)
    assert house.enter(WORKER, OTHER)


@pytest.mark.parametrize("deed", [staff.lock, staff.unlock, staff.invite, staff.reset])
def test_nobody_is_nobody(house: House, deed: object) -> None:
    assert callable(deed)
    with pytest.raises(NobodyError):
        deed(house.lotse, SUPERVISOR.id, "niemand")


def test_who_is_locked_is_neither_invited_nor_reset(house: House) -> None:
    for deed in (staff.invite, staff.reset):
        with pytest.raises(NobodyError, match="gesperrt"):
            deed(house.lotse, SUPERVISOR.id, GONE.id)


def test_two_people_do_not_log_in_by_one_name(house: House) -> None:
    house.account(WORKER)
    staff.rename_login(house.lotse, SUPERVISOR.id, WORKER.id, "Muster")
    assert house.porter.login(house.attempt("muster"))
    for taken in ("MUSTER", MIDWIFE.id, "", "a\0b", "x" * 300):
        with pytest.raises(TakenError):
            staff.rename_login(house.lotse, SUPERVISOR.id, COLLEAGUE.id, taken)


def test_nobody_loses_their_account_to_whoever_is_called_like_their_login(house: House) -> None:
    """The Leitung logs in as „ueberblick“: a partner of that id neither comes to be nor takes her place."""
    house.account(SUPERVISOR)
    staff.rename_login(house.lotse, WORKER.id, SUPERVISOR.id, "klinik-nord")
    before = house.rows("SELECT * FROM accounts ORDER BY person")
    partner = Person("klinik-nord", "Dr. Nord", frozenset({Role.PARTNER}), "Klinikum")
    with pytest.raises(TakenError, match="Nächster Schritt"):
        staff.put_in(house.lotse, WORKER.id, Particulars(partner.id, "Dr. Nord", partner.roles, "Klinikum"))
    assert partner.id not in directory(house).persons
    house.world.put(partner)
    text = staff.invite(house.lotse, WORKER.id, partner.id)
    for deed in (
        lambda: notify_at(house.lotse, partner, "nord@klinik.example"),
        lambda: redeem(house.porter, Purpose.INVITATION, text, OTHER),
    ):
        with pytest.raises(TakenError):
            deed()
    assert house.rows("SELECT * FROM accounts ORDER BY person") == before
    assert house.porter.login(house.attempt("klinik-nord")).person == SUPERVISOR


def test_whatever_is_written_everybody_keeps_an_account_and_no_two_share_a_name(house: House) -> None:
    """Every sequence of four writings by two people of two names: what is refused changes nothing."""
    house.porter.passwords  # noqa: B018 - makes the key
    wishes = [Account(person, login) for person in ("a", "b") for login in ("a", "b")]

    def job(work: SqlWork) -> None:
        rows = Rows.of(work)
        for sequence in product(wishes, repeat=4):
            work.beside[0].exec_driver_sql("DELETE FROM accounts")
            kept: dict[str, str] = {}
            for wish in sequence:
                if any(login == wish.login and person != wish.person for person, login in kept.items()):
                    with pytest.raises(TakenError):
                        rows.put(wish)
                else:
                    rows.put(wish)
                    kept[wish.person] = wish.login
                assert {each.person: each.login for each in rows.accounts()} == kept

    house.lotse.write(job)


def test_who_comes_in_already_is_invited_by_nobody(house: House) -> None:
    house.account(WORKER)
    staff.put_in(house.lotse, SUPERVISOR.id, Particulars("neu", "Frau Neu", frozenset({Role.DPO})))
    mine = Identity("https://x.example", "1", "neu")
    house.lotse.write(lambda work: staff.link_identity(work, house.lotse, SUPERVISOR.id, mine))
    for person in (WORKER.id, "neu"):
        with pytest.raises(HasAccessError, match="lotse user reset"):
            staff.invite(house.lotse, SUPERVISOR.id, person)
    assert house.log("link_made") == []
    assert house.enter(WORKER)


def test_an_identity_is_one_persons_and_can_be_taken_back(house: House) -> None:
    mine, same = (Identity("https://x.example", "1", person.id) for person in (WORKER, COLLEAGUE))
    house.lotse.write(lambda work: staff.link_identity(work, house.lotse, SUPERVISOR.id, mine))
    with pytest.raises(TakenError):
        house.lotse.write(lambda work: staff.link_identity(work, house.lotse, SUPERVISOR.id, same))
    assert staff.accesses(house.lotse, [WORKER.id])[WORKER.id].identities == (mine,)
    assert staff.unlink(house.lotse, SUPERVISOR.id, WORKER.id) == 1
    assert staff.unlink(house.lotse, SUPERVISOR.id, WORKER.id) == 0


@given(
    st.text(max_size=70),
    st.text(max_size=210),
    st.frozensets(st.sampled_from(Role), max_size=4),
    st.none() | st.text(max_size=210),
)
def test_whoever_is_entered_is_somebody_that_can_be(
    name_id: str, name: str, roles: frozenset[Role], institution: str | None
) -> None:
    """What comes out fits the rules that are written here a second time; what does not fit is refused with a field."""
    house = Directory({WORKER.id: WORKER})
    field = ""
    try:
        person, recipient = entered(house, Particulars(name_id, name, roles, institution))
    except StaffError as error:
        field = error.field
    except RefusedError:
        field = "id" if name_id == WORKER.id else "?"
    if field:
        assert field in ("id", "name", "roles", "institution")
        return
    assert person.roles
    assert person.roles <= set(GIVEN)
    assert len(person.roles & RECIPIENT_ROLES) <= 1
    assert (recipient is not None) == bool(person.roles & RECIPIENT_ROLES) == (person.recipient is not None)
    assert Role.PARTNER not in person.roles or person.institution
    assert person.name.strip()
    assert person.id == person.id.lower()


def test_changing_somebody_leaves_what_is_not_named() -> None:
    known = Person("x", "Dr. X", frozenset({Role.PARTNER}), "Klinikum", active=False)
    person, recipient = entered(Directory({"x": known, WORKER.id: WORKER}), Particulars("x", "Dr. Y"))
    assert (person, recipient) == (Person("x", "Dr. Y", known.roles, "Klinikum", None, active=False), None)
