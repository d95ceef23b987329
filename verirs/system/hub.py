"""Whether the Hugging Face hub can be reached, seen before its libraries ask: they try for 25 s a file.

Where nobody takes a connection at the hub's address, its libraries are told to use what their cache holds, as
``HF_HUB_OFFLINE=1`` does; and again to ask the hub once it is back. Behind a proxy nothing is tried: who
answers there, only a request can tell.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass

log = logging.getLogger("verirs.system.hub")

_PATIENCE, _KNOWN = 4.0, 60.0
"""Seconds that a connection may take, and for which its outcome is believed."""


@dataclass(slots=True)
class _Seen:
    at: float = -_KNOWN
    away: bool = False
    """What we said to the libraries; a user's own ``HF_HUB_OFFLINE`` is not ours."""


_seen = _Seen()


def look() -> None:
    """To be called before the hub is asked for anything; ``huggingface_hub`` must be installed."""
    from huggingface_hub import constants

    if (constants.HF_HUB_OFFLINE and not _seen.away) or time.monotonic() - _seen.at < _KNOWN:
        return
    away = not _answers(constants.ENDPOINT)
    _seen.at = time.monotonic()
    if away is _seen.away:
        return
    _seen.away = away
    if away:
        log.warning("the hub (%s) cannot be reached: only what its cache holds is used", constants.ENDPOINT)
    # both read it at each request
    constants.HF_HUB_OFFLINE = away
    if "datasets" in sys.modules:
        sys.modules["datasets"].config.HF_HUB_OFFLINE = away


def _answers(endpoint: str) -> bool:
    url = urllib.parse.urlsplit(endpoint)
    host = url.hostname or ""
    proxies = urllib.request.getproxies()
    if (url.scheme in proxies or "all" in proxies) and not urllib.request.proxy_bypass(host):
        return True
    found: list[bool] = []

    def connect() -> None:
        try:
            port = url.port or (80 if url.scheme == "http" else 443)
            socket.create_connection((host, port), timeout=_PATIENCE).close()
        except OSError:
            return
        found.append(True)

    # a name is looked up without a limit of its own
    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return bool(found)
