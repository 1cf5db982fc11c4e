"""The daily checkpoint: in the morning, once a day, to who is named, on record without addresses."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.checkpoint_mail import mail_checkpoint, mail_daily_checkpoint, never_written_to, silent
from adapters.mail import Recipient
from adapters.mailed import MailedFile
from adapters.outbox import send_due, standing
from audit.notary_file import NotaryFile
from tests.world import World, a_world, berlin

TO = (Recipient("dpo", "dsb@stadt.example"), Recipient("audit_office", "rpa@stadt.example"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", at="2026-03-09 05:58", folder=tmp_path) as world:
        (tmp_path / "keys").mkdir()
        NotaryFile(tmp_path / "keys" / "notary.json").create(world.lotse.verifier.name)
        yield world


def subjects(world: World) -> list[str]:
    with world.lotse.store.reading() as connection:
        return [letter.subject for letter in standing(connection, world.lotse.store.tenant)]


def test_it_goes_out_once_each_local_day_from_six_in_the_morning(world: World) -> None:
    assert mail_daily_checkpoint(world.lotse, TO) is None
    world.wait(minutes=2)
    size = mail_daily_checkpoint(world.lotse, TO)
    assert size == world.size - 1
    assert subjects(world) == [f"Prüfpunkt des Protokolls: {size} Einträge"] * 2
    world.wait(hours=17)
    assert mail_daily_checkpoint(world.lotse, TO) is None
    world.wait(hours=2)
    assert mail_daily_checkpoint(world.lotse, TO) is None
    world.wait(hours=5)
    assert mail_daily_checkpoint(world.lotse, TO) == size + 1
    assert len(subjects(world)) == 4


def test_the_log_says_to_whom_by_role_and_over_how_many_entries(world: World) -> None:
    size = mail_checkpoint(world.lotse, TO, "leitung")
    entry = world.entries()[-1].a
    assert (entry["action"], entry["actor"], entry["outcome"]) == ("checkpoint_mailed", "leitung", "done")
    assert (entry["size"], entry["recipients"]) == (size, ["dpo", "audit_office"])
    assert "example" not in str(entry)
    world.verify()


def test_where_nobody_is_named_nothing_is_signed_or_written(world: World) -> None:
    world.wait(hours=4)
    before = world.size
    assert mail_daily_checkpoint(world.lotse, ()) is None
    assert world.size == before


def test_several_processes_at_once_mail_it_once(world: World) -> None:
    world.wait(hours=1)
    ready = threading.Barrier(3)
    done: list[int | None] = []

    def process() -> None:
        lotse = world.lotse
        ready.wait()
        done.append(mail_daily_checkpoint(lotse, TO))

    threads = [threading.Thread(target=process) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(size is None for size in done) == [False, True, True]
    assert len(subjects(world)) == 2


# Whoever has the database, and not the notary's folder.

HANDS = {
    "dated ahead": "UPDATE outbox SET created_at = created_at + 864000000",
    "dated ahead and called sent": "UPDATE outbox SET created_at = created_at + 864000000, sent_at = created_at",
    "called sent": "UPDATE outbox SET sent_at = created_at, next_at = NULL",
    "deleted": "DELETE FROM outbox",
    "one deleted": "DELETE FROM outbox WHERE recipient = 'rpa@stadt.example'",
}


def by_hand(world: World, statement: str) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def sent(world: World) -> list[str]:
    """Send what is due, and give to whom it went."""
    went: list[str] = []
    file, store = MailedFile(world.lotse.settings), world.lotse.store
    send_due(
        store,
        "lotse@stadt.example",
        lambda message: went.append(str(message["To"])),
        world.millis,
        lambda letter: file.taken(letter, world.millis()),
    )
    return sorted(went)


BOTH = ["dsb@stadt.example", "rpa@stadt.example"]


@pytest.mark.parametrize("statement", HANDS.values(), ids=HANDS)
def test_whatever_is_done_to_the_outbox_the_next_day_brings_the_next_checkpoint(
    world: World, statement: str
) -> None:
    world.wait(minutes=2)
    mail_daily_checkpoint(world.lotse, TO)
    assert sent(world) == BOTH
    by_hand(world, statement)
    assert mail_daily_checkpoint(world.lotse, TO) is None
    world.wait(days=1)
    assert mail_daily_checkpoint(world.lotse, TO) is not None
    assert sent(world) == BOTH


@pytest.mark.parametrize("name", ["called sent", "deleted", "one deleted", "dated ahead and called sent"])
def test_a_letter_that_vanished_before_it_was_sent_is_written_again(world: World, name: str) -> None:
    world.wait(minutes=2)
    mail_daily_checkpoint(world.lotse, TO)
    by_hand(world, HANDS[name])
    assert mail_daily_checkpoint(world.lotse, TO) is not None
    assert mail_daily_checkpoint(world.lotse, TO) is None
    assert {*sent(world)} == {*BOTH}
    assert mail_daily_checkpoint(world.lotse, TO) is None


def test_a_letter_to_one_that_vanished_is_written_again_to_that_one_alone(world: World) -> None:
    world.wait(minutes=2)
    mail_daily_checkpoint(world.lotse, TO)
    by_hand(world, HANDS["one deleted"])
    mail_daily_checkpoint(world.lotse, TO)
    assert world.entries()[-1].a["recipients"] == ["audit_office"]
    assert sent(world) == BOTH


def test_a_clock_that_was_wrong_for_a_day_silences_nobody(world: World) -> None:
    """The machine believed it was next year; set right, it mails again."""
    world.go_to("2027-03-09 08:00")
    mail_daily_checkpoint(world.lotse, TO)
    world.now = berlin("2026-03-10 08:00")
    assert mail_daily_checkpoint(world.lotse, TO) is not None


def test_silence_is_noticed_for_each_recipient(world: World) -> None:
    named = replace(
        world.lotse.settings, checkpoint_mail="dpo=dsb@stadt.example,audit_office=rpa@stadt.example"
    )
    assert never_written_to(named) == ["dpo", "audit_office"]
    assert silent(named, world.millis()) == {}
    world.wait(minutes=2)
    mail_daily_checkpoint(world.lotse, TO)
    begun = world.millis()
    assert never_written_to(named) == []
    by_hand(world, HANDS["one deleted"])
    sent(world)
    world.wait(days=1)
    mail_daily_checkpoint(world.lotse, TO)
    by_hand(world, HANDS["one deleted"])
    sent(world)
    assert silent(named, world.millis()) == {}
    world.wait(days=1, minutes=1)
    assert silent(named, world.millis()) == {"audit_office": begun}
    world.wait(days=2)
    assert silent(named, world.millis()) == {"dpo": begun + 86_400_000, "audit_office": begun}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"dpo": 1}', b'{"dpo": {"begun_at": "x"}}'])
def test_a_file_that_nobody_can_read_silences_nobody(world: World, content: bytes) -> None:
    world.wait(minutes=2)
    mail_daily_checkpoint(world.lotse, TO)
    world.lotse.settings.notary.with_name("mailed.json").write_bytes(content)
    assert mail_daily_checkpoint(world.lotse, TO) is not None
    assert mail_daily_checkpoint(world.lotse, TO) is None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["mail", "send", "hours", "day", *HANDS]),
        max_size=12,
    )
)
def test_whatever_is_done_in_whatever_order_a_day_of_work_brings_it_to_everybody(
    tmp_path_factory: pytest.TempPathFactory, happenings: list[str]
) -> None:
    """Once the hands are off, mailing and sending once reaches everybody who was not reached that day."""
    folder = tmp_path_factory.mktemp("welt")
    with a_world("sqlite", at="2026-03-09 07:00", folder=folder) as world:
        (folder / "keys").mkdir()
        NotaryFile(folder / "keys" / "notary.json").create(world.lotse.verifier.name)
        reached: dict[str, str] = {}

        def now_reached(addresses: list[str]) -> None:
            reached.update(dict.fromkeys(addresses, str(world.day)))

        for what in happenings:
            if what == "mail":
                mail_daily_checkpoint(world.lotse, TO)
            elif what == "send":
                now_reached(sent(world))
            elif what == "hours":
                world.wait(hours=5)
            elif what == "day":
                world.wait(days=1)
            else:
                by_hand(world, HANDS[what])
        world.go_to(f"{world.day + timedelta(days=1)} 08:00")
        mail_daily_checkpoint(world.lotse, TO)
        now_reached(sent(world))
        assert reached == dict.fromkeys(BOTH, str(world.day))
