"""The office: who works there, to whom one hands over, who stands in for whom, and by which process it works.

All of it is a frozen snapshot that one unit of work reads; names here are names of staff, never of families.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from states.profile import Profile
from states.vocabulary import RECIPIENT_ROLES, Role
from workflow.calendar import Calendar, Land, Part, local_date
from workflow.engine import Engine


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may act: an account with roles, the institution they speak for, the recipient they are."""

    id: str
    name: str
    roles: frozenset[Role]
    institution: str = ""
    recipient: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom a family can be handed over; `agreement_until` is the last day of the agreement in force."""

    id: str
    name: str
    role: Role
    institution: str = ""
    active: bool = True
    agreement_until: date | None = None


@dataclass(frozen=True, slots=True)
class Substitution:
    """`deputy` stands in for `absent` from `first` to `last`, both local days included."""

    absent: str
    deputy: str
    first: date
    last: date


class OpeningKind(StrEnum):
    """Why a case is opened for a while to somebody who does not see it anyway (DOMAIN section 5)."""

    EMERGENCY = "emergency"
    INSPECTION = "inspection"
    SAMPLE = "sample"
    CLARIFY = "clarify"
    ADVICE = "advice"

    @property
    def label(self) -> str:
        """German, as it is read."""
        return {
            "emergency": "Notfallzugriff",
            "inspection": "Einsicht der Leitung",
            "sample": "Stichprobe des Datenschutzes",
            "clarify": "Klärung der Zuständigkeit",
            "advice": "Beratung durch die insoweit erfahrene Fachkraft",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Opening:
    """A case opened to one person from an instant to another (aware), the end excluded; the reason is in the log.

    `reviewed_by` and `reviewed_at` say who has looked at it since.
    """

    id: str
    person: str
    case: str
    kind: OpeningKind
    opened_at: datetime
    until: datetime
    reviewed_by: str | None = None
    reviewed_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it is open at this instant."""
        return self.opened_at <= at < self.until


@dataclass(frozen=True, slots=True)
class Institution:
    """A partner of the network under the name by which it refers; `agreement` names the Netzwerkvereinbarung.

    `agreement_from` and `agreement_until` are local days, both included; `former_names` are those it had, by which
    older referrals name it.
    """

    id: str
    name: str
    kind: str
    active: bool = True
    agreement: str = ""
    agreement_from: date | None = None
    agreement_until: date | None = None
    former_names: tuple[str, ...] = ()


Listed = Person | Recipient | Substitution | Opening | Institution
"""What the directory is made of."""


@dataclass(frozen=True, slots=True)
class Directory:
    """Persons, recipients, substitutions, openings and institutions as they stand in this unit of work."""

    persons: Mapping[str, Person] = field(default_factory=dict)
    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    substitutions: tuple[Substitution, ...] = ()
    openings: tuple[Opening, ...] = ()
    institutions: Mapping[str, Institution] = field(default_factory=dict)
    _opened: Mapping[tuple[str, str], tuple[Opening, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[tuple[str, str], tuple[Opening, ...]] = {}
        for one in self.openings:
            found[one.person, one.case] = (*found.get((one.person, one.case), ()), one)
        object.__setattr__(self, "_opened", found)

    def with_entries(self, entries: Iterable[Listed]) -> "Directory":
        """The directory with these entries, each in the place of the one of its key."""
        persons, recipients = dict(self.persons), dict(self.recipients)
        institutions = dict(self.institutions)
        substitutions = {(each.absent, each.deputy, each.first): each for each in self.substitutions}
        openings = {each.id: each for each in self.openings}
        for entry in entries:
            match entry:
                case Person():
                    persons[entry.id] = entry
                case Recipient():
                    recipients[entry.id] = entry
                case Substitution():
                    substitutions[entry.absent, entry.deputy, entry.first] = entry
                case Opening():
                    openings[entry.id] = entry
                case Institution():
                    institutions[entry.id] = entry
        return Directory(
            persons, recipients, tuple(substitutions.values()), tuple(openings.values()), institutions
        )

    def opened_to(self, person: str, case: str, at: datetime) -> tuple[Opening, ...]:
        """What stands open of this case to this person at this instant."""
        found = self._opened.get((person, case))
        return tuple(each for each in found if each.stands(at)) if found else ()

    def represented_by(self, deputy: str, day: date) -> frozenset[str]:
        """Whom this person stands in for on this local day, chains included, never themselves."""
        found: set[str] = set()
        waiting = [deputy]
        while waiting:
            stand_in = waiting.pop()
            for one in self.substitutions:
                if one.deputy == stand_in and one.first <= day <= one.last and self._may_pass_on(one, found):
                    found.add(one.absent)
                    waiting.append(one.absent)
        return frozenset(found - {deputy})

    def _may_pass_on(self, one: Substitution, found: set[str]) -> bool:
        deputy = self.persons.get(one.deputy)
        return one.absent not in found and (deputy is None or deputy.active)

    def recipient_name(self, recipient: str | None) -> str:
        """The recipient as a person reads it, with the profession; never fails."""
        known = self.recipients.get(recipient or "")
        return f"{known.name} ({known.role.label})" if known else "diese Stelle"


@dataclass(frozen=True, slots=True)
class Network:
    """A proven profile, ready to work by: its engine, its calendar."""

    profile: Profile
    engine: Engine
    calendar: Calendar

    @staticmethod
    def of(profile: Profile) -> "Network":
        """Build the engine and the calendar of a proven profile."""
        parts = frozenset(Part(part) for part in profile.holiday_parts)
        calendar = Calendar(Land(profile.land), parts, frozenset(profile.closing_days))
        return Network(profile, Engine(profile.process), calendar)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens: an aware instant, and its local date in Europe/Berlin.

    It may have been told; `real_at` and `real_day` are the machine's, by which rights and sight stand whatever is told.
    """

    at: datetime
    day: date
    real_at: datetime
    real_day: date

    @staticmethod
    def of(at: datetime, real: datetime | None = None) -> "Moment":
        """The moment of an aware instant; `real` is the machine's, where this one was told."""
        day = local_date(at)
        if real is None or real is at:
            return Moment(at, day, at, day)
        return Moment(at, day, real, local_date(real))


@dataclass(frozen=True, slots=True)
class Office:
    """What a step needs beside the case: networks by name and version, the current one, clock and ids, injected.

    `machine` is the machine's clock where `clock` was told, None where both are the same.
    """

    networks: Mapping[tuple[str, int], Network]
    current: tuple[str, int]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    machine: Callable[[], datetime] | None = None

    @property
    def moment(self) -> Moment:
        """The office's now, and the machine's."""
        at = self.clock()
        return Moment.of(at, at if self.machine is None else self.machine())

    def network(self, name: str, version: int) -> Network:
        """The network by which a case began; KeyError means that the store lacks a profile it has used."""
        return self.networks[name, version]

    @property
    def network_now(self) -> Network:
        """The network by which new cases begin."""
        return self.networks[self.current]


def is_recipient_role(role: Role) -> bool:
    """Whether somebody in this role can be handed a family."""
    return role in RECIPIENT_ROLES
