"""Which output of a reward model's head is meant."""

from __future__ import annotations

from collections.abc import Mapping

from verirs.errors import ConfigError, nearest


def label_index(label: str | int, width: int, names: Mapping[str, int]) -> int:
    """Which output of a head of ``width`` a label means.

    Raises:
        ConfigError: naming the labels there are.
    """
    text = str(label)
    if text in names and names[text] < width:
        return names[text]
    if text.isdigit() and int(text) < width:
        return int(text)
    known = [name for name, index in sorted(names.items(), key=lambda item: item[1]) if index < width]
    said = f"has no label {text!r}{nearest(text, known)}" if text else "needs a label"
    raise ConfigError(
        f"the reward model's head of width {width} {said}; set `label` to one of: "
        f"{', '.join(known) or f'0 to {width - 1}'}"
    )
