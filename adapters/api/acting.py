"""Doing something with a case: looked up, held to If-Match and Idempotency-Key, done and answered in one job.

One transaction sees all of it, and the case is opened once. The answer goes out after the commit and holds nothing but
the case's number and version, so a repeated request can be answered the same way. Whatever is refused is refused, and
recorded, by `workflow.perform` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, Header
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request as Starlette

from adapters.answers import answered
from adapters.api.bodies import Letter
from adapters.api.callers import caller_of, lotse_of, writer_of
from adapters.api.etags import NONE, IfMatch, version_in
from adapters.api.numbers import Number
from adapters.api.opened import opened_case
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_commands import Receipt
from adapters.db.work import SqlWork
from adapters.lotse import Lotse
from adapters.writer import Writer
from workflow.access import knows_of
from workflow.case import Case
from workflow.errors import ConflictError, KeyReusedError, RefusedError, UnknownCaseError
from workflow.office import Person
from workflow.perform import NO_LONGER, TRIES, WITHDRAWALS, Done, Request, perform, tries_of
from workflow.sight import sight_of

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Derselbe Schlüssel mit derselben Anfrage wirkt nur einmal und wird gleich beantwortet.",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        examples=["1f0c6a52-2d7e-4f7c-9d0e-7b1c2a3d4e5f"],
    ),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody acts over HTTP: who, with what, and under which conditions."""

    person: Person
    lotse: Lotse
    writer: Writer
    if_match: str | None
    key: str | None

    def scoped_key(self) -> str | None:
        """The idempotency key as it is remembered: nobody meets another's."""
        return None if self.key is None else f"{self.person.id}\n{self.key}"


async def _desk(request: Starlette, if_match: IfMatch = None, idempotency_key: IdempotencyKey = None) -> Desk:
    # Asked of the request itself: each dependency of a dependency costs as much as the rest of a route.
    here = await caller_of(request), await lotse_of(request), await writer_of(request)
    return Desk(here[0].person, *here[1:], if_match, idempotency_key)


async def _counter(request: Starlette, idempotency_key: IdempotencyKey = None) -> Desk:
    return await _desk(request, None, idempotency_key)


_IN_ORDER = TypeAdapter(tuple[Number, IfMatch, IdempotencyKey])


def in_order(letter: Letter) -> tuple[str, Desk] | None:
    """The case's number, and the desk of who asks; None where address or headers are not as they are declared."""
    headers = letter.headers
    asked = letter.path_params["number"], headers.get("if-match"), headers.get("idempotency-key")
    try:
        _IN_ORDER.validate_python(asked)
    except ValidationError:
        return None
    number, *conditions = asked
    state = letter.app.state
    return number, Desk(letter.state.caller.person, state.lotse, state.writer, *conditions)


TheDesk = Annotated[Desk, Depends(_desk)]
"""For what changes something that has a version."""
TheCounter = Annotated[Desk, Depends(_counter)]
"""For what is new and has no version yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of a case that somebody asks for."""

    number: str
    command: str
    recipient: str | None = None
    details: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class _Attempt:
    """One asking. What it has found stands here, by its last try: a job may be done more than once.

    `version` is what If-Match names, `sees` whether the case's own is this person's to see. `blind` passes over
    If-Match.
    """

    asked: Asked
    desk: Desk
    version: int | None = None
    sees: bool = False
    blind: bool = False

    @property
    def guessed(self) -> bool:
        """Whether a version was named by somebody to whom it is not known."""
        return not self.sees and self.version is not None

    async def submitted(self) -> Receipt:
        """Hand it to the writer, and wait for the commit."""
        tries = TRIES if self.asked.command in WITHDRAWALS else 1
        return await answered(self.desk.writer.run(self.done, tries, self.asked.number))

    def done(self, work: SqlWork) -> Receipt:
        """The job: look up, perform, and answer by what stands then."""
        asked, desk = self.asked, self.desk
        case = self._looked_up(work)
        self.version = None if self.blind else version_in(desk.if_match, case.version if case else NONE)
        if self.sees and desk.if_match is None and asked.command not in WITHDRAWALS:
            raise ApiProblem(Trouble.VERSION_MISSING)
        request = Request(
            asked.command,
            desk.person,
            case.id if case else None,
            asked.recipient,
            self.version,
            asked.details,
            desk.scoped_key(),
        )
        return _answer(perform(request, work, desk.lotse.office), desk, work)

    def _looked_up(self, work: SqlWork) -> Case | None:
        """The case that is meant; `perform` says where there is none, and puts it on record."""
        try:
            case = work.case_numbered(self.asked.number)
        except UnknownCaseError:
            self.sees = False
            return None
        self.sees = _sees(self.desk.person, case, self.desk.lotse, work)
        return case


async def act(asked: Asked, desk: Desk) -> Receipt:
    """Have it done and made durable. Raises ApiProblem, and what `perform` raises."""
    attempt = _Attempt(asked, desk)
    try:
        return await _submitted(attempt)
    except RefusedError as refused:
        if refused.blocked.code != NO_LONGER:
            raise
        return Receipt(number=asked.number, version=None)
    except ConflictError:
        if attempt.version is None or not attempt.sees:
            raise
        raise await run_sync(_changed, asked, desk, attempt.version) from None


async def _submitted(attempt: _Attempt) -> Receipt:
    """Hand it over. To whom the version is not known, whether a guess is right is not told either.

    It is asked as it came first: who knew the version when it was done, and knows it no more, repeats just that.
    """
    try:
        return await attempt.submitted()
    except (ConflictError, KeyReusedError):
        if not attempt.guessed:
            raise
    attempt.blind = True
    return await attempt.submitted()


async def take_in(request: Request, desk: Desk) -> Receipt:
    """Have a referral taken in and made durable. Raises what `perform` raises."""
    job = partial(_taken_in, request, desk)
    return await answered(desk.writer.run(job, tries_of(request)))


def _taken_in(request: Request, desk: Desk, work: SqlWork) -> Receipt:
    return _answer(perform(request, work, desk.lotse.office), desk, work)


def _answer(done: Done, desk: Desk, work: SqlWork) -> Receipt:
    """The answer: the version where it is this person's to know after the step as well."""
    sees = _sees(desk.person, done.case, desk.lotse, work)
    return Receipt(number=done.case.number, version=done.version if sees else None)


def _sees(person: Person, case: Case, lotse: Lotse, work: SqlWork) -> bool:
    """Whether the version of this case is this person's to see: others learn by it that something happens."""
    directory, moment = work.directory, lotse.moment
    sight = sight_of(person, case, directory, moment)
    if sight.pseudonym and not knows_of(person, case, directory, moment):
        return False
    return sight.case(case).version > 0


def _changed(asked: Asked, desk: Desk, seen: int) -> ApiProblem:
    """What was done since, by whom and when, as far as this person may see; the look is on record."""
    opened = opened_case(desk.lotse, desk.person, asked.number)
    process, people = opened.question.network.profile.process, opened.question.directory.persons
    changes = []
    for told in opened.view.timeline:
        version, actor = told.a.get("version"), str(told.a.get("actor", ""))
        if told.a.get("outcome") != "done" or not isinstance(version, int) or not 0 < seen < version:
            continue
        changes.append(
            {
                "version": version,
                "at": str(told.a.get("at", "")),
                "actor": people[actor].name if actor in people else actor,
                "label": process.label(str(told.a.get("action", ""))),
            }
        )
    more: dict[str, object] = {"changes": changes}
    if opened.version is not None:
        more["version"] = opened.version
    return ApiProblem(Trouble.CHANGED, more=more)
