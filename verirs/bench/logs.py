"""A run's results as other tools keep theirs: lm-eval's results and samples, inspect's ``.eval`` log.

Verdicts are ours; nothing of the other tool is needed to write them. A completion without a verdict (its
problem could not be judged, or judging broke) has no score there either, and is in no mean.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from verirs.running.reading import Run
from verirs.types import Candidate, Group, Verdict, to_json
from verirs.version import __version__

SCORER = "verirs"
"""The filter's name in lm-eval's files, and the scorer's in inspect's."""


def write_logs(run: Run, kind: str) -> Path:
    """Write a run's log below its directory, in ``logs/``.

    Args:
        run: one with a summary: it was exported or measured.
        kind: of :data:`KINDS`.

    Returns:
        the file that the other tool opens.
    """
    folder = run.path / "logs" / kind
    folder.mkdir(parents=True, exist_ok=True)
    return KINDS[kind](run, folder)


def _lm_eval(run: Run, folder: Path) -> Path:
    task, model, made = _told(run)
    stamp = made.isoformat().replace(":", "-")
    for old in folder.glob("*.json*"):  # one run, one result
        old.unlink()
    rates: list[float] = []
    with (folder / f"samples_{task}_{stamp}.jsonl").open("w", encoding="utf-8") as file:
        for number, group in enumerate(run.groups()):
            row = _document(number, group)
            if row["exact_match"] is not None:
                rates.append(row["exact_match"])
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    metrics = {
        "alias": task,
        f"exact_match,{SCORER}": sum(rates) / len(rates) if rates else None,
        f"exact_match_stderr,{SCORER}": _stderr(rates),
    }
    sampling = dict(run.summary.origin.sampling) if run.summary else {}
    config = {
        "task": task,
        "output_type": "generate_until",
        "repeats": run.table.get("n"),
        "doc_to_text": run.table.get("prompt", {}).get("template", "{problem}"),
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "filter_list": [{"name": SCORER}],
        "generation_kwargs": sampling,
    }
    results = {
        "results": {task: metrics},
        "group_subtasks": {task: []},
        "configs": {task: config},
        "versions": {task: run.summary.grader if run.summary else ""},
        "n-shot": {task: run.table.get("prompt", {}).get("few_shot", 0)},
        "higher_is_better": {task: {"exact_match": True}},
        "n-samples": {task: {"original": number + 1 if rates else 0, "effective": len(rates)}},
        "config": {"model": _engine(run), "model_args": json.dumps(_model(run)), "gen_kwargs": sampling},
        "date": made.timestamp(),
        "model_name": model,
        "model_name_sanitized": _safe(model),
        "verirs_version": __version__,
    }
    path = folder / f"results_{stamp}.json"
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")
    return path


def _document(number: int, group: Group) -> dict[str, Any]:
    problem = group.problem
    doc = {"id": problem.id, "prompt": to_json(problem.prompt), "answer": problem.answer}
    doc |= {"tests": to_json(problem.tests)} if problem.tests is not None else {}
    target = _target(group)
    prompt = problem.prompt[-1]["content"] if problem.prompt else ""
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": {}}},
        "resps": [[c.completion.text for c in group.candidates]],
        "filtered_resps": [[_answer(c) for c in group.candidates]],
        "filter": SCORER,
        "metrics": ["exact_match"],
        "doc_hash": _digest(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _digest(prompt),
        "target_hash": _digest(target),
        "exact_match": _rate(group),
    }


def _inspect(run: Run, folder: Path) -> Path:
    """A zip: a member each for the header, every sample and the list of their scores.

    https://inspect.aisi.org.uk/eval-logs.html and ``inspect log schema``, 0.3.285.
    """
    task, model, made = _told(run)
    created = made.isoformat()
    for old in folder.glob("*.eval"):
        old.unlink()
    path = folder / f"{created.replace(':', '-')}_{task}_{_digest(str(run.path))[:22]}.eval"
    rates: list[float] = []
    ids: list[str] = []
    summaries: list[dict[str, Any]] = []
    judged = total = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for group in run.groups():
            ids.append(group.problem.id)
            if (rate := _rate(group)) is not None:
                rates.append(rate)
            for epoch, candidate in enumerate(group.candidates, 1):
                sample = _sample(group, candidate, epoch, model)
                total, judged = total + 1, judged + bool(sample["scores"])
                name = f"samples/{_safe(group.problem.id)}_epoch_{epoch}.json"
                file.writestr(name, json.dumps(sample, ensure_ascii=False))
                kept = ("id", "epoch", "input", "target", "scores")
                summaries.append({k: sample[k] for k in kept} | {"completed": True})
        spec = {
            "created": created,
            "task": task,
            "dataset": {"name": _source(run), "samples": len(ids), "sample_ids": ids},
            "model": model,
            "model_args": _model(run),
            "model_generate_config": {
                key: value
                for key, value in (run.summary.origin.sampling if run.summary else {}).items()
                if key in ("temperature", "top_p", "max_tokens", "seed")
            },
            "config": {"epochs": max((s["epoch"] for s in summaries), default=1)},
            "packages": {"verirs": __version__},
        }
        score = {
            "name": SCORER,
            "scorer": SCORER,
            "reducer": "mean",
            "scored_samples": judged,
            "unscored_samples": total - judged,
            "metrics": {
                name: {"name": name, "value": value}
                for name, value in (
                    ("accuracy", sum(rates) / len(rates) if rates else None),
                    ("stderr", _stderr(rates)),
                )
                if value is not None
            },
        }
        plan = {"name": "plan", "steps": []}
        header = {
            "version": 2,
            "status": "success",
            "eval": spec,
            "plan": plan,
            "results": {"total_samples": total, "completed_samples": total, "scores": [score]},
            "stats": {"started_at": created, "completed_at": created},
        }
        file.writestr("_journal/start.json", json.dumps({"version": 2, "eval": spec, "plan": plan}))
        file.writestr("summaries.json", json.dumps(summaries, ensure_ascii=False))
        file.writestr("header.json", json.dumps(header, ensure_ascii=False))
    return path


def _sample(group: Group, candidate: Candidate, epoch: int, model: str) -> dict[str, Any]:
    completion, said = candidate.completion, candidate.verdict
    letter = {Verdict.PASS: "C", Verdict.FAIL: "I"}.get(said)
    asked = [{"role": m["role"], "content": m["content"]} for m in group.problem.prompt]
    content: Any = completion.text
    if completion.reasoning:
        thought = {"type": "reasoning", "reasoning": completion.reasoning}
        content = [thought, {"type": "text", "text": completion.text}]
    reply = {"role": "assistant", "content": content, "source": "generate", "model": model}
    why = "; ".join(f"{s.scorer}: {s.reason}" for s in candidate.scores if s.reason)
    score = {"value": letter, "answer": _answer(candidate), "explanation": why}
    stop = {"stop": "stop", "length": "max_tokens"}.get(completion.finish_reason, "unknown")
    return {
        "id": group.problem.id,
        "epoch": epoch,
        "input": asked,
        "target": _target(group),
        "messages": [*asked, reply],
        "output": {
            "model": model,
            "choices": [{"message": reply, "stop_reason": stop}],
            **(
                {"usage": {"input_tokens": 0, "output_tokens": n, "total_tokens": n}}
                if (n := completion.tokens)
                else {}
            ),
        },
        "scores": {SCORER: score} if letter else {},
        "metadata": {"verdict": str(said), "sample_index": completion.index, "seed": completion.seed},
    }


KINDS: dict[str, Callable[[Run, Path], Path]] = {"lm-eval": _lm_eval, "inspect": _inspect}
"""By the tool that reads them."""


def _told(run: Run) -> tuple[str, str, datetime]:
    """The task's name, the model's, and when the run's figures were made."""
    made = datetime.fromtimestamp((run.path / "summary.json").stat().st_mtime, UTC)
    source = run.table.get("source", {}).get("name", "file")
    task = run.path.name if source in ("file", "hub") else str(source)
    return _safe(task), str(_model(run).get("model") or _engine(run)), made


def _engine(run: Run) -> str:
    return run.summary.origin.engine if run.summary else ""


def _source(run: Run) -> str:
    return run.summary.origin.problems if run.summary else ""


def _model(run: Run) -> dict[str, Any]:
    return dict(run.summary.origin.model) if run.summary else {}


def _verdicts(group: Group) -> Iterator[bool]:
    for candidate in group.candidates:
        if candidate.verdict in (Verdict.PASS, Verdict.FAIL):
            yield candidate.verdict is Verdict.PASS


def _rate(group: Group) -> float | None:
    judged = list(_verdicts(group))
    return sum(judged) / len(judged) if judged else None


def _stderr(rates: list[float]) -> float | None:
    """Of a mean over problems: the sample deviation over the root of their number."""
    if len(rates) < 2:
        return None
    mean = sum(rates) / len(rates)
    return math.sqrt(sum((r - mean) ** 2 for r in rates) / (len(rates) - 1) / len(rates))


def _answer(candidate: Candidate) -> str:
    found = (s.answer for s in candidate.scores if s.answer is not None)
    return next(found, candidate.completion.text)


def _target(group: Group) -> str:
    problem = group.problem
    if problem.answer is not None:
        return problem.answer
    return problem.tests if isinstance(problem.tests, str) else json.dumps(to_json(problem.tests))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _safe(text: str) -> str:
    """A name that no file system and no tool splits; two names that differ stay different."""
    kept = re.sub(r"[^A-Za-z0-9.-]+", "-", text)
    return kept if kept == text else f"{kept[:100]}-{_digest(text)[:8]}"
