"""The office on its days, as the scenarios tell them: what time it is, who does what, what stands on whose list.

A thin way of speaking over `tests.world`. Dates are written as people write them ("Do 02.04.2026 16:30", local time
in Berlin); a wrong weekday is an error, so an expectation cannot be a day that was only typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from states.vocabulary import Command
from tests.opened import LogEntry
from tests.people import WORKER
from tests.world import World
from workflow.calendar import BERLIN
from workflow.case import Case, Duty, Family
from workflow.deadlines import weekday
from workflow.errors import RefusedError
from workflow.office import Person
from workflow.queries import Item

C = Command


def moment(text: str) -> datetime:
    """Read "Do 02.04.2026 16:30" as local time in Berlin; ValueError where the weekday is another."""
    named, _, rest = text.partition(" ")
    at = datetime.strptime(rest, "%d.%m.%Y %H:%M").replace(tzinfo=BERLIN)
    if weekday(at) != named:
        raise ValueError(f"{rest} ist ein {weekday(at)}, kein {named}")
    return at.astimezone(UTC)


def spoken(day: date) -> str:
    """Write a day as people read it: "Do 02.04.2026"."""
    return f"{weekday(day)} {day:%d.%m.%Y}"


class Day:
    """One office, whatever it keeps its cases in."""

    def __init__(self, world: World) -> None:
        self.world = world

    def it_is(self, text: str) -> None:
        """Let it be this time; it never goes back."""
        now = moment(text)
        assert now >= self.world.now, "Die Zeit läuft nicht zurück."
        self.world.now = now

    def referral(self, consent: str = "written", by: Person = WORKER, **details: object) -> "Story":
        """A partner's referral, received now unless said otherwise; `consent` is a form, or "unclear"."""
        return Story(self, self.world.a_referral(consent, by, **details).id)

    def self_referral(self, **details: object) -> "Story":
        """A family that came by itself."""
        return Story(self, self.world.a_referral("self", WORKER, **details).id)

    def items(self, person: Person) -> tuple[Item, ...]:
        """The worklist of a person, as the program gives it."""
        return self.world.lotse.today(person) if self.world.kind == "sqlite" else self.world.today(person)

    def worklist(self, person: Person = WORKER) -> list[str]:
        """The lines of "Heute" as they are read: heading, what is owed, until when."""
        return [
            f"{item.heading.label}: {item.what}" + (f", {spoken(item.due)}" if item.due else "")
            for item in self.items(person)
        ]

    def remarks(self, person: Person = WORKER) -> list[str]:
        """The remarks on the worklist of a person."""
        return [item.remark for item in self.items(person) if item.remark]

    def sweep(self) -> int:
        """Let the scheduler look; how many obligations it has flagged."""
        return self.world.lotse.flag_overdue() if self.world.kind == "sqlite" else self.world.sweep()


@dataclass(frozen=True, slots=True)
class Story:
    """One family's case, told step by step."""

    day: Day
    id: str

    @property
    def case(self) -> Case:
        """The case as it stands."""
        return self.day.world.case(self.id)

    @property
    def family(self) -> Family:
        """The family's own data as they stand."""
        return self.day.world.family(self.case)

    @property
    def state(self) -> str:
        """Where the case stands, in German."""
        case = self.case
        network = self.day.world.office.network(case.profile, case.profile_version)
        return network.profile.process.label(case.state)

    def step(self, command: str, by: Person = WORKER, to: Person | None = None, **details: object) -> Case:
        """Do something with the case, now. A recipient acts for itself."""
        if to is None and command.endswith(":r") and by.recipient is not None:
            to = by
        return self.day.world.do(self.id, command, by, to, None, None, **details)

    def refused(self, command: str, by: Person = WORKER, to: Person | None = None, **details: object) -> str:
        """Try what is not possible now: nothing changes, and the answer is a sentence for the person.

        What the list of possible steps had said before is what happens.
        """
        before, family, entries = self.case, self.family, self.day.world.size
        promised = self.promises(command, by, to)
        with pytest.raises(RefusedError) as refusal:
            self.step(command, by, to, **details)
        assert (self.case, self.family) == (before, family)
        assert self.day.world.size == entries + 1, "A refusal is on record, once."
        assert promised in ("ja", str(refusal.value))
        return str(refusal.value)

    def promises(self, command: str, by: Person = WORKER, to: Person | None = None) -> str:
        """What a screen says about a step before anybody tries it: "ja", or why not."""
        if to is None and command.endswith(":r") and by.recipient is not None:
            to = by
        verdict = self.day.world.may(self.case, command, by, to)
        return verdict.blocked.sentence if verdict.blocked else "ja"

    def may(self, by: Person = WORKER) -> set[str]:
        """Every step that is open to a person now."""
        return {verdict.command for verdict in self.day.world.steps(self.case, by) if verdict.allowed}

    def duties(self) -> dict[str, Duty]:
        """What is owed now, time taken into account, by its German name."""
        case = self.case
        process = self.day.world.office.network(case.profile, case.profile_version).profile.process
        return {process.obligation_label(d.obligation): d for d in self.day.world.settled(case).duties}

    def due(self) -> dict[str, str]:
        """What is owed and until when: {"Erstkontakt": "Do 05.03.2026"}."""
        return {what: spoken(duty.due) for what, duty in self.duties().items()}

    def log(self) -> list[LogEntry]:
        """What the log says of this case, opened."""
        return self.day.world.entries(self.case)

    def last_words(self) -> Mapping[str, Any]:
        """What was said with the last step, from the sealed part of the log."""
        return self.log()[-1].b or {}
