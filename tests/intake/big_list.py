"""Writes an invented referral list of any length: `python -m tests.intake.big_list 100000 liste.csv`.

The same number gives the same bytes. About one row in forty is faulty, one in thirty says no, one in two
hundred shows danger; one in twenty has a quoted line break.
"""

import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

HEADINGS = (
    "Lfd;Eingang;Art der Stelle;Einrichtung;Nachname;Vorname;Kind geboren am;Entbindungstermin;Telefon;"
    "Straße;PLZ;Ortsteil;Sprache;Einverständnis Weitergabe;Anliegen;Dringlich"
)
_FIRST = datetime(2026, 1, 2, 8, 0)  # noqa: DTZ001 - the wall in Berlin, as in the lists
_SURNAMES = "Musterfrau Beispiel Probst-Öztürk Erfunden Testmann Ünal-Muster Jedermann Groß-Niemand".split()  # noqa: SIM905 - a line of names reads better than a list
_FIRST_NAMES = "Aylin Beate Çiğdem Dörte Edda Fatima Greta Hülya".split()  # noqa: SIM905 - a line of names reads better than a list
_SOURCES = (
    ("Geburtsklinik", "Klinikum Musterstadt"),
    ("Hebamme", "Hebammenpraxis Beispielhof"),
    ("Kinderarzt", "Praxis am Mustermarkt"),
    ("Kita", "Familienzentrum Beispiel"),
    ("Familie selbst", ""),
)
_CONSENTS = ("ja, schriftlich", "Ja schriftl. liegt bei", "ja (mündlich)", "J", "liegt vor - Fax folgt", "")
_CONCERNS = (
    "Schreibaby",
    '"Wohnungssuche; Antrag Elterngeld"',
    "Zwillinge, wenig Unterstützung",
    '"Zitat: ""bitte; anrufen""\nnach 17 Uhr"',
    "Stillprobleme, Erschöpfung",
)
_TIMES = ("%d.%m.%Y, %H:%M Uhr", "%d.%m.%Y %H.%M", "%d.%m.%y %H:%M", "%Y-%m-%dT%H:%M")


def one_row(number: int, dice: random.Random) -> str:
    """Row `number` (from 1) as a line without its end."""
    received = _FIRST + timedelta(minutes=number % 400_000)
    source, institution = dice.choice(_SOURCES)
    consent = "" if not institution else "nein" if dice.random() < 1 / 30 else dice.choice(_CONSENTS)
    born = received - timedelta(days=dice.randrange(0, 900))
    when = "gestern" if dice.random() < 1 / 40 else received.strftime(dice.choice(_TIMES))
    cells = (
        str(number), when, source, institution, dice.choice(_SURNAMES), dice.choice(_FIRST_NAMES),
        born.strftime(dice.choice(("%d.%m.%Y", "%d.%m.%y"))), "", f"0151-55{number:08d}",
        f"Musterweg {dice.randrange(1, 200)}a", "59192", dice.choice(("Mitte", "Rünthe", "Oberaden")),
        dice.choice(("deutsch", "türkisch", "ukrainisch")), consent, dice.choice(_CONCERNS),
        "dringend! Kind wirkt verletzt" if dice.random() < 1 / 200 else "",
    )  # fmt: skip
    return ";".join(cells)


def write_big_list(path: Path, rows: int, *, encoding: str = "cp1252", seed: int = 1) -> None:
    """Write a list of `rows` invented rows, in Windows-1252 with semicolons unless told otherwise."""
    dice = random.Random(seed)  # noqa: S311 - invented rows, no secrets
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        file.write(HEADINGS + "\r\n")
        for number in range(1, rows + 1):
            file.write(one_row(number, dice) + "\r\n")


if __name__ == "__main__":
    write_big_list(Path(sys.argv[2]), int(sys.argv[1]))
