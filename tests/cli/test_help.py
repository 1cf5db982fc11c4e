"""Help that one reads gladly: every command has a page, in German, within 80 columns, and it comes at once."""

import subprocess
import sys

import pytest

from adapters.cli.calling import build
from adapters.cli.catalog import ENTRIES, FAMILIES, HEADINGS, Entry
from tests.cli.program import fine, lotse

ENGLISH = ("Usage", "Options", "Show this message", "required", "default:", "Error", "Arguments")
HEAVY = {
    "sqlalchemy",
    "cryptography",
    "pydantic",
    "pydantic_settings",
    "alembic",
    "rich",
    "transitions",
    "phonenumbers",
}
OVERVIEW = """\
Lotse begleitet Familien in den Frühen Hilfen von der Meldung bis zum Abschluss.

Aufruf: lotse BEFEHL …

Jeden Tag
  due          Was heute ansteht: Überfälliges, Fälliges, Zurückgekommenes.
  case         Fälle suchen, ansehen, aufnehmen und einen Schritt weiterbringen.
  openings     Fälle, die mit Begründung für eine Weile offen stehen.
  partner      Eigene Meldungen: senden, verfolgen, antworten, zurückziehen.
  asd          Was beim ASD liegt, mit Rückfragen und Antworten.
  import       Eine Meldungsliste einlesen, wie Kliniken sie schicken.
  deadline     Eine Frist berechnen und Tag für Tag erklären.

Nachweisen
  audit        Das Protokoll prüfen, zeigen und für andere ausgeben.
  handover     Übergaben prüfen, und vermerken, dass sie geprüft sind.
  process      Den Ablauf prüfen, vorlesen, zeichnen und einen neuen einführen.

Einrichten
  init         Schlüssel und Datenbank anlegen.
  user         Wer hier arbeitet, und wer wen vertritt.
  institution  Einrichtungen des Netzwerks: Vereinbarung, wer für sie spricht.

Betreiben
  serve        Alles laufen lassen, was von selbst läuft.
  openapi      Die Spezifikation der Schnittstelle (OpenAPI 3.1).
  notary       Das Protokoll jede Sekunde unterschreiben.
  scheduler    Überfälliges markieren.
  outbox       Welche Mails warten, versandt oder aufgegeben sind.
  backup       Sichern, Sicherungen prüfen und zu zweit zurückholen.
  keys         Schlüssel ansehen, erneuern, hinterlegen und zurückholen.
  retention    Aufbewahrungsfristen, und Löschen zu zweit.
  db           Die Datenbank auf dem Server: Stand, Rollen, Prüfung, Umzug.
  doctor       Nachsehen, ob alles in Ordnung ist.

Ausprobieren
  demo         Vierzig erfundene Familien, vom Eingang bis zum Protokoll.
"""


def test_without_a_word_the_program_introduces_itself() -> None:
    assert fine().out.startswith(OVERVIEW)
    assert fine("--help").out == fine().out == fine("help").out


def test_every_command_stands_in_the_overview_and_every_line_of_it_is_a_command() -> None:
    listed = [word for words in HEADINGS.values() for word in words]
    assert sorted(listed) == sorted({entry.family for entry in ENTRIES})
    assert {entry.family for entry in ENTRIES if " " in entry.words} == set(FAMILIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.words)
def test_every_command_has_a_german_page_within_80_columns(entry: Entry) -> None:
    page = fine(*entry.words.split(), "--help").out
    assert page.startswith(f"Aufruf: lotse {entry.words}")
    assert entry.summary in page
    assert entry.examples
    assert all(example in page for example in entry.examples)
    assert not [word for word in ENGLISH if word in page]
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.words)
def test_every_option_says_what_it_is_for(entry: Entry) -> None:
    silent = [param.opts for param in build(entry).params if not getattr(param, "help", None)]
    assert silent in ([], [["--help"]])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_lists_its_commands(family: str) -> None:
    page = fine(family).out
    assert page == fine(family, "--help").out == fine("help", family).out
    for entry in ENTRIES:
        if entry.family == family:
            assert entry.summary in page


def test_help_may_be_asked_for_in_front_of_a_command_too() -> None:
    assert fine("help", "case", "do").out == fine("case", "do", "--help").out


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (["--help"], HEAVY | {"typer", "holidays"}),
        (["case", "--help"], HEAVY | {"typer", "holidays"}),
        (["deadline", "2026-03-27", "--land", "NW"], HEAVY),
        (["process", "check", "default"], HEAVY | {"holidays"}),
    ],
    ids=lambda part: " ".join(sorted(part) if isinstance(part, set) else part),
)
def test_what_must_be_quick_imports_nothing_heavy(words: list[str], unneeded: set[str]) -> None:
    script = (
        f"import sys; from adapters.cli.main import run; run({words!r}); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in done.stderr.split()} & unneeded


def test_the_version_is_told() -> None:
    assert lotse("--version").out.startswith("lotse 0.")
