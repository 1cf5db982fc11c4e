"""What can go wrong when somebody acts: one class per thing that a caller can do something about.

Messages are German sentences for the person in front of the screen. They carry labels and case numbers, never a
family's name, phone number or words.
"""

from dataclasses import dataclass


class WorkflowError(Exception):
    """Something about this request cannot be done."""


class UnknownCaseError(WorkflowError):
    """There is no such case for this person."""


class ConflictError(WorkflowError):
    """Somebody else has changed the case in the meantime."""


class KeyReusedError(WorkflowError):
    """The idempotency key was used before, for another request."""


class DetailsError(WorkflowError):
    """What was entered does not fit; `faults` names field and reason."""

    def __init__(self, faults: tuple["DetailFault", ...]) -> None:
        self.faults = faults
        super().__init__(" ".join(fault.sentence for fault in faults))


@dataclass(frozen=True, slots=True)
class DetailFault:
    """One field that does not fit: its name, and the German sentence that says what is expected."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a step is not possible now: a stable code, the reason in German, and the next step, if there is one.

    `next_command` is the next step as the table names it ("triage(no)"), for whoever types or links it.
    """

    code: str
    reason: str
    next_step: str = ""
    next_command: str = ""

    @property
    def sentence(self) -> str:
        """The whole, as a person reads it."""
        return f"{self.reason} Nächster Schritt: {self.next_step}." if self.next_step else self.reason


class RefusedError(WorkflowError):
    """The process, the law or the access rules do not allow this step now; nothing was changed."""

    def __init__(self, blocked: Blocked) -> None:
        self.blocked = blocked
        super().__init__(blocked.sentence)


class BrokenProcessError(WorkflowError):
    """A step would have left facts and evidence apart: a fault of the program; the step was undone."""


class UnknownOutcome(WorkflowError):
    """Whether it was stored is not known: the disk or the database failed at the very end of it."""

    def __init__(self) -> None:
        super().__init__(
            "Ob das gespeichert ist, steht nicht fest: Beim Abschließen fiel der Datenträger oder die Datenbank aus. "
            "Nächster Schritt: neu ansehen, was jetzt dasteht, und erst dann noch einmal versuchen."
        )
