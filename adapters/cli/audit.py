"""`lotse audit verify`, `export`: whether the log is unaltered, and how others can check it.

None of them makes a store: where there is none, they end with 3. Verifying and exporting open nothing for anybody to
read, so they leave no entry. Proven by running them against altered files (`tests/cli/test_audit.py`).
"""

import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import HALTED, ROLLED_BACK, opened
from adapters.cli.failures import ERROR, CommandError, UsageProblem
from adapters.cli.kept import read_kept
from adapters.cli.screen import as_json, notice, on_terminal, plain, show
from adapters.lotse import Lotse
from adapters.verification import Asked, verify_store
from adapters.verification_proofs import read_proofs, stands
from adapters.verification_workers import stretches_for
from audit.faults import FaultClass, VerificationError
from audit.notary import State
from audit.notary_file import NotaryFile
from audit.note import MAX_NOTE, Verifier, is_note
from audit.proof import is_proof
from audit.report import Report
from audit.tiles import InSlices, export

_TAKEN = "{} gibt es schon und ist kein Prüfschlüssel dieses Protokolls. Bitte mit --vkey eine andere Datei nennen."


def check(
    *,
    decrypt: Annotated[
        bool, typer.Option("--decrypt", help="Auch die versiegelten Inhalte öffnen und prüfen.")
    ] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Die Fälle nachspielen und mit den Tabellen vergleichen.")
    ] = False,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", metavar="DATEI", help="Ein anderswo verwahrter Prüfpunkt; auch mehrfach."
        ),
    ] = None,
    proof: Annotated[
        list[Path] | None,
        typer.Option(
            "--proof", metavar="DATEI", help="Ein verwahrter Nachweis (.tlog-proof); auch mehrfach."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", metavar="ZAHL", min=1, help="So viele Prozesse; sonst je Kern einer, wo es lohnt."
        ),
    ] = None,
    json: o.Json = False,
    folder: o.Folder = None,
) -> None:
    """Prüfen, ob das Protokoll unverändert ist.

    Endet mit 0 und „Protokoll unverändert“, sonst mit 1 und nennt Schritt, Eintrag und Art des Fehlers.
    Verglichen wird auch mit dem, was der Notar zuletzt unterschrieben hat, mit verwahrten Prüfpunkten und
    Nachweisen. Andere arbeiten währenddessen weiter.
    """
    kept = [_kept(path, MAX_NOTE, "Prüfpunkt", is_note) for path in checkpoint or ()]
    files = [_kept(path, 2 * MAX_NOTE, "Nachweis", is_proof) for path in proof or ()]
    with opened(folder, make=False, sign=False, anybody=True) as desk:
        lotse = desk.lotse
        notary = NotaryFile(lotse.settings.notary).load()
        notes = [*kept, notary.note] if notary.note else kept
        try:
            proofs = read_proofs(lotse.store, lotse.verifier, files)
            notes += [each.proof.note for each in proofs]
            report = _verified(lotse, Asked(notes, decrypt, replay), jobs)
            standing = [(each.proof.index, stands(each)) for each in proofs]
        except VerificationError as fault:
            _tell_fault(fault, json=json)
            raise typer.Exit(ERROR) from None
    _tell(report, standing, notary, json=json)


def _kept(path: Path, most: int, what: str, has_form: Callable[[bytes], bool]) -> bytes:
    """A file that was kept elsewhere; another kind of file says nothing about the log."""
    content = read_kept(path, most)
    if not has_form(content):
        raise UsageProblem(f"{plain(str(path))} ist kein {what}. Das Protokoll wurde nicht geprüft.")
    return content


def _verified(lotse: Lotse, asked: Asked, jobs: int | None) -> Report:
    with lotse.store.log_reader() as reader:
        head = reader.head()
    size = head.size if head and type(head.size) is int else 0
    with _progress() as progress:
        stretches = stretches_for(lotse.settings, size, jobs, notice)
        return verify_store(lotse.store, lotse.verifier, asked, progress, stretches)


def _tell(report: Report, standing: list[tuple[int, bool]], notary: State, *, json: bool) -> None:
    if json:
        as_json(
            {
                "unaltered": True, "origin": report.origin, "size": report.size, "root": report.root_text,
                "keyed": report.keyed, "decrypted": report.decrypted,
                "checked": {step.name.lower(): count for step, count in report.checked},
                "erased": report.erased, "dark": report.dark, "notary_halted": notary.halted,
                "earlier": [
                    {"origin": one.origin, "size": one.size, "root": b64encode(one.root).decode(), "lost": one.lost}
                    for one in report.earlier
                ],
                "proofs": [{"seq": seq, "stands": stood} for seq, stood in standing],
            }
        )  # fmt: skip
    else:
        for seq, stood in standing:
            lost = (
                "ging mit einer rechtmäßigen Rückholung verloren"
                if not stood
                else "steht, wo sein Nachweis sagt"
            )
            show(f"Eintrag {seq} {lost}.")
        show("\n".join(report.lines()))
    if notary.halted is not None:
        notice(f"{HALTED} {notary.halted}")
        raise typer.Exit(ERROR)


def _tell_fault(fault: VerificationError, *, json: bool) -> None:
    if json:
        as_json(
            {
                "unaltered": False, "step": int(fault.step), "step_label": fault.step.label, "seq": fault.seq,
                "fault": fault.fault.name.lower(), "fault_label": fault.fault.value, "message": fault.message,
                "origin": fault.origin,
            }
        )  # fmt: skip
    notice(f"PROTOKOLL VERÄNDERT. {fault}")
    if fault.fault is FaultClass.ROLLED_BACK:
        notice(ROLLED_BACK)


@contextmanager
def _progress(what: str = "Prüfen") -> Iterator[Callable[[int, int], None] | None]:
    if not on_terminal():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - 50 ms, only where a bar is seen
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, size: bar.update(task, completed=done, total=size)


def give_out(
    target: Annotated[
        Path, typer.Argument(metavar="ORDNER", help="Wohin; ein früherer Export wird fortgesetzt.")
    ],
    *,
    bodies: Annotated[bool, typer.Option("--bodies", help="Auch die versiegelten Inhalte mitgeben.")] = False,
    vkey: Annotated[
        Path | None,
        typer.Option("--vkey", metavar="DATEI", help="Wohin der Prüfschlüssel; sonst neben den Ordner."),
    ] = None,
    json: o.Json = False,
    folder: o.Folder = None,
) -> None:
    """Das Protokoll so ausgeben, dass andere es ohne Lotse prüfen.

    Geschrieben werden Kacheln nach C2SP tlog-tiles mit einem frischen Prüfpunkt, und daneben der
    Prüfschlüssel. Lesbar ist darin nichts; docs/verify/verify_tiles.py rechnet alles nach.
    """
    with opened(folder, make=False) as desk:
        size, key = write_export(desk.lotse, target, vkey, bodies=bodies)
    if json:
        as_json({"folder": str(target), "vkey": str(key), "size": size})
    else:
        show(f"{size} Einträge in {plain(str(target))}, Prüfschlüssel in {plain(str(key))}.")


def write_export(
    lotse: Lotse, target: Path, vkey: Path | None = None, *, bodies: bool = False
) -> tuple[int, Path]:
    """Write the tiles with a fresh checkpoint and the verifier key; give the size and where the key lies."""
    place = target.absolute()
    if place.is_symlink() or place.name in ("", ".."):
        raise CommandError(f"Bitte einen Ordner für den Export allein nennen, nicht {plain(str(target))}.")
    note = lotse.countersign()
    key = vkey or place.with_suffix(".vkey")
    reader = InSlices(lotse.store.log_reader)
    with _progress("Ausgeben") as progress:
        done = export(reader, target, note, lotse.verifier, bodies=bodies, progress=progress)
    _write_key(key, lotse.verifier)
    return done.size, key


def _write_key(place: Path, verifier: Verifier) -> None:
    """Write the verifier key where nothing is, or over an older key of the same log; never over anything else."""
    text = f"{verifier.vkey}\n".encode()
    try:
        with os.fdopen(
            os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "wb"
        ) as file:
            file.write(text)
    except FileExistsError:
        if place.is_symlink() or not place.is_file():
            raise CommandError(_TAKEN.format(plain(str(place)))) from None
        with os.fdopen(os.open(place, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
            if not file.read(len(verifier.name) + 1) == f"{verifier.name}+".encode():
                raise CommandError(_TAKEN.format(plain(str(place)))) from None
            file.seek(0)
            file.truncate()
            file.write(text)
