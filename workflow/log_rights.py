"""Who may read what of the log, and whether a reason must be told: DOMAIN section 5, written once.

What is not written here is refused, and the refusal is on record. The matrix stands a second time, literally, in
`tests/workflow/test_log_rights.py`.
"""

from enum import StrEnum

from states.vocabulary import Role
from workflow.access import carries, knows_of, reads_whole
from workflow.case import Case
from workflow.office import Directory, Moment, Person

WITH_REASON = frozenset({Role.SUPERVISOR, Role.DPO})
"""Who reads the log of the whole house, and what was disclosed of any case, each time with a reason."""


class Right(StrEnum):
    """What a person may."""

    FREELY = "freely"
    WITH_REASON = "with_reason"
    NOT_AT_ALL = "not_at_all"


def reading_of_all(person: Person) -> Right:
    """The right to read the whole log."""
    return Right.WITH_REASON if person.active and person.roles & WITH_REASON else Right.NOT_AT_ALL


def handovers_of_all(person: Person) -> Right:
    """The right to see how every handover of the house went: metadata, which Leitung looks after every day."""
    if person.active and Role.SUPERVISOR in person.roles:
        return Right.FREELY
    return reading_of_all(person)


def handovers_of_case(person: Person, case: Case | None, directory: Directory, moment: Moment) -> Right:
    """The right to see the handovers of one case: whoever is responsible for it, else who sees them all."""
    if case is not None and reads_whole(person, case, directory, moment):
        return Right.FREELY
    return handovers_of_all(person)


def reading_of_case(person: Person, case: Case | None, directory: Directory, moment: Moment) -> Right:
    """The right to read the entries of one case, as far as `workflow.sight` lets each; an erased case is None."""
    if case is not None and knows_of(person, case, directory, moment):
        return Right.FREELY
    return reading_of_all(person)


def disclosures_of_case(person: Person, case: Case | None, directory: Directory, moment: Moment) -> Right:
    """The right to tell who got which data of a family: whoever is responsible for the case, else the auditors."""
    if case is not None and reads_whole(person, case, directory, moment):
        return Right.FREELY
    return reading_of_all(person)


def may_review_danger(person: Person, case: Case | None, directory: Directory, moment: Moment) -> bool:
    """Whether this person may decide that a family is told of a notice to the ASD: never who carries the case."""
    theirs = case is not None and carries(person, case, directory, moment)
    return reading_of_all(person) is not Right.NOT_AT_ALL and not theirs
