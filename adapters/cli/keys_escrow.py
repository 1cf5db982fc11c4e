"""`lotse keys recovery-key`, `escrow`, `recover`: a second way to the master keys, locked away from the first.

The recovery key is made once and kept in a safe, off this machine; what is sealed to it may lie anywhere. Proven by
`tests/cli/test_keys_escrow.py`.
"""

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.bootstrap import open_lotse
from adapters.cli import options as o
from adapters.cli.desk import acting, opened, settings_of
from adapters.cli.failures import CommandError, NotAllowed
from adapters.cli.kept import read_kept, read_vkey
from adapters.cli.rights import Act, entitled, require
from adapters.cli.screen import as_json, notice, plain, show
from adapters.db.place import place_of
from adapters.keys import folder as files
from adapters.keys.choose import escrowable, recover_keys
from adapters.settings import Settings
from audit.durable import sync_folder
from audit.errors import AuditError
from audit.escrow import (
    Escrow,
    Kek,
    fingerprint,
    new_recovery_key,
    private_pem,
    public_pem,
    read_escrow,
    read_private,
    read_public,
    seal,
    unseal,
)
from audit.keys import KekVersion, KeyProvider
from audit.note import Verifier
from workflow.calendar import BERLIN

_PUBLIC = ".pub"
_NEW_SIGNATURE = (
    "Der Schlüssel für Unterschriften war nicht hinterlegt; er ist neu. Mit ihm geht das alte Protokoll nicht weiter: Zu "
    "zweit beginnt ein neues, das auf das alte verweist."
)
_ASK = (
    "Ist das der Prüfschlüssel, den lotse init ausgab und der in jeder Mail mit einem Prüfpunkt steht? Nächster Schritt: "
    "vergleichen, dann noch einmal mit --vkey DATEI oder --trust KENNUNG. Zurückgeholt ist noch nichts."
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
    if os.path.lexists(public):
        raise CommandError(f"{plain(str(public))} gibt es schon. Bitte eine andere Datei nennen.")
    key = new_recovery_key()
    files.write_text(place, private_pem(key).decode())
    files.write_text(public, public_pem(key.public_key()).decode())
    sync_folder(place.absolute().parent)
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
    recipient = read_public(read_kept(to))
    with opened(folder, user, make=False) as desk:
        lotse = entitled(desk, Act.KEYS).lotse
        provider = lotse.store.provider
        giving = escrowable(provider, lotse.settings)
        if place.exists() or place.is_symlink():
            raise CommandError(f"{plain(str(place))} gibt es schon; Hinterlegungen werden nie überschrieben.")
        versions = provider.versions()
        numbers = [version.number for version in versions]
        told = {"action": "keys_escrowed", "actor": desk.person.id, "kek_versions": numbers}
        lotse.record("steps", {**told, "recovery_key": fingerprint(recipient)})
        keks = [Kek(version, giving.secret_of(version.number)) for version in versions]
        signer = lotse.verifier
        files.write_text(place, seal(keks, recipient, signer, provider.sign).decode())
        sync_folder(place.absolute().parent)
    if json:
        as_json(
            {
                "file": str(place), "versions": numbers, "fingerprint": fingerprint(recipient), "vkey": signer.vkey,
                "signer": signer.fingerprint,
            }
        )  # fmt: skip
    else:
        show(f"Hinterlegt in {plain(str(place))}: Version {', '.join(map(str, numbers))}.")
        show(f"Lesen kann das nur der Wiederherstellungsschlüssel {fingerprint(recipient)}.")
        show(f"Unterschrieben hat es das Protokoll mit dem Schlüssel    {signer.fingerprint}.")
    notice(
        "Die Kennung der Unterschrift bitte zum Wiederherstellungsschlüssel schreiben, oder den Prüfschlüssel dazulegen: "
        "lotse keys recover verlangt sie."
    )


def recover(
    place: Annotated[Path, typer.Argument(metavar="DATEI", help="Die Hinterlegung.")],
    *,
    key: Annotated[
        Path, typer.Option("--with", metavar="SCHLÜSSEL", help="Geheimer Wiederherstellungsschlüssel.")
    ],
    vkey: Annotated[
        Path | None,
        typer.Option(
            "--vkey", metavar="DATEI", help="Der Prüfschlüssel des Protokolls, wie er ausgegeben wurde."
        ),
    ] = None,
    trust: Annotated[
        str | None,
        typer.Option(
            "--trust", metavar="KENNUNG", help="Statt --vkey: die Kennung der Unterschrift, wie notiert."
        ),
    ] = None,
    json: o.Json = False,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Aus einer Hinterlegung wieder einen Schlüsselordner machen, wo keiner ist.

    Hinterlegen kann jeder, der die öffentliche Hälfte hat. Darum zählt nur, was das Protokoll unterschrieben
    hat: --vkey nennt seinen Prüfschlüssel (lotse init gab ihn aus, er steht in jeder Mail mit einem Prüfpunkt),
    --trust die Kennung, die lotse keys escrow nannte. Ohne beides wird nur gezeigt, wer unterschrieb.

    Der Schlüssel für Unterschriften wird nie hinterlegt und ist danach neu: Weiter geht es mit lotse backup
    restore, zu zweit, in einem neuen Protokoll, das auf das alte verweist; mit --here ohne Verlust, wenn die
    Datenbank heil ist.
    """
    settings = settings_of(folder)
    found = read_escrow(read_kept(place))
    keks = unseal(found, read_private(read_kept(key)), _trusted(found, vkey, trust))
    made = recover_keys(settings, {kek.version.number: (kek.secret, kek.version.made_at_ms) for kek in keks})
    origin, numbers = found.signer.name, [kek.version.number for kek in keks]
    recorded = _record(settings, user, made, numbers)
    if json:
        as_json(
            {
                "keys": str(settings.keys), "versions": numbers, "origin": origin,
                "vkey": Verifier(origin, made.public_key()).vkey,
                "recorded": recorded,
            }
        )  # fmt: skip
    else:
        show(
            f"Zurückgeholt nach {plain(str(settings.keys))}: Version {', '.join(map(str, numbers))} von {origin}."
        )
    notice(f"{_NEW_SIGNATURE}\n{_ON[settings.embedded and place_of(settings).exists()]}")


def _trusted(found: Escrow, vkey: Path | None, trust: str | None) -> str:
    """Whose signature counts, as a fingerprint. Where nobody says, tell who signed and what, and raise NotAllowed."""
    if vkey is not None:
        return read_vkey(vkey).fingerprint
    if trust is not None:
        return "".join(trust.split()).lower()
    notice(f"Protokoll      {plain(found.signer.name)}")
    notice(f"Prüfschlüssel  {plain(found.signer.vkey)}")
    notice(f"Kennung        {found.signer.fingerprint}")
    for version in found.versions:
        notice(f"Version {version.number}      {_since(version)}")
    raise NotAllowed(_ASK)


def _since(version: KekVersion) -> str:
    if version.made_at_ms is None:
        return "Alter unbekannt"
    return f"seit {datetime.fromtimestamp(version.made_at_ms / 1000, BERLIN):%d.%m.%Y}"


def _record(settings: Settings, user: str | None, made: KeyProvider, numbers: list[int]) -> bool:
    """Put it on record where there is a database; keys that do not open it are taken away again."""
    if not place_of(settings).exists():
        return False
    try:
        lotse = open_lotse(settings)
        try:
            with lotse.store.keys() as ring:
                ring.known("mac")
            person = acting(lotse, user)
            require(lotse, person, Act.KEYS_END)
            told = {"action": "keys_recovered", "actor": person.id, "kek_versions": numbers}
            lotse.record("steps", {**told, "vkey": Verifier(lotse.store.origin, made.public_key()).vkey})
        finally:
            lotse.store.engine.dispose()
    except CommandError:
        shutil.rmtree(settings.keys)
        raise
    except AuditError:
        shutil.rmtree(settings.keys)
        raise CommandError(
            "Diese Schlüssel gehören nicht zu der Datenbank, die hier liegt; es wurde nichts angelegt."
        ) from None
    return True
