"""Which keeper the settings choose, what lies beside its keys, and what it will not do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.bootstrap import create_lotse, open_lotse
from adapters.db.kek import destroy
from adapters.db.rotation import Rotation
from adapters.keys.choose import escrowable, open_keys, open_or_make_keys, recover_keys
from adapters.keys.errors import KeysExist, KeysFixed, KeysMissing, KeysUnsafe, WrongPassphrase
from adapters.keys.transit import Server
from adapters.settings import DEVELOPMENT, Settings
from tests.sensible import sensible
from workflow.perform import Request

DEVELOPING = "nur zum Entwickeln, nie echt"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "data", tmp_path / "keys", tmp_path)


def in_vault(settings: Settings, server: Server) -> Settings:
    return replace(
        settings, key_provider="vault", vault_url=server.url, vault_token=server.token, vault_prefix=server.prefix
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["file", "passphrase", "vault", "environment"])
def test_an_office_begins_and_goes_on_with_each_keeper(
    settings: Settings, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "vault":
        settings = in_vault(settings, request.getfixturevalue("new_server")())
    else:
        settings = replace(
            settings, key_provider=kind, passphrase="eine lange Passphrase", mode=DEVELOPMENT, development_key=DEVELOPING
        )  # fmt: skip
    made = create_lotse(settings)
    made.store.engine.dispose()
    lotse = open_lotse(settings)
    assert lotse.verifier.vkey == made.verifier.vkey
    lotse.record("steps", {"action": "directory", "actor": "fachkraft"})
    assert lotse.countersign()
    assert settings.notary.exists()
    assert oct(settings.keys.stat().st_mode)[-3:] == "700"
    lotse.store.engine.dispose()


@pytest.mark.parametrize("kind", ["passphrase", "vault"])
def test_an_office_turns_its_key_and_ends_the_old_one_with_each_keeper(
    settings: Settings, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "vault":
        settings = in_vault(settings, request.getfixturevalue("new_server")())
    else:
        settings = replace(settings, key_provider=kind, passphrase="eine lange Passphrase")
    lotse = create_lotse(settings)
    worker = lotse.person()
    details = sensible("receive(consent)", None, worker, lotse.moment.at)
    case = lotse.submit(Request("receive(consent)", worker, details=details)).case
    done = Rotation(lotse.store, worker.id, lotse.moment.at.isoformat).run()
    assert (done.to, done.cases, done.names, done.left) == (2, 1, 1, set())
    destroy(lotse.store, 1, {"actor": worker.id})
    lotse.store.engine.dispose()
    again = open_lotse(settings)
    assert [version.number for version in again.store.provider.versions()] == [2]
    assert again.view(worker, case.number).family is not None
    again.store.engine.dispose()


def test_keys_that_are_missing_are_never_made_by_opening(settings: Settings) -> None:
    with pytest.raises(KeysMissing):
        open_keys(settings)
    assert not settings.keys.exists()
    made = open_or_make_keys(settings)
    assert open_or_make_keys(settings).public_key() == made.public_key()


def test_half_of_the_keys_is_not_taken_for_none(settings: Settings) -> None:
    open_or_make_keys(settings)
    (settings.keys / "signing.key").unlink()
    with pytest.raises(KeysExist):
        open_or_make_keys(settings)


def test_development_keys_are_refused_in_production_here_too(settings: Settings) -> None:
    with pytest.raises(KeysUnsafe, match="nur zum Entwickeln"):
        open_keys(replace(settings, key_provider="environment", development_key=DEVELOPING))
    developing = replace(settings, key_provider="environment", mode=DEVELOPMENT)
    with pytest.raises(KeysMissing):
        open_or_make_keys(developing)
    with pytest.raises(KeysUnsafe):
        open_keys(replace(developing, development_key="kurz"))


def test_a_folder_beside_vault_s_keys_is_nobody_else_s_to_read(
    settings: Settings, new_server: Callable[[], Server]
) -> None:
    chosen = in_vault(settings, new_server())
    settings.keys.mkdir(mode=0o755)
    settings.keys.chmod(0o755)
    with pytest.raises(KeysUnsafe, match="chmod 700"):
        open_or_make_keys(chosen)


def test_without_a_passphrase_and_without_a_terminal_it_says_where_to_put_one(settings: Settings) -> None:
    with pytest.raises(WrongPassphrase, match="LOTSE_PASSPHRASE_FILE"):
        open_or_make_keys(replace(settings, key_provider="passphrase"))
    assert not settings.keys.exists()


def test_only_files_give_a_version_out_and_take_it_back(
    settings: Settings, new_server: Callable[[], Server]
) -> None:
    files = open_or_make_keys(settings)
    assert len(escrowable(files, settings).secret_of(1)) == 32
    vault = in_vault(settings, new_server())
    developing = replace(settings, key_provider="environment", mode=DEVELOPMENT, development_key=DEVELOPING)
    for chosen, way in ((vault, "Vault selbst sichern"), (developing, "zum Entwickeln")):
        with pytest.raises(KeysFixed, match=way):
            escrowable(open_or_make_keys(chosen), chosen)
        with pytest.raises(KeysFixed, match=way):
            recover_keys(chosen, {1: (b"k" * 32, None)})
