"""Which problems a route may answer with, for the specification: those of all, and those it names itself."""

import inspect
from collections.abc import Iterable
from typing import Any

from adapters.api.needs import Entrance
from adapters.api.problems import MEDIA_TYPE, Trouble, example

_T = Trouble
ALWAYS = (_T.MALFORMED, _T.ELSEWHERE, _T.INTERNAL, _T.DAMAGED, _T.BUSY)
_SIGNED_IN = (_T.TWO_CREDENTIALS, _T.SIGNED_OUT, _T.ROLE, _T.SCOPE, _T.FACTOR)
_UNSAFE = (_T.FOREIGN_ORIGIN,)
_BODY = (_T.TOO_LARGE, _T.MEDIA, _T.INVALID)
_OF_A_CASE = (_T.NOT_FOUND, _T.NOT_YOURS)


def responses_of(entrance: Entrance) -> dict[int | str, dict[str, Any]]:
    """Every problem of a route, as OpenAPI has responses."""
    return _described((*ALWAYS, *_by_kind(entrance), *entrance.troubles))


def _by_kind(entrance: Entrance) -> Iterable[Trouble]:
    if not entrance.needs.public:
        yield from _SIGNED_IN
    if entrance.method != "GET":
        yield from (*_UNSAFE, *_BODY)
    if "{number}" in entrance.path:
        yield from _OF_A_CASE
    elif "{" in entrance.path:
        yield _T.NOT_FOUND
    if len(inspect.signature(entrance.endpoint).parameters) > 0:
        yield _T.INVALID


def _described(troubles: Iterable[Trouble]) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[Trouble]] = {}
    for trouble in Trouble:
        if trouble in set(troubles):
            by_status.setdefault(trouble.status, []).append(trouble)
    return {status: _response(members) for status, members in sorted(by_status.items())}


def _response(troubles: list[Trouble]) -> dict[str, Any]:
    examples = {each.slug: {"summary": each.title, "value": example(each)} for each in troubles}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    return {
        "description": " · ".join(each.title for each in troubles),
        "content": {MEDIA_TYPE: content},
    }
