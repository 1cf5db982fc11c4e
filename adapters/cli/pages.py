"""The pages of help that need no command: the overview and one for each family; and finding a command by its words.

Drawn from the catalogue with nothing but the standard library, so that they appear at once.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from adapters.cli.catalog import ENTRIES, FAMILIES, HEADINGS, Entry
from adapters.cli.failures import UsageProblem

_HELP = {"--help", "-h"}
_COLUMN = 12


def overview() -> str:
    """The page of `lotse --help`."""
    alone = {entry.words: entry.summary for entry in ENTRIES}
    lines = ["Lotse begleitet Familien in den Frühen Hilfen von der Meldung bis zum Abschluss.", ""]
    lines += ["Aufruf: lotse BEFEHL …", ""]
    for heading, words in HEADINGS.items():
        lines.append(heading)
        lines += [_line(word, alone.get(word) or FAMILIES[word]) for word in words]
        lines.append("")
    lines += [
        "Erste Schritte",
        "  lotse demo                       alles einmal ansehen, mit erfundenen Familien",
        "  lotse import meldungen.csv       eine Liste einlesen",
        "  lotse due                        sehen, was heute ansteht",
        "",
        "Hilfe zu einem Befehl: lotse BEFEHL --help. Wo die Daten liegen, sagt --dir ORDNER",
        "hinter dem Befehl oder LOTSE_DIR. Endet mit 0, wenn es geklappt hat; 1 Fehler,",
        "2 Aufruf unklar, 3 nicht gefunden, 4 von einer Regel abgelehnt, 5 Konflikt.",
    ]
    return "\n".join(lines)


def family(name: str) -> str:
    """The page of a family such as `lotse case`."""
    lines = [FAMILIES[name], "", f"Aufruf: lotse {name} BEFEHL …", ""]
    lines += [_line(e.words.removeprefix(f"{name} "), e.summary) for e in ENTRIES if e.family == name]
    lines += ["", f"Hilfe zu einem Befehl: lotse {name} BEFEHL --help"]
    return "\n".join(lines)


def _line(word: str, summary: str) -> str:
    return f"  {word:<{_COLUMN}} {summary}"


def find(given: Sequence[str]) -> tuple[Entry | None, list[str]]:
    """Find the command that these arguments begin with, and what is left of them.

    None: they ask for the page of a family. Raises UsageProblem with a proposal where there is no such command.
    """
    first, *rest = given
    if first.startswith("-"):
        raise UsageProblem(
            "Zuerst kommt der Befehl, dahinter die Angaben: zum Beispiel lotse due --dir ORDNER.\n"
            "Alle Befehle: lotse --help"
        )
    by_words = {entry.words: entry for entry in ENTRIES}
    if first in by_words:
        return by_words[first], rest
    if first not in FAMILIES:
        raise UsageProblem(
            _unknown(first, [*FAMILIES, *(e.words for e in ENTRIES if e.family == e.words)], "")
        )
    if not rest or rest[0].startswith("-"):
        if rest and rest[0] not in _HELP:
            raise UsageProblem(f"Nach „lotse {first}“ kommt erst der Befehl. Hilfe: lotse {first} --help")
        return None, []
    entry = by_words.get(f"{first} {rest[0]}")
    if entry is None:
        members = [e.words.removeprefix(f"{first} ") for e in ENTRIES if e.family == first]
        raise UsageProblem(_unknown(rest[0], members, f"{first} "))
    return entry, rest[1:]


def _unknown(word: str, known: Sequence[str], before: str) -> str:
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    shown = "".join(sign if sign.isprintable() else "?" for sign in word)[:40]
    ask = f" Meinten Sie „lotse {before}{near[0]}“?" if near else ""
    return f"Den Befehl „lotse {before}{shown}“ gibt es nicht.{ask}\nAlle Befehle: lotse {before}--help"
