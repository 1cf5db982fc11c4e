"""What goes wrong with a login elsewhere: one sentence for the person, a reason for the log."""

from enum import StrEnum

from workflow.errors import WorkflowError


class Reason(StrEnum):
    """Why a login by the identity provider was refused; stands in the log."""

    STATE = "state"
    DENIED = "denied"
    EXCHANGE = "exchange"
    SIGNATURE = "signature"
    CLAIMS = "claims"
    PERSON = "person"
    LOCKED = "locked"
    ROLES = "roles"
    LINK = "link"
    FACTOR = "factor"


class ElsewhereError(WorkflowError):
    """Die Anmeldung über den Anmeldedienst ist nicht gelungen."""

    def __init__(self, reason: Reason, person: str | None = None) -> None:
        super().__init__(_SENTENCES.get(reason, _GENERAL))
        self.reason = reason
        self.person = person


class UnreachableError(WorkflowError):
    """The identity provider does not answer, or not as one; nobody can be logged in by it now."""

    def __init__(self) -> None:
        super().__init__(
            "Der Anmeldedienst antwortet nicht wie erwartet. Nächster Schritt: gleich noch einmal versuchen; bleibt es "
            "so, die IT fragen."
        )


_GENERAL = "Die Anmeldung über den Anmeldedienst ist nicht gelungen. Nächster Schritt: noch einmal beginnen."
_NOT_HERE = "Diese Anmeldung gehört hier zu niemandem. Nächster Schritt: die Leitung oder IT um eine Einladung bitten."
_SENTENCES = {
    Reason.FACTOR: "In Ihrer Rolle gehört ein zweiter Faktor zur Anmeldung, und der Anmeldedienst nennt keinen. Nächster "
    "Schritt: dort einen einrichten; hilft das nicht, die IT fragen.",
    Reason.PERSON: _NOT_HERE,
    Reason.ROLES: _NOT_HERE,
    Reason.LOCKED: _NOT_HERE,
    Reason.LINK: _NOT_HERE,
}
