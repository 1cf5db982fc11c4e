"""Nobody comes in by what a backup brings back: a token that was revoked since, a session that has ended."""

from datetime import timedelta
from pathlib import Path

from adapters.backup.restoring import approve_restore, request_restore
from adapters.bootstrap import open_lotse
from adapters.login.caller import Scope
from adapters.login.door import Door
from adapters.login.links import Purpose, make_link
from adapters.login.rows import Rows
from adapters.login.sessions import Terms, begin
from adapters.login.tokens import make_token, revoke_token
from adapters.millis import now_ms
from adapters.settings import read_settings
from tests.system.backups import REASON, an_office, backed_up


def test_what_has_ended_since_the_backup_does_not_come_back_with_it(tmp_path: Path) -> None:
    office = an_office(tmp_path / "haus", rows=20)
    made = make_token(
        office, "okafor", "fachkraft", "Klinik-System", frozenset({Scope.READ}), timedelta(days=30)
    )
    cookie = office.write(lambda work: begin(Rows.of(work), "fachkraft", now_ms(), Terms.of(office.settings)))
    make_link(office, "fachkraft", Purpose.PASSWORD, timedelta(days=1))
    door = Door(office)
    assert door.by_token(made.text) is not None
    assert door.by_session(cookie) is not None
    file = backed_up(office, tmp_path / "montag.backup")
    revoke_token(office, "okafor", "fachkraft", made.token.id)
    assert door.by_token(made.text) is None
    office.store.engine.dispose()

    settings = read_settings(tmp_path / "haus")
    request_restore(settings, file, "fachkraft", REASON)
    approve_restore(settings, file, "okafor")

    back = open_lotse(settings)
    try:
        door = Door(back)
        assert door.by_token(made.text) is None
        assert door.by_session(cookie) is None
        with back.store.work(reading=True) as work:
            rows = Rows.of(work)
            assert (rows.tokens(), rows.sessions("fachkraft"), rows.links("fachkraft")) == ([], [], [])
    finally:
        back.store.engine.dispose()
