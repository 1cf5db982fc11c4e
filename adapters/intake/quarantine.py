"""The quarantine as a list of its own: the original columns, before them a number and the German reason.

A person mends it in a spreadsheet and imports it again: it opens in German Excel, no cell of it acts as a
formula, and the reader takes it back to what was written. It holds families' data, so only its owner can
read it, it follows no link and overwrites nothing unasked. Proven by `tests/intake/test_quarantine.py`.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.intake.errors import UnwritableQuarantine
from adapters.intake.escape import MISSING, escaped
from adapters.intake.headings import QUARANTINE_NUMBER, QUARANTINE_REASON

_OWNER_ONLY = 0o600
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row to be mended: its quarantine number, the German reason, and its cells as the list has them."""

    number: str
    reason: str
    cells: tuple[str, ...] = field(repr=False)


def _create(path: Path) -> int:
    try:
        return os.open(path, _NEW, _OWNER_ONLY)
    except FileExistsError:
        raise UnwritableQuarantine("Dort liegt schon eine Datei: Bitte einen anderen Namen wählen.") from None
    except (OSError, ValueError):
        raise UnwritableQuarantine(
            "Dort lässt sich keine Datei anlegen: Bitte Ordner und Rechte prüfen."
        ) from None


def _write(descriptor: int, headings: Sequence[str], rows: Iterable[QuarantinedRow]) -> int:
    count = 0
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow([QUARANTINE_NUMBER, QUARANTINE_REASON, *map(escaped, headings)])
        for row in rows:
            missing = [MISSING] * (len(headings) - len(row.cells))
            writer.writerow([escaped(row.number), escaped(row.reason), *map(escaped, row.cells), *missing])
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def write_quarantine(
    path: Path, headings: Sequence[str], rows: Iterable[QuarantinedRow], *, overwrite: bool = False
) -> int:
    """Write the rows below their list's `headings`, as UTF-8 with mark and semicolons; give their number.

    The file is created readable for its owner only, and appears whole or not at all; with `overwrite` an
    older one is replaced in one step, but never a link. Cells that a cut-off row lacks are marked #FEHLT,
    and a row stays cut off until they are filled in. Raises UnwritableQuarantine.
    """
    if path.is_symlink():
        raise UnwritableQuarantine("Dort liegt eine Verknüpfung: Bitte einen anderen Namen wählen.")
    if path.is_dir():
        raise UnwritableQuarantine("Das ist ein Ordner: Bitte einen Dateinamen angeben.")
    target = path.with_name(f".{path.name}.{os.getpid()}.neu") if overwrite else path
    descriptor = _create(target)
    try:
        count = _write(descriptor, headings, rows)
        if overwrite:
            target.replace(path)
    except OSError:
        target.unlink(missing_ok=True)
        raise UnwritableQuarantine("Die Datei lässt sich nicht zu Ende schreiben.") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return count
