"""A walk: people try things with a few cases, time runs, the program is restarted; the table says what must happen.

After every step the stored case, its obligations and the length of the log are compared with what the oracle knows
(`walk_oracle`); in the end the log is verified, replayed and counted.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from states.vocabulary import Command, Obligation, Role
from tests.opened import LogEntry
from tests.people import COLLEAGUE, DEPUTY, PARTNER, PLANNER, WORKER
from tests.workflow.walk_oracle import ACTORS, GIVES_CONTACT, Oracle
from tests.world import World
from workflow.access import knows_of
from workflow.case import Case
from workflow.errors import ConflictError, DetailsError, KeyReusedError, RefusedError, UnknownCaseError
from workflow.office import Person
from workflow.perform import Request
from workflow.policies import facts_recorded

RECEIPTS = (Command.RECEIVE_SELF, Command.RECEIVE_CONSENT, Command.RECEIVE_UNCLEAR)
MAY_RECEIVE = {Role.CASE_WORKER: RECEIPTS, Role.PARTNER: RECEIPTS[1:]}
NEEDS_NO_VERSION = {
    Command.WITHDRAW_CONSENT, Command.WITHDRAW_CONSENT_FOR, Command.WITHDRAW_FEEDBACK, Command.REFUSE_CONSENT,
    Command.WITHDRAW_REFERRAL,
}  # fmt: skip
EXPIRES = (GIVES_CONTACT | {Command.RECORD_CONSENT_FOR}) - {Command.RECEIVE_SELF}
KEEPS_ANCHOR = {Command.REOPEN, *RECEIPTS}
RENEWS = {str(Command.REVIEW): str(Obligation.REVIEW)}
"""Which step begins which obligation anew that it meets, for the recipient it names; nothing else restarts one."""


class Walk:
    """One office, some cases, one thing after another. `dice` decides, so a seed is a whole walk."""

    def __init__(self, world: World, dice: Random, cases: int = 4) -> None:
        self.world = world
        self.dice = dice
        self.most = cases
        self.oracle = Oracle(world)
        self.answered: dict[str, tuple[Request, str]] = {}
        self.size = world.size
        self.done: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()

    def go(self, steps: int) -> None:
        """Take so many steps, and hold everything against the log in the end."""
        for _ in range(steps):
            self.step()
        self.finish()

    @property
    def accepted(self) -> int:
        """How many commands were carried out."""
        return sum(self.done.values())

    def step(self) -> None:
        """Something happens."""
        if not self.oracle.known or (len(self.oracle.known) < self.most and self.dice.random() < 0.08):
            self.receive()
            return
        happenings: tuple[tuple[Callable[[], None], int], ...] = (
            (self.something_possible, 60), (self.something_hopeless, 8), (self.anything, 8),
            (self.something_stale, 4), (self.again, 5),
            (self.key_reused, 2), (self.bad_details, 2), (self.unknown_case, 1), (self.time_passes, 7),
            (self.sweep, 3), (self.people_change, 2), (self.restart, 1),
        )  # fmt: skip
        kinds, weights = zip(*happenings, strict=True)
        chosen = self.dice.choices(kinds, weights)[0]
        self.happened[chosen.__name__] += 1
        chosen()

    # What can happen.

    def receive(self) -> None:
        """A referral comes in, by whoever brings it."""
        command, by = (
            self.dice.choice(RECEIPTS),
            self.dice.choice((WORKER, WORKER, PARTNER, COLLEAGUE, PLANNER)),
        )
        request = self.world.ask(None, command, by, None, {**self._dates(command), **self._child()})
        if not any(role in by.roles and command in may for role, may in MAY_RECEIVE.items()):
            self._refused(request, None)
            return
        case = self.world.submit(request).case
        self.oracle.receive(case, request)
        self._grown(1)
        self._came(case, request)

    def something_possible(self) -> None:
        """Somebody does something that the table allows."""
        case = self.world.case(self.dice.choice(list(self.oracle.known)))
        move = self.oracle.possible(case, self.dice)
        if move is not None:
            self._try(case, *move)

    def anything(self) -> None:
        """Somebody tries something, whether it is allowed or not."""
        case = self.world.case(self.dice.choice(list(self.oracle.known)))
        command = self.dice.choice([each for each in self.oracle.process.commands if each not in RECEIPTS])
        self._try(case, self.dice.choice(ACTORS), command, self._recipient(command))

    def something_hopeless(self) -> None:
        """Somebody tries what is theirs to try, too early or too late."""
        case = self.world.case(self.dice.choice(list(self.oracle.known)))
        move = self.oracle.hopeless(case, self.dice)
        if move is not None:
            self._try(case, *move)

    def something_stale(self) -> None:
        """Somebody acts on what they saw before it changed: only a withdrawal goes through."""
        case = self.world.case(self.dice.choice(list(self.oracle.known)))
        seen = case.version + self.dice.choice((-2, -1, 1))
        move = self.oracle.possible(case, self.dice)
        if move is None:
            return
        by, command, recipient = move
        if command in NEEDS_NO_VERSION:
            self._try(case, by, command, recipient, version=seen)
        else:
            request = self.world.request(case, command, by, recipient, version=seen)
            self._unchanged(request, case, ConflictError, recorded=True)

    def again(self) -> None:
        """The same request arrives a second time: the same answer, to whom it is still theirs; nothing twice."""
        if not self.answered:
            return
        request, case_id = self.dice.choice(list(self.answered.values()))
        before = self.world.case(case_id)
        with self.world.store.work() as work:
            directory = work.directory
        who = directory.persons.get(request.actor.id, replace(request.actor, active=False))
        if not knows_of(who, before, directory, self.world.moment):
            self._unchanged(request, before, RefusedError, recorded=True)
            return
        done = self.world.submit(request)
        assert done.repeated
        assert done.case == before == self.world.case(case_id)
        self._grown(0)

    def key_reused(self) -> None:
        """The same key arrives with another request."""
        if not self.answered:
            return
        request, case_id = self.dice.choice(list(self.answered.values()))
        other = replace(request, details={**request.details, "remark": "anders"})
        self._unchanged(other, self.world.case(case_id), KeyReusedError, recorded=True)

    def bad_details(self) -> None:
        """What was entered cannot be read: the person is told, and nothing has happened."""
        case = self.world.case(self.dice.choice(list(self.oracle.known)))
        move = self.oracle.possible(case, self.dice)
        if move is not None:
            request = self.world.request(case, move[1], *move[::2], unsinn="?")
            self._unchanged(request, case, DetailsError, recorded=False)

    def unknown_case(self) -> None:
        """Somebody asks for a case that there is not."""
        request = Request(Command.NOTE, WORKER, "f" * 32, details={"text": "?"})
        with pytest.raises(UnknownCaseError):
            self.world.submit(request)
        self._grown(1)

    def time_passes(self) -> None:
        """Minutes to months; obligations that time begins or ends are those the table says."""
        hours = self.dice.choice((0.1, 3, 9, 20, 24, 48, 100, 500, 1500))
        self.world.wait(hours=hours)
        for case_id in self.oracle.known:
            self._owes(self.world.case(case_id))

    def sweep(self) -> None:
        """The clock flags everything overdue, each obligation once."""
        late = [
            (case.id, duty.key)
            for case in map(self.world.case, self.oracle.known)
            for duty in self.world.settled(case).duties
            if duty.flag_from <= self.world.now and duty.flagged_at is None
        ]
        assert self.world.sweep() == len(late)
        assert self.world.sweep() == 0
        self._grown(len(late))
        self.done["flag_overdue"] += len(late)
        for case_id, _ in late:
            self.oracle.known[case_id].version += 1
        for case_id in self.oracle.known:
            case = self.world.case(case_id)
            self._same(case)
            duties = self.world.settled(case).duties
            assert all(d.flagged_at for d in duties if d.flag_from <= self.world.now)

    def people_change(self) -> None:
        """A midwife leaves or comes back, an agreement ends, somebody stands in."""
        chosen = self.dice.choice(list(self.oracle.recipients.values()))
        change = self.dice.choice(
            (
                replace(chosen, active=not chosen.active),
                replace(chosen, agreement_until=self.world.day + timedelta(days=self.dice.randint(-5, 60))),
                replace(chosen, active=True, agreement_until=None),
            )
        )
        before = self.world.size
        self.world.put(change)
        if self.dice.random() < 0.3:
            last = self.world.day + timedelta(days=20)
            self.world.substitute(DEPUTY, WORKER, self.world.day.isoformat(), last.isoformat())
        self._grown(self.world.size - before)
        self.oracle.changed(change)

    def restart(self) -> None:
        """The program is started anew."""
        self.world.reopen()

    # What must follow.

    def _try(
        self, case: Case, by: Person, command: str, recipient: str | None, version: int | None = None
    ) -> None:
        key = f"key-{self.size}" if self.dice.random() < 0.2 else None
        details = self._dates(command)
        if command == Command.FLAG_OVERDUE:
            late = self.oracle.late(case)
            details = {"obligation": late[0] if late else "first_contact"}
        request = self.world.ask(case, command, by, recipient, details, version, key)
        target = self.oracle.target(case, by, command, recipient)
        if target is None or (command == Command.FLAG_OVERDUE and not self.oracle.late(case)):
            self._refused(request, case)
            return
        after = self.world.submit(request).case
        self.oracle.follow(after, request, target)
        self._grown(1)
        self._came(after, request)

    def _came(self, case: Case, request: Request) -> None:
        """After a step: the case is as the table says, the log's last entry tells it, the obligations run."""
        self.done[str(request.command)] += 1
        stored = self.world.case(case.id)
        assert stored == case
        self._same(stored)
        self._owes(stored, request.command, request.recipient)
        if request.key is not None:
            self.answered[request.key] = (request, case.id)

    def _same(self, case: Case) -> None:
        known = self.oracle.known[case.id]
        assert (case.state, case.version) == (known.state, known.version)
        assert facts_recorded(case) == known.facts

    def _owes(self, case: Case, command: str | None = None, recipient: str | None = None) -> None:
        """Exactly the obligations whose condition holds run; a review alone begins its own anew; an open case has one."""
        known = self.oracle.known[case.id]
        settled = self.world.settled(case)
        running = {duty.key: duty for duty in settled.duties}
        assert len(running) == len(settled.duties)
        assert set(running) == self.oracle.owed(case)
        assert running or known.state == "closed"
        for key, duty in running.items():
            before = known.duties.get(key)
            renewed = key == (RENEWS.get(command or ""), recipient)
            if before is not None and not renewed:
                assert (duty.anchor, duty.due) == (before.anchor, before.due), "a deadline was restarted"
            elif (
                command in self.oracle.process.commands
                and command not in KEEPS_ANCHOR
                and command is not None
            ):
                assert duty.anchor == self.world.day or duty.obligation == "consent"
            assert duty.anchor <= self.world.day
            assert duty.due >= duty.anchor
        known.duties = running

    def _refused(self, request: Request, case: Case | None) -> None:
        self._unchanged(request, case, RefusedError, recorded=True)

    def _unchanged(
        self, request: Request, case: Case | None, error: type[Exception], *, recorded: bool
    ) -> None:
        """It is refused; nothing has changed, and where it is a refusal, it is on record."""
        with pytest.raises(error) as caught:
            self.world.submit(request)
        assert str(caught.value).strip()
        if case is not None:
            assert self.world.case(case.id) == case
        self._grown(int(recorded))

    def _grown(self, entries: int) -> None:
        """The log has grown by exactly so many entries."""
        assert self.world.size == self.size + entries
        self.size += entries

    def finish(self) -> None:
        """The log verifies, its replay is what is stored, and every entry is one that was expected."""
        assert {case.id for case in self.world.cases()} == set(self.oracle.known)
        for case in self.world.cases():
            self._same(case)
            self._owes(case)
        report = self.world.verify()
        assert report.size == self.size
        entries = self.world.entries()
        told = Counter(entry.a["action"] for entry in entries if entry.a["outcome"] == "done")
        del told["directory"]  # people_change counts these: one each
        assert told == self.done
        self._flags_once(entries)

    @staticmethod
    def _flags_once(entries: Iterable[LogEntry]) -> None:
        """No obligation is flagged more often than it began."""
        begun: Counter[tuple[str, str]] = Counter()
        for entry in entries:
            for duty in entry.a.get("opened", ()):
                begun[entry.a["case"], duty["obligation"]] += 1
            if entry.a["action"] == Command.FLAG_OVERDUE and entry.a["outcome"] == "done":
                assert entry.b is not None
                begun[entry.a["case"], entry.b["obligation"]] -= 1
        assert min(begun.values(), default=0) >= 0

    # What is tried with.

    def _recipient(self, command: str) -> str | None:
        spec = self.oracle.process.commands[command]
        return self.dice.choice(list(self.oracle.recipients)) if spec.per_recipient else None

    def _dates(self, command: str) -> dict[str, object]:
        """Sometimes a consent runs out."""
        if command in EXPIRES and self.dice.random() < 0.4:
            return {"expires_on": self.world.day + timedelta(days=self.dice.randint(0, 90))}
        return {}

    def _child(self) -> dict[str, object]:
        """Born lately, almost a year or three ago, expected, or nobody knows."""
        day = self.world.day
        days = self.dice.choice((5, 60, 340, 363, 1090))
        children: tuple[dict[str, object], ...] = (
            {"born": day - timedelta(days=days)},
            {"born": None, "expected": day + timedelta(days=days % 200)},
            {"born": None},
        )
        return self.dice.choice(children)
