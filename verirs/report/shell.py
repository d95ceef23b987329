"""The viewer's page as one HTML file: its script, its style and what it is given, all inlined.

The content policy names the script and the style by their digests, so nothing else runs, whatever a model
wrote; the data are no markup either: deflated and in base64.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import html
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class App:
    """The built front end: ``verirs/report/app``, made from ``viewer/`` by ``make viewer``."""

    script: str
    style: str


@functools.cache
def app() -> App:
    folder = files("verirs.report") / "app"
    return App(
        script=(folder / "app.js").read_text(encoding="utf-8"),
        style=(folder / "app.css").read_text(encoding="utf-8"),
    )


def policy(*scripts: str, connect: str = "'none'") -> str:
    """The content policy of a page.

    Args:
        scripts: sources of scripts beside the inlined one.
        connect: what the script may ask for data.
    """
    allowed = " ".join([f"'sha256-{_sha(app().script)}'", *scripts])
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {allowed}",
            f"style-src 'sha256-{_sha(app().style)}'",
            f"connect-src {connect}",
            "img-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types verirs",
        ]
    )


@functools.lru_cache(maxsize=8)
def _sha(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def page(title: str, boot: Mapping[str, Any], content_policy: str) -> str:
    """The page.

    Args:
        title: until the script sets its own.
        boot: what the script is given: ``mode`` and, by name, data (:func:`packed`).
        content_policy: as :func:`policy` gives it.
    """
    data = json.dumps(boot, ensure_ascii=True, separators=(",", ":"), sort_keys=True).replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(content_policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{html.escape(title)}</title><style>{app().style}</style></head>"
        '<body><div id="app"></div><noscript>This page needs JavaScript. Its figures are in summary.json too.'
        f'</noscript><script type="application/json" id="boot">{data}</script>'
        f"<script>{app().script}</script></body></html>\n"
    )


def as_json(value: Any) -> str:
    """JSON with ``null`` in the place of numbers that it does not have."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def packed(value: Any) -> str:
    """A value as JSON, deflated, in base64: what the page unpacks."""
    made = zlib.compressobj(6, zlib.DEFLATED, -15)
    text = as_json(value).encode("utf-8", "replace")
    return base64.b64encode(made.compress(text) + made.flush()).decode("ascii")
