"""The viewer with 100,000 samples of real length: time to open, filter and scroll, memory, an export's size.

    PYTHONPATH=. python benchmarks/view.py [--samples 100000] [--out benchmarks/results/view.json]

The samples are recorded GSM8K solutions (``VERIRS_SHARED``, 740 characters on average) with their recorded
verdicts, eight a problem, under as many problem ids as it takes. Needs playwright and Chromium. A busy
machine makes the times longer, so the server's CPU seconds stand beside them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.code.common import write
from tests.shared_data import rows
from tests.view.browsing import CHROMIUM
from verirs.running.reading import load_run
from verirs.store import Store
from verirs.types import Completion, Problem, Score, Verdict
from verirs.view.folder import write_folder
from verirs.view.library import Library

SCROLL = """async (steps) => {
  const body = document.querySelector('.grid .body'), frames = [];
  let last = performance.now();
  for (let i = 0; i < steps; i += 1) {
    body.scrollTop += 400 + (i % 10 === 9 ? 200000 : 0);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  const seen = document.querySelectorAll('.grid .row').length;
  return { frames, seen };
}"""
FILTER = """async (text) => {
  const box = document.querySelector('input[type=search]'), said = document.querySelector('[role=status]');
  const before = said.textContent, begun = performance.now();
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
  while (said.textContent === before) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""
FILTERS = ("verdict:fail", "verdict:fail index<4", "answer:18", "eggs", "")
"""One after the other; each shows another number of samples."""


def make(folder: Path, wanted: int) -> Path:
    """The run: a store with its problems, samples and scores; the verdicts are those of the recording."""
    texts = {r["id"]: r for r in rows("data/problems/gsm8k_test.jsonl.gz")}
    recorded = list(rows("data/candidates/gsm8k_pool_40runs.jsonl.gz"))
    samples: list[tuple[str, Completion, Score]] = []
    problems: dict[str, Problem] = {}
    for number in range(wanted):
        row, again = recorded[number % len(recorded)], number // len(recorded)
        key, index = f"{row['problem_id']}/{again}/{row['sample_index'] // 8}", row["sample_index"] % 8
        told = texts[row["problem_id"]]
        problems[key] = Problem(id=key, prompt=told["prompt"], answer=told["gold"], source="gsm8k")
        score = Score(
            scorer="math",
            version="1",
            verdict=Verdict.PASS if row["label"] else Verdict.FAIL,
            answer=row["pred"],
            reason="the same number" if row["label"] else "another number",
            details={"method": "number", "extracted_by": "phrase", "sure": "said"},
        )
        samples.append((key, Completion(index=index, text=row["text"], finish_reason="unknown"), score))
    with Store.create(folder / "big", {"source.name": "gsm8k", "engine.name": "replay"}) as store:
        store.put_problems(problems.values())
        store.update(n=8)
        for start in range(0, len(samples), 1000):
            part = samples[start : start + 1000]
            store.append_completions([(key, c) for key, c, _ in part])
            store.append_scores([(key, c, [s]) for key, c, s in part])
            if (full := store.full_journal()) is not None:
                store.seal(full)
        store.flush()
    return folder / "big"


def opened(page: Page, address: str) -> float:
    """Seconds until the first row can be seen."""
    page.goto("about:blank")
    begun = time.perf_counter()
    page.goto(address)
    page.locator(".grid .row").first.wait_for(timeout=120_000)
    return round(time.perf_counter() - begun, 2)


def looked(page: Page, address: str, samples: int) -> dict[str, Any]:
    """The figures of one page, served or from a disk."""
    told: dict[str, Any] = {"open_problems_s": opened(page, f"{address}#/run/big/problems")}
    told["open_samples_s"] = opened(page, f"{address}#/run/big/samples")
    page.locator("[role=status]", has_text=f"of {samples:,} samples").wait_for()
    told["filter_ms"] = [round(page.evaluate(FILTER, text)) for text in FILTERS]
    scrolled = page.evaluate(SCROLL, 300)
    frames = sorted(scrolled["frames"])
    told["frame_ms"] = {
        "median": round(statistics.median(frames), 1),
        "p95": round(frames[int(0.95 * len(frames))], 1),
        "max": round(frames[-1], 1),
    }
    told["rows_in_page"] = scrolled["seen"]
    told["heap_mb"] = round(page.evaluate("performance.memory.usedJSHeapSize") / 1e6)
    begun = time.perf_counter()
    page.locator(".grid .row").first.click()
    page.locator(".card.sample").wait_for()
    told["problem_s"] = round(time.perf_counter() - begun, 2)
    return told


def size(path: Path) -> float:
    return round(sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) / 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=100_000)
    parser.add_argument("--out", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="view-") as name, sync_playwright() as play:
        path = make(Path(name), args.samples)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        begun = time.perf_counter()
        served = subprocess.Popen(
            [sys.executable, "-m", "verirs.cli", "view", str(path)], stdout=subprocess.PIPE, text=True
        )
        assert served.stdout is not None
        address = next(word for word in served.stdout.readline().split() if word.startswith("http"))
        start = round(time.perf_counter() - begun, 2)
        process = psutil.Process(served.pid)
        until_address = round(sum(process.cpu_times()[:2]), 2)
        first = opened(page, f"{address}#/run/big/problems")
        cpu = round(sum(process.cpu_times()[:2]), 2)
        page.locator("[role=status]").filter(has_not_text="counted").wait_for(timeout=300_000)
        told = {
            "samples": args.samples,
            "command_to_address_s": start,
            "server_cpu_s_until_address": until_address,
            "address_to_first_row_s": first,
            "server_cpu_s_until_first_row": cpu,
            "served": looked(page, address, args.samples),
            "server_rss_mb": round(process.memory_info().rss / 1e6),
            "server_cpu_s": round(sum(process.cpu_times()[:2]), 1),
        }
        served.terminate()
        served.wait()
        begun, out = time.process_time(), Path(name) / "page"
        index = write_folder(Library([path]), out)
        told["export"] = {
            "cpu_s": round(time.process_time() - begun, 1),
            "mb": size(out),
            "files": sum(1 for _ in out.rglob("*.js")),
            "parquet_mb": size(path / "groups"),
            "text_mb": round(
                sum(len(c.completion.text.encode()) for _, c in load_run(path).candidates()) / 1e6, 1
            ),
        }
        told["folder"] = looked(page, index.as_uri(), args.samples)
        browser.close()
        write(told, args.out)


if __name__ == "__main__":
    main()
