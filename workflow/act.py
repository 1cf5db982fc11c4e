"""A command as it is carried out, and what carrying it out makes of a case: what all handlers take and give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from states.vocabulary import Role
from workflow.case import Case, Family
from workflow.office import Directory, Moment, Person


@dataclass(frozen=True, slots=True)
class Act:
    """One command as its handler sees it: who, when, concerning whom, with which details."""

    command: str
    actor: Person
    role: Role
    recipient: str | None
    moment: Moment
    details: Mapping[str, object]
    new_id: Callable[[], str]
    directory: Directory

    def text(self, name: str) -> str:
        """A text detail, or nothing."""
        return cast("str", self.details.get(name, ""))


@dataclass(frozen=True, slots=True)
class Change:
    """What a handler made: the case, and the family where its own data changed."""

    case: Case
    family: Family | None = None
    before: str = ""


Handler = Callable[[Case, Act, Callable[[], Family]], Change]
"""Takes the case, the command, and what opens the family's data where they are needed."""
