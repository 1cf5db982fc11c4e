"""The specification of the API, OpenAPI 3.1: made from the routes, committed as `openapi.json`, compared by a test.

`lotse openapi` prints it; `GET /api/v1/openapi.json` gives the committed file.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from fastapi.openapi.utils import get_openapi

from adapters.api.app import TAGS, bare_app
from adapters.api.problems import MEDIA_TYPE, Problem, Trouble, example
from adapters.api.schemas import Message
from adapters.api.schemas_commands import MODELS
from adapters.api.spec_links import link

_SAYS = """Die Schnittstelle von Lotse: alles, was eine Person tun und sehen kann, so weit es ihr zusteht.

**Anmelden.** Entweder mit einer Sitzung (Cookie `__Host-lotse`; jede ändernde Anfrage braucht dann `X-CSRF-Token`
und kommt von der eigenen Seite) oder mit einem Zugangstoken (`Authorization: Bearer …`), nie mit beiden.

**Ändern.** `If-Match` nennt den Stand, den Sie gesehen haben (428, wenn er fehlt; 412 mit dem, was seither geschah).
Nur ein Widerruf braucht keinen und kommt immer an. `Idempotency-Key` macht jede Wiederholung ungefährlich: Ist eine
Verbindung abgerissen, einfach dieselbe Anfrage mit demselben Schlüssel noch einmal senden.

**Fehler** sind `application/problem+json` nach RFC 9457 mit stabilem `type`; was gesendet wurde, steht nie darin.

**Zeiten** sind ISO 8601 mit Zeitzone, Tage ISO-Daten in Ortszeit Berlin. Namen und Gründe stehen in keiner Adresse:
Gesucht und mit Grund gelesen wird deshalb mit `POST`."""
_NAMED = frozenset(model.__name__ for model in MODELS.values())
"""What has German for its description."""
_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-lotse",
        "description": "Sitzung nach dem Anmelden. Ändernde Anfragen brauchen X-CSRF-Token.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "Zugangstoken, lotse_…"},
}


def specification() -> dict[str, Any]:
    """The specification, made anew from the routes."""
    app = bare_app()
    made = get_openapi(
        title="Lotse", version="1", openapi_version="3.1.0", description=_SAYS, routes=app.routes
    )
    made["info"]["license"] = {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    examples = dict(_examples(Message))
    for name, schema in schemas.items():
        if name not in _NAMED:
            schema.pop("description", None)  # the docstring, which is for who reads the source
        if name in examples:
            schema["examples"] = examples[name]
    schemas.update(_problem())
    made["tags"] = [{"name": name, "description": german} for german, name in TAGS.items()]
    made["components"]["securitySchemes"] = _SCHEMES
    shared: dict[str, Any] = {}
    for operations in made["paths"].values():
        for operation in operations.values():
            _tidy(operation, shared)
    link(made)
    made["components"]["responses"] = shared
    made["components"]["examples"] = {
        each.slug: {"summary": each.title, "value": example(each)} for each in Trouble
    }
    made["security"] = [{"session": []}, {"token": []}]
    return made


def _examples(base: type[Message]) -> Iterator[tuple[str, Any]]:
    """The examples of every message as they were written: FastAPI leaves out what is null in them."""
    for model in base.__subclasses__():
        extra = model.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and "examples" in extra:
            yield model.__name__, extra["examples"]
        yield from _examples(model)


def _tidy(operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """Name each problem response once; a parameter that may be left out is left out, never null."""
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get(MEDIA_TYPE)
        if content is None:
            continue
        slugs = list(content["examples"])
        name = "_".join((status, *slugs))
        content["examples"] = {slug: {"$ref": f"#/components/examples/{slug}"} for slug in slugs}
        shared[name] = response
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
        for kind in kinds:
            schema.update(kind)


def _problem() -> dict[str, Any]:
    """The schema of a problem with the parts it is made of, and an example of each kind."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = schema.pop("$defs", {})
    for part in (schema, *parts.values()):
        part.pop("description", None)
    schema["examples"] = [example(trouble) for trouble in Trouble]
    return {"Problem": schema, **parts}


def as_text(made: dict[str, Any]) -> bytes:
    """The specification as it is committed: sorted, indented, one newline at its end."""
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
