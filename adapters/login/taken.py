"""What is one person's and is refused to another: a login name, an identity at a provider.

Told in `tests/login/test_staff.py`, with every sequence of writings by two people of two names.
"""

from workflow.errors import WorkflowError

NAME_TAKEN = (
    "Mit diesem Namen meldet sich schon jemand anders an. Nächster Schritt: eine andere Kennung wählen, "
    "oder IT oder Leitung um einen anderen Anmeldenamen bitten."
)


class TakenError(WorkflowError):
    """Somebody else logs in by this name, or is that identity; nothing was written."""
