"""`lotse audit proof`: one small file per entry, with which anyone checks that it stood in the log when it was signed.

A proof says when and where, never what: it opens nothing, so it is not recorded. Which entries belong to a case is
something that is opened; with `--case` that is on record first, as far as this person may see it. Proven with the
scripts of `docs/verify` and with Go (`tests/cli/test_audit_proof.py`, `tests/system/test_recomputed.py`).
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli import options as o
from adapters.cli.desk import Desk, opened
from adapters.cli.failures import CommandError, NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import as_json, notice, plain, show
from adapters.db.recorded import RecordedLog
from adapters.verification_proofs import NoSuchEntry, prove_entries
from audit.entry import MAX_SEQ
from audit.proof import HEADER, SUFFIX, Proof

_STEM = "eintrag-"
_TAKEN = "{} gibt es schon und ist kein Nachweis. Bitte mit --out einen anderen Ordner nennen."


Incarnation = Annotated[
    int | None,
    typer.Option(
        "--incarnation",
        metavar="N",
        min=1,
        help="Von Einträgen der N-ten Fassung des Protokolls, wie `lotse audit show` sie nennt (N/Nummer).",
    ),
]


@dataclass(frozen=True, slots=True)
class Given:
    """The proofs of one log: which incarnation (None: the present one), and the key under which they are checked."""

    incarnation: int | None
    vkey: str
    proofs: Sequence[Proof]


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
    incarnation: Incarnation = None,
    out: Annotated[Path, typer.Option("--out", metavar="ORDNER", help="Wohin; sonst hierher.")] = Path(),
    json: o.Json = False,
    at: o.At = None,
    user: o.As = None,
    folder: o.Folder = None,
) -> None:
    """Nachweise ausgeben, dass Einträge im Protokoll standen.

    Je Eintrag eine Datei nach C2SP tlog-proof mit frischem Prüfpunkt; aus einer früheren Fassung (--incarnation) mit
    deren letztem. Sie sagt, wann und an welcher Stelle, nicht was geschah; docs/verify/verify_proof.py prüft sie
    ohne Lotse und ohne das Protokoll.
    """
    if not entries and case is None:
        raise UsageProblem("Welche Einträge? Bitte Nummern nennen oder --case FALL.")
    with opened(folder, user, at, make=False, anybody=case is None) as desk:
        number = _meant(desk, incarnation)
        seqs = dict.fromkeys(entries or ())
        if case is not None:
            view = desk.lotse.view(desk.person, full_number(desk, case))
            seqs |= dict.fromkeys(told.seq for told in view.timeline if told.incarnation == number)
            _tell_others({told.incarnation for told in view.timeline} - {number})
        given = proofs_of(desk, {number: list(seqs)})
    files = write_proofs(out, given)
    if json:
        _tell_programs(given[0], files)
        return
    for file in files:
        show(f"Eintrag {file.stem.removeprefix(_STEM).replace('-', '/')}: {plain(str(file))}")
    notice(f"Prüfschlüssel: {given[0].vkey}")


def _tell_programs(given: Given, files: Sequence[Path]) -> None:
    told = [{"seq": proof.index, "file": str(file)} for proof, file in zip(given.proofs, files, strict=True)]
    as_json(
        {
            "size": given.proofs[0].checkpoint.size if given.proofs else 0, "vkey": given.vkey,
            "incarnation": given.incarnation, "proofs": told,
        }
    )  # fmt: skip


def _meant(desk: Desk, incarnation: int | None) -> int | None:
    """The earlier log that is meant, None for the present one. Raises NotFound."""
    with desk.lotse.store.log_reader() as reader:
        earlier = {number for number, _ in reader.past()}
    if incarnation is None or incarnation in earlier:
        return incarnation
    if incarnation == max(earlier, default=0) + 1:
        return None
    raise NotFound(
        f"Eine Fassung {incarnation} hat dieses Protokoll nicht; es gibt 1 bis {max(earlier, default=0) + 1}."
    )


def proofs_of(desk: Desk, wanted: Mapping[int | None, Sequence[int]]) -> list[Given]:
    """Prove these entries, by incarnation: the present log under a fresh checkpoint, an earlier one under its last.

    Raises NotFound for one that there is not, CommandError for one that nobody has signed for.
    """
    lotse, keys = desk.lotse, RecordedLog(desk.lotse.store).verifiers()
    given = []
    for number, seqs in wanted.items():
        verifier = keys.get(number)
        if verifier is None:
            raise CommandError(
                f"Der Prüfschlüssel der Fassung {number} fehlt. Nächster Schritt: lotse audit verify"
            )
        note = lotse.countersign() if number is None else None
        try:
            proofs = prove_entries(lotse.store, seqs, verifier, note, number)
        except NoSuchEntry as missing:
            raise NotFound(str(missing)) from None
        given.append(Given(number, verifier.vkey, proofs))
    return given


def _tell_others(others: AbstractSet[int | None]) -> None:
    """Say which other logs tell of the case, each to be asked for by itself: both count from 0."""
    for number in sorted(each for each in others if each is not None):
        notice(f"Weitere Einträge stehen in der Fassung {number} des Protokolls: --incarnation {number}")


def _name(proof: Proof, incarnation: int | None) -> str:
    """The name of the file; one of an earlier log names that log before the number."""
    return f"{_STEM}{'' if incarnation is None else f'{incarnation}-'}{proof.index}{SUFFIX}"


def write_proofs(folder: Path, given: Iterable[Given]) -> list[Path]:
    """Write the proofs and give their files; nothing is written where a file of that name is something else."""
    proofs = [(folder / _name(proof, each.incarnation), proof) for each in given for proof in each.proofs]
    files = [file for file, _ in proofs]
    for file in files:
        if os.path.lexists(file) and not _is_proof(file):
            raise CommandError(_TAKEN.format(plain(str(file))))
    folder.mkdir(parents=True, exist_ok=True)
    for file, proof in proofs:
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
