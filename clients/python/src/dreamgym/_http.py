"""What the server tells over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from dreamgym._endpoint import Endpoint
from dreamgym._errors import ConnectionLostError, DreamGymError, error_from_wire

_TIMEOUT = 60.0


def get(path: str, *, url: str | None = None, token: str | None = None, **query: Any) -> Any:
    """Answer the JSON at a path of the server's; parameters that are None are left out."""
    endpoint = Endpoint.named(url, token, _TIMEOUT)
    asked = urlencode({k: v for k, v in query.items() if v is not None})
    parts = urlsplit(endpoint.url)
    root = parts.path.removesuffix("/v1/ws")
    scheme = {"ws": "http", "wss": "https"}[parts.scheme]
    request = urllib.request.Request(urlunsplit((scheme, parts.netloc, root + path, asked, "")))
    if endpoint.token:
        request.add_header("Authorization", f"Bearer {endpoint.token}")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return json.load(response)
    except urllib.error.HTTPError as e:
        raise _told(e) from e
    except (urllib.error.URLError, OSError, ValueError) as e:
        raise ConnectionLostError(f"no server answers at {request.full_url}: {e}") from e


def _told(e: urllib.error.HTTPError) -> DreamGymError:
    """Answer the error that the body tells of."""
    try:
        return error_from_wire(json.load(e)["error"])
    except (ValueError, KeyError, TypeError):
        return ConnectionLostError(f"the server answered HTTP {e.code}", retry=False)
