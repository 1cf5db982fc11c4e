"""From what the house raises to a problem: one function per kind of error, none that repeats what was sent.

A refusal is 403 for staff who may know of the case and 404 for anyone else, so that nobody learns by trying which
numbers there are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from adapters.api.names import in_url
from adapters.api.problems import REFUSED, ApiProblem, Trouble, answer
from adapters.db.connect import MovedError, ReplacedError
from adapters.logs import tell_failure
from adapters.lotse import DAMAGED, Lotse
from adapters.writer_batch import NotWritten
from states.vocabulary import Role
from workflow.access import knows_of
from workflow.errors import (
    ConflictError,
    DetailsError,
    KeyReusedError,
    RefusedError,
    UnknownCaseError,
    UnknownOutcome,
)
from workflow.judge import DENIED
from workflow.office import Person

_FIELD = re.compile(r"[a-z][a-z_]{0,40}")
_SAID: Mapping[str, str] = {
    "missing": "Bitte angeben.",
    "extra_forbidden": "Hier steht ein Feld, das nicht vorgesehen ist.",
    "string_type": "Hier wird Text erwartet.",
    "string_too_long": "Das ist zu lang.",
    "string_too_short": "Bitte angeben.",
    "string_pattern_mismatch": "Das enthält Zeichen, die hier nicht vorgesehen sind.",
    "bool_type": "Bitte true oder false.",
    "int_type": "Hier wird eine ganze Zahl erwartet.",
    "int_parsing": "Hier wird eine ganze Zahl erwartet.",
    "list_type": "Hier wird eine Liste erwartet.",
    "too_long": "Das sind zu viele.",
    "too_short": "Das sind zu wenige.",
    "literal_error": "Bitte eine der vorgesehenen Möglichkeiten wählen.",
    "union_tag_invalid": "Bitte unter command eine der vorgesehenen Möglichkeiten wählen.",
    "union_tag_not_found": "Bitte unter command eine der vorgesehenen Möglichkeiten wählen.",
    "enum": "Bitte eine der vorgesehenen Möglichkeiten wählen.",
    "model_attributes_type": "Hier wird ein Objekt erwartet.",
    "model_type": "Hier wird ein Objekt erwartet.",
    "greater_than_equal": "Das ist zu klein.",
    "less_than_equal": "Das ist zu groß.",
}
_OURS = "lotse"


def handle_errors(app: FastAPI) -> None:
    """Register what becomes of each error."""
    app.add_exception_handler(ApiProblem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(DetailsError, _details)
    app.add_exception_handler(UnknownCaseError, _unknown)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(KeyReusedError, _reused)
    app.add_exception_handler(NotWritten, _not_written)
    app.add_exception_handler(UnknownOutcome, _not_written)
    app.add_exception_handler(OperationalError, _busy)
    app.add_exception_handler(MovedError, _elsewhere)
    app.add_exception_handler(ReplacedError, _elsewhere)
    for kind in DAMAGED[:1]:
        app.add_exception_handler(kind, _damaged)


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiProblem)
    return answer(error)


async def _http(request: Request, error: Exception) -> Response:
    """What Starlette itself says: no such address, not this method."""
    assert isinstance(error, HTTPException)
    if error.status_code == Trouble.METHOD.status:
        allow = {"Allow": ", ".join(sorted(_methods(request)))}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allow)
        return answer(ApiProblem(Trouble.METHOD, headers=allow))
    if error.status_code == Trouble.NOT_FOUND.status:
        return answer(ApiProblem(Trouble.NOT_FOUND))
    return answer(ApiProblem(Trouble.MALFORMED))


def _methods(request: Request) -> Iterator[str]:
    """What the address of this request can do."""
    yield "OPTIONS"
    for route in request.app.routes:
        match, _ = route.matches({**request.scope, "method": ""})
        if match is not Match.NONE:
            yield from route.methods
            if "GET" in route.methods:
                yield "HEAD"


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(each["loc"][:1] == ("path",) for each in error.errors()):
        return answer(ApiProblem(Trouble.NOT_FOUND))
    return answer(ApiProblem(Trouble.INVALID, errors=faults(error.errors())))


def faults(errors: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Where and what does not fit, without a word of what was sent; each said once."""
    return list(dict.fromkeys((_pointer(each), _sentence(each)) for each in errors))


def _pointer(error: Mapping[str, Any]) -> str:
    where, *path = error["loc"] or ("body",)
    if error["type"] == "extra_forbidden":
        path = path[:-1]  # the name of the field is itself what somebody sent
    known = [str(each) for each in path if isinstance(each, int) or _FIELD.fullmatch(str(each))]
    if where != "body":
        return f"{where}: {'/'.join(str(each) for each in path)}"
    return "".join(f"/{each}" for each in known)


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == _OURS:
        return str(error["msg"])
    return _SAID.get(error["type"], "Diese Angabe passt nicht.")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    setattr(request.state, REFUSED, error.blocked.code)
    return answer(await run_sync(_refusal, request, error))


def _refusal(request: Request, error: RefusedError) -> ApiProblem:
    blocked = error.blocked
    if blocked.code == DENIED:
        number = request.path_params.get("number")
        caller = request.state.caller
        if number is not None and caller is not None:
            lotse: Lotse = request.app.state.lotse
            if not may_hear_of(lotse, caller.person, number):
                return ApiProblem(Trouble.NOT_FOUND)
        return ApiProblem(Trouble.NOT_YOURS, error.blocked.sentence)
    more = {}
    if blocked.next_step:
        more["next_step"] = blocked.next_step
    if blocked.next_command:
        more["next_command"] = in_url(blocked.next_command)
    return ApiProblem(Trouble.STEP_NOT_POSSIBLE, blocked.sentence, more=more)


def may_hear_of(lotse: Lotse, person: Person, number: str) -> bool:
    """Whether a refusal may say that there is such a case: to who knows of it, and to a Fachkraft of the house."""
    with lotse.store.work(reading=True) as work:
        try:
            case = work.case_numbered(number)
        except UnknownCaseError:
            return False
        return Role.CASE_WORKER in person.roles or knows_of(person, case, work.directory, lotse.moment)


async def _details(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DetailsError)
    found = [
        (f"/{fault.field}" if _FIELD.fullmatch(fault.field) else "", fault.sentence) for fault in error.faults
    ]
    return answer(ApiProblem(Trouble.INVALID, errors=found))


async def _unknown(_request: Request, _error: Exception) -> Response:
    return answer(ApiProblem(Trouble.NOT_FOUND))


async def _conflict(_request: Request, _error: Exception) -> Response:
    return answer(ApiProblem(Trouble.CONFLICT))


async def _reused(_request: Request, _error: Exception) -> Response:
    return answer(ApiProblem(Trouble.KEY_REUSED))


async def _not_written(_request: Request, error: Exception) -> Response:
    """Too many wait to write, or the program ends: nothing is stored, and it may be tried again."""
    assert isinstance(error, NotWritten | UnknownOutcome)
    tell_failure(error)
    return answer(ApiProblem(Trouble.BUSY, str(error)))


async def _busy(_request: Request, error: Exception) -> Response:
    """The database is held by another process longer than anybody waits."""
    tell_failure(error)
    return answer(ApiProblem(Trouble.BUSY))


async def _elsewhere(_request: Request, error: Exception) -> Response:
    """The store has moved, or was restored, under a program that still runs: nothing is stored in what it left."""
    tell_failure(error)
    return answer(ApiProblem(Trouble.LEFT))


async def _damaged(_request: Request, error: Exception) -> Response:
    tell_failure(error)
    return answer(ApiProblem(Trouble.DAMAGED))
