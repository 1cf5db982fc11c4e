"""Who keeps the keys, as the settings say: opened, made, or made again from what came out of escrow.

Only the keeper that was chosen is imported. Where keys do not lie in files, the folder of keys still holds the
notary's file, and is kept as strictly.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from adapters.keys import folder as files
from adapters.keys.errors import KeysFixed, KeysMissing, WrongPassphrase
from adapters.keys.file import FileKeys, Plain, Recovered
from adapters.settings import ENVIRONMENT, PASSPHRASE, VAULT, Settings
from audit.keys import KeyProvider

_NOT_GIVEN = "Es fehlt die Passphrase. Nächster Schritt: LOTSE_PASSPHRASE_FILE oder LOTSE_PASSPHRASE setzen."
_NOT_OUT = {
    VAULT: "Vault gibt keinen Schlüssel heraus. Nächster Schritt: Vault selbst sichern.",
    ENVIRONMENT: "Schlüssel zum Entwickeln werden weder hinterlegt noch zurückgeholt.",
}


@runtime_checkable
class Escrowable(Protocol):
    """A keeper that can give a KEK version out of its hands, to be sealed at once."""

    def secret_of(self, version: int) -> bytes:
        """Give the 32 bytes of a version; KeyDestroyed where it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Keeper:
    """One way of keeping keys; `make` raises KeysExist where there are any."""

    open: Callable[[], KeyProvider]
    make: Callable[[], KeyProvider]


def open_keys(settings: Settings) -> KeyProvider:
    """Open the keys of these settings. Raises KeysMissing where there are none, and KeyFileError."""
    return _keeper(settings).open()


def open_or_make_keys(settings: Settings) -> KeyProvider:
    """Open the keys, made where there are none."""
    keeper = _keeper(settings)
    try:
        return keeper.open()
    except KeysMissing:
        return keeper.make()


def recover_keys(settings: Settings, versions: Recovered) -> KeyProvider:
    """Make a folder of keys with these KEK versions and a fresh signing key. Raises KeysExist, KeysFixed."""
    return FileKeys.recover(settings.keys, versions, _casing(settings))


def escrowable(provider: KeyProvider, settings: Settings) -> Escrowable:
    """Give the keeper as one that gives versions out; KeysFixed, with the way to go instead, where it does not."""
    if not isinstance(provider, Escrowable):
        raise KeysFixed(_NOT_OUT[settings.key_provider])
    return provider


def _keeper(settings: Settings) -> Keeper:
    if settings.key_provider == VAULT:
        from adapters.keys.transit import Server  # noqa: PLC0415 - only where chosen
        from adapters.keys.vault import VaultKeys  # noqa: PLC0415 - only where chosen

        server = Server(
            settings.vault_url or "", settings.vault_token or "", settings.vault_mount, settings.vault_prefix,
            settings.vault_namespace, str(settings.vault_ca) if settings.vault_ca else None,
        )  # fmt: skip
        return Keeper(
            lambda: _beside(settings, lambda: VaultKeys(server)),
            lambda: _beside(settings, lambda: VaultKeys.create(server)),
        )
    if settings.key_provider == ENVIRONMENT:
        from adapters.keys.environment import EnvironmentKeys  # noqa: PLC0415 - only where chosen

        def derive() -> KeyProvider:
            return EnvironmentKeys(settings.development_key, development=settings.is_development)

        return Keeper(lambda: _beside(settings, derive), lambda: _beside(settings, derive))
    casing = _casing(settings)
    return Keeper(lambda: FileKeys(settings.keys, casing), lambda: FileKeys.create(settings.keys, casing))


def _casing(settings: Settings) -> Plain:
    """How secrets stand in their files. Raises KeysFixed where they do not lie in files at all."""
    if settings.key_provider in _NOT_OUT:
        raise KeysFixed(_NOT_OUT[settings.key_provider])
    if settings.key_provider == PASSPHRASE:
        from adapters.keys.passphrase import Sealed  # noqa: PLC0415 - only where chosen

        return Sealed(lambda chosen: _passphrase(settings, new=chosen))
    return Plain()


def _beside(settings: Settings, keeper: Callable[[], KeyProvider]) -> KeyProvider:
    """Give the keeper once there is a folder, nobody else's to read, for what lies beside the keys."""
    settings.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.check_folder(settings.keys)
    return keeper()


def _passphrase(settings: Settings, *, new: bool) -> str:
    """The passphrase as it was set, or as it is typed at the terminal: twice where it is new."""
    if settings.passphrase is not None:
        return settings.passphrase
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise WrongPassphrase(_NOT_GIVEN)
    from getpass import getpass  # noqa: PLC0415 - only where somebody sits there

    typed = getpass("Neue Passphrase der Schlüssel: " if new else "Passphrase der Schlüssel: ")
    if new and getpass("Noch einmal dieselbe: ") != typed:
        raise WrongPassphrase("Die beiden Eingaben sind verschieden; nichts wurde angelegt.")
    return typed
