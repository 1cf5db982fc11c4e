"""One well-formed request for every route: bodies are the examples of the specification, addressed to a case at hand.

`request_for` knows each operation by its method and path; a variant stands behind a comma ("POST /openings, advice").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import orjson

from tests.api.every_stance import SPARE, Scene, Stance, somebodys
from tests.api.test_client import SPEC
from tests.openings import ADVISER, COORDINATOR
from tests.people import WORKER
from tests.world import World
from workflow.case import Case
from workflow.office import OpeningKind, Substitution
from workflow.reference import reference_of

Body = Mapping[str, object] | None
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, of which case, in which office; `handed` is a case of the house with a handover, `key` a calendar's."""

    world: World
    stance: Stance
    scene: Scene
    handed: Case
    key: str


@cache
def spec() -> dict[str, Any]:
    """The specification as it is committed."""
    found: dict[str, Any] = orjson.loads(SPEC.read_bytes())
    return found


def operations() -> list[str]:
    """Every operation of the specification, as "POST /api/v1/search"."""
    return [f"{method.upper()} {path}" for path, each in spec()["paths"].items() for method in each]


def request_for(row: str, asking: Asking) -> tuple[str, str, Body]:
    """Method, path and body of a request that this person could well send."""
    operation = row.partition(", ")[0]
    method, path = operation.split(" ")
    body = _body(method, path, asking)
    made = _MADE.get(row)
    if made is not None:
        more = made(asking)
        path = path.format_map({**_places(asking), **more.pop("path", {})})
        return method, path, {**(body or {}), **more} if body is not None or more else None
    return method, path.format_map(_places(asking)), body


def _places(asking: Asking) -> dict[str, str]:
    handover = asking.handed.handovers[-1]
    return {
        "number": asking.scene.number,
        "command": "x-eigener-schritt",
        "case": asking.handed.id,
        "handover": handover.id,
        "reference": reference_of(asking.scene.case.id),
        "institution": "kita",
        "person_id": SPARE.id,
        "token_id": "0123456789abcdef",
        "key": asking.key,
        "purpose": "invitation",
        "opening": "f" * 32,
    }


def _body(method: str, path: str, asking: Asking) -> dict[str, object] | None:
    content = spec()["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return None
    (reference, *_) = [each["$ref"] for each in (schema, *_parts(schema)) if "$ref" in each]
    (example,) = spec()["components"]["schemas"][reference.rpartition("/")[2]]["examples"]
    body = dict(example)
    if "recipient" in body:
        body["recipient"] = asking.stance.person.recipient or asking.stance.to.recipient
    if "given_on" in body:
        body["given_on"] = asking.world.day.isoformat()
    for name in ("at", "received"):  # the example's day is the day of the tests, and its hour still to come
        if name in body:
            body[name] = asking.world.now.isoformat()
    return body


def _parts(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a schema is a choice of; of a referral the one whose consent is unclear: a partner may send it too."""
    found = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
    return sorted(found, key=lambda each: "Unclear" not in each.get("$ref", ""))


def _always(more: Mapping[str, Any]) -> Callable[[Asking], dict[str, Any]]:
    return lambda _asking: dict(more)


def _opens(kind: OpeningKind, whom: str | None = None) -> Callable[[Asking], dict[str, Any]]:
    return lambda asking: {"number": asking.scene.number, "kind": str(kind), "whom": whom}


def _ends(kind: OpeningKind) -> Callable[[Asking], dict[str, Any]]:
    def made(asking: Asking) -> dict[str, Any]:
        holder = ADVISER if kind is OpeningKind.ADVICE else SPARE
        opening = somebodys(asking.world, asking.scene.case, kind, holder)
        return {"path": {"opening": opening.id}}

    return made


def _reviews(asking: Asking) -> dict[str, Any]:
    world = asking.world
    opening = somebodys(world, asking.scene.case, OpeningKind.EMERGENCY)
    before = world.now - timedelta(hours=2)
    world.put(replace(opening, opened_at=before, until=world.now))
    return {"path": {"opening": opening.id}}


def _away(asking: Asking, person: str) -> dict[str, Any]:
    first = _week_of(asking)
    return {
        "absent": person,
        "deputy": SPARE.id,
        "first": first.isoformat(),
        "last": (first + _WEEK).isoformat(),
    }


def _over(asking: Asking, person: str) -> dict[str, Any]:
    first = _week_of(asking) + 2 * _WEEK
    asking.world.put(Substitution(person, SPARE.id, first, first + _WEEK))
    return {"absent": person, "deputy": SPARE.id, "first": first.isoformat()}


def _week_of(asking: Asking) -> date:
    """Days of this case alone, so that nobody is away twice."""
    running = int(asking.scene.case.number.rpartition("-")[2])
    return asking.world.day.replace(year=2027) + 5 * running * _WEEK


_MADE: Mapping[str, Callable[[Asking], dict[str, Any]]] = {
    "POST /api/v1/openings, emergency": _opens(OpeningKind.EMERGENCY),
    "POST /api/v1/openings, inspection": _opens(OpeningKind.INSPECTION),
    "POST /api/v1/openings, sample": _opens(OpeningKind.SAMPLE),
    "POST /api/v1/openings, clarify": _opens(OpeningKind.CLARIFY, COORDINATOR.id),
    "POST /api/v1/openings, advice": _opens(OpeningKind.ADVICE, ADVISER.id),
    "POST /api/v1/openings/{opening}/end, one's own": lambda asking: {
        "path": {"opening": asking.scene.opening or "f" * 32}
    },
    "POST /api/v1/openings/{opening}/end, somebody's emergency": _ends(OpeningKind.EMERGENCY),
    "POST /api/v1/openings/{opening}/end, an advice": _ends(OpeningKind.ADVICE),
    "POST /api/v1/openings/{opening}/review": _reviews,
    "POST /api/v1/substitutions, for oneself": lambda asking: _away(asking, asking.stance.person.id),
    "POST /api/v1/substitutions, for a colleague": lambda asking: _away(asking, _other(asking)),
    "POST /api/v1/substitutions/end, one's own": lambda asking: _over(asking, asking.stance.person.id),
    "POST /api/v1/substitutions/end, a colleague's": lambda asking: _over(asking, _other(asking)),
    "POST /api/v1/institutions/{institution}/invitations": lambda asking: {
        "path": {"institution": "nordstadt"},
        "id": f"gast-{asking.scene.case.number.lower()}-{asking.stance.person.id}",
    },
    "PUT /api/v1/institutions/{institution}": _always({"name": "Kita am Bach", "kind": "daycare"}),
    "POST /api/v1/handovers/search": _always({"reason": "Stichprobe", "check": None}),
    "PUT /api/v1/users/{person_id}": _always({"path": {"person_id": "neu"}}),
    "PUT /api/v1/users/{person_id}/state": _always({"active": True}),
    "POST /api/v1/tokens": _always({"scopes": ["read"]}),
    "POST /api/v1/cases/{number}/commands/assign": _always({"to": WORKER.id}),
    "PUT /api/v1/session/mail": _always({"address": None}),
}
VARIANTS = frozenset(row for row in _MADE if ", " in row)
"""Rows of the table that are one way of using an operation."""


def _other(asking: Asking) -> str:
    return "kollegin" if asking.stance.person.id != "kollegin" else WORKER.id
