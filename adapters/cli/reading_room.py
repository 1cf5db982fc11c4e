"""Before anybody reads in the log: may they, have they told why, and is it on record. Only then is anything opened.

Used by `lotse audit show`, `handovers` and `disclosures`; proven by `tests/cli/test_reading_room.py`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from adapters.cli.desk import Desk
from adapters.cli.failures import NotAllowed, NotFound, UsageProblem
from adapters.cli.numbers import full_number
from adapters.cli.screen import plain
from adapters.db.recorded import RecordedLog, numbers_of
from states.vocabulary import Role
from workflow.audited import Audited
from workflow.case import Case
from workflow.errors import UnknownCaseError
from workflow.log_rights import Right, reading_of_all
from workflow.numbering import begins_at, case_numbered
from workflow.office import Directory, Moment, Person

LONGEST_REASON = 500
CASE_ID = re.compile(r"[0-9a-f]{32}")
HouseRight = Callable[[Person], Right]
CaseRight = Callable[[Person, Case | None, Directory, Moment], Right]
_NO_PERSONS = {"clock": "Fristenuhr", "system": "Lotse"}
_NO_CASE = (
    "Diesen Fall gibt es nicht. Einen gelöschten finden Leitung und Datenschutz unter seiner Nummer oder Kennung: "
    "lotse audit show --kind Löschungen --as PERSON --reason GRUND"
)
_NOT_YOURS = "Das lesen Leitung und Datenschutz, mit einem Grund. Bitte --as PERSON."
_NOT_YOUR_CASE = (
    "Dieser Fall ist Ihnen nicht zugeordnet; sonst lesen das Leitung und Datenschutz, mit einem Grund."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The case that is meant: its id, and the case itself unless it is erased."""

    id: str
    case: Case | None
    number: str = ""

    @property
    def name(self) -> str:
        """How a person calls it: its number, or that it is erased."""
        return self.case.number if self.case else f"gelöschter Fall {self.number or self.id}"


class ReadingRoom:
    """The log as one person reads it, with the directory's names beside the ids."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.log = RecordedLog(desk.lotse.store)
        with desk.lotse.store.work(reading=True) as work:
            self.directory = work.directory
        self._number = numbers_of(desk.lotse.store)
        self._asked: dict[str, str] = {}

    def sign_in(
        self, action: Audited, reason: str, right: HouseRight = reading_of_all, **more: object
    ) -> None:
        """Let somebody read of the whole house, on record. Raises NotAllowed (recorded) and UsageProblem."""
        self._admit(right(self.desk.person), action, reason, None, _NOT_YOURS, more)

    def enter_case(
        self, action: Audited, asked: Asked, right: CaseRight, reason: str, **more: object
    ) -> None:
        """Let somebody read of one case, on record. Raises NotAllowed (recorded) and UsageProblem."""
        given = right(self.desk.person, asked.case, self.directory, self.desk.lotse.moment)
        self._admit(given, action, reason, asked.id, _NOT_YOUR_CASE, more)

    def refuse(self, action: Audited, asked: Asked, reason: str, sentence: str) -> NoReturn:
        """Refuse what follows from what was read, on record. Raises NotAllowed."""
        self.desk.lotse.record(
            "access",
            {
                "action": str(action), "actor": self.desk.person.id, "case": asked.id, "outcome": "refused",
                "reason": reason,
            },
        )  # fmt: skip
        raise NotAllowed(sentence)

    def _admit(
        self,
        right: Right,
        action: Audited,
        reason: str,
        case: str | None,
        sentence: str,
        more: dict[str, object],
    ) -> None:
        entry: dict[str, object] = {"action": str(action), "actor": self.desk.person.id}
        if case is not None:
            entry["case"] = case
        if right is Right.NOT_AT_ALL:
            self.desk.lotse.record("access", {**entry, "outcome": "refused", "reason": "denied"})
            raise NotAllowed(sentence)
        told = plain(reason)
        if right is Right.WITH_REASON and not told:
            raise UsageProblem("Es fehlt der Grund: --reason GRUND.")
        if len(told) > LONGEST_REASON:
            raise UsageProblem(f"Der Grund hat höchstens {LONGEST_REASON} Zeichen.")
        if told:
            entry["purpose"] = told
        self.desk.lotse.record("access", {**entry, **more})

    def find_case(self, text: str, reason: str) -> Asked:
        """The case of a number, or of the id under which the log knows it. Raises NotFound, UsageProblem.

        Where no case has the number, who may read the whole log finds the erased one that had it: on record first.
        """
        wanted = text.strip().casefold()
        store = self.desk.lotse.store
        try:
            with store.work(reading=True) as work:
                if CASE_ID.fullmatch(wanted):
                    return Asked(wanted, work.case(wanted))
                number = full_number(self.desk, text)
                case = work.case_numbered(number)
                self._asked[case.id] = case.number
                return Asked(case.id, case)
        except UnknownCaseError:
            if CASE_ID.fullmatch(wanted):
                erased = wanted if self.log.knows(wanted) else None
                number = ""
            else:
                erased = self._erased(number, reason)
        if erased is None:
            raise NotFound(_NO_CASE)
        if number:
            self._asked[erased] = number
        return Asked(erased, None, number)

    def _erased(self, number: str, reason: str) -> str | None:
        """The id of the erased case that had this number, for who may read the whole log."""
        since = begins_at(number)
        if since is None or reading_of_all(self.desk.person) is Right.NOT_AT_ALL:
            return None
        self.sign_in(Audited.LOG, reason)
        return case_numbered(number, self.log.forwards(since))

    def person_meant(self, text: str) -> str:
        """The id of the person of this id or name; one that the directory does not know is taken as it stands.

        Raises UsageProblem where several are called so.
        """
        wanted = text.strip()
        if wanted in self.directory.persons:
            return wanted
        named = sorted(
            p.id for p in self.directory.persons.values() if p.name.casefold() == wanted.casefold()
        )
        if len(named) > 1:
            raise UsageProblem(f"Wer ist gemeint? So heißen mehrere, mit der Kennung: {', '.join(named)}.")
        return named[0] if named else wanted

    def is_known(self, person: str) -> None:
        """Raise NotFound where the directory does not know the person, so that nothing found says nothing."""
        if person not in self.directory.persons and person not in _NO_PERSONS:
            raise NotFound(
                "Diese Person steht weder im Verzeichnis noch in diesen Einträgen. Nächster Schritt: lotse user list"
            )

    def person_name(self, person: object) -> str:
        """A person as one reads it: the name with the id, or the id alone."""
        if person in _NO_PERSONS:
            return _NO_PERSONS[str(person)]
        known = self.directory.persons.get(str(person))
        return f"{plain(known.name)} ({known.id})" if known else plain(str(person or ""))

    def recipient_name(self, recipient: str | None) -> str:
        """A recipient by name, or the id under which the directory once had it."""
        known = self.directory.recipients.get(recipient or "")
        return plain(known.name if known else recipient or "")

    def case_name(self, case: str | None) -> str:
        """A case as this person may know it: its number for who named it or sees the office's cases, else its id."""
        if case is None or case in self._asked:
            return self._asked.get(case or "", "")
        number = self._number(case) if Role.SUPERVISOR in self.desk.person.roles else None
        return number or case
