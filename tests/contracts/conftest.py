"""Where the trackers write: trackio reads its folder when it is first imported, by whichever test that is."""

from __future__ import annotations

import os
import tempfile

FOLDER = tempfile.TemporaryDirectory(prefix="trackers-", ignore_cleanup_errors=True)
os.environ["TRACKIO_DIR"] = f"{FOLDER.name}/trackio"
