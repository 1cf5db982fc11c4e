"""`lotse openapi`: print the specification of the API, as it is committed beside it. See `tests/api/test_spec.py`."""

import sys


def openapi() -> None:
    """Die Spezifikation der Schnittstelle ausgeben (OpenAPI 3.1), um daraus einen Client zu erzeugen."""
    from adapters.api.spec import as_text, specification  # noqa: PLC0415 - the web framework, only here

    sys.stdout.write(as_text(specification()).decode())
