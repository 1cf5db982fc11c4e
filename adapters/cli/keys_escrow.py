"""`lotse keys recovery-key`, `escrow`, `recover`: a second way to the master keys, locked away from the first.

The recovery key is made once and kept in a safe, off this machine; what is sealed to it may lie anywhere. Proven by
`tests/cli/test_keys_escrow.py`.
"""

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from adapters.bootstrap import open_lotse
from adapters.cli import options as o
from adapters.cli.desk import acting, in_office, opened, settings_of
from adapters.cli.failures import CommandError
from adapters.cli.screen import as_json, notice, plain, show
from adapters.keys import folder as files
from adapters.keys.choose import escrowable, recover_keys
from adapters.settings import Settings
from audit.errors import AuditError
from audit.escrow import (
    MOST_BYTES,
    Kek,
    fingerprint,
    new_recovery_key,
    private_pem,
    public_pem,
    read_private,
    read_public,
    seal,
    unseal,
)
from audit.keys import KeyProvider
from audit.note import Verifier

_PUBLIC = ".pub"
_NEW_SIGNATURE = (
    "Der Schlüssel für Unterschriften war nicht hinterlegt; er ist neu. Mit ihm geht das alte Protokoll nicht weiter: Zu "
    "zweit beginnt ein neues, das auf das alte verweist."
)
_ON = {
    True: "Nächster Schritt, die Datenbank ist da: lotse backup restore --here --vkey DATEI --dry-run (DATEI: der alte "
    "Prüfschlüssel, wie lotse init und lotse audit export ihn ausgaben).",
    False: "Nächster Schritt: lotse backup restore DATEI --dry-run, mit einer Sicherung.",
}


def recovery_key(
    place: Annotated[Path, typer.Argument(metavar="DATEI", help="Wohin die geheime Hälfte.")],
    *,
    json: o.Json = False,
) -> None:
    """Einen Wiederherstellungsschlüssel machen: eine geheime und eine öffentliche Hälfte.

    Die geheime Hälfte gehört in einen Tresor, nicht auf diesen Rechner. Mit der öffentlichen (DATEI.pub) wird
    hinterlegt: lotse keys escrow --to DATEI.pub.
    """
    public = place.with_name(place.name + _PUBLIC)
    if public.exists():
        raise CommandError(f"{plain(str(public))} gibt es schon. Bitte eine andere Datei nennen.")
    key = new_recovery_key()
    files.write_text(place, private_pem(key).decode())
    files.write_text(public, public_pem(key.public_key()).decode())
    files.sync(place.absolute().parent)
    name = fingerprint(key.public_key())
    if json:
        as_json({"private": str(place), "public": str(public), "fingerprint": name})
    else:
        show(f"Geheime Hälfte     {plain(str(place))}")
        show(f"Öffentliche Hälfte {plain(str(public))}")
        show(f"Kennung            {name}")
    notice(
        "Die geheime Hälfte jetzt auf einen Datenträger im Tresor verschieben und hier löschen: "
        "Wer sie und eine Hinterlegung hat, liest jede Sicherung."
    )


def escrow(
    place: Annotated[Path, typer.Argument(metavar="DATEI", help="Wohin die Hinterlegung.")],
    *,
    to: Annotated[
        Path, typer.Option("--to", metavar="SCHLÜSSEL", help="Öffentlicher Wiederherstellungsschlüssel.")
    ],
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Alle Versionen des Hauptschlüssels für den Wiederherstellungsschlüssel versiegeln.

    Nach jeder Umstellung (lotse keys rotate) neu. Wird eine Version vernichtet, gehören auch die Hinterlegungen
    vernichtet, in denen sie steht.
    """
    recipient = read_public(_read(to))
    with opened(folder, user, make=False) as desk:
        lotse = in_office(desk).lotse
        provider = lotse.store.provider
        giving = escrowable(provider, lotse.settings)
        if place.exists() or place.is_symlink():
            raise CommandError(f"{plain(str(place))} gibt es schon; Hinterlegungen werden nie überschrieben.")
        versions = provider.versions()
        numbers = [version.number for version in versions]
        told = {"action": "keys_escrowed", "actor": desk.person.id, "kek_versions": numbers}
        lotse.record("steps", {**told, "recovery_key": fingerprint(recipient)})
        keks = [Kek(version, giving.secret_of(version.number)) for version in versions]
        files.write_text(place, seal(lotse.store.origin, keks, recipient).decode())
        files.sync(place.absolute().parent)
    if json:
        as_json({"file": str(place), "versions": numbers, "fingerprint": fingerprint(recipient)})
    else:
        show(f"Hinterlegt in {plain(str(place))}: Version {', '.join(map(str, numbers))}.")
        show(f"Lesen kann das nur der Wiederherstellungsschlüssel {fingerprint(recipient)}.")


def recover(
    place: Annotated[Path, typer.Argument(metavar="DATEI", help="Die Hinterlegung.")],
    *,
    key: Annotated[
        Path, typer.Option("--with", metavar="SCHLÜSSEL", help="Geheimer Wiederherstellungsschlüssel.")
    ],
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Aus einer Hinterlegung wieder einen Schlüsselordner machen, wo keiner ist.

    Der Schlüssel für Unterschriften wird nie hinterlegt und ist danach neu: Weiter geht es mit lotse backup
    restore, zu zweit, in einem neuen Protokoll, das auf das alte verweist; mit --here ohne Verlust, wenn die
    Datenbank heil ist.
    """
    settings = settings_of(folder)
    origin, keks = unseal(_read(place), read_private(_read(key)))
    made = recover_keys(settings, {kek.version.number: (kek.secret, kek.version.made_at_ms) for kek in keks})
    numbers = [kek.version.number for kek in keks]
    vkey = Verifier(origin, made.public_key()).vkey
    recorded = _record(settings, user, made, numbers)
    if json:
        as_json(
            {
                "keys": str(settings.keys), "versions": numbers, "origin": origin, "vkey": vkey,
                "recorded": recorded,
            }
        )  # fmt: skip
    else:
        show(
            f"Zurückgeholt nach {plain(str(settings.keys))}: Version {', '.join(map(str, numbers))} von {origin}."
        )
    notice(f"{_NEW_SIGNATURE}\n{_ON[settings.database.exists()]}")


def _record(settings: Settings, user: str | None, made: KeyProvider, numbers: list[int]) -> bool:
    """Put it on record where there is a database; keys that do not open it are taken away again."""
    if not settings.database.exists():
        return False
    try:
        lotse = open_lotse(settings)
        try:
            with lotse.store.keys() as ring:
                ring.known("mac")
            person = acting(lotse, user)
            told = {"action": "keys_recovered", "actor": person.id, "kek_versions": numbers}
            lotse.record("steps", {**told, "vkey": Verifier(lotse.store.origin, made.public_key()).vkey})
        finally:
            lotse.store.engine.dispose()
    except AuditError:
        shutil.rmtree(settings.keys)
        raise CommandError(
            "Diese Schlüssel gehören nicht zu der Datenbank, die hier liegt; es wurde nichts angelegt."
        ) from None
    return True


def _read(path: Path) -> bytes:
    """Give what the file holds; what is longer than any of these files is cut, and so refused."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        return file.read(MOST_BYTES + 1)
