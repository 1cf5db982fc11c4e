"""The jobs that run by themselves, each with its German name, its distance and one round over an open store.

Each round opens the store anew, so it sees a database put back, a new profile and new keys; the watch over the clock
lives as long as the process. That a round began, and that it ended well, stands in its heartbeat. Proven in
`tests/scheduler/test_jobs.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from adapters.bootstrap import open_lotse
from adapters.checkpoint_mail import mail_daily_checkpoint
from adapters.lotse import CLOCK, Lotse
from adapters.mail import checkpoint_recipients, server_of
from adapters.mailed import MailedFile
from adapters.millis import now_ms
from adapters.news import tell_news
from adapters.outbox import Fate, send_due
from adapters.retention import note_erasures, purge
from adapters.scheduler.forewarning import give, plan
from adapters.scheduler.heartbeat import DAY, Clocks, Heartbeat, begin, clocks_of_this_machine, end, steady
from adapters.scheduler.sweep import sweep
from adapters.service import Part
from adapters.settings import Settings
from audit.clock import ClockWatch
from audit.notary import NotaryHalted

MINUTE, HOUR = 60.0, 3600.0
GoingOn = Callable[[], bool]
Towns = Callable[[], Iterable[Settings]]
"""Which stores one job is to visit in a round."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round did: how much, the sentences worth telling, and how late it found the oldest thing."""

    count: int = 0
    said: tuple[str, ...] = ()
    late_ms: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """What one round works with: an open store, how it stood with the job, and whether to go on after a portion."""

    lotse: Lotse
    beat: Heartbeat
    going_on: GoingOn


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again: by which name it is kept, how people call it, its distance in seconds."""

    key: str
    name: str
    every: float
    do: Callable[[Round], Outcome]
    wanted: Callable[[Settings], bool] = lambda _: True
    is_told_the_time: bool = False
    """Whether it goes by the office's now, which may have been told; else by the machine's."""


def flag_overdue(round_: Round) -> Outcome:
    """Flag what has become overdue and sign for it; note erasures whose program was killed before it could."""
    lotse = round_.lotse
    note_erasures(lotse)
    swept = sweep(lotse, going_on=round_.going_on)
    if not swept.flagged:
        return Outcome()
    said = [f"als überfällig markiert: {swept.flagged}."]
    try:
        lotse.countersign()
    except NotaryHalted as halted:
        said.append(f"markiert ist es, aber nicht unterschrieben. {halted}")
    return Outcome(swept.flagged, tuple(said), swept.late_ms)


def forewarn(round_: Round) -> Outcome:
    """Plan the warnings of what the log has touched, and give those whose time has come."""
    plan(round_.lotse, round_.going_on)
    given = give(round_.lotse, round_.going_on)
    return Outcome(given, (f"vorgewarnt: {given}.",)) if given else Outcome()


def empty_quarantine(round_: Round) -> Outcome:
    """Destroy what was held apart longer than its term, by a clock that has stood steady for a day."""
    lotse, beat = round_.lotse, round_.beat
    if beat.begun_at - beat.steady_since < DAY:
        return Outcome()
    if not purge(lotse, CLOCK, dry_run=True).going:
        return Outcome()
    done = purge(lotse, CLOCK, dry_run=False)
    rows = sum(each.extent.held + each.extent.asked for each in done.going)
    said = [f"aus der Quarantäne vernichtet, weil die Frist vorbei ist: {rows}."]
    if not done.scrubbed:
        said.append(
            "Die Datenbankdatei ist noch nicht neu geschrieben. Nächster Schritt: lotse retention scrub"
        )
    return Outcome(rows, tuple(said))


def mail_checkpoint(round_: Round) -> Outcome:
    """Once a day put the checkpoint into the outbox."""
    size = mail_daily_checkpoint(round_.lotse, checkpoint_recipients(round_.lotse.settings))
    return Outcome() if size is None else Outcome(1, (f"über {size} Einträge in den Postausgang gelegt.",))


def tell(round_: Round) -> Outcome:
    """Put „Es gibt Neues“ into the outbox for whom there is some."""
    written = tell_news(round_.lotse)
    return Outcome(written, (f"Nachrichten in den Postausgang gelegt: {written}.",) if written else ())


def send_mail(round_: Round) -> Outcome:
    """Send what is due in the outbox."""
    settings = round_.lotse.settings
    server = server_of(settings)
    if server is None:
        return Outcome()
    mailed = MailedFile(settings)
    ended = send_due(
        round_.lotse.store,
        server.sender,
        server.hand_over,
        now_ms,
        lambda letter: mailed.taken(letter, now_ms()),
    )
    sent = sum(attempt.fate is Fate.SENT for attempt in ended)
    said = [f"gesendet: {sent}."] if sent else []
    for attempt in ended:
        if attempt.fate is Fate.WAITING:
            said.append(f"{attempt.reason} Der nächste Versuch folgt von selbst.")
        elif attempt.fate is Fate.GIVEN_UP:
            said.append(f"ACHTUNG, aufgegeben: {attempt.reason} Nächster Schritt: lotse outbox")
    return Outcome(sent, tuple(said))


def _has_mail(settings: Settings) -> bool:
    return server_of(settings) is not None


def _has_recipients(settings: Settings) -> bool:
    return bool(checkpoint_recipients(settings))


SWEEP = Job("sweep", "Fristenuhr", MINUTE, flag_overdue, is_told_the_time=True)
JOBS = (
    SWEEP,
    Job("forewarn", "Vorwarnung", MINUTE, forewarn, is_told_the_time=True),
    Job("purge", "Quarantäne", HOUR, empty_quarantine),
    Job("checkpoint", "Prüfpunkt", MINUTE, mail_checkpoint, _has_recipients),
    Job("news", "Nachrichten", MINUTE, tell, _has_mail),
    Job("outbox", "Postausgang", MINUTE, send_mail, _has_mail),
)


def do_once(job: Job, lotse: Lotse, clocks: Clocks, going_on: GoingOn = lambda: True) -> Outcome:
    """One round of a job over an open store, with its heartbeat before and, where it ended well, after it."""
    beat = lotse.write(partial(begin, job=job.key, clocks=clocks))
    done = job.do(Round(lotse, beat, going_on))

    lotse.write(partial(end, job=job.key, clocks=clocks, late_ms=done.late_ms, damaged=len(lotse.damaged)))
    return done


class Rounds:
    """The jobs over one store or several, each as a `Part`; `going_on` is asked between portions and between stores.

    `settings` are those of the one, or give those of all that a job is to visit in a round, each time anew.
    """

    def __init__(self, settings: Settings | Callable[[], Towns], going_on: GoingOn = lambda: True) -> None:
        self._towns = settings if callable(settings) else lambda: lambda: [settings]
        self._several = callable(settings)
        self._going_on = going_on
        self._watches: defaultdict[str | None, ClockWatch] = defaultdict(lambda: ClockWatch(steady))
        self._clocks = clocks_of_this_machine(now_ms)

    def parts(self) -> tuple[Part, ...]:
        """All of them."""
        return tuple(Part(job.name, job.every, partial(self._round, job, self._towns())) for job in JOBS)

    def _round(self, job: Job, towns: Towns) -> Sequence[str]:
        """One round in each store; what fails in one keeps no other from being visited, and is raised in the end."""
        said: list[str] = []
        failures: list[Exception] = []
        for settings in towns():
            if not self._going_on():
                break
            try:
                told = self._visit(job, settings)
            except Exception as error:  # noqa: BLE001 - the others are visited all the same, then it is raised
                failures.append(error)
                continue
            said += [f"{settings.tenant}: {sentence}" if self._several else sentence for sentence in told]
        if failures:
            raise failures[0]
        return said

    def _visit(self, job: Job, settings: Settings) -> Sequence[str]:
        if not job.wanted(settings):
            return ()
        lotse = open_lotse(settings)
        lotse.store.watch = self._watches[settings.tenant]
        try:
            done = do_once(job, lotse, self._clocks, self._going_on)
        finally:
            lotse.store.engine.dispose()
        if not lotse.damaged:
            return done.said
        return (
            *done.said,
            f"nicht zu öffnen: {len(lotse.damaged)}. Nächster Schritt: lotse audit verify --replay",
        )
