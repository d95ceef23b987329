"""What `--dry-run` tells of the cost of what is missing: tokens, time, and money where the price is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.outside.case import command


def plan(folder: Path, *more: str) -> dict[str, str]:
    base = ("run", "--source", "q.jsonl", "--engine", "fake", "--name", "r", "--max-tokens", "1000")
    from io import StringIO

    from rich.console import Console

    from verirs.cli import plan as planning

    out = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        show = planning.show_plan
        patch.setattr(
            planning, "show_plan", lambda config, console: show(config, Console(file=out, width=80))
        )
        ran = command(folder, *base, "--dry-run", *more)
    assert ran.code == 0, ran.said
    return {line[:14].strip(): line[15:] for line in out.getvalue().splitlines()}


def rows(folder: Path, count: int, gold: bool = True) -> None:
    made = [{"prompt": f"{x}+{x}?", **({"answer": str(2 * x)} if gold or x else {})} for x in range(count)]
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))


@pytest.mark.parametrize(
    ("n", "time"),
    [
        (4, "1 minute at"),
        (8, "2 minutes at"),
        (359, "90 minutes at"),
        (361, "1.5 hours at"),
        (99999, "17.4 days at"),
    ],
)
def test_the_cost_in_tokens_and_time(tmp_path: Path, n: int, time: str) -> None:
    rows(tmp_path, 15)
    told = plan(tmp_path, "-n", str(n))["cost"]
    assert told.startswith(
        f"at most {15 * n * 1000:,} generated tokens: {time} 1,000 tokens a second (limits.price"
    )


def test_what_is_stored_costs_no_more_and_the_price_is_told(tmp_path: Path) -> None:
    rows(tmp_path, 5, gold=False)
    same = ("--source", "q.jsonl", "--engine", "fake", "--name", "r", "--max-tokens", "1000")
    assert command(tmp_path, "run", *same, "-n", "3").code == 0
    told = plan(tmp_path, "-n", "9", "--set", "limits.price=2.5", "--set", "limits.money=7")
    assert told["samples"] == "9 a problem, 45 in all; 15 are stored"
    assert told["cost"].startswith(
        "at most 30,000 generated tokens: 1 minute at 1,000 tokens a second, 0.07 by"
    )
    assert told["budget"] == "limits.money = 7.0"
    assert told["problems"] == "5 from file, 1 without a gold answer and tests"
    assert plan(tmp_path, "-n", "2")["cost"].startswith("no tokens: nothing is missing;")
    assert plan(tmp_path, "-n", "2", "--seed", "8")["samples"] == "2 a problem, 10 in all"
