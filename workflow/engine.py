"""The engine: the proven table, run on one shared `transitions` machine.

The only importer of that library. One machine serves all cases of a profile version: it is never changed after it
is built, has pure conditions only, and moves a throw-away context instead of a model, so it can be shared by
threads. `tests/workflow/test_engine.py` holds it against the table, row by row and in random walks.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from transitions import EventData, Machine, MachineError

from states.guard import Guard
from states.process import STAYS, Process


class NoRowError(Exception):
    """No row of the table allows this command here and now; the table is the whole answer."""


@dataclass(slots=True)
class _Context:
    """What one firing sees. Thrown away afterwards."""

    state: str
    facts: AbstractSet[str]
    role: str
    recipient: str | None


class Engine:
    """One process, ready to run. `fire` says where a command leads, or raises `NoRowError`."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._machine = Machine(
            model=None,
            states=[str(state) for state in process.states],
            initial=None,
            auto_transitions=False,
            queued=False,
            send_event=True,
        )
        for row in process.rows:
            for state in row.states:
                if not state:
                    continue
                self._machine.add_transition(
                    trigger=str(row.command),
                    source=str(state),
                    dest=None if row.target in (STAYS, state) else str(row.target),
                    conditions=[_condition(frozenset(row.roles), row.guard)],
                )
        self._events = dict(self._machine.events)

    def fire(
        self, state: str, command: str, facts: AbstractSet[str], role: str, recipient: str | None = None
    ) -> str:
        """The state after `command` by `role`, with these run-time facts, concerning `recipient`."""
        # The library takes an enum member for a name of its own, so the state goes in as plain text.
        context = _Context(str(state), facts, role, recipient)
        event = self._events.get(command)
        try:
            moved = event is not None and event.trigger(context)
        except MachineError:
            moved = False
        if not moved:
            raise NoRowError
        return context.state


def _condition(roles: frozenset[str], guard: Guard) -> Callable[[EventData], bool]:
    def holds(event: EventData) -> bool:
        context: Any = event.model
        return context.role in roles and guard.holds(context.facts, context.recipient)

    return holds
