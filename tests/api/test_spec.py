"""The specification that is committed is the one that the routes make; what it shows works, and is invented."""

import re
from importlib.resources import files

import orjson
import pytest
from jsonschema_rs import Draft202012Validator

from adapters.api.problems import Trouble
from adapters.api.spec import as_text, specification
from tests.cli.program import lotse

COMMITTED = files("adapters.api").joinpath("openapi.json").read_bytes()
SPEC = orjson.loads(COMMITTED)


def test_it_is_the_one_that_the_routes_make() -> None:
    assert as_text(specification()) == COMMITTED, "lotse openapi > adapters/api/openapi.json"


def test_the_command_prints_it() -> None:
    assert lotse("openapi").out.encode() == COMMITTED


def test_it_says_which_version_of_openapi_it_is_and_how_to_sign_in() -> None:
    assert SPEC["openapi"].startswith("3.1")
    assert set(SPEC["components"]["securitySchemes"]) == {"session", "token"}
    assert SPEC["security"] == [{"session": []}, {"token": []}]


@pytest.mark.parametrize("name", sorted(SPEC["components"]["schemas"]))
def test_every_message_has_an_example_and_it_is_one(name: str) -> None:
    schema = SPEC["components"]["schemas"][name]
    if "properties" not in schema:
        return  # a choice, or any JSON
    validator = Draft202012Validator({**SPEC, "$ref": f"#/components/schemas/{name}"})
    examples = schema.get("examples") or [_from_fields(schema)]
    for example in examples:
        validator.validate(example)


def _from_fields(schema: dict[str, object]) -> dict[str, object]:
    """An example put together from those of its fields."""
    fields: dict[str, dict[str, list[object]]] = schema["properties"]  # type: ignore[assignment]  # JSON, as it came
    return {name: field["examples"][0] for name, field in fields.items() if field.get("examples")}


@pytest.mark.parametrize("name", sorted(SPEC["components"]["schemas"]))
def test_every_field_of_every_message_is_described(name: str) -> None:
    for field, schema in SPEC["components"]["schemas"][name].get("properties", {}).items():
        assert schema.get("description"), (name, field)


def test_every_operation_says_what_can_go_wrong_and_shows_it() -> None:
    for path, operations in SPEC["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            statuses = set(operation["responses"])
            assert {"400", "500", "503"} <= statuses
            assert operation.get("security") == [] or {"401", "403"} <= statuses
            assert "requestBody" not in operation or {"413", "415", "422"} <= statuses
    shown = SPEC["components"]["examples"]
    assert set(shown) == {trouble.slug for trouble in Trouble}
    for trouble in Trouble:
        assert shown[trouble.slug]["value"]["title"] == trouble.title


def test_who_is_shown_is_invented_and_no_other_host_is_named() -> None:
    text = COMMITTED.decode()
    hosts = set(re.findall(r"https?://([^/\s\"\\]+)", text))
    assert all(host.endswith((".example", "localhost")) for host in hosts), hosts
    numbers = re.findall(r"\b0[1-9][0-9]{2,4}[ /][0-9]{5,}", text)
    assert set(numbers) <= {"0151 00000042"}
