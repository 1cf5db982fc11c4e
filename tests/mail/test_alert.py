"""Leitung is written to when somebody opens a colleague's case in an emergency: that there is news, and no more.

Letter and opening are one transaction; without a mail server, or without an address, nothing is written.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from adapters.db.work import SqlWork
from adapters.login.rows import Account, Rows
from adapters.lotse import Lotse
from adapters.openings import reviewing, taking
from adapters.outbox import Standing, standing
from tests.openings import DPO, OTHERS, SECOND_SUPERVISOR
from tests.people import COLLEAGUE, FAMILY, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.case import Case
from workflow.errors import RefusedError
from workflow.office import OpeningKind, Person
from workflow.openings import Wanted

MAILS = {
    SUPERVISOR: "leitung@beispiel.de",
    SECOND_SUPERVISOR: None,
    DPO: "dsb@beispiel.de",
    WORKER: "w@beispiel.de",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", folder=tmp_path) as world:
        world.put(*OTHERS)
        lotse = world.lotse
        for person, mail in MAILS.items():
            account = Account(person.id, person.id, mail=mail)
            lotse.write(partial(_enter, account))
        yield world


def _enter(account: Account, work: SqlWork) -> None:
    Rows.of(work).put(account)


def with_mail(world: World) -> Lotse:
    lotse = world.lotse
    lotse.settings = replace(
        lotse.settings, smtp_host="mail.beispiel.de", base_url="https://lotse.beispiel.de"
    )
    return lotse


def open_it(
    lotse: Lotse, case: Case, by: Person = COLLEAGUE, kind: OpeningKind = OpeningKind.EMERGENCY
) -> str:
    return lotse.write(taking(lotse, Wanted(by, case.number, kind, "Mia Musterfrau ruft an"))).id


def letters(lotse: Lotse) -> list[Standing]:
    with lotse.store.reading() as connection:
        return standing(connection, lotse.store.tenant)


def addresses(world: World) -> list[str]:
    with world.engine.connect() as connection:
        return [
            str(row[0])
            for row in connection.exec_driver_sql("SELECT recipient FROM outbox ORDER BY recipient")
        ]


def test_leitung_is_told_that_there_is_news_and_not_which(world: World) -> None:
    lotse = with_mail(world)
    open_it(lotse, world.a_referral())
    (letter,) = letters(lotse)
    assert (letter.kind, letter.subject) == ("news", "Es gibt Neues in Lotse")
    assert addresses(world) == ["leitung@beispiel.de"]
    told = repr([entry.a for entry in world.entries()])
    assert "@" not in told
    assert FAMILY.surname not in told


def test_the_fourth_of_a_day_is_told_to_data_protection_too(world: World) -> None:
    lotse = with_mail(world)
    for _ in range(4):
        open_it(lotse, world.a_referral())
    assert addresses(world) == ["dsb@beispiel.de", *["leitung@beispiel.de"] * 4]


def test_nobody_is_written_to_for_what_leitung_does_herself_or_what_is_refused(world: World) -> None:
    lotse = with_mail(world)
    case = world.a_referral()
    open_it(lotse, case, SUPERVISOR, OpeningKind.INSPECTION)
    with pytest.raises(RefusedError):
        open_it(lotse, case, WORKER)
    assert letters(lotse) == []
    both = Person(SUPERVISOR.id, SUPERVISOR.name, SUPERVISOR.roles | COLLEAGUE.roles)
    world.put(both)
    open_it(lotse, case, both)
    assert addresses(world) == []


def test_without_a_mail_server_the_worklist_alone_tells(world: World) -> None:
    lotse = world.lotse
    opening = open_it(lotse, world.a_referral())
    assert letters(lotse) == []
    assert [item.opening for item in lotse.today(SUPERVISOR) if item.opening] == [opening]
    world.wait(minutes=60)
    lotse.write(reviewing(lotse, SUPERVISOR, opening, "Besprochen."))
    assert [item.opening for item in lotse.today(SUPERVISOR) if item.opening] == []
