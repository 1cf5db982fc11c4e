"""The parts of `lotse serve`: notary each second, Fristenuhr and mail each minute, the checkpoint by mail each day.

Each round opens the store anew, so it sees a database put back, a new profile and new keys; the watch over the clock
lives as long as the process. The notary keeps to a connection that cannot write.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adapters.bootstrap import open_lotse
from adapters.checkpoint_mail import mail_daily_checkpoint
from adapters.lotse import Lotse
from adapters.mail import checkpoint_recipients, server_of
from adapters.mailed import MailedFile
from adapters.millis import now_ms
from adapters.news import tell_news
from adapters.outbox import Fate, send_due
from adapters.retention import note_erasures
from adapters.service import Part
from adapters.service_notary import ReadingNotary
from adapters.settings import Settings
from audit.clock import ClockWatch
from audit.notary import NotaryHalted

SECOND, MINUTE = 1.0, 60.0


def steady() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def notary_part(settings: Settings, ends: tuple[type[Exception], ...] = ()) -> Part:
    """The notary; its state is tidied up once."""
    notary = ReadingNotary(settings)
    notary.file.tidy()

    def sign() -> Sequence[str]:
        notary.sign()
        return ()

    return Part("Notar", SECOND, sign, ends)


class Rounds:
    """The rounds that write: each a method, for a `Part`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._watch = ClockWatch(steady)

    def flag_overdue(self) -> Sequence[str]:
        """Flag what has become overdue and sign for it; note erasures whose program was killed before it could."""
        with self._at_work() as lotse:
            note_erasures(lotse)
            flagged = lotse.flag_overdue()
            said = [f"als überfällig markiert: {flagged}."] if flagged else []
            try:
                if flagged:
                    lotse.countersign()
            except NotaryHalted as halted:
                said.append(f"markiert ist es, aber nicht unterschrieben. {halted}")
            if lotse.damaged:
                said.append(
                    f"nicht zu öffnen: {len(lotse.damaged)}. Nächster Schritt: lotse audit verify --replay"
                )
            return said

    def send_mail(self) -> Sequence[str]:
        """Send what is due in the outbox."""
        server = server_of(self._settings)
        if server is None:
            return ()
        with self._at_work() as lotse:
            mailed = MailedFile(self._settings)
            ended = send_due(
                lotse.store,
                server.sender,
                server.hand_over,
                now_ms,
                lambda letter: mailed.taken(letter, now_ms()),
            )
        said = [f"gesendet: {count}." for count in [sum(a.fate is Fate.SENT for a in ended)] if count]
        for attempt in ended:
            if attempt.fate is Fate.WAITING:
                said.append(f"{attempt.reason} Der nächste Versuch folgt von selbst.")
            elif attempt.fate is Fate.GIVEN_UP:
                said.append(f"ACHTUNG, aufgegeben: {attempt.reason} Nächster Schritt: lotse outbox")
        return said

    def mail_checkpoint(self) -> Sequence[str]:
        """Once a day put the checkpoint into the outbox."""
        recipients = checkpoint_recipients(self._settings)
        if not recipients:
            return ()
        with self._at_work() as lotse:
            size = mail_daily_checkpoint(lotse, recipients)
        return () if size is None else (f"über {size} Einträge in den Postausgang gelegt.",)

    def tell_news(self) -> Sequence[str]:
        """Put „Es gibt Neues“ into the outbox for whom there is some."""
        if server_of(self._settings) is None:
            return ()
        with self._at_work() as lotse:
            written = tell_news(lotse)
        return (f"Nachrichten in den Postausgang gelegt: {written}.",) if written else ()

    @contextmanager
    def _at_work(self) -> Iterator[Lotse]:
        lotse = open_lotse(self._settings)
        lotse.store.watch = self._watch
        try:
            yield lotse
        finally:
            lotse.store.engine.dispose()


def sweep_part(settings: Settings) -> Part:
    """The Fristenuhr."""
    return Part("Fristenuhr", MINUTE, Rounds(settings).flag_overdue)


def serving_parts(settings: Settings) -> tuple[Part, ...]:
    """Everything that runs by itself."""
    rounds = Rounds(settings)
    return (
        notary_part(settings),
        Part("Fristenuhr", MINUTE, rounds.flag_overdue),
        Part("Prüfpunkt", MINUTE, rounds.mail_checkpoint),
        Part("Nachrichten", MINUTE, rounds.tell_news),
        Part("Postausgang", MINUTE, rounds.send_mail),
    )
