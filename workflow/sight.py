"""Need-to-know: what of a case a person reads, by relation (DOMAIN section 5).

The Fachkraft reads the whole; whoever supports the family reads the package handed over and their own words; the
ASD reads what led to the notice; a supervisor reads who did what and when, without content; a partner the status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from states.vocabulary import Command
from workflow.access import READS_WHOLE, Relation, relations
from workflow.case import Case, Child, Family, HandoverStatus, Package
from workflow.office import Directory, Moment, Person

_OF_DANGER = frozenset(
    {
        Command.TRIAGE_YES,
        Command.RAISE_CONCERN,
        Command.ASSESS_RISK_YES,
        Command.ASSESS_RISK_NO,
        Command.INVOLVE_FAMILY,
        Command.ESCALATE,
        Command.ESCALATE_URGENT,
        Command.COMPLETE_RECORD,
        Command.CONFIRM_RECEIPT,
    }
)
_PACKED: Mapping[Package, tuple[str, ...]] = {
    Package.CONTACT: ("surname", "first_name", "phone", "language"),
    Package.ADDRESS: ("street", "postcode"),
    Package.CONCERN: ("concern",),
    Package.CHILD: (),
}


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person sees of one case: which fields of the family, whose entries, and with content or without."""

    package: frozenset[Package] = frozenset()
    whole: bool = False
    own_words: str | None = None
    danger: bool = False
    metadata: bool = False

    @property
    def opens_family(self) -> bool:
        """Whether the family's data have to be decrypted at all."""
        return self.whole or bool(self.package)

    def family(self, family: Family) -> Family:
        """The family as far as this person may read it."""
        if self.whole:
            return family
        fields = [name for part in self.package for name in _PACKED[part]]
        return Family(**{name: getattr(family, name) for name in fields})

    def case(self, case: Case) -> Case:
        """The case without the child's dates where they were not handed over."""
        return case if self.whole or Package.CHILD in self.package else replace(case, child=Child())

    def entry(
        self, a: Mapping[str, object], b: Mapping[str, object] | None
    ) -> tuple[Mapping[str, object], Mapping[str, object] | None] | None:
        """One entry of the log as this person may read it, or None."""
        if self.whole or (self.own_words is not None and a.get("actor") == self.own_words):
            return a, b
        if self.danger and a.get("action") in _OF_DANGER and a.get("outcome") == "done":
            return a, b
        return (a, None) if self.metadata else None


def sight_of(person: Person, case: Case, directory: Directory, moment: Moment) -> Sight:
    """What this person sees of this case, over all relations in which they stand to it."""
    sight = Sight()
    for _, relation in relations(person, case, directory, moment):
        if relation in READS_WHOLE:
            sight = replace(sight, whole=True)
        elif relation is Relation.SUPPORTING and person.recipient is not None:
            handover = case.handover_to(person.recipient, HandoverStatus.ACCEPTED)
            package = frozenset(handover.package) if handover else frozenset()
            sight = replace(sight, package=sight.package | package, own_words=person.id)
        elif relation is Relation.NOTIFIED:
            told = frozenset({Package.CONTACT, Package.ADDRESS, Package.CHILD})
            sight = replace(sight, package=sight.package | told, danger=True)
        elif relation is Relation.OFFICE:
            sight = replace(sight, metadata=True)
    return sight
