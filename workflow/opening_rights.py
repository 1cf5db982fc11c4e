"""Who may open a case for a while, end that, and review it; the matrix stands again, literally, in a test.

What is not written here is denied (`tests/workflow/test_openings.py`). The acts themselves are in `workflow.openings`.
"""

from collections.abc import Mapping

from states.vocabulary import Role
from workflow.access import OPENED, Relation, relations
from workflow.case import Case
from workflow.errors import Blocked, RefusedError
from workflow.judge import DENIED
from workflow.office import Directory, Moment, Opening, OpeningKind, Person

FOR_OTHERS = frozenset({OpeningKind.CLARIFY, OpeningKind.ADVICE})
"""What the Fachkraft of a case opens to somebody else; the others one takes oneself."""
MAY_OPEN: Mapping[OpeningKind, frozenset[tuple[Role, Relation | None]]] = {
    OpeningKind.EMERGENCY: frozenset({(Role.CASE_WORKER, Relation.COLLEAGUE)}),
    OpeningKind.INSPECTION: frozenset({(Role.SUPERVISOR, Relation.OFFICE)}),
    OpeningKind.SAMPLE: frozenset({(Role.DPO, None)}),
    OpeningKind.CLARIFY: frozenset(
        {(Role.CASE_WORKER, Relation.RESPONSIBLE), (Role.CASE_WORKER, Relation.SUBSTITUTE)}
    ),
    OpeningKind.ADVICE: frozenset(
        {(Role.CASE_WORKER, Relation.RESPONSIBLE), (Role.CASE_WORKER, Relation.SUBSTITUTE)}
    ),
}
"""Role, and the relation in which one must stand to the case; None: in none."""
OVERSEES = frozenset({Role.SUPERVISOR, Role.DPO})
"""Who sees what stands open in the whole house."""
UNKNOWN = Blocked(DENIED, "Diesen Zugriff gibt es für Sie nicht.")


def awaits_review(opening: Opening) -> bool:
    """Whether a supervisor is still to look into it."""
    return opening.kind is OpeningKind.EMERGENCY and opening.reviewed_at is None


def seen_by(person: Person, directory: Directory) -> tuple[Opening, ...]:
    """The openings this person may list, newest first: all for who oversees the house, else those they hold."""
    mine = (each for each in directory.openings if oversees(person) or each.person == person.id)
    return (
        tuple(sorted(mine, key=lambda each: (each.opened_at, each.id), reverse=True)) if person.active else ()
    )


def require_opening(
    kind: OpeningKind, by: Person, holder: Person, case: Case, directory: Directory, moment: Moment
) -> None:
    """Raise RefusedError unless this person may open this case so, and to this holder."""
    stands = {(role, relation) for role, relation in relations(by, case, directory, moment)}
    roles = {role for role, relation in MAY_OPEN[kind] if relation is None}
    if not by.active or not (stands & MAY_OPEN[kind] or by.roles & roles):
        raise RefusedError(_why_not(kind, stands))
    needed = OPENED[kind][0]
    if not holder.active or needed not in holder.roles:
        raise RefusedError(Blocked("holder", f"Das geht nur für eine Person in der Rolle „{needed.label}“."))
    if any(each.kind is kind for each in directory.opened_to(holder.id, case.id, moment.real_at)):
        raise RefusedError(Blocked("open", "Dieser Fall ist so schon geöffnet."))


def _why_not(kind: OpeningKind, stands: set[tuple[Role, Relation]]) -> Blocked:
    if kind is OpeningKind.EMERGENCY and any(role is Role.CASE_WORKER for role, _ in stands):
        if (Role.CASE_WORKER, Relation.UNASSIGNED) in stands:
            return Blocked(
                "open", "Dieser Fall hat noch niemanden: Wer ihn übernimmt, sieht ihn.", "„Zuweisen“"
            )
        return Blocked("open", "Dieser Fall steht Ihnen schon offen.")
    if kind in FOR_OTHERS:
        return Blocked(DENIED, f"„{kind.label}“: Das kann nur die zuständige Fachkraft oder ihre Vertretung.")
    (role, _), *_ = MAY_OPEN[kind]
    return Blocked(DENIED, f"„{kind.label}“: Das kann nur, wer hier diese Rolle hat: {role.label}.")


def why_no_review(person: Person, opening: Opening, moment: Moment) -> Blocked | None:
    """Why this person may not put on record that they looked into it; None where they may."""
    if not person.active or Role.SUPERVISOR not in person.roles:
        return UNKNOWN if opening.person != person.id else Blocked(DENIED, "Prüfen kann das nur die Leitung.")
    if opening.kind is not OpeningKind.EMERGENCY:
        return Blocked("kind", "Geprüft wird nur ein Notfallzugriff.")
    if opening.person == person.id:
        return Blocked(
            "own",
            "Den eigenen Notfallzugriff prüft jemand anderes.",
            "eine zweite Person mit der Rolle Leitung",
        )
    if opening.reviewed_at is not None:
        return Blocked("reviewed", "Dieser Notfallzugriff ist schon geprüft.")
    if opening.stands(moment.real_at):
        return Blocked("open", "Dieser Notfallzugriff läuft noch.", "ihn beenden oder sein Ende abwarten")
    return None


def gives(person: Person, opening: Opening, case: Case, directory: Directory, moment: Moment) -> bool:
    """Whether it is this person's to have given: the Fachkraft of the case."""
    allowed = MAY_OPEN[opening.kind] if opening.kind in FOR_OTHERS else frozenset()
    return bool(allowed & set(relations(person, case, directory, moment)))


def oversees(person: Person) -> bool:
    """Whether this person sees what stands open in the whole house."""
    return bool(person.roles & OVERSEES)
