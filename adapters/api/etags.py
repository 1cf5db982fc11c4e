"""The version of a case as an ETag, and what If-Match asks for (RFC 9110): strong, one or several, or any.

Where a person sees a version they name the one they saw; withdrawals need none and always land.
"""

import re

from adapters.api.problems import ApiProblem, Trouble

_TAG = re.compile(r'(W/)?"([^"\x00-\x1f\x7f]{0,40})"')
_MOST = 10


def etag(version: int) -> str:
    """The ETag of a case in this version."""
    return f'"{version}"'


def wanted_version(if_match: str | None, current: int) -> int | None:
    """The version that If-Match names: the current one where it is among them, None for any or none given.

    A weak tag matches nothing. Raises ApiProblem where it is no list of tags.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = [part.strip() for part in if_match.split(",")]
    read = [_TAG.fullmatch(tag) for tag in tags]
    if len(tags) > _MOST or not all(read):
        raise ApiProblem(
            Trouble.INVALID, errors=[("header: If-Match", "Bitte das ETag des Falls, so wie es kam.")]
        )
    named = [found.group(2) for found in read if found is not None and found.group(1) is None]
    return current if str(current) in named else -1
