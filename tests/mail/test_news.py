"""„Es gibt Neues“: one letter to whom it is news, one an hour at most, nothing of it lost, nothing of a family in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.lotse import Lotse
from adapters.mail import Server, server_of
from adapters.news import address_of, notify_at, tell_news
from adapters.outbox import send_due, standing
from adapters.settings import Settings
from states.vocabulary import Command
from tests.mail.post_office import PostOffice, open_office
from tests.people import FAMILY, MIDWIFE, SUPERVISOR, WORKER
from tests.world import World, a_world
from workflow.office import Person

HOME = "https://lotse.musterstadt.example"


def lotse(world: World) -> Lotse:
    """With a mail server, and an address of its own."""
    made = world.lotse
    folder = made.settings.data
    made.settings = Settings(
        data=folder, keys=folder / "keys", exports=folder, smtp_host="127.0.0.1", base_url=HOME
    )
    return made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", folder=tmp_path) as world:
        for person in (WORKER, MIDWIFE):
            notify_at(lotse(world), person, at(person))
        tell_news(lotse(world))
        yield world


def at(person: Person) -> str:
    return f"{person.id}@stadt.example"


def waiting(world: World) -> int:
    with world.lotse.store.reading() as connection:
        return sum(letter.sent_at is None for letter in standing(connection, world.lotse.store.tenant))


def sent(world: World, office: PostOffice) -> list[str]:
    ended = send_due(world.lotse.store, "lotse@stadt.example", office_server(office).hand_over, world.millis)
    assert all(each.reason == "" for each in ended)
    return [str(message["To"]) for message in office.taken]


def office_server(office: PostOffice) -> Server:
    settings = Settings(
        data=Path("/d"), keys=Path("/k"), exports=Path("/e"), smtp_host="127.0.0.1", smtp_port=office.port,
        smtp_security="plain", smtp_from="lotse@stadt.example",
    )  # fmt: skip
    server = server_of(settings)
    assert server is not None
    return server


def test_the_midwife_who_is_asked_gets_one_letter_that_says_nothing_and_a_link(world: World) -> None:
    world.a_case_in("handover_proposed")
    assert tell_news(lotse(world)) == 1
    with open_office() as office:
        assert sent(world, office) == [at(MIDWIFE)]
        (message,) = office.taken
    text = message.get_payload(decode=True).decode()
    assert HOME in text
    assert message["Auto-Submitted"] == "auto-generated"
    whole = message.as_string() + text
    assert "FH-" not in whole
    for word in (FAMILY.surname, FAMILY.first_name, FAMILY.phone, FAMILY.street, FAMILY.concern, "Übergabe"):
        assert word not in whole


def test_what_was_told_is_not_told_again_and_a_second_thing_waits_for_its_hour(world: World) -> None:
    world.a_case_in("handover_proposed")
    assert tell_news(lotse(world)) == 1
    assert tell_news(lotse(world)) == 0
    world.a_case_in("handover_proposed")
    assert tell_news(lotse(world)) == 0, "one waits already, and says all there is to say"
    with open_office() as office:
        assert len(sent(world, office)) == 1
        world.wait(minutes=10)
        world.a_case_in("handover_proposed")
        assert tell_news(lotse(world)) == 1
        assert len(sent(world, office)) == 1, "not within the hour"
        world.wait(minutes=51)
        assert len(sent(world, office)) == 2, "and not forgotten"


def test_who_did_it_and_who_wants_no_mail_hears_nothing(world: World) -> None:
    notify_at(lotse(world), MIDWIFE, None)
    assert address_of(lotse(world), MIDWIFE) is None
    world.a_case_in("handover_proposed")
    assert tell_news(lotse(world)) == 0
    assert waiting(world) == 0


def test_a_letter_and_the_place_up_to_which_was_looked_are_one_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies in between has told nothing, and the next look tells it."""
    world.a_case_in("handover_proposed")

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("adapters.news.enqueue", killed)
        with pytest.raises(Killed):
            tell_news(lotse(world))
    assert waiting(world) == 0
    assert tell_news(lotse(world)) == 1
    assert tell_news(lotse(world)) == 0


def test_nobody_hears_of_what_was_before_there_was_mail(tmp_path: Path) -> None:
    with a_world("sqlite", folder=tmp_path) as fresh:
        notify_at(lotse(fresh), MIDWIFE, at(MIDWIFE))
        fresh.a_case_in("handover_proposed")
        assert tell_news(lotse(fresh)) == 0
        fresh.a_case_in("handover_proposed")
        assert tell_news(lotse(fresh)) == 1


def test_the_choice_is_on_record_without_the_address(world: World) -> None:
    notify_at(lotse(world), SUPERVISOR, "ueberblick@stadt.example")
    entry = world.entries()[-1].a
    assert (entry["action"], entry["actor"], entry["wanted"]) == ("mail_chosen", SUPERVISOR.id, True)
    assert "stadt.example" not in str(entry)


def test_an_answer_comes_back_to_the_fachkraft(world: World) -> None:
    case = world.a_case_in("handover_proposed")
    tell_news(lotse(world))
    world.do(case, Command.ACCEPT, by=MIDWIFE, to=MIDWIFE)
    assert tell_news(lotse(world)) == 1
