"""A step over HTTP is one look at who asks and one transaction, however it ends; and its case is opened once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from adapters.db import codec, remembered
from tests.api.house import House, a_house
from tests.people import COLLEAGUE, WORKER

LOOK, WRITE = True, False


@contextmanager
def transactions(house: House) -> Iterator[list[bool]]:
    """Which transactions are begun meanwhile: whether each only reads."""
    begun: list[bool] = []

    def noted(connection: Connection) -> None:
        begun.append(bool(connection.get_execution_options().get("lotse_reads", False)))

    event.listen(house.world.engine, "begin", noted)
    try:
        yield begun
    finally:
        event.remove(house.world.engine, "begin", noted)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as house:
        yield house


@pytest.mark.parametrize(
    ("command", "body", "status"),
    [
        ("note", {"text": "Rückruf vereinbart"}, 200),
        ("close", {"reason": "goal_reached"}, 409),
        ("note", {}, 422),
    ],
)
def test_a_step_takes_one_look_and_one_transaction(
    house: House, command: str, body: dict[str, str], status: int
) -> None:
    number = house.world.a_referral().number
    with transactions(house) as begun:
        answer = house.as_(WORKER).post(
            f"/cases/{number}/commands/{command}", body, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == status, answer.text
    assert begun == ([LOOK, WRITE] if status != 422 else [LOOK])


def test_a_referral_takes_one_look_and_one_transaction(house: House) -> None:
    desk, referral = house.as_(WORKER), {"command": "receive-self", "surname": "Erfunden"}
    desk.post("/referrals", referral)  # the first reads the process, once for the program
    with transactions(house) as begun:
        answer = desk.post("/referrals", referral)
    assert answer.status_code == 201, answer.text
    assert begun == [LOOK, WRITE]


def test_the_case_of_a_step_is_opened_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody has had it open for a while; and what a step has just sealed is not opened at all."""
    case = house.world.a_referral()
    number, store = case.number, house.world.lotse.store
    opened: list[bytes] = []

    def counted(plain: bytes) -> object:
        opened.append(plain)
        return codec.read_record(plain)

    monkeypatch.setattr(remembered, "read_record", counted)
    desk = house.as_(WORKER)
    for version, forgotten in ((1, True), (2, False), (3, True)):
        if forgotten:
            store.opened.forget(case.id)
        before = len(opened)
        headers = {"If-Match": f'"{version}"'}
        assert (
            desk.post(f"/cases/{number}/commands/note", {"text": "Anruf"}, headers=headers).status_code == 200
        )
        assert len(opened) - before == forgotten


def test_what_was_refused_is_on_record_with_the_transaction_that_refused_it(house: House) -> None:
    case = house.world.a_referral()
    size = house.world.size
    with transactions(house) as begun:
        answer = house.as_(COLLEAGUE).post(f"/cases/{case.number}/commands/note", {"text": "Anruf"})
    assert answer.status_code == 403
    assert begun.count(WRITE) == 1
    assert house.world.size == size + 1
    assert house.world.entries()[-1].a["outcome"] == "refused"
    house.world.verify()
