"""Nothing of a family stands readable in any file of the store, at any moment, nor in the part of the log that stays.

Every free text and every personal field carries a word that occurs nowhere else; the files are searched after each
step, and in the middle of each commit, when the journal lies beside them.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from states.vocabulary import Command, Role, State
from tests.people import ASD, MIDWIFE, PARTNER, SUPERVISOR, WORKER
from tests.sensible import WAYS
from tests.world import World
from workflow.errors import WorkflowError
from workflow.fields import Kind, fields_of
from workflow.office import Person

WORD = "Unverwechselbar"
FAMILY: dict[str, Any] = {
    "surname": f"{WORD}-Nachname",
    "first_name": f"{WORD}-Vorname",
    "phone": "0151 98765432",
    "language": f"{WORD}-Sprache",
    "street": f"{WORD}-Straße 7",
    "postcode": "98765",
    "concern": f"{WORD}-Anliegen",
    "born": date(2025, 11, 23),
}
SECRETS = [WORD, "98765432", "2025-11-23", "23.11.2025", "4915198765432"]


def needles() -> list[bytes]:
    """The secrets as text is stored: UTF-8, UTF-16, hexadecimal."""
    return [
        form
        for secret in SECRETS
        for form in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode())
    ]


def words_of(command: str) -> dict[str, Any]:
    """Every free text of a command, filled with the word."""
    return {
        field.name: f"{WORD} {field.name}"
        for field in fields_of(command)
        if field.private and field.kind is Kind.TEXT and command != Command.CORRECT
    }


def look(folder: Path) -> int:
    """Search every file; how many bytes were searched."""
    searched = 0
    for file in folder.iterdir():
        content = file.read_bytes()
        searched += len(content)
        for needle in needles():
            assert needle not in content, f"{file.name} shows {needle!r}"
    return searched


def everything_about_a_family(world: World) -> None:
    """A case from its referral to its end, with all its words, and some refusals on the way."""
    do, to = world.do, MIDWIFE
    case = world.a_referral(**FAMILY, giver=f"{WORD} Mutter", evidence=f"{WORD} Ordner")
    for command, by, names_one in WAYS[State.HANDED_OVER]:
        case = do(case, command, by, to if names_one else None, **words_of(command))
    case = do(case, Command.NOTE, to, text=f"{WORD} Notiz")
    case = do(case, Command.CORRECT, field="surname", value=f"{WORD}-Anders", reason=f"{WORD} verschrieben")
    case = do(case, Command.CORRECT, field="born", value="2025-11-23", reason=f"{WORD} verrechnet")
    case = do(case, Command.RAISE_CONCERN, to, **words_of(Command.RAISE_CONCERN))
    case = do(case, Command.ESCALATE_URGENT, **words_of(Command.ESCALATE_URGENT))
    case = do(case, Command.COMPLETE_RECORD, **words_of(Command.COMPLETE_RECORD))
    case = do(case, Command.CONFIRM_RECEIPT, ASD, **words_of(Command.CONFIRM_RECEIPT))
    case = do(case, Command.RETURN_CASE_SUPPORT, ASD, **words_of(Command.RETURN_CASE_SUPPORT))
    case = do(case, Command.WITHDRAW_CONSENT, PARTNER, **words_of(Command.WITHDRAW_CONSENT))
    for command in (Command.REACH_FAMILY, Command.NOTE):
        with pytest.raises(WorkflowError) as refused:
            do(case, command, SUPERVISOR if command == Command.REACH_FAMILY else to, **words_of(command))
        assert WORD not in str(refused.value)


def test_no_file_of_the_store_ever_shows_a_family(on_disk: World) -> None:
    folder = on_disk.folder
    assert folder is not None
    looked: list[int] = []

    def in_the_middle(_connection: Connection) -> None:
        looked.append(look(folder))

    event.listen(on_disk.engine, "commit", in_the_middle)
    everything_about_a_family(on_disk)
    assert len(looked) > 15
    assert look(folder) > 100_000
    on_disk.engine.dispose()
    look(folder)


def test_the_search_above_finds_what_is_there(on_disk: World) -> None:
    """The staff's names stand in the clear; the search would see a family's just as well."""
    folder = on_disk.folder
    assert folder is not None
    on_disk.put(Person("neu", WORD, frozenset({Role.CASE_WORKER})))
    with pytest.raises(AssertionError, match="shows"):
        look(folder)


def test_what_stays_of_the_log_after_an_erasure_has_no_word_of_the_family(world: World) -> None:
    """Accountability (A) survives the erasure of a case; content (B) lies under the case's own key."""
    everything_about_a_family(world)
    entries = world.entries()
    for entry in entries:
        told = json.dumps(dict(entry.a), ensure_ascii=False)
        assert not [secret for secret in SECRETS if secret in told], entry.a["action"]
    assert any(entry.b and WORD in json.dumps(dict(entry.b), ensure_ascii=False) for entry in entries)
    world.verify()


def test_a_worklist_names_no_family(world: World) -> None:
    everything_about_a_family(world)
    world.a_referral(**FAMILY)
    world.wait(days=10)
    for person in (WORKER, MIDWIFE, SUPERVISOR, PARTNER):
        for item in world.today(person):
            assert WORD not in repr(item)
