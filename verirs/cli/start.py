"""``verirs init``: a config to start from."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verirs.cli.base import Debug, Set, app, say, source_table
from verirs.system.terminal import pasted

MODELS = {
    "vllm": "Qwen/Qwen2.5-1.5B-Instruct",
    "transformers": "HuggingFaceTB/SmolLM2-135M-Instruct",
    "openai": "gpt-4o-mini",
}
LOOKED_AT = 20
"""So many rows of a file tell what its columns hold."""
TEMPLATES = {
    "math": "{problem}\n\nThink step by step and put the final answer within \\boxed{}.",
    "code": "{problem}\n\nAnswer with the whole function, imports included, in one code block.",
}


@app.command
def init(
    path: Path = Path("verirs.toml"),
    /,
    *,
    source: str = "gsm8k",
    engine: str | None = None,
    model: str | None = None,
    scorer: str | None = None,
    set: Set | None = None,
    debug: Debug = False,
) -> None:
    """Write a commented config to start from.

    Args:
        path: the file to write; an existing one is left alone.
        source: where problems come from: a source by name, or a JSONL or Parquet file, whose columns are
            read.
        engine: an engine by name; by default the first of vllm, transformers and openai that is installed.
        model: model directory or hub name.
        scorer: a scorer by name; by default code for problems with tests, and math.
        set: any config key, as section.key=value; repeatable.
        debug: show tracebacks.
    """
    from verirs.cli.template import commented
    from verirs.errors import ConfigError, UserError
    from verirs.running.config import Config, assignments, merge, validated
    from verirs.running.first_look import first_look
    from verirs.running.places import moved
    from verirs.sources.faults import listed

    told = []
    given = assignments(set or [])
    table = _source(source, given.get("source", {}))
    if engine is None:
        engine, why = _engine()
        told += why
    tests = table.pop("tests", source in ("humaneval", "mbpp"))
    beside = table.pop("beside", [])
    scorer = scorer or ("code" if tests else "math")
    raw: dict[str, Any] = {
        "name": path.stem if path.stem != "verirs" else "my-run",
        "seed": 0,
        "n": 16,
        "source": table,
        "prompt": {"template": TEMPLATES.get(scorer, "{problem}")},
        "engine": {"name": engine} | ({"model": m} if (m := model or MODELS.get(engine)) else {}),
        "sampling": {"temperature": 0.8, "top_p": 1.0, "max_tokens": 512},
        "scorer": {scorer.rpartition(":")[2]: {"plugin": scorer} if ":" in scorer else {}},
        "select": {"name": "first", "k": 4},
        "export": {"sinks": ["sft", "dpo", "kto", "problems", "rejects"], "formats": ["parquet"]},
    }
    raw = merge(raw, given)
    wrong = validated(Config, raw)[1]
    missing = [line for line in wrong if " is missing" in line]
    if wrong != missing:
        raise ConfigError(line for line in wrong if line not in missing)
    if not path.parent.is_dir():
        raise UserError(
            f"no folder {path.parent} for {path.name}; make it first: mkdir -p {pasted(path.parent)}"
        )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(commented(moved(raw, path.parent)))
    except FileExistsError:
        raise UserError(f"{path} exists; give another name: verirs init other.toml") from None
    except OSError as e:
        raise UserError(f"cannot write {path}: {e.strerror}") from e
    chosen = ", ".join(f"{key} {raw[key]['name']}" for key in ("source", "engine")) + f", scorer {scorer}"
    say(f"wrote {path}: {chosen}")
    if table.get("name") == "file":
        named = raw["source"]  # with what --set says
        beside = [name for name in beside if name not in _columns(named)]
        say(
            f"{table['path']}: "
            + ", ".join(f"{k} = {named[k]!r}" for k in ("prompt", "answer") if named.get(k))
            + (f"; the model is not shown {listed(beside)}" if beside else "")
        )
        if scorer == "math" and not tests and not named.get("answer") and beside:
            say(f"no column looks like the gold answer; if one of these is it, write source.answer in {path}")
    for line in told:
        say(line)
    if not missing and table.get("name") == "file":
        for line in first_look(Config(**raw)):
            say(line)
    for line in missing:
        say(f"fill in {line.replace(' is missing', '')}")
    say(f"next: verirs run {pasted(path)} --dry-run")


def _columns(source: dict[str, Any]) -> set[str]:
    """The columns that a ``[source]`` names."""
    texts = [v for k, v in source.items() if k not in ("name", "path") and isinstance(v, str)]
    return {text.partition(".")[0] for text in texts}


def _engine() -> tuple[str, list[str]]:
    """The best engine that is installed, and why it is not a better one."""
    from verirs.parts.finding import NEEDS

    first, *_ = wanted = ("vllm", "transformers", "openai")
    for name in wanted:
        module, _ = NEEDS["engine"].get(name, ("", ""))
        if not module or importlib.util.find_spec(module):
            break
    extra = NEEDS["engine"][first][1]
    why = f"engine {name}, because {first} is not installed here (pip install 'verirs[{extra}]')"
    return name, [why] if name != first else []


def _source(source: str, named: Mapping[str, Any]) -> dict[str, Any]:
    """``[source]``, and for a file whether its problems have ``tests``.

    Args:
        named: keys of it that were given; a column that is named is not looked for.
    """
    table = {k: v for k, v in source_table(source, None).items() if v is not None}
    if source == "gsm8k":
        return {**table, "split": "train", "limit": 1000}
    if table["name"] != "file":
        return table
    from itertools import islice

    from verirs.errors import SourceError
    from verirs.sources.code_columns import PARTS, TESTS
    from verirs.sources.columns import flat, likely, usual
    from verirs.sources.files import read_rows

    looked = list(islice(read_rows(table["path"]), LOOKED_AT))
    if not looked:
        raise SourceError(f"{source} holds no rows; give a file with one problem a row")
    where, first = looked[0]
    # a column may be empty in the first row: the first value of each
    row = {k: v for _, each in reversed(looked) for k, v in each.items() if v not in (None, "", [])}
    fitting = [name for name, value in flat(row).items() if isinstance(value, (str, list))]
    prompt = named.get("prompt") or likely(fitting, "prompt")
    if not prompt:
        raise SourceError(
            f"{where}: no column looks like a prompt (the row has: {', '.join(first)}). "
            f"Say which one it is: --set source.prompt=COLUMN"
        )
    tests = bool(usual(row, TESTS) or any(usual(row, part) for part in PARTS))
    golds = [k for k, v in flat(row).items() if k != prompt and isinstance(v, (str, int, float, list))]
    answer = "" if tests else named.get("answer") or likely(golds, "answer")
    used = {name.partition(".")[0] for name in (prompt, answer) if name}
    beside = [name for name in row if name not in used]
    found = {"prompt": prompt, "answer": answer, "tests": tests, "beside": beside}
    return table | {name: value for name, value in found.items() if value}
