"""Whether what runs in this container is well: `python -m adapters.container.probe ready|figures`, for health checks.

`ready` asks the API whether it can work, by the name under which people know it; `figures` reads the figures of a process
that answers nothing else. Ends with 0 or 1 and says nothing. Proven by `tests/container/test_services.py`.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit

SECONDS = 5
ILL = (b"\nlotse_store_readable 0.0", b"\nlotse_notary_halted 1.0")
"""Lines of the figures with which nobody is well."""


def is_ready() -> bool:
    """Whether the API of this container says that it can work."""
    host = urlsplit(os.environ.get("LOTSE_BASE_URL", "")).netloc or "localhost"
    status, _ = _asked(os.environ.get("LOTSE_HTTP_PORT", "8080"), "/readyz", host)
    return status == http.client.OK


def has_good_figures() -> bool:
    """Whether this container gives figures, and none with which it is ill."""
    status, told = _asked(os.environ.get("LOTSE_METRICS_PORT", ""), "/metrics", "localhost")
    return status == http.client.OK and not any(line in told for line in ILL)


def _asked(port: str, path: str, host: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def well(asked: str) -> bool:
    """Whether it is, as asked: "ready" or "figures"."""
    try:
        return {"ready": is_ready, "figures": has_good_figures}[asked]()
    except (OSError, http.client.HTTPException, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if well(sys.argv[1]) else 1)
