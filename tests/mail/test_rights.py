"""Leitung hears by mail when somebody is given rights or a way in: whoever did it, one letter, no name in it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.db.recorded import RecordedLog
from adapters.login import staff
from adapters.login.caller import Scope
from adapters.login.rows import Identity
from adapters.login.tokens import make_token
from adapters.lotse import Lotse
from adapters.news import notify_at, tell_news
from adapters.outbox import send_due, standing
from adapters.partners import inviting
from states.vocabulary import Role
from tests.mail.post_office import open_office
from tests.mail.test_news import HOME, lotse, office_server
from tests.openings import ADMIN, SECOND_SUPERVISOR
from tests.people import COLLEAGUE, FAMILY, GONE, PARTNER, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.audited import Audited
from workflow.news import WAYS_IN, gives_a_way_in
from workflow.office import Person
from workflow.register import Guest
from workflow.staff import Particulars

SCOPES, DAY = frozenset({Scope.READ}), timedelta(days=1)
NEW = Particulars("neu", "Frau Neu", frozenset({Role.CASE_WORKER}))
BOTH = Person("beides", "Frau Beides", frozenset({Role.PLANNER, Role.CASE_WORKER}))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", folder=tmp_path) as world:
        world.put(ADMIN, SECOND_SUPERVISOR, BOTH)
        notify_at(lotse(world), SUPERVISOR, "leitung@stadt.example")
        notify_at(lotse(world), WORKER, "fachkraft@stadt.example")
        tell_news(lotse(world))
        yield world


ACTS: dict[str, Callable[[Lotse], object]] = {
    "somebody new": lambda lotse: staff.put_in(lotse, ADMIN.id, NEW),
    "a role more": lambda lotse: staff.put_in(
        lotse, ADMIN.id, Particulars(COLLEAGUE.id, COLLEAGUE.name, COLLEAGUE.roles | {Role.SUPERVISOR})
    ),
    "let in again": lambda lotse: staff.unlock(lotse, ADMIN.id, GONE.id),
    "invited": lambda lotse: staff.invite(lotse, ADMIN.id, COLLEAGUE.id),
    "reset": lambda lotse: staff.reset(lotse, ADMIN.id, COLLEAGUE.id, second_factor=True),
    "tied": lambda lotse: lotse.write(
        lambda work: staff.link_identity(
            work, lotse, ADMIN.id, Identity("https://anmeldung.example", "4711", COLLEAGUE.id)
        )
    ),
    "a token for somebody else": lambda lotse: make_token(
        lotse, ADMIN.id, COLLEAGUE.id, "Abgleich", SCOPES, DAY
    ),
    "a partner invited": lambda lotse: lotse.write(
        inviting(lotse, ADMIN, Guest("gast", "Dr. Gast", "nordstadt"))
    ),
    "in her own name": lambda lotse: staff.invite(lotse, SUPERVISOR.id, COLLEAGUE.id),
}
QUIET: dict[str, Callable[[Lotse], object]] = {
    "a role less": lambda lotse: staff.put_in(
        lotse, ADMIN.id, Particulars(BOTH.id, BOTH.name, frozenset({Role.PLANNER}))
    ),
    "a new name": lambda lotse: staff.put_in(
        lotse, ADMIN.id, Particulars(WORKER.id, "Frau Anders", WORKER.roles)
    ),
    "locked": lambda lotse: staff.lock(lotse, ADMIN.id, COLLEAGUE.id),
    "one's own token": lambda lotse: make_token(lotse, WORKER.id, WORKER.id, "Abgleich", SCOPES, DAY),
}


def kinds(world: World) -> list[str]:
    with world.lotse.store.reading() as connection:
        return [letter.kind for letter in standing(connection, world.lotse.store.tenant)]


@pytest.mark.parametrize("act", ACTS)
def test_leitung_gets_one_letter_that_names_nobody_and_leads_to_lotse(world: World, act: str) -> None:
    ACTS[act](lotse(world))
    assert tell_news(lotse(world)) == 1
    assert tell_news(lotse(world)) == 0
    with open_office() as office:
        for _ in "12":
            send_due(world.lotse.store, "lotse@stadt.example", office_server(office).hand_over, world.millis)
        (message,) = office.taken
    assert (message["To"], message["Subject"]) == ("leitung@stadt.example", "Zugänge in Lotse geändert")
    text = message.get_payload(decode=True).decode()
    assert HOME in text
    whole = message.as_string() + text
    people = (ADMIN, COLLEAGUE, SUPERVISOR, GONE, PARTNER)
    for word in (FAMILY.surname, "neu ", "Frau Neu", "4711", *(each.name for each in people)):
        assert word not in whole
    assert COLLEAGUE.id not in whole


@pytest.mark.parametrize("act", QUIET)
def test_what_gives_nobody_anything_is_no_news(world: World, act: str) -> None:
    QUIET[act](lotse(world))
    assert tell_news(lotse(world)) == 0
    assert kinds(world) == []


def test_ten_new_people_are_one_letter_and_another_within_the_hour_waits(world: World) -> None:
    for place in range(10):
        staff.put_in(lotse(world), ADMIN.id, Particulars(f"neu{place}", "Frau Neu", NEW.roles or frozenset()))
    assert tell_news(lotse(world)) == 1
    with open_office() as office:
        post = office_server(office).hand_over
        send_due(world.lotse.store, "lotse@stadt.example", post, world.millis)
        world.wait(minutes=5)
        staff.invite(lotse(world), ADMIN.id, "neu3")
        assert tell_news(lotse(world)) == 1
        send_due(world.lotse.store, "lotse@stadt.example", post, world.millis)
        assert len(office.taken) == 1
        world.wait(hours=1)
        send_due(world.lotse.store, "lotse@stadt.example", post, world.millis)
        assert len(office.taken) == 2


def test_news_of_a_case_and_an_alarm_do_not_stand_in_for_each_other(world: World) -> None:
    """One who is both reads of both: a letter that waits says only its own."""
    both = Person(WORKER.id, WORKER.name, WORKER.roles | {Role.SUPERVISOR})
    world.put(both)
    world.a_referral(by=PARTNER)
    staff.invite(lotse(world), ADMIN.id, COLLEAGUE.id)
    tell_news(lotse(world))
    assert sorted(kinds(world)) == ["news", "rights", "rights"]


def test_who_made_it_so_cannot_keep_it_from_leitung(world: World) -> None:
    """Whoever dies between the entry and the letter, or acts as Leitung: the entry of the log is what is told."""
    staff.put_in(lotse(world), SUPERVISOR.id, NEW)
    world.reopen()
    assert tell_news(lotse(world)) == 1
    told = [entry.a or {} for entry in RecordedLog(world.lotse.store).stretch(0, world.size)]
    assert any(gives_a_way_in(a) and a["actor"] == SUPERVISOR.id for a in told)


ROLES = st.lists(st.sampled_from(sorted(Role)), unique=True)


@given(ROLES, ROLES, st.sampled_from(["done", "refused"]))
def test_it_is_roles_gained_that_are_told_and_no_others(
    before: list[str], after: list[str], outcome: str
) -> None:
    a = {"action": "user", "actor": "it", "outcome": outcome, "roles": after, "roles_before": before}
    assert gives_a_way_in(a) == (outcome == "done" and any(role not in before for role in after))


def test_every_action_that_lets_in_is_told_and_no_other() -> None:
    """The list, written out a second time."""
    told = {
        each
        for each in Audited
        if gives_a_way_in(
            {"action": str(each), "outcome": "done", "actor": "it", "roles": ["admin"], "concerned": "x"}
        )
    }
    assert told == {
        Audited.USER, Audited.USER_ENABLED, Audited.LINK_MADE, Audited.INVITED, Audited.IDENTITY_LINKED,
        Audited.TOKEN_MADE,
    }  # fmt: skip
    assert told - {Audited.USER} == WAYS_IN
