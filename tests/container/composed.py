"""`docker-compose.yml` as a container engine reads it: merged, its variables filled in, one service at a time."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from tests.system.program import ROOT

FILE = ROOT / "docker-compose.yml"
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?:(:[-?+])([^}]*))?\}")


def text() -> str:
    """The file as it stands."""
    return FILE.read_text(encoding="utf-8")


class Unset(Exception):
    """A variable has to be set."""


def filled(value: str, given: Mapping[str, str]) -> str:
    """The text with its variables filled in, as the specification has them: `${A}`, `${A:-b}`, `${A:+b}`, `${A:?}`."""

    def found(match: re.Match[str]) -> str:
        name, kind, other = match.groups()
        value = given.get(name, "")
        if kind == ":?" and not value:
            raise Unset(name)
        if kind == ":+":
            return other if value else ""
        return value or (other if kind == ":-" else "")

    return _VARIABLE.sub(found, value)


@cache
def _whole() -> Any:  # noqa: ANN401 - YAML
    return YAML(typ="safe").load(text())


def composed(given: Mapping[str, str]) -> Any:  # noqa: ANN401 - YAML
    """The file with its variables filled in."""
    return _filled(_whole(), given)


def _filled(value: Any, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - YAML
    if isinstance(value, Mapping):
        return {key: _filled(each, given) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, given) for each in value]
    return filled(value, given) if isinstance(value, str) else value


def example() -> dict[str, str]:
    """The settings of `.env.example`, those behind a `#` too."""
    found: dict[str, str] = {}
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"#?([A-Z_]+)=(.*)", line)
        if match:
            found[match[1]] = match[2]
    return found


def asked_for() -> set[str]:
    """The variables that the file asks for."""
    return {match[1] for match in _VARIABLE.finditer(text())}
