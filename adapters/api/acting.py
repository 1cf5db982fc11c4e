"""Doing something with a case: look it up, hold to If-Match and Idempotency-Key, hand it to the writer, and wait.

The answer comes after the commit and holds nothing but the case's number and version, so a repeated request can be
answered the same way. Whatever is refused is refused, and recorded, by `workflow.perform` alone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Depends, Header

from adapters.api.callers import TheCaller, TheLotse, TheWriter
from adapters.api.etags import NONE, IfMatch, version_in
from adapters.api.opened import opened_case
from adapters.api.problems import ApiProblem, Trouble
from adapters.api.schemas_commands import Receipt
from adapters.lotse import Lotse
from adapters.writer import Writer
from workflow.access import knows_of
from workflow.errors import ConflictError, KeyReusedError, RefusedError, UnknownCaseError
from workflow.office import Person
from workflow.perform import NO_LONGER, WITHDRAWALS, Done, Request
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


async def _desk(
    caller: TheCaller,
    lotse: TheLotse,
    writer: TheWriter,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> Desk:
    return Desk(caller.person, lotse, writer, if_match, idempotency_key)


async def _counter(
    caller: TheCaller, lotse: TheLotse, writer: TheWriter, idempotency_key: IdempotencyKey = None
) -> Desk:
    return Desk(caller.person, lotse, writer, None, idempotency_key)


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


@dataclass(frozen=True, slots=True)
class _Found:
    """The case that is meant, looked up and not opened: `sees` says that its version is this person's to see."""

    id: str | None
    version: int
    sees: bool


async def act(asked: Asked, desk: Desk) -> Receipt:
    """Have it done and made durable. Raises ApiProblem, and what `perform` raises."""
    found = await run_sync(_look_up, asked, desk)
    version = version_in(desk.if_match, found.version)
    if found.sees and desk.if_match is None and asked.command not in WITHDRAWALS:
        raise ApiProblem(Trouble.VERSION_MISSING)
    request = Request(
        asked.command, desk.person, found.id, asked.recipient, version, asked.details, desk.scoped_key()
    )
    try:
        done = await _submitted(request, desk, guessed=not found.sees)
    except RefusedError as refused:
        if refused.blocked.code != NO_LONGER:
            raise
        return Receipt(number=asked.number, version=None)
    except ConflictError:
        if version is None or not found.sees:
            raise
        raise await run_sync(_changed, asked, desk, version) from None
    return await run_sync(receipt, done, desk.person, desk.lotse)


async def _submitted(request: Request, desk: Desk, *, guessed: bool) -> Done:
    """Hand the request over and wait. To whom the version is not known, whether a guess is right is not told either.

    It is asked as it came first: who knew the version when it was done, and knows it no more, repeats just that.
    """
    try:
        return await asyncio.wrap_future(desk.writer.submit(request))
    except (ConflictError, KeyReusedError):
        if not guessed or request.version is None:
            raise
    return await asyncio.wrap_future(desk.writer.submit(replace(request, version=None)))


def _look_up(asked: Asked, desk: Desk) -> _Found:
    lotse = desk.lotse
    with lotse.store.work(reading=True) as work:
        try:
            case = work.case_numbered(asked.number)
        except UnknownCaseError:
            return _Found(None, NONE, sees=False)  # `perform` says so, and puts it on record
        sight = sight_of(desk.person, case, work.directory, lotse.moment)
        knows = knows_of(desk.person, case, work.directory, lotse.moment)
        return _Found(case.id, case.version, knows and sight.case(case).version > 0)


def receipt(done: Done, person: Person, lotse: Lotse) -> Receipt:
    """The answer: the version where it is this person's to know after the step as well."""
    case = done.case
    with lotse.store.work(reading=True) as work:
        sight = sight_of(person, case, work.directory, lotse.moment)
        knows = knows_of(person, case, work.directory, lotse.moment)
    sees = knows and sight.case(case).version > 0
    return Receipt(number=case.number, version=done.version if sees else None)


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
