"""What the doctor finds of the post: letters that do not leave, checkpoints nobody hears of, a Leitung without address.

Tried in `tests/cli/test_doctor.py`, where each is made ill once, and `tests/cli/test_doctor_leitung.py`.
"""

from adapters.checkpoint_mail import never_written_to, silent
from adapters.doctor_finding import Finding, green, red, yellow
from adapters.doctor_look import DAY, Look
from adapters.login.rows import Rows
from adapters.mail import checkpoint_recipients, server_of
from adapters.news import supervisors
from adapters.outbox import Fate

LATE_MAIL = DAY
_UNHEARD = "Von neuen Rechten und Notfallzugriffen erfährt die Leitung nicht per Mail"


def post(look: Look) -> Finding:
    """Say whether letters leave, and the checkpoints among them."""
    recipients, server = checkpoint_recipients(look.settings), server_of(look.settings)
    letters = look.letters
    given_up = sum(letter.fate is Fate.GIVEN_UP for letter in letters)
    if given_up:
        return red(f"{given_up} Nachrichten sind aufgegeben.", "Mailserver prüfen, dann: lotse outbox retry")
    if server is None and (recipients or any(letter.fate is Fate.WAITING for letter in letters)):
        return red(
            "Nachrichten können nicht hinaus: Es fehlt der Mailserver.",
            "LOTSE_SMTP_HOST und LOTSE_SMTP_FROM setzen",
        )
    late = sum(
        letter.fate is Fate.WAITING and look.now_ms - letter.created_at > LATE_MAIL for letter in letters
    )
    if late:
        return red(
            f"{late} Nachrichten warten seit über einem Tag.", "lotse outbox send zeigt, woran es liegt"
        )
    if not recipients:
        return yellow(
            "Niemand bekommt den Prüfpunkt per Mail.",
            "LOTSE_CHECKPOINT_MAIL=dpo=ADRESSE,audit_office=ADRESSE",
        )
    return _heard(look)


def _heard(look: Look) -> Finding:
    """Whether the checkpoints reach who keeps them elsewhere, by what stands outside the database."""
    unheard = silent(look.settings, look.now_ms)
    if unheard:
        days = (look.now_ms - min(unheard.values())) // DAY
        sentence = f"Seit {days} Tagen ging kein Prüfpunkt hinaus an: {', '.join(unheard)}."
        return red(sentence, "läuft lotse serve? Sonst: lotse outbox, dann lotse audit verify")
    waiting = never_written_to(look.settings)
    if waiting:
        return yellow(f"Noch kein Prüfpunkt ging an: {', '.join(waiting)}.", "lotse serve starten")
    return green("nichts steht aus")


def leitung(look: Look) -> Finding:
    """Say whether Leitung is written to when somebody gets rights, or opens a colleague's case.

    Where nobody has that role there is nobody to be told.
    """
    with look.store.work(reading=True) as work:
        people, rows = supervisors(work.directory), Rows.known(work)
        accounts = [rows.account(person) if rows is not None else None for person in people]
    told = sum(account is not None and bool(account.mail) for account in accounts)
    if not people:
        return green("niemand eingetragen")
    if not told:
        return yellow(f"{_UNHEARD}: Niemand hat eine Adresse.", "lotse user mail ADRESSE --as LEITUNG")
    if look.settings.smtp_host is None:
        return yellow(f"{_UNHEARD}: Es fehlt der Mailserver.", "LOTSE_SMTP_HOST und LOTSE_SMTP_FROM setzen")
    return green(f"{told} von {len(people)} per Mail zu erreichen")
