"""Settings: everything that can be chosen from outside, read once by `adapters.bootstrap` and nowhere else.

Each is an environment variable `LOTSE_…`; each may come from a file instead, named by `LOTSE_…_FILE`, as container
secrets do. `--dir DIR` puts everything below one folder. Keys never lie in the database's folder, nor the database in
theirs. Proven by `tests/test_settings.py`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from adapters import setting_kinds as kind
from states.vocabulary import Role

DEVELOPMENT, PRODUCTION = "development", "production"
FILE, PASSPHRASE, VAULT, ENVIRONMENT = PROVIDERS = ("file", "passphrase", "vault", "environment")
_NO_ROLES: tuple[tuple[str, Role], ...] = ()
_NO_WORDS: frozenset[str] = frozenset()
_ON_A_SERVER = kind.like(r"postgres(ql)?://[^\s]+")
V = TypeVar("V")


class SettingsError(Exception):
    """A setting does not fit; the message names it and what is expected."""


def _told(says: str, read: Callable[[str], object]) -> dict[str, object]:
    """What a setting is, and how its text is read; ValueError where it cannot be."""
    return {"says": says, "read": read}


def _setting(says: str, read: Callable[[str], V], default: V | None = None, *, repr: bool = True) -> Any:  # noqa: A002, ANN401 - as `field` has it
    """A setting that may be left out."""
    return field(default=default, repr=repr, kw_only=True, metadata=_told(says, read))


@dataclass(frozen=True, slots=True)
class Settings:
    """Where data, keys and exports lie, who keeps the keys, how the log is named, and how mail leaves."""

    data: Path = field(metadata=_told("Ordner der Datenbank", Path))
    keys: Path = field(metadata=_told("Ordner der Schlüssel und der Notarakte", Path))
    exports: Path = field(metadata=_told("Ordner, in den Protokolle ausgegeben werden", Path))
    notary_folder: Path | None = field(
        default=None, kw_only=True, metadata=_told("Ordner der Notarakte, sonst der der Schlüssel", Path)
    )
    mode: str = _setting("production oder development", kind.one_of(PRODUCTION, DEVELOPMENT), PRODUCTION)
    origin: str | None = _setting(
        "Name des Protokolls, ohne Leerzeichen und +; endet er mit einer Zahl, so mit /1",
        kind.like(r"(?!.*/(?!1$)[0-9]+$)[^\s+]{1,110}"),
    )
    profile: str = _setting("Profil, mit dem ein neuer Speicher beginnt", str, "default")

    database_url: str | None = _setting(
        "Adresse von PostgreSQL, postgresql://ROLLE:PASSWORT@RECHNER/DATENBANK; ohne sie liegt alles in einer Datei",
        _ON_A_SERVER,
        repr=False,
    )
    database_owner_url: str | None = _setting(
        "Adresse der Eigentümerin der Datenbank, nur für lotse db",
        _ON_A_SERVER,
        repr=False,
    )
    database_notary_url: str | None = _setting(
        "Adresse, unter der der Notar die Datenbank liest; sonst wie alle",
        _ON_A_SERVER,
        repr=False,
    )
    tenant: str | None = _setting(
        "welcher Träger gemeint ist, wo eine Datenbank mehrere hat: 32 Ziffern 0-9a-f",
        kind.like(r"[0-9a-f]{32}"),
    )

    key_provider: str = _setting(
        f"wer die Schlüssel verwahrt: {', '.join(PROVIDERS)}", kind.one_of(*PROVIDERS), FILE
    )
    passphrase: str | None = _setting("Passphrase der Schlüsseldateien", str, repr=False)
    development_key: str | None = _setting("Schlüssel zum Entwickeln", str, repr=False)
    vault_url: str | None = _setting("Adresse von Vault, https://…", kind.like(r"https?://[^\s@/?#]+/?"))
    vault_token: str | None = _setting("Zugang zu Vault", kind.like(r"[\x21-\x7e]+"), repr=False)
    vault_mount: str = _setting(
        "Weg zur Transit-Engine", kind.like(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*"), "transit"
    )
    vault_prefix: str = _setting(
        "Anfang der Schlüsselnamen in Vault", kind.like(r"[a-z0-9][a-z0-9-]{0,60}"), "lotse"
    )
    vault_namespace: str | None = _setting("Namensraum in Vault", kind.like(r"[A-Za-z0-9_/-]+"))
    vault_ca: Path | None = field(
        default=None, kw_only=True, metadata=_told("Zertifikat der Stelle, die Vault ausweist", Path)
    )

    http_host: str = _setting(
        "Adresse, an der die Schnittstelle hört", kind.like(r"[0-9A-Za-z.:-]{1,253}"), "127.0.0.1"
    )
    http_port: int = _setting("ihr Anschluss, 1 bis 65535", kind.port, 8080)
    base_url: str | None = _setting(
        "Adresse, unter der Lotse erreichbar ist, https://… (http:// nur auf diesem Rechner)", kind.base_url
    )
    http_proxies: str | None = _setting(
        "Adressen der vorgeschalteten Server, denen geglaubt wird, durch Komma getrennt",
        kind.like(r"[0-9A-Fa-f.:/]+(,[0-9A-Fa-f.:/]+)*"),
    )

    log_format: str = _setting("Zeilen des Dienstes: text oder json", kind.one_of("text", "json"), "text")
    metrics_host: str = _setting(
        "Adresse, an der es Kennzahlen gibt", kind.like(r"[0-9A-Za-z.:-]{1,253}"), "127.0.0.1"
    )
    metrics_port: int | None = _setting("ihr Anschluss, 1 bis 65535; ohne ihn keine Kennzahlen", kind.port)

    smtp_host: str | None = _setting("Rechner, der die Post annimmt", str)
    smtp_port: int | None = _setting("sein Anschluss, 1 bis 65535; sonst der übliche", kind.port)
    smtp_security: str = _setting(
        "starttls, tls, plain (nur auf diesem Rechner) oder plain-anywhere",
        kind.one_of("starttls", "tls", "plain", "plain-anywhere"),
        "starttls",
    )
    smtp_user: str | None = _setting("Name zur Anmeldung", str)
    smtp_password: str | None = _setting("Passwort zur Anmeldung", str, repr=False)
    smtp_from: str | None = _setting("Absender", str)
    smtp_ca: Path | None = field(
        default=None, kw_only=True, metadata=_told("Zertifikat der eigenen Zertifizierungsstelle", Path)
    )
    checkpoint_mail: str | None = _setting(
        "wer täglich den Prüfpunkt bekommt: dpo=ADRESSE,audit_office=ADRESSE", str
    )

    emergency_minutes: int = _setting(
        "Minuten, die ein Notfallzugriff offen steht, 5 bis 240", kind.between(5, 240), 60
    )

    session_idle: int = _setting(
        "Minuten ohne Tun, nach denen man abgemeldet ist, 5 bis 480", kind.between(5, 480), 30
    )
    session_hours: int = _setting("Stunden, nach denen man abgemeldet ist, 1 bis 24", kind.between(1, 24), 12)
    argon2: tuple[int, int, int] = _setting(
        "Aufwand der Passwortprüfung, mindestens m=19456,t=2,p=1", kind.argon2, (19_456, 2, 1)
    )
    second_factor: frozenset[Role] = _setting(
        "Rollen, die einen zweiten Faktor brauchen, mit Komma; oder all, oder none",
        kind.roles,
        frozenset({Role.SUPERVISOR, Role.ADMIN, Role.DPO}),
    )
    oidc_issuer: str | None = _setting("Anmeldedienst, https://…", kind.like(r"https?://[^\s@?#]+"))
    oidc_client_id: str | None = _setting(
        "Kennung von Lotse beim Anmeldedienst", kind.like(r"[\x21-\x7e]{1,200}")
    )
    oidc_client_secret: str | None = _setting("Geheimnis von Lotse beim Anmeldedienst", str, repr=False)
    oidc_ca: Path | None = field(
        default=None,
        kw_only=True,
        metadata=_told("Zertifikat der Stelle, die den Anmeldedienst ausweist", Path),
    )
    oidc_roles: tuple[tuple[str, Role], ...] = _setting(
        "welche Rolle dort welche hier ist: ROLLE-DORT=case_worker,…", kind.roles_there, _NO_ROLES
    )
    oidc_acr: frozenset[str] = _setting(
        "was der Anmeldedienst im ID-Token (acr oder amr) sagt, wenn ein zweiter Faktor dabei war, mit Komma",
        kind.words,
        _NO_WORDS,
    )
    oidc_create: bool = _setting(
        "yes, wenn neue Personen mit passender Rolle von selbst eingetragen werden",
        kind.yes,
        default=False,
    )

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "lotse.db"

    @property
    def embedded(self) -> bool:
        """Whether the data lie in a file beside the program, and not in PostgreSQL."""
        return self.database_url is None

    @property
    def notary(self) -> Path:
        """The notary's file: beside the keys, or apart from them."""
        return (self.notary_folder or self.keys) / "notary.json"

    @property
    def erasures(self) -> Path:
        """The list of what has been erased, beside the keys."""
        return self.keys / "erasures.json"

    @property
    def is_development(self) -> bool:
        """Whether this is for trying out, with keys that nobody keeps."""
        return self.mode == DEVELOPMENT


def read_settings(folder: Path | None = None) -> Settings:
    """Read the settings; `folder` is what `--dir` named. Raises SettingsError with one German sentence."""
    base = folder or _from_environment("DIR")
    places = _below(Path(base)) if base else _platform_places()
    values: dict[str, Any] = dict(places)
    wrong = []
    for each in fields(Settings):
        given = _from_environment(each.name.upper())
        if given is None or (folder and each.name in places):
            continue
        try:
            values[each.name] = each.metadata["read"](given)
        except ValueError:
            wrong.append(f"LOTSE_{each.name.upper()} ({each.metadata['says']})")
    if wrong:
        raise SettingsError(f"Diese Einstellung passt nicht: {'; '.join(wrong)}.")
    settings = Settings(**values)
    _apart(settings)
    _fit_for(settings)
    _can_ask(settings)
    return settings


def _can_ask(settings: Settings) -> None:
    """Raise SettingsError where the identity provider is half named, or would be asked in the clear."""
    if (settings.oidc_issuer is None) != (settings.oidc_client_id is None):
        raise SettingsError("LOTSE_OIDC_ISSUER und LOTSE_OIDC_CLIENT_ID gehören zusammen.")
    if settings.oidc_issuer is not None and settings.base_url is None:
        raise SettingsError(
            "Für LOTSE_OIDC_ISSUER fehlt LOTSE_BASE_URL: wohin der Anmeldedienst zurückschickt."
        )
    address = urlsplit(settings.oidc_issuer or "https:")
    if address.scheme != "https" and address.hostname not in kind.HERE:
        raise SettingsError("LOTSE_OIDC_ISSUER beginnt mit https://, außer auf diesem Rechner.")


def read_setting(name: str, text: str, called: str) -> Any:  # noqa: ANN401 - each setting has its own kind
    """Read one setting as it was said on the command line. Raises SettingsError, which calls it as it was said."""
    told = next(each.metadata for each in fields(Settings) if each.name == name)
    try:
        return told["read"](text)
    except ValueError:
        raise SettingsError(f"{called} passt nicht ({told['says']}).") from None


def _apart(settings: Settings) -> None:
    """Raise SettingsError where keys and database would be copied, or read, together."""
    data, keys = settings.data.resolve(), settings.keys.resolve()
    if keys == data or data in keys.parents:
        raise SettingsError(
            "Die Schlüssel dürfen nicht im Ordner der Datenbank liegen: bitte LOTSE_KEYS ändern."
        )
    if keys in data.parents:
        raise SettingsError(
            "Die Datenbank darf nicht im Ordner der Schlüssel liegen: bitte LOTSE_DATA ändern."
        )


def _fit_for(settings: Settings) -> None:
    """Raise SettingsError where keys would be kept as they may not be, or what their keeper needs is missing."""
    if settings.key_provider == ENVIRONMENT and not settings.is_development:
        raise SettingsError(
            "LOTSE_KEY_PROVIDER=environment ist nur zum Entwickeln (LOTSE_MODE=development). "
            "Nächster Schritt: LOTSE_KEY_PROVIDER=file, passphrase oder vault."
        )
    if settings.development_key is not None and not settings.is_development:
        raise SettingsError(
            "LOTSE_DEVELOPMENT_KEY ist nur zum Entwickeln. Nächster Schritt: diese Einstellung entfernen."
        )
    if settings.key_provider != VAULT:
        return
    missing = [
        f"LOTSE_{name.upper()}" for name in ("vault_url", "vault_token") if not getattr(settings, name)
    ]
    if missing:
        raise SettingsError(f"Für LOTSE_KEY_PROVIDER=vault fehlt: {', '.join(missing)}.")
    address = urlsplit(settings.vault_url or "")
    if address.scheme != "https" and address.hostname not in kind.HERE and not settings.is_development:
        raise SettingsError("LOTSE_VAULT_URL beginnt mit https://, außer auf diesem Rechner.")


def _from_environment(name: str) -> str | None:
    file = os.environ.get(f"LOTSE_{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"Die Datei aus LOTSE_{name}_FILE lässt sich nicht lesen.") from None
    return os.environ.get(f"LOTSE_{name}") or None


def _below(folder: Path) -> dict[str, Path]:
    return {"data": folder / "data", "keys": folder / "keys", "exports": folder}


def _platform_places() -> dict[str, Path]:
    from platformdirs import PlatformDirs  # noqa: PLC0415 - only where no folder is named

    dirs = PlatformDirs("lotse", appauthor=False)
    return {
        "data": dirs.user_data_path / "data",
        "keys": dirs.user_config_path / "keys",
        "exports": Path.cwd(),
    }
