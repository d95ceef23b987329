"""What a page is given: the answers to its own questions, unpacked as the browser does."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

BOOT = re.compile(r'<script type="application/json" id="boot">(.*?)</script>', re.S)


def boot(page: str) -> dict[str, Any]:
    (found,) = BOOT.findall(page)
    made: dict[str, Any] = json.loads(found)
    return made


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text), -15))


def overview(page: Path | str) -> dict[str, Any]:
    """What a run's report says."""
    text = page.read_text(encoding="utf-8") if isinstance(page, Path) else page
    (found,) = (v for k, v in boot(text)["data"].items() if k.startswith("run/"))
    made: dict[str, Any] = unpacked(found)
    return made
