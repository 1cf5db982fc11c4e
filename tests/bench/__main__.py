"""`make bench`: all figures in one run, as ratios to bare limits. `python -m tests.bench --help` says the rest."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench import (
    api,
    append,
    bring_in,
    core,
    inclusion,
    land,
    log,
    many_files,
    postgres,
    proof,
    rotation,
    start,
    step,
    sweep,
    worklist,
    writer,
    yardstick,
)
from tests.bench.figure import Figure, Line, as_markdown, as_table
from tests.bench.places import ROOT, fdatasync_us, is_busy, machine, workspace
from tests.bench.scale import LARGE, USUAL, Scale

BENCHES: Mapping[str, Callable[[Path, Scale], list[Line]]] = {
    "machine": yardstick.measure,
    "step": step.measure,
    "writer": writer.measure,
    "files": many_files.measure,
    "postgres": postgres.measure,
    "land": land.measure,
    "core": core.measure,
    "proof": proof.measure,
    "import": bring_in.measure,
    "append": append.measure,
    "verify": log.measure,
    "inclusion": inclusion.measure,
    "rotation": rotation.measure,
    "start": start.measure,
    "worklist": worklist.measure,
    "sweep": sweep.measure,
    "api": api.measure,
}
PAGE = ROOT / "docs" / "figures.md"
_HEAD = """# Zahlen

Geschrieben von `python -m tests.bench --write`; `make bench` misst dasselbe auf dem eigenen Rechner.
Es zählt das Verhältnis: Wert geteilt durch Grenze, beide im selben Lauf, die Wettbewerber im Wechsel, der Median
der Runden. Gemessen ist die Wanduhr, wo ein Schritt auf die Platte wartet (1 ms je fsync), sonst die CPU-Zeit.
Bei Raten (/s) ist mehr besser und 1 × die Grenze selbst, bei Zeiten (ms, µs) weniger. Die Grenze ist,
was ohne Lotse mindestens nötig wäre: dieselben Anweisungen mit denselben Bytes durch `sqlite3` oder psycopg allein,
dieselben durch pgbench, nur lesen, nur verschlüsseln. Auf PostgreSQL zählt die Wanduhr, denn der Server ist ein anderer
Prozess; pgbench sagt selbst, wie lange es brauchte. Der Test-Lauf misst nichts und behauptet keine Zeiten.
"""
_BUSY = (
    "Der Rechner hatte nebenher viel zu tun. Die Verhältnisse gelten; absolute Werte, und ob ein Ziel in ms, µs oder "
    "Zeilen/s erreicht ist, sagt erst ein ruhiger Lauf."
)


def main(arguments: list[str] | None = None) -> int:
    """Measure, show, and where asked write."""
    asked = _asked(arguments)
    facts, busy = machine(), is_busy()
    lines: list[Line] = []
    with workspace() as folder:
        for name in asked.only or BENCHES:
            lines += BENCHES[name](folder, LARGE if asked.large else USUAL)
    facts["Umfang"] = _extent(asked)
    if busy:
        facts["Achtung"] = _BUSY
    facts["fdatasync"] = (
        f"{fdatasync_us(Path(tempfile.gettempdir())):.0f} µs für 4 KiB auf der Platte daneben"
    )
    print("\n".join(f"{name}: {value}" for name, value in facts.items()))
    print(as_table(lines))
    if asked.json:
        told = [each.as_dict() for each in lines if isinstance(each, Figure)]
        asked.json.write_text(json.dumps({"machine": facts, "figures": told}, ensure_ascii=False, indent=1))
    if asked.write:
        table = "\n".join(f"- {name}: {value}" for name, value in facts.items())
        PAGE.write_text(f"{_HEAD}\n{table}\n\n{as_markdown(lines).rstrip()}\n")
    return 0


def _extent(asked: argparse.Namespace) -> str:
    """What was asked for, and what is therefore not on the page."""
    left_out = [name for name in BENCHES if asked.only and name not in asked.only]
    how = "groß (--large)" if asked.large else "üblich"
    return f"{how}, alles" if not left_out else f"{how}, ohne {', '.join(left_out)}"


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(BENCHES), help="nur diese Messung (mehrfach)")
    parser.add_argument("--large", action="store_true", help="1 000 000 Einträge, 100 000 Fälle")
    parser.add_argument("--json", type=Path, metavar="DATEI", help="die Zahlen auch als JSON")
    parser.add_argument("--write", action="store_true", help="docs/figures.md neu schreiben")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
