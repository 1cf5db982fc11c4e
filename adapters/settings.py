"""Settings: everything that can be chosen from outside, read once by `adapters.bootstrap` and nowhere else.

Each is an environment variable `LOTSE_…`; each may come from a file instead, named by `LOTSE_…_FILE`, as container
secrets do. `--dir DIR` puts everything below one folder. Keys never lie in the database's folder.
"""

import os
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting does not fit; the message names it and what is expected."""


class Settings(BaseSettings):
    """Where the data, the keys and exports lie, and how the log is named."""

    model_config = SettingsConfigDict(env_prefix="LOTSE_", extra="ignore", frozen=True)

    data: Path = Field(description="Ordner der Datenbank")
    keys: Path = Field(description="Ordner der Schlüssel und der Notarakte")
    exports: Path = Field(description="Ordner, in den Protokolle ausgegeben werden")
    origin: str | None = Field(default=None, pattern=r"^[^\s+]{1,120}$", description="Name des Protokolls")
    profile: str = Field(default="default", description="Profil, mit dem ein neuer Speicher beginnt")
    smtp_host: str | None = Field(default=None, description="Rechner, der die Post annimmt")
    smtp_port: int | None = Field(
        default=None, ge=1, le=65535, description="Sein Anschluss; sonst der übliche"
    )
    smtp_security: str = Field(
        default="starttls",
        pattern=r"^(starttls|tls|plain|plain-anywhere)$",
        description="Verschlüsselung; plain nur auf diesem Rechner, plain-anywhere überall",
    )
    smtp_user: str | None = Field(default=None, description="Name zur Anmeldung")
    smtp_password: str | None = Field(default=None, repr=False, description="Passwort zur Anmeldung")
    smtp_from: str | None = Field(default=None, description="Absender")
    smtp_ca: Path | None = Field(default=None, description="Zertifikat der eigenen Zertifizierungsstelle")
    checkpoint_mail: str | None = Field(
        default=None, description="Wer täglich den Prüfpunkt bekommt: dpo=ADRESSE,audit_office=ADRESSE"
    )

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "lotse.db"

    @property
    def notary(self) -> Path:
        """The notary's file, beside the keys."""
        return self.keys / "notary.json"


def read_settings(folder: Path | None = None) -> Settings:
    """Read the settings; `folder` is what `--dir` named. Raises SettingsError with one German sentence."""
    base = folder or _from_environment("DIR")
    places = _below(Path(base)) if base else _platform_places()
    values: dict[str, object] = {**places}
    for name in Settings.model_fields:
        given = _from_environment(name.upper())
        if given is not None and not (folder and name in places):
            values[name] = given
    try:
        settings = Settings(**values)  # type: ignore[arg-type]
    except ValidationError as error:
        names = ", ".join(f"LOTSE_{str(fault['loc'][0]).upper()}" for fault in error.errors())
        raise SettingsError(f"Diese Einstellung passt nicht: {names}.") from None
    if (
        settings.keys.resolve() == settings.data.resolve()
        or settings.data.resolve() in settings.keys.resolve().parents
    ):
        raise SettingsError(
            "Die Schlüssel dürfen nicht im Ordner der Datenbank liegen: bitte LOTSE_KEYS ändern."
        )
    return settings


def _from_environment(name: str) -> str | None:
    file = os.environ.get(f"LOTSE_{name}_FILE")
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError:
            raise SettingsError(f"Die Datei aus LOTSE_{name}_FILE lässt sich nicht lesen.") from None
    return os.environ.get(f"LOTSE_{name}") or None


def _below(folder: Path) -> dict[str, object]:
    return {"data": folder / "data", "keys": folder / "keys", "exports": folder}


def _platform_places() -> dict[str, object]:
    from platformdirs import PlatformDirs  # noqa: PLC0415 - only where no folder is named

    dirs = PlatformDirs("lotse", appauthor=False)
    return {
        "data": dirs.user_data_path / "data",
        "keys": dirs.user_config_path / "keys",
        "exports": Path.cwd(),
    }
