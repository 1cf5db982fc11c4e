"""Families with words of their own planted wherever a word of a family can go, closed and then erased by two persons.

Every name, telephone number and street is invented and stands nowhere else, so a search for it means something.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from adapters.bootstrap import create_lotse
from adapters.intake.importer import Import
from adapters.intake.reader import open_list
from adapters.lotse import Lotse
from adapters.retention import act, approve, clerk_of
from adapters.settings import read_settings
from states.vocabulary import Command
from tests.contracts.erasing import DPO
from tests.intake.lists import as_csv, said, saved, table
from tests.people import MIDWIFE, PEOPLE, RECIPIENTS, SUPERVISOR
from tests.sensible import sensible
from workflow import clerk as acts
from workflow.erasure import Ground
from workflow.office import Person
from workflow.perform import Request, perform
from workflow.ports import RetentionWork

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FAMILIES = 104
_SYLLABLES = ("ba", "kel", "lim", "mor", "nuß", "rä", "sön", "tü", "wisch", "zo")


@dataclass(frozen=True, slots=True)
class Planted:
    """One family's words."""

    surname: str
    corrected: str
    first_name: str
    phone: str
    street: str
    words: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Everything that must not remain."""
        named = (self.surname, self.corrected, self.first_name, self.phone, self.street)
        return (*named, self.phone.replace(" ", ""), f"+49{self.phone.replace(' ', '')[1:]}", *self.words)


def planted(number: int) -> Planted:
    """The family of this number (below 1000)."""
    word = "".join(_SYLLABLES[int(digit)] for digit in f"{number:03}")
    texts = tuple(
        f"{kind} {word}-{number} schläft „schlecht“ & isst"
        for kind in ("Anliegen", "Notiz", "Beleg", "Zweck", "Ablehnung", "Grund", "Sperre", "Berichtigung")
    )
    return Planted(
        f"Q{word}ßen", f"Y{word}ström", f"X{word}ia", f"0151 77{number:06}", f"J{word}straße {number}", texts
    )


def an_office(folder: Path, families: int = FAMILIES) -> Lotse:
    """An office in which all families have come in (every second by a list), been helped and are closed."""
    lotse = create_lotse(read_settings(folder), lambda: NOW)
    lotse.store.put(*PEOPLE, *RECIPIENTS, DPO)
    worker = lotse.person("fachkraft")
    known = [planted(number) for number in range(families)]
    rows = [
        said(
            number=str(place), surname=one.surname, first_name=one.first_name, phone=one.phone, street=one.street,
            concern=one.words[0],
        )
        for place, one in enumerate(known[::2], 1)
    ]  # fmt: skip
    Import(lotse, worker, open_list(saved(folder, as_csv(table(rows))))).run()
    (folder / "liste.csv").unlink()
    with lotse.store.work() as work:
        for one in known[1::2]:
            details = {
                **sensible(Command.RECEIVE_CONSENT, None, worker, NOW), "surname": one.surname,
                "first_name": one.first_name, "phone": one.phone, "street": one.street, "concern": one.words[0],
            }  # fmt: skip
            perform(Request(Command.RECEIVE_CONSENT, worker, None, details=details), work, lotse.office)
        work.commit()
    by_name = {one.surname: one for one in known}
    cases = [case.id for case in lotse.cases_for(worker)]
    assert len(cases) == families
    for case_id in cases:
        with lotse.store.work() as work:
            family = by_name[work.family(case_id).surname]
            for command, by, to, details in _life(family):
                given = {**sensible(command, work.case(case_id), by, NOW), **details}
                perform(Request(command, by, case_id, to, details=given), work, lotse.office)
            work.commit()
    lotse.countersign()
    return lotse


def _life(family: Planted) -> Iterator[tuple[Command, Person, str | None, dict[str, object]]]:
    """What happens in one case, with the family's words in every field that takes some."""
    _, note, evidence, purpose, declined, _, _, corrected = family.words
    worker = next(each for each in PEOPLE if each.id == "fachkraft")
    consent: dict[str, object] = {"giver": family.corrected, "evidence": evidence, "purpose": purpose}
    yield Command.ASSIGN, worker, None, {}
    yield Command.TRIAGE_NO, worker, None, {}
    yield Command.CHECK_CONSENT_YES, worker, None, {}
    yield Command.REACH_FAMILY, worker, None, {}
    yield Command.CORRECT, worker, None, {"field": "surname", "value": family.corrected, "reason": corrected}
    yield Command.NOTE, worker, None, {"text": note}
    yield Command.RECORD_CONSENT_FOR, worker, MIDWIFE.recipient, consent
    yield Command.PROPOSE_HANDOVER, worker, MIDWIFE.recipient, {}
    yield Command.DECLINE, MIDWIFE, MIDWIFE.recipient, {"reason": declined}
    yield Command.CLOSE, worker, None, {}


def erase_all(lotse: Lotse, keep: int = 0) -> list[str]:
    """Hold and release some, ask for all but the last `keep`, approve them; the ids of what went."""
    worker = lotse.person("fachkraft")
    cases = sorted(lotse.cases_for(worker), key=lambda case: case.number)
    gone = cases[: len(cases) - keep]

    def held(work: RetentionWork) -> None:
        for place, case in enumerate(gone):
            if place % 4 == 0:
                reason = f"Sperre {work.family(case.id).surname} {place}"
                acts.hold(work, clerk_of(lotse, DPO), case.id, reason)

    def asked(work: RetentionWork) -> None:
        for place, case in enumerate(gone):
            if place % 4 == 0:
                acts.release(work, clerk_of(lotse, SUPERVISOR), case.id)
            acts.request(work, clerk_of(lotse, DPO), case.id, Ground.UNLAWFUL)

    def approved(work: RetentionWork) -> None:
        for case in gone[3:]:
            acts.approve(work, clerk_of(lotse, SUPERVISOR), case.id)

    for case in gone[:3]:
        lotse.view(worker, case.number)
    for deed in (held, asked):
        act(lotse, deed)
    act(lotse, approved)
    for case in gone[:3]:
        assert approve(lotse, SUPERVISOR, case.number, dry_run=False).scrubbed
    lotse.countersign()
    return [case.id for case in gone]
