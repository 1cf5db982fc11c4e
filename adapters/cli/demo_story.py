"""What happens in the demonstration, through the same paths as everything else, with a clock that moves.

Proven by telling it on many different days of the year (`tests/cli/test_demo.py`): weekends, Easter, the turn of the
year; on each the log verifies with replay and exactly the families meant to be overdue are.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from adapters.bootstrap import create_lotse
from adapters.cli.demo_families import ASD, MIDWIFE, NURSE, WAYS, Deed, clinic_list, family
from adapters.intake.importer import Import, Tally
from adapters.intake.reader import open_list
from adapters.lotse import Lotse
from adapters.settings import Settings
from states.vocabulary import Command as C  # noqa: N817 - a story is told in short words
from states.vocabulary import Obligation, Role
from workflow.calendar import BERLIN, Calendar
from workflow.case import Case
from workflow.office import Person, Recipient
from workflow.perform import Done, Request, perform

_SATURDAY = 5
_MORNING = 8
_PACKAGE = ("contact", "child", "concern")


@dataclass(slots=True)
class Hands:
    """The hands of the office's clock, moved by the story."""

    now: datetime

    def __call__(self) -> datetime:
        """The office's now."""
        return self.now


@dataclass(slots=True)
class Story:
    """One telling, in parts to be called in order. `now` is the day on which it is told."""

    lotse: Lotse
    hands: Hands
    now: datetime
    cases: dict[int, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, settings: Settings, now: datetime) -> "Story":
        """Make a store and enter the people."""
        hands = Hands(now)
        story = cls(create_lotse(settings, hands, machine=hands), hands, now)
        story.lotse.store.put(*people())
        return story

    @property
    def today(self) -> date:
        """The local day on which the story is told."""
        return self.now.astimezone(BERLIN).date()

    def past(self) -> int:
        """Let the office's last weeks happen, in their order; give how many steps that were."""
        days = working_days(self.today, self.lotse.office.network_now.calendar)
        deeds = [
            (self._when(days, deed, place, step), place, deed)
            for place, way in enumerate(WAYS)
            for step, deed in enumerate(way)
        ]
        deeds.sort(key=lambda each: (each[0], each[1]))
        with self.lotse.store.work() as work:
            for at, place, deed in deeds:
                self.hands.now = at
                done = perform(self._request(deed, place, at), work, self.lotse.office)
                self.cases[place] = done.case.id
            work.commit()
        self.hands.now = self.now
        return len(deeds)

    @staticmethod
    def _when(days: list[date], deed: Deed, place: int, step: int) -> datetime:
        morning = datetime.combine(days[deed.ago - 1], time(_MORNING), BERLIN)
        return morning + timedelta(minutes=place * 37 % 300 + step * 11)

    def _request(self, deed: Deed, place: int, at: datetime) -> Request:
        details = dict(deed.details)
        if place not in self.cases:
            details = {**family(place, self.today, deed.command), **details, "received": at}
        return Request(deed.command, self._person(deed.by), self.cases.get(place), deed.to, details=details)

    def _person(self, name: str) -> Person:
        return _PEOPLE.get(name) or self.lotse.person(name)

    def bring_in(self) -> Tally:
        """Import the clinic's list of today, as it came: Windows-1252, semicolons."""
        days = working_days(self.today, self.lotse.office.network_now.calendar)
        with tempfile.TemporaryDirectory(prefix="lotse-demo-") as folder:
            path = Path(folder) / "meldungen-klinik.csv"
            path.write_bytes(clinic_list(len(WAYS), days, self.today).encode("cp1252"))
            return Import(self.lotse, self.lotse.person(), open_list(path)).run()

    def new_cases(self) -> list[Case]:
        """The cases that came with the list, by number."""
        old = set(self.cases.values())
        cases = self.lotse.cases_for(self.lotse.person())
        return sorted((case for case in cases if case.id not in old), key=lambda case: case.number)

    def accompany(self) -> Iterator[Done]:
        """One family from the list: looked at, consent checked, reached, handed to Frau Yıldız, accepted by her."""
        case = next(
            c for c in self.new_cases() if "consent" not in c.marks and _calm(c) and c.source.by_partner
        )
        yield self._do(case, C.TRIAGE_NO)
        yield self._do(case, C.CHECK_CONSENT_YES)
        yield self._do(case, C.REACH_FAMILY, channel="phone")
        why = "Begleitung durch die Familienhebamme"
        yield self._do(case, C.RECORD_CONSENT_FOR, to=MIDWIFE, form="written", purpose=why, fields=_PACKAGE)
        yield self._do(case, C.PROPOSE_HANDOVER, to=MIDWIFE, fields=("contact", "child"))
        yield self._do(case, C.ACCEPT, by=MIDWIFE, to=MIDWIFE)

    def escalate(self) -> Iterator[Done]:
        """The urgent notice: out at once, the receipt by a human, the documentation afterwards."""
        case = next(c for c in self.new_cases() if c.duty(Obligation.DANGER))
        yield self._do(case, C.ESCALATE_URGENT, told="Frau Muster, ASD-Bereitschaft", channel="phone")
        yield self._do(case, C.CONFIRM_RECEIPT, by=ASD, confirmed_by="Frau Muster")
        yield self._do(
            case,
            C.COMPLETE_RECORD,
            indications="Kind wirkt verletzt, Mutter weicht Fragen aus.",
            assessors=("Frau Okafor", "Fachkraft Frühe Hilfen"),
            result="Gefährdung nicht auszuschließen.",
            involved="ja",
        )

    def withdraw(self) -> Iterator[Done]:
        """A family takes its consent back while a handover is open: everything resting on it falls at once."""
        case = self._case(17)
        yield self._do(case, C.WITHDRAW_CONSENT, said_by="Mutter", channel="phone")

    def flag(self) -> int:
        """Let the clock flag what is overdue."""
        return self.lotse.flag_overdue()

    def _case(self, place: int) -> Case:
        with self.lotse.store.work(reading=True) as work:
            return work.case(self.cases[place])

    def _do(self, case: Case, command: C, by: str = "", to: str | None = None, **details: object) -> Done:
        person = self._person(by) if by else self.lotse.person()
        return self.lotse.submit(Request(command, person, case.id, to, details=details))


def _calm(case: Case) -> bool:
    return case.duty(Obligation.DANGER) is None and case.duty(Obligation.FIRST_CONTACT) is not None


def working_days(today: date, calendar: Calendar) -> list[date]:
    """The working days before today, newest first; Mondays to Fridays without holidays."""
    days = (today - timedelta(days=back) for back in range(1, 120))
    return [day for day in days if day.weekday() < _SATURDAY and calendar.closed(day) is None]


_PEOPLE = {
    MIDWIFE: Person(MIDWIFE, "Frau Yıldız", frozenset({Role.FAMILY_MIDWIFE}), recipient=MIDWIFE),
    NURSE: Person(NURSE, "Herr Lindner", frozenset({Role.FAMILY_NURSE}), recipient=NURSE),
    ASD: Person(ASD, "ASD Beispielstadt", frozenset({Role.ASD_WORKER})),
}


def people() -> tuple[Person | Recipient, ...]:
    """Who works in the demonstration beside the Fachkraft; all invented."""
    return (
        *_PEOPLE.values(),
        Recipient(MIDWIFE, "Frau Yıldız", Role.FAMILY_MIDWIFE),
        Recipient(NURSE, "Herr Lindner", Role.FAMILY_NURSE),
        Person("leitung", "Frau Okafor", frozenset({Role.SUPERVISOR})),
        Person("dsb", "Herr Vogt", frozenset({Role.DPO})),
    )


def day_of_telling(at: datetime | None) -> datetime:
    """When the story is told: `--at`, or now."""
    return at or datetime.now(UTC)
