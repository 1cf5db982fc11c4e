"""`/livez` and `/readyz`: whether the process lives, and whether it can work; to a stranger not a word more."""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.lotse import Lotse
from adapters.writer import Writer
from audit.notary_file import NotaryFile
from tests.api.house import House, a_house


def asked(house: House, path: str = "/readyz") -> int:
    answer = house.client.request("GET", path)
    if answer.status_code == 200:
        assert answer.json() == {"status": "ok"}
        assert answer.headers["Cache-Control"] == "no-store"
    else:
        assert answer.json()["detail"] == "Gerade kann nicht gearbeitet werden."
        assert answer.headers["Retry-After"] == "2"
    return answer.status_code


def another_schema(lotse: Lotse, _writer: Writer) -> None:
    with lotse.store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))


def no_database(lotse: Lotse, _writer: Writer) -> None:
    lotse.settings.database.rename(lotse.settings.data / "fort.db")


def a_destroyed_key(lotse: Lotse, _writer: Writer) -> None:
    with lotse.store.engine.begin() as connection:
        connection.execute(text("UPDATE log_keys SET kek_version = 7 WHERE purpose = 'mac'"))


def an_altered_key(lotse: Lotse, _writer: Writer) -> None:
    with lotse.store.engine.begin() as connection:
        connection.execute(text("UPDATE log_keys SET wrapped = zeroblob(60) WHERE purpose = 'mac'"))


def a_halted_notary(lotse: Lotse, _writer: Writer) -> None:
    NotaryFile(lotse.settings.notary).halt("Das Protokoll ist ein anderes.")


def a_closed_writer(_lotse: Lotse, writer: Writer) -> None:
    writer.close()


def a_dead_writer(_lotse: Lotse, writer: Writer) -> None:
    """One who waits, and nobody alive who will ever come for them."""
    dead = threading.Thread(target=int)
    dead.start()
    dead.join()
    writer._thread = dead
    writer._queue.append(object())  # type: ignore[arg-type]  # it is only counted


@pytest.mark.parametrize(
    "ill",
    [
        another_schema,
        no_database,
        a_destroyed_key,
        an_altered_key,
        a_halted_notary,
        a_closed_writer,
        a_dead_writer,
    ],
)
def test_whatever_keeps_it_from_working_keeps_requests_away_but_it_lives(
    tmp_path: Path, ill: Callable[[Lotse, Writer], None], caplog: pytest.LogCaptureFixture
) -> None:
    with a_house(tmp_path) as house:
        lotse: Lotse = house.app.state.lotse
        lotse.settings.keys.mkdir()
        NotaryFile(lotse.settings.notary).create(lotse.store.origin)
        with caplog.at_level(logging.INFO, "lotse.access"):
            assert asked(house) == 200
            assert caplog.records == []
            ill(lotse, house.writer)
            assert asked(house) == 503
            assert [record.message.rsplit(" ", 2)[0] for record in caplog.records] == ["GET /readyz 503"]
        assert asked(house, "/livez") == 200
        house.writer._queue.clear()
        house.writer._thread = None


def test_where_the_notary_works_elsewhere_its_file_is_not_asked_for(tmp_path: Path) -> None:
    with a_house(tmp_path) as house:
        assert not house.app.state.lotse.settings.notary.exists()
        assert asked(house) == 200


def test_keys_that_are_gone_are_noticed_although_they_were_opened_before(office: Path) -> None:
    """What is remembered of a key does not hide that its file is gone: the next process would not start."""
    from adapters.bootstrap import open_lotse
    from adapters.readiness import is_ready
    from adapters.settings import read_settings

    lotse = open_lotse(read_settings())
    with Writer(lotse.store.work, lotse.office) as writer:
        assert is_ready(lotse, writer)
        shutil.rmtree(office / "keys")
        assert not is_ready(lotse, writer)
    lotse.store.engine.dispose()
