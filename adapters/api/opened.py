"""One case opened for one person: on record first, then as far as they may see it, as time alone has left it."""

from dataclasses import dataclass

from adapters.lotse import Lotse, View
from workflow.case import Case
from workflow.duties import Rules, settle
from workflow.errors import UnknownCaseError
from workflow.judge import Question
from workflow.office import Person
from workflow.sight import Sight, sight_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as this person sees it (`case`), and what is needed to ask about the whole (`question`)."""

    view: View
    case: Case
    question: Question
    sight: Sight

    @property
    def version(self) -> int | None:
        """The version, where it is theirs to see: a partner learns by it that something happens."""
        return self.case.version or None


def opened_case(lotse: Lotse, person: Person, number: str) -> Opened:
    """Open a case. Raises RefusedError and UnknownCaseError, both on record: numbers are not to be tried out."""
    try:
        view = lotse.view(person, number)
    except UnknownCaseError:
        lotse.asked_in_vain(person)
        raise
    question = view.question
    settled, _ = settle(question.case, question.moment, Rules(question.network, question.directory))
    sight = sight_of(person, settled, question.directory, question.moment)
    asked = Question(person, settled, question.moment, question.directory, question.network)
    return Opened(view, sight.case(settled), asked, sight)
