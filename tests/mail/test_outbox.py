"""The outbox: with its entry or not at all, sent at least once, again at growing distances, given up loudly."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.db.store import Store
from adapters.mail import Recipient, Server, Undelivered
from adapters.outbox import (
    DAY,
    KEPT,
    LONGEST,
    WEEK,
    Attempt,
    Fate,
    Standing,
    enqueue,
    send_due,
    standing,
    try_again,
)
from adapters.outbox_letters import CheckpointLetter, Kind, NewsLetter
from audit.checkpoint import Checkpoint
from audit.errors import MalformedNote
from audit.keys import log_verifier
from tests.audit.world import FixedKeys
from tests.mail.post_office import open_office
from tests.world import ORIGIN, World, a_world
from workflow.ports import Entry

SENDER, DPO = "lotse@stadt.example", "dsb@stadt.example"
MAILED = Entry("steps", {"action": "checkpoint_mailed", "actor": "clock", "outcome": "done", "size": 7})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world("sqlite", folder=tmp_path) as world:
        yield world


def store_of(world: World) -> Store:
    assert isinstance(world.store, Store)
    return world.store


def a_letter(size: int = 7) -> CheckpointLetter:
    keys = FixedKeys()
    verifier = log_verifier(ORIGIN, keys)
    return CheckpointLetter(Checkpoint(ORIGIN, size, bytes(32)).sign(verifier, keys.sign), verifier.vkey)


def put(world: World, letters: int = 1) -> list[str]:
    """Letters in the outbox, with their entry."""
    with store_of(world).work() as work:
        ids = [enqueue(work, a_letter(), Recipient("dpo", DPO), world.millis()) for _ in range(letters)]
        work.record(MAILED)
        work.commit()
    return ids


def lie(world: World) -> list[Standing]:
    with store_of(world).reading() as connection:
        return standing(connection, store_of(world).tenant)


def by_hand(world: World, statement: str) -> None:
    """What somebody does to the database who has no key."""
    assert world.folder is not None
    with sqlite3.connect(world.folder / "lotse.db") as connection:
        connection.execute(statement)
    connection.close()


class Post:
    """Whoever takes the mail; `fails` for so many attempts."""

    def __init__(self, fails: int = 0, *, permanent: bool = False) -> None:
        self.fails, self.permanent = fails, permanent
        self.taken: list[EmailMessage] = []
        self.tried = 0

    def __call__(self, message: EmailMessage) -> None:
        self.tried += 1
        if self.tried <= self.fails:
            raise Undelivered("Der Mailserver ist nicht erreichbar.", permanent=self.permanent)
        self.taken.append(message)


def send(world: World, post: Post) -> list[Attempt]:
    return send_due(store_of(world), SENDER, post, world.millis)


def test_a_letter_that_is_due_goes_out_once(world: World) -> None:
    (id_,) = put(world)
    post = Post()
    assert send(world, post) == [Attempt(id_, Fate.SENT)]
    assert send(world, post) == []
    (message,) = post.taken
    assert (message["To"], message["From"]) == (DPO, SENDER)
    assert message["Message-ID"] == f"<{id_}@stadt.example>"
    assert message["Subject"] == "Prüfpunkt des Protokolls: 7 Einträge"
    assert parsedate_to_datetime(message["Date"]) == world.now.replace(microsecond=0)
    (letter,) = lie(world)
    assert (letter.fate, letter.attempts) == (Fate.SENT, 1)


def test_the_checkpoint_arrives_byte_for_byte_and_says_how_to_use_it(world: World) -> None:
    put(world)
    office_keys = FixedKeys()
    with open_office() as office:
        server = Server("127.0.0.1", office.port, "plain", SENDER, timeout=5)
        ended = send_due(store_of(world), SENDER, server.hand_over, world.millis)
        assert [attempt.fate for attempt in ended] == [Fate.SENT]
        (message,) = office.taken
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "pruefpunkt.txt"
    assert attached.get_payload(decode=True) == a_letter().note
    body = message.get_body()
    assert body is not None
    text = body.get_content()
    assert log_verifier(ORIGIN, office_keys).vkey in text.replace("\r\n", "\n")
    assert "lotse audit verify --checkpoint pruefpunkt.txt" in text


def test_a_letter_that_may_have_arrived_is_sent_again_under_the_same_id(world: World) -> None:
    """The connection is cut after the message: better twice than never, and the reader's mail program can tell."""
    put(world)
    with open_office() as office:
        server = Server("127.0.0.1", office.port, "plain", SENDER, timeout=5)
        office.hangs_up_after_data = True
        (first,) = send_due(store_of(world), SENDER, server.hand_over, world.millis)
        assert first.fate is Fate.WAITING
        office.hangs_up_after_data = False
        world.wait(minutes=3)
        (second,) = send_due(store_of(world), SENDER, server.hand_over, world.millis)
        assert second.fate is Fate.SENT
        one, other = office.taken
    assert one["Message-ID"] == other["Message-ID"]
    assert one["Date"] == other["Date"]


def test_without_its_entry_in_the_log_a_letter_does_not_exist(world: World) -> None:
    with store_of(world).work() as work:
        enqueue(work, a_letter(), Recipient("dpo", DPO), world.millis())
        work.commit()
    with suppress(RuntimeError), store_of(world).work() as work:
        enqueue(work, a_letter(), Recipient("dpo", DPO), world.millis())
        work.record(MAILED)
        raise RuntimeError
    assert lie(world) == []
    post = Post()
    assert send(world, post) == []


def test_what_fails_is_tried_again_at_growing_distances_and_given_up_after_a_week(world: World) -> None:
    put(world)
    post = Post(fails=10**6)
    tries: list[int] = []
    begun = world.millis()
    fates: list[Fate] = []
    while not fates or fates[-1] is Fate.WAITING:
        for attempt in send(world, post):
            tries.append(world.millis() - begun)
            fates.append(attempt.fate)
        world.wait(minutes=2)
        assert world.millis() - begun < WEEK + DAY
    assert fates[-1] is Fate.GIVEN_UP
    distances = [later - earlier for earlier, later in pairwise(tries)]
    assert [distance // 60_000 for distance in distances[:4]] == [2, 4, 8, 16]
    assert distances == sorted(distances)
    assert max(distances) == LONGEST
    assert WEEK <= tries[-1] < WEEK + LONGEST
    assert lie(world)[0].fate is Fate.GIVEN_UP
    world.wait(days=30)
    assert send(world, post) == []


def test_what_the_server_refuses_for_good_is_given_up_at_once_and_can_be_begun_anew(world: World) -> None:
    put(world)
    post = Post(fails=1, permanent=True)
    (attempt,) = send(world, post)
    assert (attempt.fate, attempt.reason) == (Fate.GIVEN_UP, "Der Mailserver ist nicht erreichbar.")
    world.wait(days=1)
    assert send(world, post) == []
    assert try_again(store_of(world), world.millis()) == 1
    assert [each.fate for each in send(world, post)] == [Fate.SENT]
    assert try_again(store_of(world), world.millis()) == 0


def test_one_letter_that_fails_holds_up_no_other(world: World) -> None:
    put(world, 3)
    post = Post(fails=1)
    fates = [attempt.fate for attempt in send(world, post)]
    assert sorted(fates, key=str) == sorted([Fate.WAITING, Fate.SENT, Fate.SENT], key=str)
    world.wait(minutes=3)
    assert [attempt.fate for attempt in send(world, post)] == [Fate.SENT]


def test_a_process_that_dies_over_a_letter_leaves_it_to_the_next_attempt(world: World) -> None:
    put(world)

    def dies(_message: EmailMessage) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        send_due(store_of(world), SENDER, dies, world.millis)
    post = Post()
    assert send(world, post) == []
    world.wait(minutes=2)
    assert [attempt.fate for attempt in send(world, post)] == [Fate.SENT]


def test_two_processes_at_once_send_each_letter_once(world: World) -> None:
    put(world, 8)
    post = Post()
    ready = threading.Barrier(2)

    def process() -> None:
        ready.wait()
        send(world, post)

    threads = [threading.Thread(target=process) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({message["Message-ID"] for message in post.taken}) == len(post.taken) == 8


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE outbox SET recipient = 'fremd@anderswo.example'",
        "UPDATE outbox SET subject = 'Bitte sofort überweisen'",
        "UPDATE outbox SET kind = 'other'",
        "UPDATE outbox SET body = zeroblob(300)",
        "UPDATE outbox SET id = 'ffffffffffffffffffffffffffffffff'",
    ],
)
def test_a_letter_altered_in_the_database_is_never_sent(world: World, harm: str) -> None:
    put(world)
    by_hand(world, harm)
    post = Post()
    ended = send(world, post)
    assert post.tried == 0
    assert {attempt.fate for attempt in ended} == {Fate.GIVEN_UP}
    assert all("verändert" in attempt.reason for attempt in ended)


def test_a_letter_put_into_the_envelope_of_another_is_never_sent(world: World) -> None:
    put(world, 2)
    by_hand(
        world, "UPDATE outbox SET body = (SELECT body FROM outbox WHERE id = (SELECT min(id) FROM outbox))"
    )
    ended = {attempt.id: attempt.fate for attempt in send(world, Post())}
    assert ended == {min(ended): Fate.SENT, max(ended): Fate.GIVEN_UP}


def test_what_was_sent_is_forgotten_after_a_month(world: World) -> None:
    put(world)
    send(world, Post())
    world.now = world.now.fromtimestamp((world.millis() + KEPT) / 1000 + 60, world.now.tzinfo)
    (id_,) = put(world)
    send(world, Post())
    assert [letter.id for letter in lie(world)] == [id_]


def test_nothing_but_a_genuine_checkpoint_can_be_put_into_an_envelope(world: World) -> None:
    other = CheckpointLetter(a_letter().note, log_verifier(ORIGIN, FixedKeys(9)).vkey)
    for letter in (other, CheckpointLetter(b"Familie Wunderlich-Beispiel", a_letter().vkey)):
        with pytest.raises(MalformedNote), store_of(world).work() as work:
            enqueue(work, letter, Recipient("dpo", DPO), world.millis())


def test_the_kinds_of_letters_are_these() -> None:
    assert [str(kind) for kind in Kind] == ["checkpoint", "news", "rights"]


def test_a_letter_that_there_is_news_says_nothing_else() -> None:
    """Neither what nor about whom; the words are the same for everybody."""
    message = (
        NewsLetter("https://lotse.beispiel.de").written().message("1" * 32, "lotse@beispiel.de", DPO, "jetzt")
    )
    assert message["Subject"] == "Es gibt Neues in Lotse"
    assert "https://lotse.beispiel.de" in message.get_content()
    assert not list(message.iter_attachments())


def test_neither_the_letter_nor_who_gets_it_stands_readable_in_the_log(world: World) -> None:
    put(world)
    assert [entry.a for entry in world.entries() if DPO in str(entry.a)] == []


@given(fails=st.lists(st.sampled_from(["ok", "later", "never", "died"]), max_size=8))
@settings(max_examples=15, deadline=None)
def test_whatever_the_server_does_a_letter_is_sent_once_and_for_all_or_given_up(
    tmp_path_factory: pytest.TempPathFactory, fails: list[str]
) -> None:
    """After each answer: taken means never again, refused for good means never again, all else means again."""
    answers = iter(fails)

    def post(message: EmailMessage) -> None:
        answer = next(answers, "ok")
        seen.append(str(message["Message-ID"]))
        if answer == "died":
            raise SystemExit
        if answer != "ok":
            raise Undelivered("Nein.", permanent=answer == "never")

    with a_world("sqlite", folder=tmp_path_factory.mktemp("haus")) as world:
        seen: list[str] = []
        put(world)
        for _ in range(len(fails) + 1):
            with suppress(SystemExit):
                send_due(store_of(world), SENDER, post, world.millis)
            world.wait(hours=6)
        (letter,) = lie(world)
        ends = [place for place, answer in enumerate(fails) if answer in ("ok", "never")]
        tried = ends[0] + 1 if ends else len(fails) + 1
        assert letter.attempts == len(seen) == tried
        assert len(set(seen)) == 1
        refused = bool(ends) and fails[ends[0]] == "never"
        assert letter.fate is (Fate.GIVEN_UP if refused else Fate.SENT)
