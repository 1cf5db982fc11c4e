"""The version of a case as an ETag, and what If-Match asks for (RFC 9110): strong, one or several, or any.

Where a person sees a version they name the one they saw; withdrawals need none and always land.
"""

import re
from typing import Annotated, Any

from fastapi import Header

from adapters.api.problems import ApiProblem, Trouble

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,40}"')
_OURS = re.compile(r'"([1-9][0-9]{0,9})"')
_MOST = 10
NONE = -1
"""A version that no case has."""
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="Das ETag des Falls, so wie Sie ihn gesehen haben. Nur ein Widerruf braucht keines.",
        max_length=500,
        examples=['"1"'],
    ),
]
ETAG: dict[str, Any] = {
    "ETag": {
        "description": "Die Fassung des Falls, für If-Match; fehlt, wo sie Ihnen nicht bekannt ist.",
        "schema": {"type": "string"},
        "example": '"2"',
    }
}
TAGGED: dict[int | str, dict[str, Any]] = {200: {"description": "So ist es nun", "headers": ETAG}}
"""What the specification says of an answer with an ETag."""


def etag(version: int) -> str:
    """The ETag of a case in this version."""
    return f'"{version}"'


def version_in(if_match: str | None, current: int) -> int | None:
    """The version that If-Match names, the current one where it is among them; None for any, or none given.

    A tag that is none of ours, or weak, names no version there is. Raises ApiProblem where it is no list of tags.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [part.strip() for part in if_match.split(",")]
    if len(tags) > _MOST or not all(_TAG.fullmatch(tag) for tag in tags):
        says = "Bitte das ETag des Falls, so wie es kam."
        raise ApiProblem(Trouble.INVALID, errors=[("header: If-Match", says)])
    named = [int(found[1]) for tag in tags if (found := _OURS.fullmatch(tag)) is not None]
    return current if current in named else next(iter(named), NONE)
