"""Where the files lie that ship beside the code: ``verirs/_NAME`` in an installed package, else ``NAME/``."""

from __future__ import annotations

from pathlib import Path


def bundled(name: str, holds: str) -> Path:
    """A folder of the project: of the wheel, or of a checkout.

    Args:
        name: of the folder.
        holds: a file that must be in it.

    Raises:
        FileNotFoundError: an incomplete installation.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package / f"_{name}", package.parent / name):
        if (place / holds).is_file():
            return place
    raise FileNotFoundError(f"{name}/{holds} is missing beside {package}; reinstall verirs")
