"""`lotse audit proof`: one small file per entry, with which anyone checks that it stood in the log when it was signed.

A proof says when and where, never what: it opens nothing, so it is not recorded. Which entries belong to a case is
something that is opened; with `--case` that is on record first, as far as this person may see it. Proven with the
scripts of `docs/verify` and with Go (`tests/cli/test_audit_proof.py`, `tests/system/test_recomputed.py`).
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import CommandError, NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, notice, plain, show
from audit.entry import MAX_SEQ
from audit.proof import HEADER, SUFFIX, Proof, log_range_root, prove

_TAKEN = "{} gibt es schon und ist kein Nachweis. Bitte mit --out einen anderen Ordner nennen."


def give_proofs(
    entries: Annotated[
        list[int] | None,
        typer.Argument(
            metavar="[NUMMER]...",
            help="Nummern der Einträge, wie `lotse audit show` sie nennt.",
            min=0,
            max=MAX_SEQ,
        ),
    ] = None,
    *,
    case: Annotated[
        str | None,
        typer.Option("--case", metavar="FALL", help="Alle Einträge dieses Falls; wird festgehalten."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="ORDNER", help="Wohin; sonst hierher.")] = Path(),
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Nachweise ausgeben, dass Einträge im Protokoll standen.

    Je Eintrag eine Datei nach C2SP tlog-proof mit frischem Prüfpunkt. Sie sagt, wann und an welcher Stelle, nicht was
    geschah; docs/verify/verify_proof.py prüft sie ohne Lotse und ohne das Protokoll.
    """
    if not entries and case is None:
        raise UsageProblem("Welche Einträge? Bitte Nummern nennen oder --case FALL.")
    with opened(folder, user, at, make=False, anybody=case is None) as desk:
        seqs = dict.fromkeys(entries or ())
        if case is not None:
            view = desk.lotse.view(desk.person, full_number(desk, case))
            seqs |= dict.fromkeys(told.seq for told in view.timeline if told.incarnation is None)
            tell_earlier(sum(told.incarnation is not None for told in view.timeline))
        proofs = proofs_of(desk, list(seqs))
        vkey = desk.lotse.verifier.vkey
    files = write_proofs(out, proofs)
    if json:
        size = proofs[0].checkpoint.size if proofs else 0
        told = [{"seq": proof.index, "file": str(file)} for proof, file in zip(proofs, files, strict=True)]
        as_json({"size": size, "vkey": vkey, "proofs": told})
        return
    for proof, file in zip(proofs, files, strict=True):
        show(f"Eintrag {proof.index}: {plain(str(file))}")
    notice(f"Prüfschlüssel: {vkey}")


def proofs_of(desk: Desk, seqs: Sequence[int]) -> list[Proof]:
    """Prove these entries under a fresh checkpoint. Raises NotFound for one that there is not."""
    lotse = desk.lotse
    note = lotse.countersign()
    found: list[Proof] = []
    with lotse.store.log_reader() as reader:
        roots = log_range_root(reader)
        for seq in seqs:
            rows = reader.rows(seq - 1, 1)
            if not rows or rows[0][0] != seq:
                raise NotFound(f"Den Eintrag {seq} gibt es nicht. Nächster Schritt: lotse audit show.")
            found.append(prove(seq, note, lotse.verifier, roots, rows[0][1]))
    return found


def tell_earlier(count: int) -> None:
    """Say how many entries are not proven here, because they stand in an earlier incarnation of the log."""
    if count:
        notice(
            f"{count} Einträge stehen in einem früheren Protokoll; darüber steht dessen letzter Prüfpunkt."
        )


def write_proofs(folder: Path, proofs: Sequence[Proof]) -> list[Path]:
    """Write the proofs and give their files; nothing is written where a file of that name is something else."""
    files = [folder / f"eintrag-{proof.index}{SUFFIX}" for proof in proofs]
    for file in files:
        if os.path.lexists(file) and not _is_proof(file):
            raise CommandError(_TAKEN.format(plain(str(file))))
    folder.mkdir(parents=True, exist_ok=True)
    for file, proof in zip(files, proofs, strict=True):
        growing = file.with_name(f".{file.name}-{os.getpid()}")
        with growing.open("xb") as stream:
            stream.write(proof.to_bytes())
        growing.replace(file)
    return files


def _is_proof(file: Path) -> bool:
    if file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(len(HEADER)) == HEADER.encode()
