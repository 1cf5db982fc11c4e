"""The base of every message, and the kinds of values that stand in them.

Messages forbid what they do not know and take each value as JSON has it: a day is an ISO date and not a number.
Plain enums need `Field(strict=False)`. What was sent never stands in an error (`adapters.api.handlers`).
"""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

LONGEST = 20_000
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Message(BaseModel):
    """What goes over the wire: strict, closed, and unchanged once made."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _read_day(value: object) -> object:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == len("2026-03-09") else _no_day()
        except ValueError:
            return _no_day()
    return value if type(value) is date else _no_day()


def _no_day() -> date:
    raise PydanticCustomError("lotse", "Bitte einen Tag als JJJJ-MM-TT angeben.")


def _read_instant(value: object) -> object:
    found = value
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise PydanticCustomError("lotse", "Bitte einen Zeitpunkt mit Zeitzone angeben (ISO 8601).")
    return found


Text = Annotated[str, Field(max_length=LONGEST, pattern=PLAIN)]
"""Words without control characters."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
"""A short text that must be there."""
Day = Annotated[date, BeforeValidator(_read_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A local day in Europe/Berlin, as an ISO date."""
Instant = Annotated[
    datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""An aware instant, ISO 8601 with its offset."""


def shown(**example: Any) -> ConfigDict:  # noqa: ANN401 - an example has whatever values the model has
    """The configuration of a message with an invented example, for the specification."""
    return ConfigDict(extra="forbid", frozen=True, strict=True, json_schema_extra={"examples": [example]})
