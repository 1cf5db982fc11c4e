"""Settings: what is refused, and how; production never works with keys that nobody guards."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.settings import Settings, SettingsError, read_settings
from states.vocabulary import Role

SECRET = "Geheimnis-dieses-Tests"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the surroundings."""
    import os

    for name in [each for each in os.environ if each.startswith("LOTSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOTSE_DIR", str(tmp_path / "haus"))


def given_as(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"LOTSE_{name}", value)
    return read_settings()


def test_everything_lies_below_one_folder_and_production_is_the_mode(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.database == tmp_path / "haus/data/lotse.db"
    assert settings.notary == tmp_path / "haus/keys/notary.json"
    assert settings.erasures == tmp_path / "haus/keys/erasures.json"
    assert (settings.mode, settings.key_provider, settings.is_development) == ("production", "file", False)
    assert read_settings(tmp_path / "other").data == tmp_path / "other/data"


def test_where_no_folder_is_named_the_platform_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOTSE_DIR")
    settings = read_settings()
    assert settings.keys not in (settings.data, *settings.data.parents)


def test_a_setting_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    assert given_as(monkeypatch, PASSPHRASE_FILE=str(tmp_path / "secret")).passphrase == SECRET
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    for place in (tmp_path / "secret", tmp_path / "nowhere", tmp_path):
        with pytest.raises(SettingsError, match="LOTSE_PASSPHRASE_FILE"):
            given_as(monkeypatch, PASSPHRASE_FILE=str(place))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ORIGIN", "zwei Wörter"), ("ORIGIN", "a+b"), ("MODE", "Production"), ("MODE", "test"),
        ("KEY_PROVIDER", "vaultt"), ("KEY_PROVIDER", "FILE"), ("SMTP_PORT", "0"), ("SMTP_PORT", "65536"),
        ("SMTP_PORT", "-1"), ("SMTP_PORT", "²"), ("SMTP_SECURITY", "keine"), ("VAULT_URL", "vault.example"),
        ("VAULT_URL", "ftp://vault.example"), ("VAULT_URL", "https://user:pass@vault.example"),
        ("VAULT_MOUNT", "../sys"), ("VAULT_PREFIX", "lotse/x"), ("VAULT_PREFIX", ".*"), ("VAULT_TOKEN", "a b"),
        ("VAULT_NAMESPACE", "a\\nb"),
    ],
)  # fmt: skip
def test_a_setting_that_does_not_fit_is_named_and_its_value_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        given_as(monkeypatch, **{name: wrong})
    assert f"LOTSE_{name} (" in str(caught.value)
    assert wrong not in str(caught.value).replace("1 bis 65535", "").replace("vault", "")


def test_all_that_do_not_fit_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"LOTSE_MODE .*; LOTSE_SMTP_PORT "):
        given_as(monkeypatch, MODE="x", SMTP_PORT="x")


@pytest.mark.parametrize(
    ("data", "keys"), [("a", "a"), ("a", "a/keys"), ("a", "a/b/keys"), ("k/data", "k"), ("k/x/data", "k")]
)
def test_keys_and_database_lie_in_neither_s_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: str, keys: str
) -> None:
    with pytest.raises(SettingsError, match=r"nicht im Ordner der (Datenbank|Schlüssel) liegen"):
        given_as(monkeypatch, DATA=str(tmp_path / data), KEYS=str(tmp_path / keys))


def test_the_real_place_counts_not_the_name_of_a_link(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "data")
    for keys in ("elsewhere", "elsewhere/keys", "elsewhere/../data/keys"):
        with pytest.raises(SettingsError, match="Ordner der Datenbank"):
            given_as(monkeypatch, DATA=str(tmp_path / "data"), KEYS=str(tmp_path / keys))
    with pytest.raises(SettingsError, match="Ordner der Schlüssel"):
        given_as(monkeypatch, DATA=str(tmp_path / "elsewhere/deep"), KEYS=str(tmp_path / "data"))


_parts = st.lists(st.sampled_from(["a", "b", "..", "."]), max_size=5)


@given(_parts, _parts)
def test_whatever_the_two_folders_are_called_one_in_the_other_is_refused(
    one: list[str], two: list[str]
) -> None:
    data, keys = Path("/srv/lotse", *one), Path("/srv/lotse", *two)
    whole = {each: each.resolve() for each in (data, keys)}
    nested = whole[data].is_relative_to(whole[keys]) or whole[keys].is_relative_to(whole[data])
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("LOTSE_DATA", str(data))
        monkeypatch.setenv("LOTSE_KEYS", str(keys))
        try:
            read_settings()
        except SettingsError:
            assert nested
        else:
            assert not nested


def test_production_refuses_development_keys_however_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="nur zum Entwickeln"):
        given_as(monkeypatch, DEVELOPMENT_KEY=SECRET)
    with pytest.raises(SettingsError, match="nur zum Entwickeln"):
        given_as(monkeypatch, KEY_PROVIDER="environment")
    assert given_as(monkeypatch, MODE="development").is_development


def test_vault_wants_an_address_a_token_and_a_safe_way_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="LOTSE_VAULT_URL, LOTSE_VAULT_TOKEN"):
        given_as(monkeypatch, KEY_PROVIDER="vault")
    with pytest.raises(SettingsError, match="https://"):
        given_as(monkeypatch, VAULT_TOKEN=SECRET, VAULT_URL="http://vault.example:8200")
    for near in (
        "http://127.0.0.1:8200",
        "http://localhost:8200/",
        "http://[::1]:8200",
        "https://vault.example",
    ):
        assert given_as(monkeypatch, VAULT_URL=near).vault_url == near
    given_as(monkeypatch, MODE="development", VAULT_URL="http://vault.example:8200")


def test_nothing_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given_as(
        monkeypatch, MODE="development", PASSPHRASE=SECRET, DEVELOPMENT_KEY=SECRET, VAULT_TOKEN=SECRET,
        SMTP_PASSWORD=SECRET,
    )  # fmt: skip
    assert settings.passphrase == settings.vault_token == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("name", ["stadt/2026", "stadt/0", "stadt/01", "stadt lotse/1", "stadt+lotse"])
def test_a_log_is_not_named_like_a_later_incarnation_or_with_signs_a_key_name_must_not_have(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore gives out …/2, …/3; a first log called so could never be told from a restored one."""
    with pytest.raises(SettingsError, match="LOTSE_ORIGIN"):
        given_as(monkeypatch, ORIGIN=name)
    assert given_as(monkeypatch, ORIGIN="stadt/1").origin == "stadt/1"
    assert given_as(monkeypatch, ORIGIN="stadt/fruehe-hilfen").origin == "stadt/fruehe-hilfen"


def test_an_identity_provider_is_named_whole_and_asked_under_lock_and_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = {"OIDC_ISSUER": "https://anmeldung.example/realms/stadt", "OIDC_CLIENT_ID": "lotse"}
    for wrong, said in (
        ({"OIDC_ISSUER": home["OIDC_ISSUER"]}, "gehören zusammen"),
        (home, "LOTSE_BASE_URL"),
        (
            {**home, "OIDC_ISSUER": "http://anmeldung.example", "BASE_URL": "https://lotse.example"},
            "https://",
        ),
    ):
        with pytest.raises(SettingsError, match=said):
            given_as(monkeypatch, **wrong)
    settings = given_as(
        monkeypatch, **home, BASE_URL="https://lotse.example", OIDC_ROLES="a=b=dpo, fh-lt=supervisor"
    )
    assert settings.oidc_roles == (("a=b", Role.DPO), ("fh-lt", Role.SUPERVISOR))
    assert given_as(monkeypatch, SECOND_FACTOR="none").second_factor == frozenset()
    assert given_as(monkeypatch, SECOND_FACTOR="all").second_factor == frozenset(Role)
    assert given_as(monkeypatch, OIDC_ACR="mfa, urn:stadt:2").oidc_acr == {"mfa", "urn:stadt:2"}
    assert given_as(monkeypatch, SECOND_FACTOR="dpo, admin").second_factor == {Role.DPO, Role.ADMIN}
