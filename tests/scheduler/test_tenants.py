"""One scheduler for several towns in one PostgreSQL: each by its own keys, none through another's eyes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.bootstrap import create_lotse, open_lotse
from adapters.keys.errors import KeysMissing
from adapters.lotse import Lotse
from adapters.scheduler import tenants
from adapters.scheduler.jobs import Rounds
from adapters.scheduler.tenants import NoTenants, Towns, towns_in
from adapters.settings import Settings
from states.vocabulary import Command
from tests import postgres
from tests.people import WORKER
from tests.sensible import sensible
from workflow.perform import Request

NORTH, SOUTH = "a" * 32, "b" * 32
THEN = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Two towns in one database, with a folder of keys each below `keys`."""
    lent = postgres.Lent()
    settings = Settings(
        data=tmp_path / "data", keys=tmp_path / "keys", exports=tmp_path, mode="development",
        database_url=postgres.as_application(lent.url),
    )  # fmt: skip
    for tenant in (NORTH, SOUTH):
        town = replace(settings, tenant=tenant, keys=settings.keys / tenant)
        lotse = create_lotse(town)
        lotse.store.put(WORKER)
        lotse.store.engine.dispose()
    yield settings
    lent.give_back()


def referrals(settings: Settings, tenant: str, count: int) -> None:
    """Families whom nobody has called for a month."""
    town = replace(settings, tenant=tenant, keys=settings.keys / tenant)
    lotse = open_lotse(town, lambda: THEN)
    for _ in range(count):
        details = {**sensible(Command.RECEIVE_CONSENT, None, WORKER, THEN), "born": None}
        lotse.submit(Request(Command.RECEIVE_CONSENT, WORKER, details=details))
    lotse.store.engine.dispose()


def sweep_of(rounds: Rounds) -> list[str]:
    """What one round of the sweep says."""
    part = next(part for part in rounds.parts() if part.name == "Fristenuhr")
    return list(part.round())


def rounds_over(settings: Settings) -> Rounds:
    towns = towns_in(settings, settings.keys)
    return Rounds(lambda: Towns(towns))


def test_each_town_is_swept_by_its_own_keys_the_one_with_most_to_do_first(settings: Settings) -> None:
    referrals(settings, NORTH, 1)
    referrals(settings, SOUTH, 3)
    assert sweep_of(rounds_over(settings)) == [
        f"{SOUTH}: als überfällig markiert: 3.",
        f"{NORTH}: als überfällig markiert: 1.",
    ]
    assert sweep_of(rounds_over(settings)) == []


def test_a_town_whose_keys_are_not_here_is_left_alone(settings: Settings) -> None:
    referrals(settings, NORTH, 1)
    referrals(settings, SOUTH, 1)
    (settings.keys / SOUTH).rename(settings.keys.with_name("anderswo"))
    assert sweep_of(rounds_over(settings)) == [f"{NORTH}: als überfällig markiert: 1."]


def test_a_town_that_cannot_be_opened_keeps_no_other_waiting_and_is_told(settings: Settings) -> None:
    referrals(settings, NORTH, 1)
    referrals(settings, SOUTH, 2)
    for key in (settings.keys / SOUTH).glob("*.key"):
        key.unlink()
    rounds = rounds_over(settings)
    with pytest.raises(KeysMissing, match="kein Hauptschlüssel"):
        sweep_of(rounds)
    assert flagged(settings, NORTH) == 1


def flagged(settings: Settings, tenant: str) -> int:
    town = replace(settings, tenant=tenant, keys=settings.keys / tenant)
    lotse: Lotse = open_lotse(town)
    done = sum(
        duty.flagged_at is not None
        for case in lotse.visible(WORKER, "list")[0]
        for duty in case.duties
    )  # fmt: skip
    lotse.store.engine.dispose()
    return done


def test_who_has_nothing_due_is_visited_now_and_then_for_its_heartbeat(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(tenants, "steady", lambda: now[0])
    towns = Towns(towns_in(settings, settings.keys))

    def visited() -> list[str]:
        return [str(each.tenant) for each in towns()]

    assert visited() == [NORTH, SOUTH]
    now[0] += 60
    assert visited() == []
    referrals(settings, SOUTH, 1)
    assert visited() == [SOUTH]
    now[0] += 200
    assert sorted(visited()) == [NORTH, SOUTH]


def test_a_folder_that_cannot_be_meant_is_refused_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    for embedded, folder, said in (
        (None, settings.keys, "nur mit PostgreSQL"),
        (settings.database_url, tmp_path / "fort", "lässt sich nicht lesen"),
        (settings.database_url, tmp_path, "kein Ordner mit Schlüsseln"),
    ):
        with pytest.raises(NoTenants, match=said):
            towns_in(replace(settings, database_url=embedded), folder)
