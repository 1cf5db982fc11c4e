"""The daily checkpoint: in the morning, once a day, to who is named, on record without addresses."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.checkpoint_mail import mail_checkpoint, mail_daily_checkpoint
from adapters.mail import Recipient
from adapters.outbox import standing
from audit.notary_file import NotaryFile
from tests.world import World, a_world

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
